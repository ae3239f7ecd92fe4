//! The fully connected layer.

use super::{Activation, BatchNorm};
use crate::graph::{Dim, GraphBuilder, GraphError, Initializer, NodeId};

/// A fully connected layer to be built: `activation(x kernel + bias)`.
///
/// A maxout layer has two kernels and biases, `weight`, `bias`, `weight_1`, `bias_1`.
///
/// ```
/// use runboard::graph::{Dim, GraphBuilder, Initializer};
/// use runboard::nn::{Activation, Dense};
///
/// let mut g = GraphBuilder::new();
/// let x = g.placeholder("X", [Dim::Batch, Dim::Known(2)])?;
/// let hidden = Dense {
///     units: 10,
///     activation: Activation::Sigmoid,
///     kernel: Initializer::XavierUniform,
///     bias: Initializer::ZEROS,
/// };
/// let layer = hidden.add(&mut g, "Layer1", x)?;
/// assert_eq!(g[layer.kernel].name(), "Layer1/weight");
/// assert_eq!(g[layer.output].shape().to_string(), "[batch, 10]");
/// # Ok::<(), runboard::graph::GraphError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Number of outputs.
    pub units: usize,
    /// Applied to each output.
    pub activation: Activation,
    /// First value of the `[inputs, units]` kernel.
    pub kernel: Initializer,
    /// First value of the `[units]` bias.
    pub bias: Initializer,
}

/// A fully connected layer in a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenseLayer {
    /// The scope its nodes are in: the name asked for, below outer scopes and made unique.
    pub name: String,
    /// The `[inputs, units]` variable `weight`; of several the first.
    pub kernel: NodeId,
    /// The `[units]` variable `bias`, or `beta` of a normalised layer; of several the first.
    pub bias: NodeId,
    /// All trainable variables, with their names below the layer's.
    pub variables: Vec<(String, NodeId)>,
    /// The kernels: one for each of [`Activation::pieces`].
    pub kernels: Vec<NodeId>,
    /// What each kernel gives, `x kernel`, before anything is added: `[batch, units]`.
    pub products: Vec<NodeId>,
    /// What each training step runs besides; see [`BatchNorm`].
    pub updates: Vec<NodeId>,
    /// The activation, `[batch, units]`.
    pub output: NodeId,
}

impl Dense {
    /// Adds the layer under the scope `name`; `x` is `[batch, inputs]`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if `x` is no matrix of known width.
    pub fn add(
        &self,
        g: &mut GraphBuilder,
        name: &str,
        x: NodeId,
    ) -> Result<DenseLayer, GraphError> {
        self.build(g, name, x, None)
    }

    /// Adds the layer with its sums normalised before the activation.
    ///
    /// It has no bias: the normalisation would take it away again and adds its own `beta`.
    ///
    /// # Errors
    /// As [`Dense::add`] and [`BatchNorm::add`].
    pub fn add_normalized(
        &self,
        g: &mut GraphBuilder,
        name: &str,
        x: NodeId,
        norm: &BatchNorm,
    ) -> Result<DenseLayer, GraphError> {
        self.build(g, name, x, Some(norm))
    }

    fn build(
        &self,
        g: &mut GraphBuilder,
        name: &str,
        x: NodeId,
        norm: Option<&BatchNorm>,
    ) -> Result<DenseLayer, GraphError> {
        let &[_, Dim::Known(inputs)] = g[x].shape().dims() else {
            return Err(GraphError::Shape {
                node: name.to_owned(),
                rule: "a dense layer takes [batch, inputs]".to_owned(),
                got: g[x].shape().to_string(),
            });
        };
        g.scope(name, |g| {
            let (mut kernels, mut biases) = (Vec::new(), Vec::new());
            let (mut variables, mut updates) = (Vec::new(), Vec::new());
            let (mut products, mut sums) = (Vec::new(), Vec::new());
            for _ in 0..self.activation.pieces() {
                let kernel = g.variable("weight", &[inputs, self.units], self.kernel.clone())?;
                variables.push(kernel);
                kernels.push(kernel);
                let Some(norm) = norm else {
                    let bias = g.variable("bias", &[self.units], self.bias.clone())?;
                    let product = g.matmul(x, kernel)?; // [batch, units]
                    variables.push(bias);
                    biases.push(bias);
                    products.push(product);
                    sums.push(g.add_values(product, bias)?);
                    continue;
                };
                let product = g.matmul(x, kernel)?; // [batch, units]
                let normal = norm.add(g, "BatchNorm", product)?;
                variables.extend([normal.gamma, normal.beta]);
                biases.push(normal.beta);
                products.push(product);
                updates.extend(normal.updates);
                sums.push(normal.output);
            }
            let output = self.activation.add(g, &sums)?;
            let (kernel, bias) = (kernels[0], biases[0]);
            let kernel_name = g[kernel].name();
            let name = kernel_name.strip_suffix("/weight").unwrap_or(kernel_name).to_owned();
            let below = |node: NodeId| g[node].name()[name.len() + 1..].to_owned();
            let variables = variables.into_iter().map(|node| (below(node), node)).collect();
            Ok(DenseLayer { name, kernel, bias, variables, kernels, products, updates, output })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_named_alike_have_names_of_their_own() {
        let mut g = GraphBuilder::new();
        let x = g.placeholder("X", [Dim::Batch, Dim::Known(2)]).unwrap();
        let (kernel, bias) = (Initializer::XavierUniform, Initializer::ZEROS);
        let dense = Dense { units: 2, activation: Activation::Relu, kernel, bias };
        let mut layer = |x| g.scope("net", |g| dense.add(g, "Layer", x)).unwrap();
        let first = layer(x);
        let second = layer(first.output);
        assert_eq!([first.name, second.name], ["net/Layer", "net_1/Layer"]);
    }

    #[test]
    fn a_normalised_maxout_layer_names_all_its_variables() {
        let mut g = GraphBuilder::new();
        let x = g.placeholder("X", [Dim::Batch, Dim::Known(3)]).unwrap();
        let (kernel, bias) = (Initializer::XavierUniform, Initializer::ZEROS);
        let dense = Dense { units: 2, activation: Activation::Maxout, kernel, bias };
        let names = |layer: &DenseLayer| {
            layer.variables.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let layer = dense.add(&mut g, "Plain", x).unwrap();
        assert_eq!(names(&layer), ["weight", "bias", "weight_1", "bias_1"]);
        let layer = dense.add_normalized(&mut g, "Normal", x, &BatchNorm::default()).unwrap();
        let [first, second] = ["BatchNorm", "BatchNorm_1"].map(|norm| [norm, "gamma", "beta"]);
        let below = |[norm, a, b]: [&str; 3]| [format!("{norm}/{a}"), format!("{norm}/{b}")];
        let want =
            [&["weight".to_owned()], &below(first)[..], &["weight_1".to_owned()], &below(second)];
        assert_eq!(names(&layer), want.concat());
        assert_eq!((layer.kernels.len(), layer.products.len(), layer.updates.len()), (2, 2, 4));
        assert_eq!(g[layer.output].shape().to_string(), "[batch, 2]");
    }
}
