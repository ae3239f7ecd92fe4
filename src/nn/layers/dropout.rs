//! Dropout as a layer.

use super::{Layer, Module};
use crate::graph::{GraphBuilder, GraphError, NodeId};

/// Dropout to be added; see [`dropout`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DropoutModule {
    keep_prob: f32,
}

/// Returns a layer that keeps each element with probability `keep_prob` while training.
///
/// The lectures' `keep_prob`; `tf.layers.dropout` takes `rate`, which is 1 less it. With 1 it adds
/// no node. See [`nn::dropout`](crate::nn::dropout()).
pub fn dropout(keep_prob: f32) -> DropoutModule {
    DropoutModule { keep_prob }
}

impl Module for DropoutModule {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        g.scope("dropout", |g| {
            let output = if self.keep_prob == 1.0 {
                x
            } else {
                crate::nn::dropout::masked(g, x, self.keep_prob)?
            };
            Ok(Layer::of(g, &[], output))
        })
    }
}
