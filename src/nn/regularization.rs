//! What keeps weights small.

use crate::graph::{GraphBuilder, GraphError, NodeId};

/// Adds half the sum of the squares of `x`, a number; `tf.nn.l2_loss`.
///
/// # Errors
/// None today.
pub fn l2_loss(g: &mut GraphBuilder, x: NodeId) -> Result<NodeId, GraphError> {
    let square = g.square(x)?;
    let sum = g.sum(square)?;
    let half = g.scalar("half", 0.5);
    g.mul(sum, half)
}

/// Adds `cost + l2 * (sum of the l2_loss of each kernel)`; `cost` itself where `l2` is 0.
///
/// # Errors
/// [`GraphError::Argument`] if `l2` is negative or not finite, [`GraphError::Shape`] if the cost is
/// no number.
pub fn with_l2(
    g: &mut GraphBuilder,
    cost: NodeId,
    l2: f32,
    kernels: &[NodeId],
) -> Result<NodeId, GraphError> {
    if !(l2 >= 0.0 && l2.is_finite()) {
        let problem = format!("strength is {l2}, want a finite number of at least 0");
        return Err(g.argument_error("l2", problem));
    }
    let Some((&first, rest)) = kernels.split_first().filter(|_| l2 > 0.0) else {
        return Ok(cost);
    };
    let mut sum = l2_loss(g, first)?;
    for &kernel in rest {
        let loss = l2_loss(g, kernel)?;
        sum = g.add_values(sum, loss)?;
    }
    let strength = g.scalar("l2", l2);
    let penalty = g.mul(sum, strength)?;
    g.add_values(cost, penalty)
}
