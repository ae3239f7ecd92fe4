//! Gives feeds, constants and results their places, and writes the program.

use super::arena::Arena;
use super::lower::Lowering;
use super::units::{Kind, Unit};
use super::{Feed, How, Plan};
use crate::exec::kernels::instruction::{Draw, Gemm, Instruction, Nonzeros, Pooled, Slot, Space};
use crate::exec::kernels::{self, Arrays, Buffer, Program};
use crate::graph::NodeId;
use crate::graph::ops::Op;

/// A plan being laid out.
pub(super) struct Layout<'a> {
    pub(super) lowering: Lowering<'a>,
    pub(super) arena: Arena,
    /// What the arena holds from the start.
    initial: Vec<(Slot, Vec<f32>)>,
    pub(super) last_use: Vec<usize>,
    /// Instructions on constants.
    once: Vec<Instruction>,
    pub(super) always: Vec<Instruction>,
    /// What was fed and has its lists.
    nonzeros: Vec<Nonzeros>,
    /// Whether convolutions may take Winograd's algorithm.
    pub(super) winograd: bool,
}

impl<'a> Layout<'a> {
    /// A layout of nothing; `last_use` has for each node the place of the last unit that reads it.
    pub(super) fn new(lowering: Lowering<'a>, last_use: Vec<usize>, how: How) -> Self {
        Layout {
            lowering,
            arena: Arena::default(),
            initial: Vec::new(),
            last_use,
            once: Vec::new(),
            always: Vec::new(),
            nonzeros: Vec::new(),
            winograd: how.winograd,
        }
    }

    /// Gives feeds and constants their places, for the whole life of the plan.
    pub(super) fn place_sources(&mut self, needed: &[NodeId]) -> Vec<Feed> {
        let graph = self.lowering.graph;
        let mut feeds = Vec::new();
        for &node in needed {
            let values = match graph[node].op() {
                Op::Placeholder(_) => None,
                Op::Constant(constant) => Some(constant.values().to_vec()),
                Op::Size(op) => {
                    let sizes = &self.lowering.sizes[graph[node].inputs()[0].index()];
                    let size: usize = op.axes.iter().map(|&axis| sizes[axis]).product();
                    Some(vec![size as f32])
                }
                _ => continue,
            };
            let sizes = self.lowering.sizes[node.index()].clone();
            let slot = self.arena.take(sizes.iter().product());
            self.lowering.slots[node.index()] = Some(slot);
            match values {
                Some(values) => self.initial.push((slot, values)),
                None => {
                    let name = graph[node].name().to_owned();
                    feeds.push(Feed { node, name, sizes, slot, middle: None, fed: false });
                }
            }
        }
        feeds
    }

    /// Places units in their order.
    pub(super) fn place_units(&mut self, order: &[usize]) {
        let units = self.lowering.units;
        let mut position = 0;
        while position < order.len() {
            let next = position + self.chain_len(order, position);
            let chain: Vec<&Unit> =
                order[position..next].iter().map(|&unit| &units.units[unit]).collect();
            if chain.len() == 1 || !self.place_chain(&chain, position..next) {
                for (unit, position) in chain.into_iter().zip(position..next) {
                    self.place_unit(unit, position);
                }
            }
            position = next;
        }
    }

    /// Gives a unit's visible results their places and writes its instruction.
    pub(super) fn place_unit(&mut self, unit: &Unit, position: usize) {
        let dying = self.dying_inputs(unit, position);
        let mut taken_over = None;
        if unit.kind != Kind::Assignment {
            let visible: Vec<NodeId> =
                unit.nodes.iter().copied().filter(|&n| self.is_visible(unit, n)).collect();
            if let ([only], Kind::Map | Kind::Reshape) = (visible.as_slice(), unit.kind) {
                // The last step alone writes, and only where all steps have read; what is reshaped
                // stays where it is.
                let len = self.len(*only);
                taken_over = dying.iter().copied().find(|&input| self.len(input) == len);
            }
            for &node in &visible {
                let slot = taken_over.and_then(|input| self.lowering.slots[input.index()]);
                let slot = slot.unwrap_or_else(|| self.arena.take(self.len(node)));
                self.lowering.slots[node.index()] = Some(slot);
            }
        }
        let instruction = self.lowering.instruction(unit);
        if let Some(mut instruction) = instruction {
            let images = match &instruction {
                Instruction::Gemm(_) => self.lowering.images_of(unit.nodes[0]),
                _ => None,
            };
            if let (Instruction::Gemm(gemm), Some(_)) = (&mut instruction, images) {
                self.give_lists(gemm);
            }
            let is_of_images = images.is_some();
            let len = instruction.room_len(self.winograd, is_of_images);
            let room = len.map(|len| self.arena.take(len));
            let instructions = if unit.constant { &mut self.once } else { &mut self.always };
            instruction.push_with(room, instructions);
            if let Some(room) = room {
                self.arena.give_back(room);
            }
            if let Some(images) = images.filter(|of| self.last_use[of.index()] == position) {
                self.take_lists(images);
            }
        }
        self.give_back(dying.into_iter().filter(|&input| Some(input) != taken_over));
    }

