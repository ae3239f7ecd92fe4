//! Compiles a graph, a list of fetches and a batch size into a program.
//!
//! The stages, one file each: [`units`] groups nodes into instructions to be, [`schedule`] orders
//! them, [`arena`] gives their results places that are reused as soon as nobody reads them any
//! more, and [`lower`] writes the instructions. What depends on constants alone runs once, here.

mod arena;
mod broadcast;
mod lower;
mod schedule;
mod units;

use std::collections::BTreeSet;

use arena::Arena;
use lower::Lowering;
use units::{Kind, Unit, Units, data_inputs};

use super::ExecError;
use super::kernels::instruction::{Draw, Instruction, Slot, Space};
use super::kernels::{self, Arrays, Lanes, Program, Team};
use crate::graph::ops::Op;
use crate::graph::{Graph, NodeId};

/// A compiled run: feed it, give it to [`Session::run`](super::Session::run), read its values.
///
/// A run allocates nothing, hashes nothing and does not look at the graph.
#[derive(Clone)]
pub struct Plan {
    program: Program,
    arena: Vec<Lanes>,
    scratch: Vec<Lanes>,
    feeds: Vec<Feed>,
    unfed: usize,
    draws: bool,
    batch: usize,
    /// Sizes and place of every node that was fetched.
    values: Vec<Option<(Vec<usize>, Slot)>>,
}

#[derive(Clone, Debug)]
struct Feed {
    node: NodeId,
    name: String,
    sizes: Vec<usize>,
    slot: Slot,
    fed: bool,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let instructions = self.program.instructions().len();
        write!(f, "Plan({instructions} instructions, {} bytes)", self.bytes())
    }
}

impl Plan {
    /// Compiles what computes `fetches` when the batch has `batch` rows.
    pub(super) fn compile(
        graph: &Graph,
        variables: &[Option<Slot>],
        variable_floats: usize,
        fetches: &[NodeId],
        batch: usize,
        threads: usize,
    ) -> Result<Plan, ExecError> {
        let needed = needed(graph, fetches);
        let sizes: Vec<Vec<usize>> =
            graph.nodes().iter().map(|node| node.shape().with_batch(batch)).collect();
        for &node in &needed {
            if sizes[node.index()].contains(&0) {
                let name = graph[node].name().to_owned();
                return Err(ExecError::Empty { node: name, sizes: sizes[node.index()].clone() });
            }
        }
        let units = Units::new(graph, &needed, &sizes, fetches);
        let order = schedule::order(graph, &units);
        let mut layout = Layout {
            lowering: Lowering { graph, sizes: &sizes, slots: variables.to_vec() },
            arena: Arena::default(),
            initial: Vec::new(),
            last_use: last_uses(graph, &units, &order, fetches),
            once: Vec::new(),
            always: Vec::new(),
        };
        let feeds = layout.place_sources(&needed);
        // What is computed once comes first, so that it takes no place that a run writes before it
        // comes to where that is read.
        for constant in [true, false] {
            for (position, &unit) in order.iter().enumerate() {
                if units.units[unit].constant == constant {
                    layout.place_unit(&units, &units.units[unit], position);
                }
            }
        }
        Ok(Plan { batch, ..layout.finish(fetches, feeds, variable_floats, threads) })
    }

    /// Gives a placeholder its value, which stays until it is fed anew; row major.
    ///
    /// # Errors
    /// [`ExecError::NotFed`] if the plan has no such placeholder, [`ExecError::Feed`] if the value
    /// has not as many elements as the placeholder.
    pub fn feed(&mut self, node: NodeId, value: &[f32]) -> Result<(), ExecError> {
        let feed = self.feed_of(node)?;
        if value.len() != feed.slot.len {
            let (node, want) = (feed.name.clone(), feed.sizes.clone());
            return Err(ExecError::Feed { node, got: vec![value.len()], want });
        }
        self.feed_mut(node)?.copy_from_slice(value);
        Ok(())
    }

    /// Returns the elements of a placeholder's value to be written, row major.
    ///
    /// # Errors
    /// [`ExecError::NotFed`] if the plan has no such placeholder.
    pub fn feed_mut(&mut self, node: NodeId) -> Result<&mut [f32], ExecError> {
        let feed = self.feed_of(node)?;
        let first = !std::mem::replace(&mut feed.fed, true);
        let range = feed.slot.offset..feed.slot.offset + feed.slot.len;
        self.unfed -= usize::from(first);
        Ok(&mut kernels::floats_mut(&mut self.arena)[range])
    }

