//! Dropout.

use crate::graph::{GraphBuilder, GraphError, NodeId};

/// Keeps each element with probability `keep_prob`, divided by it, while training; else returns `x`.
///
/// Srivastava et al. 2014, scaled in training rather than in evaluation, as `tf.nn.dropout`.
///
/// # Errors
/// [`GraphError::Argument`] if the probability is not above 0 and at most 1.
pub fn dropout(g: &mut GraphBuilder, x: NodeId, keep_prob: f32) -> Result<NodeId, GraphError> {
    g.scope("dropout", |g| masked(g, x, keep_prob))
}

/// Adds dropout to the current scope.
pub(super) fn masked(
    g: &mut GraphBuilder,
    x: NodeId,
    keep_prob: f32,
) -> Result<NodeId, GraphError> {
    let mask = g.random_mask(x, keep_prob)?;
    let kept = g.mul(x, mask)?;
    g.in_training(kept, x)
}
