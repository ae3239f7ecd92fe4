//! What an experiment says of itself.

use super::{BuildError, Claim, HyperParameters, Model};
use crate::graph::GraphBuilder;

/// How long an experiment trains and how often it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Number of training steps.
    pub steps: u64,
    /// A line is printed and a summary logged at every step divisible by this, and at the last
    /// one; at least 1.
    pub every: u64,
}

/// What listings, the command line and the tests know of an experiment.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The name it is run by: `xor_deep`.
    pub name: &'static str,
    /// The lecture or lab it comes from.
    pub lecture: &'static str,
    /// One line for listings.
    pub summary: &'static str,
    /// How long it trains unless told otherwise.
    pub schedule: Schedule,
    /// What its outcome must show.
    pub claim: Claim,
}

/// One experiment of the lectures, or one of yours.
///
/// The `examples/own_experiment.rs` in the repository defines one outside the crate and runs it
/// with the same command line.
pub trait Experiment: Sync {
    /// Returns what there is to know of it without building it.
    fn about(&self) -> About;

    /// Returns what `--set` can change, with the lecture's values.
    fn hyper_parameters(&self) -> HyperParameters;

    /// Returns how many models are trained side by side unless told otherwise; several only of a
    /// classifier, whose claim is then that of their sum.
    fn models(&self) -> u64 {
        1
    }

    /// Records its graph and says what to feed, train, log and report.
    ///
    /// # Errors
    /// [`BuildError`] if a hyper-parameter has a value that cannot be.
    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError>;
}
