//! Costs to be minimised.

use crate::graph::{GraphBuilder, GraphError, NodeId};

/// The smallest probability a cost takes a logarithm of; Keras' `epsilon`.
const EPSILON: f32 = 1e-7;

/// Adds the mean of `-(labels log(hypothesis) + (1 - labels) log(1 - hypothesis))`, in nats.
///
/// As lab 09-1 writes it, from probabilities, but of none below 1e-7, as Keras does: the lab's own
/// formula is NaN (0 times infinity) as soon as a hypothesis rounds to exactly 0 or 1, which nets
/// that have learnt well reach. A hypothesis there takes no gradient and costs at most 16.1.
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
    let epsilon = g.scalar("epsilon", EPSILON);
    let positive = g.maximum(hypothesis, epsilon)?;
    let log_hypothesis = g.log(positive)?;
    let yes = g.mul(labels, log_hypothesis)?;
    let not_labels = g.sub(one, labels)?;
    let not_hypothesis = g.sub(one, hypothesis)?;
    let positive_not = g.maximum(not_hypothesis, epsilon)?;
    let log_not = g.log(positive_not)?;
    let no = g.mul(not_labels, log_not)?;
    let sum = g.add_values(yes, no)?;
    let mean = g.mean(sum)?;
    g.neg(mean)
}

/// Adds the mean over the batch of the cross-entropy between labels and softmax of logits, in nats.
///
/// # Shapes
/// `logits`, `labels`: `[batch, classes]`, each row of labels adding up to 1; result: `[]`.
///
/// # Errors
/// [`GraphError::Shape`] if the two are not matrices of one shape. Labels take no gradient.
pub fn softmax_cross_entropy(
    g: &mut GraphBuilder,
    logits: NodeId,
    labels: NodeId,
) -> Result<NodeId, GraphError> {
    let each = g.softmax_cross_entropy_with_logits(logits, labels)?;
    g.mean(each)
}
