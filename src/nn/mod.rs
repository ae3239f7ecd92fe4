//! Layers, losses and optimisers: functions that add nodes to a graph.

mod activation;
mod affine;
mod batch_norm;
mod dense;
mod dropout;
mod layer;
pub mod layers;
mod loss;
mod metric;
mod optimizer;
mod regularization;

pub use activation::Activation;
pub use batch_norm::{BatchNorm, BatchNormLayer};
pub use dense::Dense;
pub use dropout::dropout;
pub use layer::Layer;
pub use loss::{binary_cross_entropy, softmax_cross_entropy};
pub use metric::{accuracy, label_accuracy, threshold};
pub use optimizer::{Optimizer, Training};
pub use regularization::{l2_loss, with_l2};
