//! Nets a line a layer: `conv2d(32, 3).same().relu()`, `max_pool(2)`, `dense(10)`.
//!
//! Each function returns a [`Module`]; a [`Sequential`] puts one behind the other. Scopes and
//! variables are called as `tf.layers` of TensorFlow 1 calls them: `conv2d/kernel`,
//! `conv2d_1/bias`, `max_pooling2d`, `dense/kernel`; defaults are its, too.
//!
//! ```
//! use runboard::graph::{Dim, GraphBuilder};
//! use runboard::nn::layers::{Sequential, conv2d, dense, dropout, flatten, max_pool, reshape};
//!
//! let net = Sequential::new()
//!     .add(reshape([28, 28, 1]))
//!     .add(conv2d(32, 3).same().relu())
//!     .add(max_pool(2))
//!     .add(dropout(0.7))
//!     .add(flatten())
//!     .add(dense(10));
//! let mut g = GraphBuilder::new();
//! let x = g.placeholder("X", [Dim::Batch, Dim::Known(784)])?;
//! let built = net.build(&mut g, x)?;
//! assert_eq!(g[built.output].shape().to_string(), "[batch, 10]");
//! assert_eq!(g[built.layers[1].kernels[0]].name(), "conv2d/kernel");
//! # Ok::<(), runboard::graph::GraphError>(())
//! ```

mod activation;
mod batch_norm;
mod conv2d;
mod dense;
mod dropout;
mod global_avg_pool;
mod pool;
mod reshape;
mod sequential;
#[cfg(test)]
mod tests;
mod weights;

use std::fmt;

pub use activation::{ActivationModule, activation, relu};
pub use batch_norm::batch_norm;
pub use conv2d::{Conv2DModule, conv2d};
pub use dense::{DenseModule, dense};
pub use dropout::{DropoutModule, dropout};
pub use global_avg_pool::{GlobalAvgPool, global_avg_pool};
pub use pool::{PoolModule, avg_pool, max_pool};
pub use reshape::{Flatten, ReshapeModule, flatten, reshape};
pub use sequential::{Sequential, Stack};

use super::Layer;
use crate::graph::{GraphBuilder, GraphError, NodeId};

/// A layer to be added to a graph.
pub trait Module: fmt::Debug {
    /// Adds the layer behind `x`, under a scope of its own.
    ///
    /// # Errors
    /// [`GraphError::Shape`] or [`GraphError::Argument`], with the layer's name, if it does not take
    /// `x` or has a parameter outside its domain.
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError>;
}
