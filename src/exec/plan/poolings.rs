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

/// The nodes of a run.
#[derive(Clone, Copy)]
pub(super) struct Needed<'a> {
    pub(super) graph: &'a Graph,
    pub(super) nodes: &'a [NodeId],
    pub(super) sizes: &'a [Vec<usize>],
    /// How often each is read or fetched.
    pub(super) uses: &'a [usize],
}

impl Needed<'_> {
    /// Those that read a node, if that is all its use.
    fn readers(&self, node: NodeId) -> Option<Vec<NodeId>> {
        let reads = |reader: &&NodeId| data_inputs(self.graph, **reader).contains(&node);
        let readers: Vec<NodeId> = self.nodes.iter().filter(reads).copied().collect();
        (self.uses[node.index()] == readers.len()).then_some(readers)
    }
}

impl Pooling {
    /// The pooling that `pool` is, if what it pools is of no other use.
    pub(super) fn find(needed: Needed, pool: NodeId) -> Option<Self> {
        let graph = needed.graph;
        let Op::Pool(op) = graph[pool].op() else { return None };
        let relu = graph[pool].inputs()[0];
        let fits = op.part == PoolPart::Max
            && graph[relu].op() == &Op::Unary(Unary::Relu)
            && are_side_by_side(op, &needed.sizes[relu.index()]);
        if !fits {
            return None;
        }
        let back = match *needed.readers(relu)? {
            [_] => None,
            [_, pool_grad, relu_grad] => Some(back(needed, op, pool, pool_grad, relu_grad)?),
            _ => return None,
        };
        Some(Pooling { relu, pool, back })
    }

    /// Whether no instruction computes a node, for gradients of convolutions do without.
    pub(super) fn passes(&self, node: NodeId) -> bool {
        self.back.is_some_and(|back| [back.pool_grad, back.relu_grad].contains(&node))
    }
}

/// The way back through a pooling, if these two are its gradient and the ReLU's, and gradients of
/// convolutions are all that reads it.
fn back(
    needed: Needed,
    op: &Pool,
    pool: NodeId,
    pool_grad: NodeId,
    relu_grad: NodeId,
) -> Option<Back> {
    let graph = needed.graph;
    let relu = graph[pool].inputs()[0];
    if graph[pool_grad].op() != &Op::Pool(Pool { part: PoolPart::MaxGrad, ..*op }) {
        return None;
    }
    let &[of, result, grad] = graph[pool_grad].inputs() else { return None };
    let fits = [of, result] == [relu, pool]
        && graph[relu_grad].op() == &Op::Binary(Binary::ReluGrad)
        && graph[relu_grad].inputs() == [pool_grad, relu]
        && needed.readers(pool_grad)?.len() == 1;
    let takes = |&reader: &NodeId| takes_back(graph, reader, relu_grad);
    let by_all = needed.readers(relu_grad)?.iter().all(takes);
    (fits && by_all).then_some(Back { grad, pool_grad, relu_grad })
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
