//! Costs to be minimised.

use crate::graph::{GraphBuilder, GraphError, NodeId};

/// Adds the mean of `-(labels log(hypothesis) + (1 - labels) log(1 - hypothesis))`, in nats.
///
/// As lab 09-1 writes it, from probabilities: a hypothesis that rounds to exactly 0 or 1 on the
/// wrong side costs infinity.
///
/// # Shapes
/// `hypothesis`, `labels`: the same; result: `[]`.
///
/// # Errors
/// [`GraphError::Shape`] if the two shapes do not fit. Labels take no gradient.
pub fn binary_cross_entropy(
    g: &mut GraphBuilder,
    hypothesis: NodeId,
    labels: NodeId,
) -> Result<NodeId, GraphError> {
    let one = g.scalar("one", 1.0);
    let log_hypothesis = g.log(hypothesis)?;
    let positive = g.mul(labels, log_hypothesis)?;
    let not_labels = g.sub(one, labels)?;
    let not_hypothesis = g.sub(one, hypothesis)?;
    let log_not = g.log(not_hypothesis)?;
    let negative = g.mul(not_labels, log_not)?;
    let sum = g.add_values(positive, negative)?;
    let mean = g.mean(sum)?;
    g.neg(mean)
}
