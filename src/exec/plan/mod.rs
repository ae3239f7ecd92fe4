//! Compiles a graph, a list of fetches and a batch size into a program.
//!
//! The stages, one file each: [`units`] groups nodes into instructions to be, [`schedule`] orders
//! them, [`layout`] gives their results places in the [`arena`] that are reused as soon as nobody reads
//! them any more, and [`lower`] writes the instructions. What depends on constants alone runs once, here.

mod arena;
mod broadcast;
mod chains;
mod layout;
mod lower;
mod lower_conv;
mod lower_images;
mod poolings;
mod room;
mod schedule;
mod units;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use layout::Layout;
use lower::Lowering;
use units::{Units, data_inputs};

use super::kernels::instruction::{Draw, Instruction, Slot};
use super::kernels::{self, Arrays, Buffer, Lanes, Program, ScaledRows, Team};
use super::{ExecError, Mode};
use crate::graph::{Graph, NodeId};

/// A compiled run: feed it, give it to [`Session::run`](super::Session::run), read its values.
///
/// A run allocates nothing, hashes nothing and does not look at the graph.
#[derive(Clone)]
pub struct Plan {
    program: Program,
    arena: Buffer,
    scratch: Buffer,
    feeds: Vec<Feed>,
    unfed: usize,
    draws: bool,
    mode: Mode,
    batch: usize,
    /// Sizes and place of every node that was fetched.
    values: Vec<Option<(Vec<usize>, Slot)>>,
}

/// How a plan is to be run.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    pub(super) mode: Mode,
    pub(super) threads: usize,
    /// Whether convolutions may take Winograd's algorithm.
    pub(super) winograd: bool,
}

/// How long a stage of a plan took: an instruction that threads share, or some that one runs alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// What it does, in a few words.
    pub label: String,
    /// Multiplications and additions of products and convolutions, as if computed directly.
    pub operations: f64,
    /// The time it took, with the meeting of threads.
    pub duration: Duration,
}

#[derive(Clone, Debug)]
struct Feed {
    node: NodeId,
    name: String,
    sizes: Vec<usize>,
    slot: Slot,
    /// Where the second half of a row begins, if threads share halves.
    middle: Option<usize>,
    fed: bool,
}

