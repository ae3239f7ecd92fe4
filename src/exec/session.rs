//! A graph's variables, and plans run over them.

use std::io;
use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::kernels::instruction::{Draw, Slot, Space};
use super::kernels::{self, Buffer, Team};
use super::plan::{How, elements};
use super::{ExecError, Mode, Plan, Timing, initialize};
use crate::graph::ops::Op;
use crate::graph::{Graph, NodeId};

/// The state of a graph: its variables.
///
/// ```
/// use runboard::exec::Session;
/// use runboard::graph::{Dim, GraphBuilder};
///
/// let mut g = GraphBuilder::new();
/// let x = g.placeholder("x", [Dim::Batch, Dim::Known(2)])?;
/// let w = g.constant("w", [2, 1], vec![0.5, -1.0])?;
/// let y = g.matmul(x, w)?;
/// let graph = g.finish();
///
/// let mut session = Session::new(&graph, 0);
/// let mut plan = session.plan(&[y], 3)?; // compiled for batches of three
/// plan.feed(x, &[1.0, 0.0, 0.0, 1.0, 4.0, 1.0])?;
/// session.run(&mut plan)?;
/// assert_eq!(plan.value(y), [0.5, -1.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Session<'g> {
    graph: &'g Graph,
    variables: Buffer,
    slots: Vec<Option<Slot>>,
    draw: Draw,
    team: Option<Arc<Team>>,
    winograd: bool,
}

impl<'g> Session<'g> {
    /// Gives every variable of the graph its first value; the same seed gives the same values.
    ///
    /// # Panics
    /// If there is no memory for the variables; [`Session::try_new`] says so.
    pub fn new(graph: &'g Graph, seed: u64) -> Self {
        Self::try_new(graph, seed).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`Session::new`], for variables that may be too large.
    ///
    /// # Errors
    /// [`ExecError::Memory`] if there is no memory for the variables.
    pub fn try_new(graph: &'g Graph, seed: u64) -> Result<Self, ExecError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut slots = vec![None; graph.nodes().len()];
        let mut floats: usize = 0;
        for id in graph.ids() {
            if matches!(graph[id].op(), Op::Variable(_)) {
                // A variable has no batch dimension.
                let len = elements(&graph[id].shape().with_batch(0));
                slots[id.index()] = Some(Slot { space: Space::Variables, offset: floats, len });
                floats = floats.saturating_add(Slot::padded(len));
            }
        }
        let variables = Buffer::new(kernels::lanes_for(floats))
            .ok_or_else(|| ExecError::memory("the variables take", floats))?;
        let draw = Draw { seed, run: 0 };
        let mut session = Session { graph, variables, slots, draw, team: None, winograd: true };
        for id in graph.ids() {
            if let Op::Variable(variable) = graph[id].op() {
                let sizes = graph[id].shape().with_batch(0);
                let values = session.variable_mut(id);
                initialize::fill(values, &sizes, &variable.initializer, &mut random);
            }
        }
        Ok(session)
    }

    /// Compiles a plan that evaluates `fetches` when the batch has `batch` rows.
    ///
    /// Within a run every node sees the variables as they were when the run began.
    ///
    /// # Errors
    /// [`ExecError::Empty`] if a value would have no elements, [`ExecError::Memory`] if there is no
    /// memory for the values.
    pub fn plan(&self, fetches: &[NodeId], batch: usize) -> Result<Plan, ExecError> {
        self.plan_for(Mode::Evaluation, fetches, batch)
    }

    /// Compiles a plan that trains: as [`Session::plan`], for [`Mode::Training`].
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub fn training_plan(&self, fetches: &[NodeId], batch: usize) -> Result<Plan, ExecError> {
        self.plan_for(Mode::Training, fetches, batch)
    }

    pub(super) fn plan_for(
        &self,
        mode: Mode,
        fetches: &[NodeId],
        batch: usize,
    ) -> Result<Plan, ExecError> {
        let floats = self.variables.len() * kernels::LANES;
        let graph = self.graph.settled(mode == Mode::Training);
        let threads = self.team.as_ref().map_or(1, |team| team.size());
        let how = How { mode, threads, winograd: self.winograd };
        Plan::compile(&graph, &self.slots, floats, fetches, batch, how)
    }

