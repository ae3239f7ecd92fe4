//! The fully connected layer.

use super::Activation;
use crate::graph::{Dim, GraphBuilder, GraphError, Initializer, NodeId};

/// A fully connected layer to be built: `activation(x kernel + bias)`.
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
    /// The `[inputs, units]` variable `weight`.
    pub kernel: NodeId,
    /// The `[units]` variable `bias`.
    pub bias: NodeId,
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
        let &[_, Dim::Known(inputs)] = g[x].shape().dims() else {
            return Err(GraphError::Shape {
                node: name.to_owned(),
                rule: "a dense layer takes [batch, inputs]".to_owned(),
                got: g[x].shape().to_string(),
            });
        };
        g.scope(name, |g| {
            let kernel = g.variable("weight", &[inputs, self.units], self.kernel.clone())?;
            let bias = g.variable("bias", &[self.units], self.bias.clone())?;
            let product = g.matmul(x, kernel)?; // [batch, units]
            let sum = g.add_values(product, bias)?;
            let output = self.activation.add(g, sum)?;
            let kernel_name = g[kernel].name();
            let name = kernel_name.strip_suffix("/weight").unwrap_or(kernel_name).to_owned();
            Ok(DenseLayer { name, kernel, bias, output })
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
}
