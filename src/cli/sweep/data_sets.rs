//! The data sets of a sweep, looked at before its trials begin.

use std::collections::BTreeSet;

use super::plan::Plan;
use crate::cli::data;
use crate::cli::failure::Failure;
use crate::cli::select::select;
use crate::data::DataHome;
use crate::trainer::Experiment;

/// Loads what those trials are trained on, and fetches it first if it is not there: what is wrong is
/// told once, as `experiment run` tells it, and not by every trial.
pub(super) fn check(
    experiments: &[&dyn Experiment],
    plan: &Plan,
    tasks: &[usize],
    home: &DataHome,
    quiet: bool,
) -> Result<(), Failure> {
    let (mut seen, mut names) = (BTreeSet::new(), BTreeSet::new());
    for &task in tasks {
        let trial = &plan.trials[task];
        // Seeds share their data.
        if seen.insert((&trial.experiment, &trial.set)) {
            let recording = select(experiments, &trial.experiment, &trial.settings())?;
            names.extend(recording.model.data().map(str::to_owned));
        }
    }
    names.iter().try_for_each(|name| data::obtain(name, home, quiet).map(drop))
}
