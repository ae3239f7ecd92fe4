//! The fully connected layer, as `tf.layers` names it.

use super::super::layer::does_not_take;
use super::weights::{Weights, weights};
use super::{Layer, Module};
use crate::graph::{Dim, GraphBuilder, GraphError, Initializer, NodeId};
use crate::nn::Activation;

/// A fully connected layer to be added; see [`dense`].
#[derive(Clone, Debug, PartialEq)]
pub struct DenseModule {
    units: usize,
    weights: Weights,
}

/// Returns a layer of `units` outputs that takes `[batch, inputs]`, as `tf.layers.dense`.
///
/// The lectures' first nets, whose scopes are `Layer1` and so on, are made of
/// [`Dense`](crate::nn::Dense).
pub fn dense(units: usize) -> DenseModule {
    DenseModule { units, weights: Weights::default() }
}

weights!(DenseModule);

impl Module for DenseModule {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        g.scope("dense", |g| {
            let &[_, Dim::Known(inputs)] = g[x].shape().dims() else {
                let rule = "a dense layer takes [batch, inputs], as `flatten()` gives";
                return Err(does_not_take(g, rule, x));
            };
            let sizes = [inputs, self.units];
            self.weights.affine(&sizes).add(g, |g, kernel| g.matmul(x, kernel)) // [batch, units]
        })
    }
}
