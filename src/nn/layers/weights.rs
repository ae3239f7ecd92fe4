//! What the builders of dense and convolutional layers have in common.

use super::super::Activation;
use super::super::affine::{Affine, Shift};
use crate::graph::Initializer;

/// Kernel, bias and activation of a layer to be added.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    pub(super) kernel: Initializer,
    /// None for a layer without bias.
    pub(super) bias: Option<Initializer>,
    pub(super) activation: Activation,
}

impl Default for Weights {
    /// Returns what `tf.layers` takes by default.
    fn default() -> Self {
        let (kernel, bias) = (Initializer::XavierUniform, Some(Initializer::ZEROS));
        Weights { kernel, bias, activation: Activation::Linear }
    }
}

impl Weights {
    pub(super) fn affine<'a>(&'a self, kernel_sizes: &'a [usize]) -> Affine<'a> {
        Affine {
            kernel_name: "kernel",
            kernel_sizes,
            kernel: &self.kernel,
            sum_name: "BiasAdd",
            shift: self.bias.as_ref().map_or(Shift::Nothing, Shift::Bias),
            activation: self.activation,
        }
    }
}

/// The methods that set a layer's [`Weights`].
macro_rules! weights {
    ($module:ty) => {
        impl $module {
            /// Sets what the kernel is drawn from; Glorot uniform by default.
            pub fn kernel(mut self, initializer: Initializer) -> Self {
                self.weights.kernel = initializer;
                self
            }

            /// Sets what the bias is drawn from; zeros by default.
            pub fn bias(mut self, initializer: Initializer) -> Self {
                self.weights.bias = Some(initializer);
                self
            }

            /// Leaves out the bias, as before a batch normalisation.
            pub fn no_bias(mut self) -> Self {
                self.weights.bias = None;
                self
            }

            /// Passes the sums through an activation; by default they are the output.
            pub fn activation(mut self, activation: Activation) -> Self {
                self.weights.activation = activation;
                self
            }

            /// Passes the sums through `max(x, 0)`.
            pub fn relu(self) -> Self {
                self.activation(Activation::Relu)
            }
        }
    };
}

pub(super) use weights;
