//! What watches a training.

use super::{Evaluation, Maps, Model, Outcome, Recording, Schedule};
use crate::data::Dataset;
use crate::exec::{NotFinite, Plan, Session};
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
    /// The first step of this run: more than 0 where it goes on from a checkpoint.
    pub first_step: u64,
    /// Images a step takes, of classifiers.
    pub batch: Option<usize>,
}

/// The state of a training after a step, with the values its model logs.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    pub(super) step: u64,
    pub(super) last: bool,
    pub(super) session: &'a Session<'a>,
    pub(super) plan: &'a Plan,
    /// Has the values to be reported, at the last look.
    pub(super) report: Option<&'a Plan>,
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

    /// Checks that a logged number is finite; `place` is among [`Look::scalars`].
    pub(super) fn check_scalar(&self, place: usize) -> Result<(), NotFinite> {
        self.session.check_finite(self.plan, self.model.scalars[place].1)
    }

    /// Returns the values whose distribution is logged, with their tags, row major.
    pub fn histograms(&self) -> impl Iterator<Item = (&'a str, &'a [f32])> + use<'a> {
        let look = *self;
        self.model.histograms.iter().map(move |(tag, node)| (tag.as_str(), look.value(*node)))
    }

    /// Returns the values that are shown as pictures, at the last look.
    pub fn maps(&self) -> impl Iterator<Item = Maps> + use<'a> {
        let look = *self;
        self.report.into_iter().flat_map(move |plan| {
            look.model.maps.iter().map(move |(tag, node)| {
                let sizes = look.session.graph()[*node].shape().with_batch(plan.batch());
                Maps {
                    tag: tag.clone(),
                    sizes: sizes.try_into().expect("`Model::maps` takes four dimensions"),
                    values: look.value_in(plan, *node).to_vec(),
                }
            })
        })
    }

    /// What the run came to, if it ends here.
    pub(super) fn outcome(&self) -> Outcome {
        let number = |(tag, value): (&str, f32)| (tag.to_owned(), f64::from(value));
        let reported = |plan: &'a Plan| {
            let named = self.model.report.iter();
            named.map(move |(name, node)| (name.clone(), self.value_in(plan, *node).to_vec()))
        };
        Outcome {
            metrics: self.scalars().map(number).collect(),
            report: self.report.into_iter().flat_map(reported).collect(),
            maps: self.maps().collect(),
        }
    }

    fn value(&self, node: NodeId) -> &'a [f32] {
        self.value_in(self.plan, node)
    }

    fn value_in(&self, plan: &'a Plan, node: NodeId) -> &'a [f32] {
        match self.session.graph()[node].op() {
            Op::Variable(_) => self.session.variable(node),
            _ => plan.value(node),
        }
    }
}

/// The state of a classifier after an epoch.
#[derive(Clone, Copy)]
pub struct EpochEnd<'a> {
    /// How many epochs are behind it.
    pub epoch: u64,
    /// The step that was trained last.
    pub step: u64,
    /// Whether the run ends here.
    pub last: bool,
    /// The mean cross-entropy of the epoch's batches, each as it was before its step.
    pub cost: f64,
    /// The learning rate of the epoch.
    pub learning_rate: f32,
    /// How fast it was trained.
    pub images_per_second: f64,
    /// What it makes of the validation images.
    pub validation: &'a Evaluation,
    /// What it makes of the test images.
    pub test: &'a Evaluation,
    /// The images.
    pub data: &'a Dataset,
    pub(super) session: &'a Session<'a>,
    pub(super) model: &'a Model,
}

impl<'a> EpochEnd<'a> {
    /// Returns the numbers that are logged after each epoch, with their tags.
    pub fn scalars(&self) -> impl Iterator<Item = (&'static str, f64)> + use<> {
        [
            ("epoch/cost", self.cost),
            ("epoch/learning_rate", f64::from(self.learning_rate)),
            ("validation/cost", self.validation.cost),
            ("validation/accuracy", self.validation.accuracy),
            ("test/cost", self.test.cost),
            ("test/accuracy", self.test.accuracy),
        ]
        .into_iter()
    }

    /// Returns the kernel of the first layer that has one, `[inputs, units]` or, of a convolution,
    /// `[rows, columns, channels, units]`, and its number of units. It is an average if the classifier
    /// answers with averages: see [`Training::ema_decay`](super::Training::ema_decay).
    pub fn first_kernel(&self) -> Option<(&'a [f32], usize)> {
        let kernel = self.model.first_weighted()?.kernels[0];
        let sizes = self.session.graph()[kernel].shape().with_batch(0);
        Some((self.session.variable(kernel), *sizes.last()?))
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

    /// Sees a classifier after an epoch.
    ///
    /// # Errors
    /// [`WriteError`] ends the run.
    fn epoch_ended(&mut self, _end: &EpochEnd) -> Result<(), WriteError> {
        Ok(())
    }
}
