//! The fully connected layer.

use super::affine::{Affine, Shift};
use super::layer::does_not_take;
use super::{Activation, BatchNorm, Layer};
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
/// assert_eq!(g[layer.kernels[0]].name(), "Layer1/weight");
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

impl Dense {
    /// Adds the layer under the scope `name`; `x` is `[batch, inputs]`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if `x` is no matrix of known width.
    pub fn add(&self, g: &mut GraphBuilder, name: &str, x: NodeId) -> Result<Layer, GraphError> {
        self.build(g, name, x, Shift::Bias(&self.bias))
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
    ) -> Result<Layer, GraphError> {
        self.build(g, name, x, Shift::BatchNorm(norm))
    }

    fn build(
        &self,
        g: &mut GraphBuilder,
        name: &str,
        x: NodeId,
        shift: Shift,
    ) -> Result<Layer, GraphError> {
        g.scope(name, |g| {
            let &[_, Dim::Known(inputs)] = g[x].shape().dims() else {
                return Err(does_not_take(g, "a dense layer takes [batch, inputs]", x));
            };
            let affine = Affine {
                kernel_name: "weight",
                kernel_sizes: &[inputs, self.units],
                kernel: &self.kernel,
                sum_name: "Add",
                shift,
                activation: self.activation,
            };
            affine.add(g, |g, kernel| g.matmul(x, kernel)) // [batch, units]
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
    fn a_layer_that_does_not_take_its_input_is_named_in_full() {
        let mut g = GraphBuilder::new();
        let x = g.placeholder("X", [Dim::Batch, Dim::Known(2), Dim::Known(3)]).unwrap();
        let (kernel, bias) = (Initializer::XavierUniform, Initializer::ZEROS);
        let dense = Dense { units: 2, activation: Activation::Relu, kernel, bias };
        let error = g.scope("net", |g| dense.add(g, "Layer", x)).unwrap_err();
        let want = "`net/Layer`: a dense layer takes [batch, inputs], got [batch, 2, 3]";
        assert_eq!(error.to_string(), want);
    }

    #[test]
    fn a_normalised_maxout_layer_names_all_its_variables() {
        let mut g = GraphBuilder::new();
        let x = g.placeholder("X", [Dim::Batch, Dim::Known(3)]).unwrap();
        let (kernel, bias) = (Initializer::XavierUniform, Initializer::ZEROS);
        let dense = Dense { units: 2, activation: Activation::Maxout, kernel, bias };
        let names = |layer: &Layer| {
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
