//! Convolutions as instructions.

use super::lower::Lowering;
use super::units::Unit;
use crate::exec::kernels::instruction::{Conv, FilterGradient, Instruction, Pooled, Slot, Window};
use crate::graph::NodeId;
use crate::graph::ops::{Conv2D, ConvPart, Op};

impl Lowering<'_> {
    /// The instruction of a convolution, with its bias and ReLU, or of one of its gradients.
    pub(super) fn conv(&self, unit: &Unit) -> Instruction {
        let node = unit.nodes[0];
        let Op::Conv2D(op) = self.graph[node].op() else { unreachable!("a unit of a convolution") };
        let inputs = self.graph[node].inputs();
        match op.part {
            ConvPart::Forward => {
                let (window, filters) = self.windows(op, node);
                Instruction::Conv(self.forward(unit, window, filters, false))
            }
            ConvPart::BackpropInput => {
                let forward = self.window(op, inputs[2], inputs[1]);
                let grad = &self.sizes[inputs[0].index()];
                // The filter turned moves one by one over gradients with zeros between them.
                let turned = Window {
                    image: forward.positions,
                    channels: grad[3],
                    size: forward.size,
                    strides: [1; 2],
                    spread: forward.strides,
                    before: [0, 1].map(|axis| forward.size[axis] - 1 - forward.before[axis]),
                    positions: forward.image,
                };
                Instruction::Conv(self.forward(unit, turned, forward.channels, true))
            }
            ConvPart::BackpropFilter => {
                let (grad, unpool) = self.images(inputs[1]);
                Instruction::FilterGradient(FilterGradient {
                    window: self.window(op, inputs[0], inputs[2]),
                    batch: self.sizes[inputs[0].index()][0],
                    filters: self.sizes[node.index()][3],
                    images: self.slot(inputs[0]),
                    grad,
                    unpool,
                    out: self.slot(node),
                    winograd: None,
                })
            }
        }
    }

    /// Where images are, or where what they are unpooled from is and who won.
    fn images(&self, node: NodeId) -> (Slot, Option<Slot>) {
        match self.units.way_back(node) {
            Some((relu, back)) => (self.slot(back.grad), Some(self.slot(relu))),
            None => (self.slot(node), None),
        }
    }

    fn forward(&self, unit: &Unit, window: Window, filters: usize, turned: bool) -> Conv {
        let inputs = self.graph[unit.nodes[0]].inputs();
        let (images, unpool) = self.images(inputs[0]);
        let relu = unit.relu(self.graph);
        // What is kept of a ReLU's result that is pooled, if anything, is who won.
        let winners = relu.and_then(|relu| self.slots[relu.index()]);
        Conv {
            window,
            batch: self.sizes[unit.last().index()][0],
            filters,
            images,
            unpool,
            filter: self.slot(inputs[1]),
            turned,
            bias: unit.bias(self.graph).map(|bias| self.slot(bias)),
            relu: relu.is_some(),
            pooled: unit.is_pooled(self.graph).then_some(Pooled { winners }),
            out: self.slot(unit.last()),
            winograd: None,
        }
    }

    /// The windows of a convolution, and how many filters it has.
    pub(super) fn windows(&self, op: &Conv2D, node: NodeId) -> (Window, usize) {
        let inputs = self.graph[node].inputs();
        (self.window(op, inputs[0], inputs[1]), self.sizes[inputs[1].index()][3])
    }

    /// The windows of a convolution of images with a filter.
    fn window(&self, op: &Conv2D, images: NodeId, filter: NodeId) -> Window {
        let (images, filter) = (&self.sizes[images.index()], &self.sizes[filter.index()]);
        let (image, size) = ([images[1], images[2]], [filter[0], filter[1]]);
        let placed = op.windows(size).over(image).expect("the graph checked that windows fit");
        Window {
            image,
            channels: images[3],
            size,
            strides: op.strides,
            spread: [1; 2],
            before: placed.before,
            positions: placed.positions,
        }
    }
}
