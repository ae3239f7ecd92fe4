//! Convolutions one after another that become one instruction, through which a few images go at a time.
//!
//! Only where nothing else wants what lies between them: to train, gradients do.

use std::ops::Range;

use super::layout::Layout;
use super::units::{Unit, data_inputs};
use crate::exec::kernels::instruction::{Chain, Conv, Instruction, Slot, Space};
use crate::exec::kernels::{
    IMAGES_OF_CHAIN, fits_in_chain, is_chain_worth_it, winograd_filter_len,
};
use crate::graph::NodeId;
use crate::graph::ops::{ConvPart, Op};

impl Layout<'_> {
    /// How many units in `order` from `position` on are a chain: 1 if that is none.
    pub(super) fn chain_len(&self, order: &[usize], position: usize) -> usize {
        let unit = |position: usize| &self.lowering.units.units[order[position]];
        if !self.can_be_chained(unit(position)) {
            return 1;
        }
        let follows = |&next: &usize| {
            let (before, after) = (unit(next - 1), unit(next));
            self.can_be_chained(after) && self.takes_all(after, before.last(), next)
        };
        1 + (position + 1..order.len()).take_while(follows).count()
    }

    /// Whether a convolution can be one of a chain.
    fn can_be_chained(&self, unit: &Unit) -> bool {
        let graph = self.lowering.graph;
        let Op::Conv2D(op) = graph[unit.nodes[0]].op() else { return false };
        if unit.constant || op.part != ConvPart::Forward {
            return false;
        }
        let inner = &unit.nodes[..unit.nodes.len() - 1];
        let (window, filters) = self.lowering.windows(op, unit.nodes[0]);
        fits_in_chain(&window, filters, self.winograd, unit.is_pooled(graph))
            && !inner.iter().any(|&node| self.is_visible(unit, node))
    }

    /// Whether the convolution at `position` takes `images`, which what comes just before it gives, and
    /// nothing else wants them.
    fn takes_all(&self, unit: &Unit, images: NodeId, position: usize) -> bool {
        let inputs = data_inputs(self.lowering.graph, unit.nodes[0]);
        let [takes, filter] = [0, 1].map(|input| inputs[input] == images);
        takes && !filter && self.last_use[images.index()] == position
    }

    /// Gives the results of a chain their places and writes its instructions, if it is worth it.
    pub(super) fn place_chain(&mut self, units: &[&Unit], positions: Range<usize>) -> bool {
        let (last, between) = units.split_last().expect("a chain has units");
        let batch = self.lowering.sizes[last.last().index()][0];
        let len = |unit: &&Unit| self.len(unit.last()) / batch;
        if !is_chain_worth_it(batch, between.iter().map(len).sum()) {
            return false;
        }
        let mut offset = 0;
        for unit in between {
            let len = self.len(unit.last()) / batch * IMAGES_OF_CHAIN;
            let slot = Slot { space: Space::Registers, offset, len };
            self.lowering.slots[unit.last().index()] = Some(slot);
            offset += Slot::padded(len);
        }
        let out = self.arena.take(self.len(last.last()));
        self.lowering.slots[last.last().index()] = Some(out);

        let mut convs = Vec::new();
        for unit in units {
            let Instruction::Conv(conv) = self.lowering.conv(unit) else {
                unreachable!("a chain is of convolutions");
            };
            let room = winograd_filter_len(&conv.window, conv.filters).filter(|_| self.winograd);
            let conv = Conv { winograd: room.map(|len| self.arena.take(len)), ..conv };
            // All filters come first, so their room is kept until the end.
            if conv.winograd.is_some() {
                self.always.push(Instruction::WinogradFilter(conv));
            }
            convs.push(conv);
        }
        for room in convs.iter().filter_map(|conv| conv.winograd) {
            self.arena.give_back(room);
        }
        self.always.push(Instruction::Chain(Chain { convs }));

        let dying: Vec<NodeId> = units
            .iter()
            .zip(positions)
            .flat_map(|(unit, position)| self.dying_inputs(unit, position))
            .filter(|&input| between.iter().all(|unit| unit.last() != input))
            .collect();
        self.give_back(dying.into_iter());
        true
    }
}
