//! Batch normalisation as a layer.

use super::{Layer, Module};
use crate::graph::{GraphBuilder, GraphError, NodeId};
use crate::nn::BatchNorm;

/// Returns batch normalisation with the defaults of `tf.layers.batch_normalization`.
///
/// The layer before it needs no bias and no activation; [`relu`](super::relu) comes behind.
pub fn batch_norm() -> BatchNorm {
    BatchNorm::default()
}

impl Module for BatchNorm {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        let normal = self.add(g, "batch_normalization", x)?;
        let full = g[normal.gamma].name();
        let name = full.strip_suffix("/gamma").unwrap_or(full).to_owned();
        g.absolute_scope(&name, |g| {
            let layer = Layer::of(g, &[normal.gamma, normal.beta], normal.output);
            Ok(Layer { updates: normal.updates.to_vec(), ..layer })
        })
    }
}
