//! An activation as a layer of its own.

use super::{Layer, Module};
use crate::graph::{GraphBuilder, GraphError, NodeId};
use crate::nn::Activation;

/// An activation to be added; see [`activation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivationModule {
    activation: Activation,
}

/// Returns a layer that passes each element through `activation`, as Keras' `Activation`; of maxout,
/// which takes two sums, there is none.
pub fn activation(activation: Activation) -> ActivationModule {
    ActivationModule { activation }
}

/// Returns a layer that passes each element through `max(x, 0)`.
pub fn relu() -> ActivationModule {
    activation(Activation::Relu)
}

impl Module for ActivationModule {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        g.scope("activation", |g| {
            let output = self.activation.add(g, &[x])?;
            Ok(Layer::of(g, &[], output))
        })
    }
}