    /// Gives the rows of a placeholder, one after another, bytes times `factor`: images.
    ///
    /// Elements that `rows` do not reach keep their values.
    ///
    /// # Errors
    /// [`ExecError::NotFed`] if the plan has no such placeholder.
    pub fn feed_bytes<'b>(
        &mut self,
        node: NodeId,
        rows: impl IntoIterator<Item = &'b [u8]>,
        factor: f32,
    ) -> Result<(), ExecError> {
        let mut rest = self.feed_mut(node)?;
        for row in rows {
            let len = row.len().min(rest.len());
            let (to, after) = rest.split_at_mut(len);
            kernels::scale(row, to, factor);
            rest = after;
        }
        Ok(())
    }

    fn feed_of(&mut self, node: NodeId) -> Result<&mut Feed, ExecError> {
        let feed = self.feeds.iter_mut().find(|feed| feed.node == node);
        feed.ok_or_else(|| ExecError::NotFed { node: format!("#{}", node.index()) })
    }

    /// Gives a placeholder the elements of an array.
    ///
    /// # Errors
    /// As [`Plan::feed`]; the array's shape must be the placeholder's.
    pub fn feed_array<D: ndarray::Dimension>(
        &mut self,
        node: NodeId,
        array: &ndarray::ArrayRef<f32, D>,
    ) -> Result<(), ExecError> {
        if let Some(feed) = self.feeds.iter().find(|feed| feed.node == node)
            && feed.sizes != array.shape()
        {
            let (node, want) = (feed.name.clone(), feed.sizes.clone());
            return Err(ExecError::Feed { node, got: array.shape().to_vec(), want });
        }
        match array.as_slice() {
            Some(values) => self.feed(node, values),
            None => self.feed(node, &array.iter().copied().collect::<Vec<f32>>()),
        }
    }

    /// Returns the number of rows of a batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Returns whether the plan has a placeholder to feed of that node.
    pub fn takes(&self, node: NodeId) -> bool {
        self.feeds.iter().any(|feed| feed.node == node)
    }

    /// Returns the placeholders of this plan and the sizes they take.
    pub fn feeds(&self) -> impl Iterator<Item = (NodeId, &[usize])> {
        self.feeds.iter().map(|feed| (feed.node, feed.sizes.as_slice()))
    }

    /// Returns the value a fetched node had in the last run, row major.
    ///
    /// # Panics
    /// If the node was not among the plan's fetches, or is a variable or a group: the value of a
    /// variable is the session's.
    pub fn value(&self, node: NodeId) -> &[f32] {
        let slot = self.fetched(node).1;
        &kernels::floats(&self.arena)[slot.offset..slot.offset + slot.len]
    }

    /// Returns the number a fetched node had in the last run.
    ///
    /// # Panics
    /// As [`Plan::value`], and if the value is not a single number.
    pub fn number(&self, node: NodeId) -> f32 {
        let value = self.value(node);
        assert!(value.len() == 1, "a value of {} elements is no number", value.len());
        value[0]
    }

    /// Returns the value a fetched node had in the last run.
    ///
    /// # Panics
    /// As [`Plan::value`].
    pub fn array(&self, node: NodeId) -> ndarray::ArrayViewD<'_, f32> {
        let sizes = self.fetched(node).0.as_slice();
        ndarray::ArrayViewD::from_shape(sizes, self.value(node)).expect("a slot has its sizes")
    }

    /// Returns the number of instructions of a run.
    pub fn instruction_count(&self) -> usize {
        self.program.instructions().len()
    }

    /// Returns the memory the plan holds, in bytes.
    pub fn bytes(&self) -> usize {
        (self.arena.len() + self.scratch.len()) * size_of::<Lanes>()
    }

    /// Whether a run draws random numbers.
    pub(super) fn draws(&self) -> bool {
        self.draws
    }

    fn fetched(&self, node: NodeId) -> &(Vec<usize>, Slot) {
        let fetched = self.values.get(node.index()).and_then(Option::as_ref);
        fetched.unwrap_or_else(|| panic!("node {} is not among the plan's fetches", node.index()))
    }

    pub(super) fn run(
        &mut self,
        variables: &mut [Lanes],
        draw: Draw,
        team: Option<&Team>,
    ) -> Result<(), ExecError> {
        if self.unfed > 0 {
            let feed = self.feeds.iter().find(|feed| !feed.fed).expect("one is unfed");
            return Err(ExecError::Unfed { node: feed.name.clone() });
        }
        let (arena, scratch) = (&mut self.arena, &mut self.scratch);
        kernels::execute(&self.program, Arrays { arena, variables, scratch, draw }, team);
        Ok(())
    }
}