    /// Gives the rows of a plan's placeholder, each the bytes of `row` times `factor`: images.
    ///
    /// Threads share the rows. Elements that a row does not reach keep their values.
    ///
    /// # Errors
    /// [`ExecError::NotFed`] if the plan has no such placeholder.
    pub fn feed_bytes<'b>(
        &self,
        plan: &mut Plan,
        node: NodeId,
        row: impl Fn(usize) -> &'b [u8] + Sync,
        factor: f32,
    ) -> Result<(), ExecError> {
        plan.feed_bytes(node, row, factor, self.team.as_deref())
    }

    /// Runs a plan of this session.
    ///
    /// # Errors
    /// [`ExecError::Unfed`] if a placeholder got no value.
    ///
    /// # Panics
    /// If the plan was compiled for a session with more variables.
    pub fn run(&mut self, plan: &mut Plan) -> Result<(), ExecError> {
        plan.run(&mut self.variables, self.draw, self.team.as_deref())?;
        self.draw.run += u64::from(plan.draws());
        Ok(())
    }

    /// Runs a plan as [`Session::run`] does and says how long each of its stages took.
    ///
    /// # Errors
    /// [`ExecError::Unfed`] if a placeholder got no value.
    pub fn run_timed(&mut self, plan: &mut Plan) -> Result<Vec<Timing>, ExecError> {
        let mut timings = Vec::new();
        plan.check_fed()?;
        plan.run_timed(&mut self.variables, self.draw, self.team.as_deref(), &mut timings);
        self.draw.run += u64::from(plan.draws());
        Ok(timings)
    }

    /// Lets plans that are compiled from now on be run by that many threads, the caller's included.
    ///
    /// Small plans stay on one. Results are the same bits whatever the number.
    ///
    /// # Errors
    /// What the system says if it has no more threads.
    pub fn set_threads(&mut self, threads: usize) -> io::Result<()> {
        self.team = if threads > 1 { Some(Arc::new(Team::new(threads)?)) } else { None };
        Ok(())
    }

    /// Says whether plans that are compiled from now on may convolve by Winograd's algorithm, as they
    /// do from the start: with a third of the multiplications, to a digit less.
    pub fn set_winograd(&mut self, winograd: bool) {
        self.winograd = winograd;
    }

    /// Returns how often random masks were drawn: all the state their generator has.
    pub fn draws(&self) -> u64 {
        self.draw.run
    }

    /// Sets how often random masks were drawn, where a training goes on that was saved.
    pub fn set_draws(&mut self, draws: u64) {
        self.draw.run = draws;
    }

    /// Returns the values of a variable, row major.
    ///
    /// # Panics
    /// If the node is no variable.
    pub fn variable(&self, node: NodeId) -> &[f32] {
        let slot = self.slot(node);
        &kernels::floats(&self.variables)[slot.offset..slot.offset + slot.len]
    }

    /// Returns the values of a variable to be changed.
    ///
    /// # Panics
    /// If the node is no variable.
    pub fn variable_mut(&mut self, node: NodeId) -> &mut [f32] {
        let slot = self.slot(node);
        &mut kernels::floats_mut(&mut self.variables)[slot.offset..slot.offset + slot.len]
    }

    /// Returns the graph.
    pub fn graph(&self) -> &'g Graph {
        self.graph
    }

    fn slot(&self, node: NodeId) -> Slot {
        self.slots[node.index()]
            .unwrap_or_else(|| panic!("`{}` is no variable", self.graph[node].name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Dim, GraphBuilder, Initializer};

    /// What is said of a variable of those sizes.
    fn error_of(sizes: &[usize]) -> String {
        let mut g = GraphBuilder::new();
        g.variable("w", sizes, Initializer::ZEROS).unwrap();
        Session::try_new(&g.finish(), 0).err().unwrap().to_string()
    }

    #[test]
    fn variables_and_values_that_no_machine_holds_are_errors() {
        // 2^40 floats are 2^42 bytes, and one line that lanes may reach into.
        let error = error_of(&[1 << 20, 1 << 20]);
        assert_eq!(error, "the variables take 4096.0 GiB of memory, more than there is");
        let error = error_of(&[usize::MAX, 2]);
        assert!(error.starts_with("the variables take "), "{error}");

        let mut g = GraphBuilder::new();
        let x = g.placeholder("x", [Dim::Batch, Dim::Known(4)]).unwrap();
        let y = g.square(x).unwrap();
        let graph = g.finish();
        let session = Session::new(&graph, 0);
        let error = |batch| session.plan(&[y], batch).unwrap_err().to_string();
        let want =
            "the values of a batch of 274877906944 take 8192.0 GiB of memory, more than there is";
        assert_eq!(error(1 << 38), want);
        let error = error(usize::MAX / 4 + 2);
        assert!(error.starts_with("`x`: values of [4611686018427387905, 4] take "), "{error}");
    }
}