    /// Gives back the places of results that nobody reads any more.
    pub(super) fn give_back(&mut self, results: impl Iterator<Item = NodeId>) {
        for result in results {
            self.arena.give_back(self.lowering.slots[result.index()].expect("it was placed"));
        }
    }

    /// Lets a product know what is not 0 in its first factor, if that is of use to it: lists are made
    /// before the first such product and stay until the last.
    fn give_lists(&mut self, gemm: &mut Gemm) {
        if !kernels::takes_lists(gemm) {
            return;
        }
        let lists = self.nonzeros.iter().find(|of| of.x == gemm.a).copied().unwrap_or_else(|| {
            let (rows, columns) =
                if gemm.transpose_a { (gemm.k, gemm.m) } else { (gemm.m, gemm.k) };
            let lists = self.arena.take(kernels::lists_len(rows, columns));
            let nonzeros = Nonzeros { x: gemm.a, rows, columns, lists };
            self.always.push(Instruction::Nonzeros(nonzeros));
            self.nonzeros.push(nonzeros);
            nonzeros
        });
        gemm.nonzeros = Some(lists.lists);
    }

    /// Gives back the lists of what is read no more.
    fn take_lists(&mut self, images: NodeId) {
        let is_of = |of: &mut Nonzeros| Some(of.x) == self.lowering.slots[images.index()];
        for of in self.nonzeros.extract_if(.., is_of) {
            self.arena.give_back(of.lists);
        }
    }

    /// Inputs whose places can be reused once the unit has run, each once.
    pub(super) fn dying_inputs(&self, unit: &Unit, position: usize) -> Vec<NodeId> {
        let units = self.lowering.units;
        let mut dying: Vec<NodeId> = unit
            .nodes
            .iter()
            .flat_map(|&node| units.inputs(self.lowering.graph, node))
            .filter(|&input| self.last_use[input.index()] == position)
            // Only results of other instructions, not those of once: they must stay.
            .filter(|&input| {
                units.of(input).is_some_and(|of| {
                    let computed = &units.units[of];
                    !computed.constant && !std::ptr::eq(computed, unit)
                })
            })
            .collect();
        dying.sort();
        dying.dedup();
        dying
    }

    /// Whether a node's value is kept: it is read outside its unit, or all that the unit computes.
    pub(super) fn is_visible(&self, unit: &Unit, node: NodeId) -> bool {
        let Lowering { graph, units, .. } = self.lowering;
        node == unit.last()
            || self.last_use[node.index()] == usize::MAX
            || graph.ids().filter(|&reader| units.of(reader).is_some()).any(|reader| {
                units.inputs(graph, reader).any(|input| input == node)
                    && !unit.nodes.contains(&reader)
            })
    }

    /// Floats of what is kept of a node's value.
    pub(super) fn len(&self, node: NodeId) -> usize {
        let len = |node: NodeId| self.lowering.sizes[node.index()].iter().product();
        match self.lowering.units.pooling(node) {
            Some(pooling) => Pooled::winners_len(len(pooling.pool)),
            None => len(node),
        }
    }

    /// Returns the plan, or how many floats it takes if there is no such memory.
    pub(super) fn finish(
        self,
        fetches: &[NodeId],
        mut feeds: Vec<Feed>,
        variable_floats: usize,
        How { threads, mode, .. }: How,
    ) -> Result<Plan, usize> {
        for feed in &mut feeds {
            let listed = self.always.iter().find_map(|instruction| match instruction {
                Instruction::Nonzeros(of) if of.x == feed.slot => Some(of),
                _ => None,
            });
            feed.middle = listed.and_then(kernels::middle_of_lists);
        }
        let floats = self.arena.size();
        let program = Program::new(self.always, floats, variable_floats);
        let once = Program::new(self.once, floats, 0);
        let mut arena = Buffer::new(kernels::lanes_for(floats)).ok_or(floats)?;
        for (slot, values) in self.initial {
            let range = slot.offset..slot.offset + slot.len;
            kernels::floats_mut(&mut arena)[range].copy_from_slice(&values);
        }
        let threads = if program.is_shared() { threads } else { 1 };
        let scratch = (threads * program.scratch()).max(once.scratch());
        let mut scratch = Buffer::new(kernels::lanes_for(scratch)).ok_or(floats + scratch)?;
        let arrays = Arrays {
            arena: &mut arena,
            variables: &mut [],
            scratch: &mut scratch,
            draw: Draw::default(),
        };
        kernels::execute(&once, arrays, None);
        let mut values = vec![None; self.lowering.slots.len()];
        for node in fetches {
            let slot = self.lowering.slots[node.index()];
            let sizes = || self.lowering.sizes[node.index()].clone();
            values[node.index()] =
                slot.filter(|slot| slot.space == Space::Arena).map(|slot| (sizes(), slot));
        }
        let draws = program.draws();
        let unfed = feeds.len();
        Ok(Plan { program, draws, mode, batch: 0, arena, scratch, unfed, feeds, values })
    }
}