/// The nodes that must be computed for `fetches`, ascending.
fn needed(graph: &Graph, fetches: &[NodeId]) -> Vec<NodeId> {
    let mut needed = BTreeSet::new();
    let mut open = fetches.to_vec();
    while let Some(node) = open.pop() {
        if needed.insert(node) {
            open.extend(data_inputs(graph, node));
            open.extend(graph[node].control_inputs());
        }
    }
    needed.into_iter().collect()
}

/// For each node the position in `order` of the last unit that reads it; `usize::MAX` if fetched.
fn last_uses(graph: &Graph, units: &Units, order: &[usize], fetches: &[NodeId]) -> Vec<usize> {
    let mut last = vec![0; graph.nodes().len()];
    for (position, &unit) in order.iter().enumerate() {
        for &node in &units.units[unit].nodes {
            for input in data_inputs(graph, node) {
                last[input.index()] = position;
            }
        }
    }
    for fetch in fetches {
        last[fetch.index()] = usize::MAX;
    }
    last
}

/// A plan being laid out.
struct Layout<'a> {
    lowering: Lowering<'a>,
    arena: Arena,
    /// What the arena holds from the start.
    initial: Vec<(Slot, Vec<f32>)>,
    last_use: Vec<usize>,
    /// Instructions on constants.
    once: Vec<Instruction>,
    always: Vec<Instruction>,
}

impl Layout<'_> {
    /// Gives feeds and constants their places, for the whole life of the plan.
    fn place_sources(&mut self, needed: &[NodeId]) -> Vec<Feed> {
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
                    feeds.push(Feed { node, name, sizes, slot, fed: false });
                }
            }
        }
        feeds
    }

    /// Gives a unit's visible results their places and writes its instruction.
    fn place_unit(&mut self, units: &Units, unit: &Unit, position: usize) {
        let dying = self.dying_inputs(units, unit, position);
        let mut taken_over = None;
        if unit.kind != Kind::Assignment {
            let visible: Vec<NodeId> =
                unit.nodes.iter().copied().filter(|&n| self.is_visible(units, unit, n)).collect();
            if let ([only], Kind::Map) = (visible.as_slice(), unit.kind) {
                // The last step alone writes, and only where all steps have read.
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
        if unit.constant { &mut self.once } else { &mut self.always }.push(instruction);
        for input in dying.into_iter().filter(|&input| Some(input) != taken_over) {
            self.arena.give_back(self.lowering.slots[input.index()].expect("it was placed"));
        }
    }

    /// Inputs whose places can be reused once the unit has run, each once.
    fn dying_inputs(&self, units: &Units, unit: &Unit, position: usize) -> Vec<NodeId> {
        let mut dying: Vec<NodeId> = unit
            .nodes
            .iter()
            .flat_map(|&node| data_inputs(self.lowering.graph, node))
            .copied()
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

    /// Whether a node's value is read outside its unit.
    fn is_visible(&self, units: &Units, unit: &Unit, node: NodeId) -> bool {
        let graph = self.lowering.graph;
        self.last_use[node.index()] == usize::MAX
            || graph.ids().filter(|&reader| units.of(reader).is_some()).any(|reader| {
                data_inputs(graph, reader).contains(&node) && !unit.nodes.contains(&reader)
            })
    }

    fn len(&self, node: NodeId) -> usize {
        self.lowering.sizes[node.index()].iter().product()
    }

    fn finish(
        self,
        fetches: &[NodeId],
        feeds: Vec<Feed>,
        variable_floats: usize,
        threads: usize,
    ) -> Plan {
        let floats = self.arena.size();
        let program = Program::new(self.always, floats, variable_floats);
        let once = Program::new(self.once, floats, 0);
        let mut arena = vec![Lanes::ZERO; kernels::lanes_for(floats)];
        for (slot, values) in self.initial {
            let range = slot.offset..slot.offset + slot.len;
            kernels::floats_mut(&mut arena)[range].copy_from_slice(&values);
        }
        let threads = if program.is_shared() { threads } else { 1 };
        let scratch = (threads * program.scratch()).max(once.scratch());
        let mut scratch = vec![Lanes::ZERO; kernels::lanes_for(scratch)];
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
        Plan { program, draws, batch: 0, arena, scratch, unfed: feeds.len(), feeds, values }
    }
}