impl Feed {
    /// Elements of a row of the batch.
    fn row_len(&self) -> usize {
        self.sizes.iter().skip(1).product()
    }
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
        how: How,
    ) -> Result<Plan, ExecError> {
        let needed = needed(graph, fetches);
        let sizes: Vec<Vec<usize>> =
            graph.nodes().iter().map(|node| node.shape().with_batch(batch)).collect();
        let mut floats: usize = 0;
        for &node in &needed {
            let (name, sizes) = (graph[node].name(), &sizes[node.index()]);
            if sizes.contains(&0) {
                return Err(ExecError::Empty { node: name.to_owned(), sizes: sizes.clone() });
            }
            floats = floats.saturating_add(elements(sizes));
            // From here on lengths are multiplied and added: what overflows would look small.
            if floats > MOST_FLOATS {
                return Err(ExecError::memory(
                    format!("`{name}`: values of {sizes:?} take"),
                    floats,
                ));
            }
        }
        let units = Units::new(graph, &needed, &sizes, fetches);
        let mut order = schedule::order(graph, &units);
        // What is computed once comes first, so that it takes no place that a run writes before it
        // comes to where that is read.
        order.sort_by_key(|&unit| !units.units[unit].constant);
        let lowering = Lowering { graph, sizes: &sizes, units: &units, slots: variables.to_vec() };
        let last_use = last_uses(graph, &units, &order, fetches);
        let mut layout = Layout::new(lowering, last_use, how);
        let feeds = layout.place_sources(&needed);
        layout.place_units(&order);
        let plan = layout.finish(fetches, feeds, variable_floats, how);
        let plan = plan.map_err(|floats| {
            ExecError::memory(format!("the values of a batch of {batch} take"), floats)
        })?;
        Ok(Plan { batch, ..plan })
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

    /// Gives the rows of a placeholder; see [`Session::feed_bytes`](super::Session::feed_bytes).
    pub(super) fn feed_bytes<'b>(
        &mut self,
        node: NodeId,
        row: impl Fn(usize) -> &'b [u8] + Sync,
        factor: f32,
        team: Option<&Team>,
    ) -> Result<(), ExecError> {
        let feed = self.feed_of(node)?;
        let (len, middle) = (feed.row_len(), feed.middle);
        let to = self.feed_mut(node)?;
        ScaledRows { to, len, row, factor, middle }.write(team);
        Ok(())
    }

    /// Gives the rows of a placeholder, each 1 at the class that `class` says and 0 elsewhere: labels.
    ///
    /// # Errors
    /// [`ExecError::NotFed`] if the plan has no such placeholder.
    ///
    /// # Panics
    /// If a row has no such place.
    pub fn feed_one_hot(
        &mut self,
        node: NodeId,
        class: impl Fn(usize) -> usize,
    ) -> Result<(), ExecError> {
        let classes = self.feed_of(node)?.row_len();
        let rows = self.feed_mut(node)?;
        rows.fill(0.0);
        for (row, one_hot) in rows.chunks_exact_mut(classes).enumerate() {
            one_hot[class(row)] = 1.0;
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
        self.floats(self.fetched(node).1)
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

    /// What the plan is for.
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// What a placeholder was fed, if it was.
    pub(super) fn fed(&self, node: NodeId) -> Option<&[f32]> {
        let feed = self.feeds.iter().find(|feed| feed.node == node && feed.fed)?;
        Some(self.floats(feed.slot))
    }

    /// The value a node had in the last run, if it was fetched and is no variable.
    pub(super) fn value_if_fetched(&self, node: NodeId) -> Option<&[f32]> {
        let (_, slot) = self.values.get(node.index())?.as_ref()?;
        Some(self.floats(*slot))
    }

    fn floats(&self, slot: Slot) -> &[f32] {
        &kernels::floats(&self.arena)[slot.offset..slot.offset + slot.len]
    }

    fn fetched(&self, node: NodeId) -> &(Vec<usize>, Slot) {
        let fetched = self.values.get(node.index()).and_then(Option::as_ref);
        fetched.unwrap_or_else(|| panic!("node {} is not among the plan's fetches", node.index()))
    }

    /// Whether every placeholder has a value.
    pub(super) fn check_fed(&self) -> Result<(), ExecError> {
        if self.unfed == 0 {
            return Ok(());
        }
        let feed = self.feeds.iter().find(|feed| !feed.fed).expect("one is unfed");
        Err(ExecError::Unfed { node: feed.name.clone() })
    }

    pub(super) fn run(
        &mut self,
        variables: &mut [Lanes],
        draw: Draw,
        team: Option<&Team>,
    ) -> Result<(), ExecError> {
        self.check_fed()?;
        let (arena, scratch) = (&mut self.arena, &mut self.scratch);
        kernels::execute(&self.program, Arrays { arena, variables, scratch, draw }, team);
        Ok(())
    }

    /// As [`Plan::run`], with a look at the clock after every stage.
    pub(super) fn run_timed(
        &mut self,
        variables: &mut [Lanes],
        draw: Draw,
        team: Option<&Team>,
        timings: &mut Vec<Timing>,
    ) {
        for (place, stage) in self.program.stages().iter().enumerate() {
            let (arena, scratch) = (&mut self.arena, &mut self.scratch);
            let arrays = Arrays { arena, variables: &mut *variables, scratch, draw };
            let clock = Instant::now();
            kernels::execute_stages(&self.program, place..place + 1, arrays, team);
            let duration = clock.elapsed();
            let instructions = &self.program.instructions()[stage.instructions.clone()];
            let labels: Vec<String> = instructions.iter().map(Instruction::label).collect();
            let operations = instructions.iter().map(Instruction::operations).sum();
            timings.push(Timing { label: labels.join("; "), operations, duration });
        }
    }
}

/// The most floats that a plan is laid out for.
const MOST_FLOATS: usize = isize::MAX as usize / size_of::<f32>();

/// The elements of a value of those sizes; if there is no such number, more than memory holds.
pub(super) fn elements(sizes: &[usize]) -> usize {
    let count = sizes.iter().fold(1, |count: usize, &size| count.saturating_mul(size));
    count.min(isize::MAX as usize)
}

/// The nodes that must be computed for `fetches`, ascending.
pub(super) fn needed(graph: &Graph, fetches: &[NodeId]) -> Vec<NodeId> {
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
            for input in units.inputs(graph, node) {
                last[input.index()] = position;
            }
        }
    }
    for fetch in fetches {
        last[fetch.index()] = usize::MAX;
    }
    last
}
