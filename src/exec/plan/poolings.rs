//! Max pooling that becomes part of the convolution it follows, and whose gradient becomes part of
//! the convolution's gradients: then what is pooled is never laid out.

use super::units::data_inputs;
use crate::exec::kernels::LANES;
use crate::graph::ops::{Binary, ConvPart, Op, Pool, PoolPart, Unary};
use crate::graph::{Graph, NodeId};

/// A ReLU whose result is only pooled, by windows of 2 by 2 side by side.
///
/// Where that has a gradient, what is kept of the ReLU's result is who won each window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pooling {
    pub(super) relu: NodeId,
    pub(super) pool: NodeId,
    pub(super) back: Option<Back>,
}

/// The way back through a pooling and its ReLU, which gradients of convolutions go themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Back {
    /// The gradient by the result of pooling.
    pub(super) grad: NodeId,
    pool_grad: NodeId,
    /// What the gradients of convolutions read.
    pub(super) relu_grad: NodeId,
}

impl Pooling {
    /// Whether no instruction computes a node, for gradients of convolutions do without.
    pub(super) fn passes(&self, node: NodeId) -> bool {
        self.back.is_some_and(|back| [back.pool_grad, back.relu_grad].contains(&node))
    }

    /// The pooling that `pool` is, if what it pools is of no other use; `uses` counts the readers of
    /// each node.
    pub(super) fn find(
        graph: &Graph,
        needed: &[NodeId],
        sizes: &[Vec<usize>],
        uses: &[usize],
        pool: NodeId,
    ) -> Option<Self> {
        let Op::Pool(op) = graph[pool].op() else { return None };
        let relu = graph[pool].inputs()[0];
        let fits = op.part == PoolPart::Max
            && graph[relu].op() == &Op::Unary(Unary::Relu)
            && are_side_by_side(op, &sizes[relu.index()]);
        if !fits {
            return None;
        }
        let readers = |node: NodeId| -> Vec<NodeId> {
            let reads = |reader: &&NodeId| data_inputs(graph, **reader).contains(&node);
            needed.iter().filter(reads).copied().collect()
        };
        let readers_of_relu = readers(relu);
        // Otherwise it is fetched, or read twice by one.
        if uses[relu.index()] != readers_of_relu.len() {
            return None;
        }
        let back = match readers_of_relu.as_slice() {
            [_] => None,
            &[_, pool_grad, relu_grad] => {
                let grad_of = Op::Pool(Pool { part: PoolPart::MaxGrad, ..*op });
                let is_back = graph[pool_grad].op() == &grad_of
                    && graph[pool_grad].inputs()[..2] == [relu, pool]
                    && graph[relu_grad].op() == &Op::Binary(Binary::ReluGrad)
                    && graph[relu_grad].inputs() == [pool_grad, relu]
                    && uses[pool_grad.index()] == 1;
                let readers = readers(relu_grad);
                let takes = |&reader: &NodeId| takes_back(graph, reader, relu_grad);
                let by_all = readers.len() == uses[relu_grad.index()] && readers.iter().all(takes);
                let grad = *graph[pool_grad].inputs().get(2)?;
                Some((is_back && by_all).then_some(Back { grad, pool_grad, relu_grad })?)
            }
            _ => return None,
        };
        Some(Pooling { relu, pool, back })
    }
}

/// Whether windows are what convolutions can pool by.
fn are_side_by_side(op: &Pool, images: &[usize]) -> bool {
    let &[_, rows, columns, channels] = images else { return false };
    let placed = op.windows().over([rows, columns]);
    let covers_all = placed.is_ok_and(|placed| {
        placed.before == [0; 2] && placed.positions == [rows.div_ceil(2), columns.div_ceil(2)]
    });
    op.size == [2; 2] && op.strides == [2; 2] && covers_all && channels.is_multiple_of(LANES)
}

/// Whether a node is the gradient of a convolution that moves one by one, by whose result `grad` is.
fn takes_back(graph: &Graph, node: NodeId, grad: NodeId) -> bool {
    let Op::Conv2D(op) = graph[node].op() else { return false };
    let inputs = data_inputs(graph, node);
    let place = match op.part {
        ConvPart::BackpropInput => 0,
        ConvPart::BackpropFilter => 1,
        ConvPart::Forward => return false,
    };
    op.strides == [1; 2] && inputs[place] == grad && inputs[1 - place] != grad
}
