//! One number of each channel of an image.

use super::super::layer::does_not_take;
use super::{Layer, Module};
use crate::graph::{GraphBuilder, GraphError, NodeId};

/// A layer that takes the mean of each channel; see [`global_avg_pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalAvgPool;

/// Returns a layer that takes the mean of each channel: `[batch, rows, columns, channels]` to
/// `[batch, channels]`.
///
/// Lin et al. 2014; Keras' `GlobalAveragePooling2D`.
pub fn global_avg_pool() -> GlobalAvgPool {
    GlobalAvgPool
}

impl Module for GlobalAvgPool {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        g.scope("global_average_pooling2d", |g| {
            if g[x].shape().rank() != 4 {
                let rule = "pooling takes [batch, rows, columns, channels]";
                return Err(does_not_take(g, rule, x));
            }
            let output = g.reduce_mean(x, &[1, 2])?; // [batch, channels]
            Ok(Layer::of(g, &[], output))
        })
    }
}
