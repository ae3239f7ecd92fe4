//! Layers that give the same elements another shape.

use super::super::layer::does_not_take;
use super::{Layer, Module};
use crate::graph::{Dim, GraphBuilder, GraphError, NodeId};

/// A layer that gives each example another shape; see [`reshape`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReshapeModule {
    sizes: Vec<usize>,
}

/// A layer that makes a row of each example; see [`flatten`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flatten;

/// Returns a layer that gives each example the shape `sizes`, row major: `[28, 28, 1]` makes images
/// of rows of pixels.
pub fn reshape<const N: usize>(sizes: [usize; N]) -> ReshapeModule {
    ReshapeModule { sizes: sizes.to_vec() }
}

/// Returns a layer that makes a row of each example: `[batch, ..]` to `[batch, elements]`.
pub fn flatten() -> Flatten {
    Flatten
}

impl Module for ReshapeModule {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        g.scope("reshape", |g| {
            let Some(&batch) = g[x].shape().dims().first() else {
                return Err(does_not_take(g, "a reshaping layer takes [batch, ..]", x));
            };
            let sizes = self.sizes.iter().map(|&size| Dim::Known(size));
            let output = g.reshape(x, [batch].into_iter().chain(sizes).collect::<Vec<_>>())?;
            Ok(Layer::of(g, &[], output))
        })
    }
}

impl Module for Flatten {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        g.scope("flatten", |g| {
            let output = g.flatten(x)?;
            Ok(Layer::of(g, &[], output))
        })
    }
}
