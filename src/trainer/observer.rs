//! What watches a training.

use super::{Model, Outcome, Recording, Schedule};
use crate::exec::{Plan, Session};
use crate::graph::NodeId;
use crate::graph::ops::Op;
use crate::summary::WriteError;

/// A run that is about to begin.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The experiment, its hyper-parameters and its graph.
    pub recording: &'a Recording,
    /// What the first values of the variables are drawn from.
    pub seed: u64,
    /// How long it trains and how often it is looked at.
    pub schedule: Schedule,
}

/// The state of a training after a step, with the values its model logs.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    pub(super) step: u64,
    pub(super) last: bool,
    pub(super) session: &'a Session<'a>,
    pub(super) plan: &'a Plan,
    pub(super) model: &'a Model,
}

impl<'a> Look<'a> {
    /// Returns the step that was trained last; the first is 0.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Returns whether the run ends here.
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// Returns the number the experiment prints at each look, usually the cost.
    pub fn printed(&self) -> Option<f32> {
        self.model.printed.map(|node| self.plan.number(node))
    }

    /// Returns the logged numbers with their tags, in the order the model names them.
    pub fn scalars(&self) -> impl Iterator<Item = (&'a str, f32)> + use<'a> {
        let look = *self;
        self.model.scalars.iter().map(move |(tag, node)| (tag.as_str(), look.value(*node)[0]))
    }

    /// Returns the values whose distribution is logged, with their tags, row major.
    pub fn histograms(&self) -> impl Iterator<Item = (&'a str, &'a [f32])> + use<'a> {
        let look = *self;
        self.model.histograms.iter().map(move |(tag, node)| (tag.as_str(), look.value(*node)))
    }

    /// What the run would have come to, had it ended here.
    pub(super) fn outcome(&self) -> Outcome {
        let number = |(tag, value): (&str, f32)| (tag.to_owned(), f64::from(value));
        let report = self.model.report.iter();
        Outcome {
            metrics: self.scalars().map(number).collect(),
            report: report.map(|(name, node)| (name.clone(), self.value(*node).to_vec())).collect(),
        }
    }

    fn value(&self, node: NodeId) -> &'a [f32] {
        match self.session.graph()[node].op() {
            Op::Variable(_) => self.session.variable(node),
            _ => self.plan.value(node),
        }
    }
}

/// Watches a training: logs it, prints it, warns of it.
pub trait Observer {
    /// Hears that a run begins.
    ///
    /// # Errors
    /// [`WriteError`] ends the run.
    fn started(&mut self, _start: &Start) -> Result<(), WriteError> {
        Ok(())
    }

    /// Sees the state after a step.
    ///
    /// # Errors
    /// [`WriteError`] ends the run.
    fn looked(&mut self, look: &Look) -> Result<(), WriteError>;
}
