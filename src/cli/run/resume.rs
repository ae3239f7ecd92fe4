//! Finds the run that `--resume` is to go on with.

use super::super::arguments::RunArguments;
use super::super::failure::Failure;
use super::super::stored_run::StoredRun;

/// Looks up the run `--run` names, which must be one of the experiment `name`, and not be over.
pub(super) fn find(name: &str, arguments: &RunArguments) -> Result<StoredRun, Failure> {
    let run = arguments.run.as_deref().unwrap_or_default(); // clap requires it
    let stored = StoredRun::open(&arguments.logdir, run)?;
    let other = stored.experiment();
    if other != name {
        let hint = format!("see `experiment ls --logdir {}`", arguments.logdir.display());
        let message = format!("run `{run}` is one of `{other}`, not of `{name}`");
        return Err(Failure::failed(message).hint(hint));
    }
    if stored.text("status") == Some("completed") && arguments.epochs.is_none() {
        return Err(Failure::failed(format!("run `{run}` is complete"))
            .hint("to train it longer, give it more `--epochs`"));
    }
    Ok(stored)
}
