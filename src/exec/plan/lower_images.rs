//! Turns ops of images into instructions.

use super::lower::Lowering;
use super::units::Unit;
use crate::exec::kernels::instruction::{
    Argument, Axis, Function, Instruction, Lrn, LrnFunction, Map, MapStep, Piece, Pool,
    PoolFunction, Run, Slot, Splice, Walk,
};
use crate::graph::NodeId;
use crate::graph::ops::{self, LrnPart, Op, PoolPart};

impl Lowering<'_> {
    /// The instruction of an op that looks at images through windows.
    pub(super) fn image(&self, unit: &Unit) -> Instruction {
        let node = unit.nodes[0];
        match self.graph[node].op() {
            Op::Pool(op) => Instruction::Pool(self.pool(unit, op)),
            Op::Lrn(op) => Instruction::Lrn(self.lrn(node, op)),
            op => unreachable!("{} has no windows", op.name()),
        }
    }

    fn pool(&self, unit: &Unit, op: &ops::Pool) -> Pool {
        let (node, last) = (unit.nodes[0], unit.last());
        let inputs = self.graph[node].inputs();
        let slot = |input: usize| self.slot(inputs[input]);
        let (images, function) = match op.part {
            PoolPart::Max => (inputs[0], PoolFunction::Max { images: slot(0) }),
            PoolPart::Avg => (inputs[0], PoolFunction::Avg { images: slot(0) }),
            PoolPart::MaxGrad => {
                let (images, result, grad) = (slot(0), slot(1), slot(2));
                let relu = last != node;
                (inputs[0], PoolFunction::MaxGrad { images, result, grad, relu })
            }
            PoolPart::AvgGrad => (inputs[1], PoolFunction::AvgGrad { grad: slot(0) }),
        };
        let &[batch, rows, columns, channels] = self.sizes[images.index()].as_slice() else {
            unreachable!("images have four dimensions")
        };
        let axes = axes(&op.windows(), [rows, columns]);
        Pool { function, out: self.slot(last), batch, axes, channels }
    }

    fn lrn(&self, node: NodeId, op: &ops::Lrn) -> Lrn {
        let inputs = self.graph[node].inputs();
        let slot = |input: usize| self.slot(inputs[input]);
        let function = match op.part {
            LrnPart::Forward => LrnFunction::Forward { x: slot(0) },
            LrnPart::Grad => LrnFunction::Grad { grad: slot(0), x: slot(1), y: slot(2) },
        };
        let sizes = &self.sizes[node.index()];
        let channels = *sizes.last().expect("the shape rule wants channels");
        let &ops::Lrn { depth_radius, bias, alpha, beta, .. } = op;
        let (out, pixels) = (self.slot(node), sizes.iter().product::<usize>() / channels);
        // Beyond all channels there is nothing more to sum.
        let radius = depth_radius.min(channels);
        Lrn { function, out, pixels, channels, radius, bias, alpha, beta }
    }

    /// Values, pieces of them and zeros, side by side along an axis.
    pub(super) fn splice(&self, node: NodeId) -> Splice {
        let inputs = self.graph[node].inputs();
        let (axis, mut pieces) = match self.graph[node].op() {
            Op::Concat(op) => (op.axis, Vec::new()),
            Op::Slice(op) => (op.axis, Vec::new()),
            Op::Pad(op) => (op.axis, vec![Piece { len: op.before, from: None }]),
            op => unreachable!("{} does not splice", op.name()),
        };
        let sizes = &self.sizes[node.index()];
        let inner: usize = sizes[axis + 1..].iter().product();
        for &input in inputs {
            let width = self.sizes[input.index()][axis];
            let (start, len) = match self.graph[node].op() {
                Op::Slice(op) => (op.start, op.len),
                _ => (0, width),
            };
            let (width, start) = (width * inner, start * inner);
            pieces.push(Piece { len, from: Some(Run { slot: self.slot(input), width, start }) });
        }
        if let Op::Pad(op) = self.graph[node].op() {
            pieces.push(Piece { len: op.after, from: None });
        }
        pieces.retain(|piece| piece.len > 0);
        pieces.iter_mut().for_each(|piece| piece.len *= inner);
        let rows = sizes[..axis].iter().product();
        Splice { out: self.slot(node), rows, width: sizes[axis] * inner, pieces }
    }

    /// A copy, unless the value took its input's place.
    pub(super) fn reshape(&self, node: NodeId) -> Option<Instruction> {
        let (from, to) = (self.slot(self.graph[node].inputs()[0]), self.slot(node));
        (from != to).then(|| Instruction::Map(copy(from, to)))
    }
}

/// The windows along rows and columns of images of that size.
fn axes(windows: &ops::Windows, image: [usize; 2]) -> [Axis; 2] {
    let placed = windows.over(image).expect("the shape rule placed them");
    [0, 1].map(|axis| Axis {
        len: image[axis],
        window: windows.size[axis],
        stride: windows.strides[axis],
        before: placed.before[axis],
        positions: placed.positions[axis],
    })
}

fn copy(from: Slot, to: Slot) -> Map {
    let each = |slot: Slot| Argument { space: slot.space, offset: slot.offset, walk: Walk::Each };
    let (a, out) = (each(from), each(to));
    let (elements, block) = (to.len, Map::BLOCK.min(to.len));
    let steps = vec![MapStep { function: Function::Copy, a, b: a, out }];
    Map { elements, inner: elements, block, fills: Vec::new(), steps }
}
