//! Figures of merit, through which no gradient flows.

use crate::graph::{GraphBuilder, GraphError, NodeId};

/// Adds 1 where `hypothesis > 0.5`, else 0.
///
/// # Errors
/// None today.
pub fn threshold(g: &mut GraphBuilder, hypothesis: NodeId) -> Result<NodeId, GraphError> {
    let half = g.scalar("half", 0.5);
    let above = g.greater(hypothesis, half)?;
    g.cast(above)
}

/// Adds the share of `predicted` that equals `labels`, a number from 0 to 1.
///
/// # Errors
/// [`GraphError::Shape`] if the shapes do not fit.
pub fn accuracy(
    g: &mut GraphBuilder,
    predicted: NodeId,
    labels: NodeId,
) -> Result<NodeId, GraphError> {
    let equal = g.equal(predicted, labels)?;
    let equal = g.cast(equal)?;
    g.mean(equal)
}

/// Adds the share of rows whose largest logit is where the largest label is.
///
/// # Shapes
/// `logits`, `labels`: `[batch, classes]`; result: `[]`, from 0 to 1.
///
/// # Errors
/// [`GraphError::Shape`] if the shapes do not fit.
pub fn label_accuracy(
    g: &mut GraphBuilder,
    logits: NodeId,
    labels: NodeId,
) -> Result<NodeId, GraphError> {
    let predicted = g.arg_max(logits)?;
    let wanted = g.arg_max(labels)?;
    accuracy(g, predicted, wanted)
}
