//! What an experiment says of itself.

use super::{BuildError, Claim, HyperParameters, Model};
use crate::graph::GraphBuilder;

/// How long an experiment trains and how often it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Number of training steps.
    pub steps: u64,
    /// A line is printed and a summary logged at every step divisible by this; at least 1.
    pub every: u64,
}

/// One experiment of the lectures, or one of yours.
///
/// The command line, its listings and the tests know of an experiment what it says here.
pub trait Experiment: Sync {
    /// Returns the name it is run by: `xor_deep`.
    fn name(&self) -> &str;

    /// Returns the lecture or lab it comes from.
    fn lecture(&self) -> &str;

    /// Returns one sentence for listings.
    fn about(&self) -> &str;

    /// Returns how long it trains unless told otherwise.
    fn schedule(&self) -> Schedule;

    /// Returns what `--set` can change, with the lecture's values.
    fn hyper_parameters(&self) -> HyperParameters;

    /// Returns what its outcome must show.
    fn claim(&self) -> Claim;

    /// Records its graph and says what to feed, train, log and report.
    ///
    /// # Errors
    /// [`BuildError`] if a hyper-parameter has a value that cannot be.
    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError>;
}
