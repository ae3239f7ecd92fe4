//! Pooling layers.

use super::{Layer, Module};
use crate::graph::ops::{Padding, Pool, PoolPart};
use crate::graph::{GraphBuilder, GraphError, NodeId};

/// A pooling layer to be added; see [`max_pool`] and [`avg_pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolModule {
    name: &'static str,
    pool: Pool,
}

/// Returns a layer that takes the largest of each `size` by `size` window, window beside window.
///
/// `tf.layers.max_pooling2d`, with the stride that Keras gives it by default.
pub fn max_pool(size: usize) -> PoolModule {
    pool("max_pooling2d", PoolPart::Max, size)
}

/// Returns a layer that takes the mean of each `size` by `size` window, window beside window.
///
/// `tf.layers.average_pooling2d`, with the stride that Keras gives it by default.
pub fn avg_pool(size: usize) -> PoolModule {
    pool("average_pooling2d", PoolPart::Avg, size)
}

fn pool(name: &'static str, part: PoolPart, size: usize) -> PoolModule {
    let pool = Pool { part, size: [size; 2], strides: [size; 2], padding: Padding::Valid };
    PoolModule { name, pool }
}

impl PoolModule {
    /// Has windows reach beyond the border, so that none of the image is left out.
    pub fn same(mut self) -> Self {
        self.pool.padding = Padding::Same;
        self
    }

    /// Leaves out what no whole window covers, the default.
    pub fn valid(mut self) -> Self {
        self.pool.padding = Padding::Valid;
        self
    }

    /// Sets rows and columns from one window to the next.
    pub fn stride(mut self, stride: usize) -> Self {
        self.pool.strides = [stride; 2];
        self
    }
}

impl Module for PoolModule {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        g.scope(self.name, |g| {
            let output = g.add(self.pool, &[x])?;
            Ok(Layer::of(g, &[], output))
        })
    }
}
