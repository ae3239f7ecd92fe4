//! Softmax over the last axis of a matrix, and its cross-entropy with labels.

use super::super::{GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Op, Rule};

/// What is computed of each row of logits.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Softmax {
    /// `e^x / sum(e^x)`: `[n, classes]` to `[n, classes]`.
    Softmax,
    /// `-sum(labels log(softmax(logits)))` in nats, of logits and labels: `[n]`.
    ///
    /// Computed as `sum(labels (log(sum(e^(x - max))) - (x - max)))`, which no logits overflow.
    CrossEntropy,
    /// `softmax(logits) - labels`: the gradient of the cross-entropy by the logits of rows whose
    /// labels add up to 1.
    CrossEntropyGrad,
    /// The place of the largest element, the first of equals: `[n]`.
    ArgMax,
}

impl Rule for Softmax {
    fn name(&self) -> &'static str {
        match self {
            Softmax::Softmax => "Softmax",
            Softmax::CrossEntropy => "SoftmaxCrossEntropyWithLogits",
            Softmax::CrossEntropyGrad => "SoftmaxCrossEntropyWithLogitsGrad",
            Softmax::ArgMax => "ArgMax",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let row_of = |x: &Shape| Shape::from(vec![x.dims()[0]]);
        match (self, inputs) {
            (Softmax::Softmax, [x]) if x.rank() == 2 => Ok((*x).clone()),
            (Softmax::ArgMax, [x]) if x.rank() == 2 => Ok(row_of(x)),
            (Softmax::CrossEntropy, [x, labels]) if x.rank() == 2 && x == labels => Ok(row_of(x)),
            (Softmax::CrossEntropyGrad, [x, labels]) if x.rank() == 2 && x == labels => {
                Ok((*x).clone())
            }
            (Softmax::Softmax | Softmax::ArgMax, _) => {
                Err(format!("{} takes [n, classes]", self.name()))
            }
            _ => Err(format!("{} takes logits and labels, both [n, classes]", self.name())),
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let (y, grad) = (backward.node, backward.grad);
        match self {
            Softmax::Softmax => {
                // dx = y (dy - sum(dy y))
                let product = g.mul(grad, y)?;
                let sum = g.reduce_sum_keeping(product, &[1])?;
                let rest = g.sub(grad, sum)?;
                Ok(vec![Some(g.mul(rest, y)?)])
            }
            Softmax::CrossEntropy => {
                if backward.wanted[1] {
                    return Err(not_differentiable(g, y, self.name()));
                }
                let slopes = g.add(Softmax::CrossEntropyGrad, &backward.inputs)?;
                // A number for each row, repeated along it.
                let column = super::BroadcastTo { inserted: vec![1] };
                let column = g.add(column, &[grad, slopes])?;
                Ok(vec![Some(g.mul(slopes, column)?), None])
            }
            Softmax::ArgMax => Ok(vec![None]),
            Softmax::CrossEntropyGrad => Err(not_differentiable(g, y, self.name())),
        }
    }
}

fn not_differentiable(g: &GraphBuilder, node: NodeId, op: &'static str) -> GraphError {
    GraphError::NotDifferentiable { node: g[node].name().to_owned(), op }
}

impl GraphBuilder {
    /// Adds the softmax of each row of `[n, classes]`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if `logits` is no matrix.
    pub fn softmax(&mut self, logits: NodeId) -> Result<NodeId, GraphError> {
        self.add(Op::Softmax(Softmax::Softmax), &[logits])
    }

    /// Adds the cross-entropy of each row's labels with the softmax of its logits, in nats: `[n]`.
    ///
    /// No gradient flows to the labels, each row of which must add up to 1.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the two are not matrices of one shape.
    pub fn softmax_cross_entropy_with_logits(
        &mut self,
        logits: NodeId,
        labels: NodeId,
    ) -> Result<NodeId, GraphError> {
        self.add(Op::Softmax(Softmax::CrossEntropy), &[logits, labels])
    }

    /// Adds the place of each row's largest element, the first of equals: `[n, classes]` to `[n]`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if `x` is no matrix.
    pub fn arg_max(&mut self, x: NodeId) -> Result<NodeId, GraphError> {
        self.add(Op::Softmax(Softmax::ArgMax), &[x])
    }
}
