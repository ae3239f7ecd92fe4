//! Layers, losses and optimisers: functions that add nodes to a graph.

mod activation;
mod dense;
mod loss;
mod metric;
mod optimizer;

pub use activation::Activation;
pub use dense::{Dense, DenseLayer};
pub use loss::binary_cross_entropy;
pub use metric::{accuracy, threshold};
pub use optimizer::{Optimizer, Training};
