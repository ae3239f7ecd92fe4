//! What `--resume` goes on with: a run that nobody trains, and the last checkpoints of its models.

use std::fs::File;

use super::super::arguments::RunArguments;
use super::super::checkpoint_hint;
use super::super::failure::Failure;
use super::super::stored_run::StoredRun;
use super::job::{Job, checkpoint_dir, lock, patience};
use crate::trainer::{Checkpoint, CheckpointError, Recording, Status};

/// A run that was trained before.
pub(super) struct Earlier {
    pub(super) stored: StoredRun,
    pub(super) lock: Option<File>,
}

/// Looks up the run `--run` names, which must be one of the experiment `name`, and locks it.
pub(super) fn find(name: &str, arguments: &RunArguments) -> Result<Earlier, Failure> {
    let run = arguments.run.as_deref().unwrap_or_default(); // clap requires it
    let open = || StoredRun::open(&arguments.logdir, run);
    // What is no run is not locked; what it says counts once nobody else can change it.
    let lock = lock(&open()?.run_dir)?;
    let stored = open()?;
    let other = stored.experiment();
    if other != name {
        let hint = format!("see `experiment ls --logdir {}`", arguments.logdir.display());
        let message = format!("run `{run}` is one of `{other}`, not of `{name}`");
        return Err(Failure::failed(message).hint(hint));
    }
    let models = stored.models();
    if let Some(asked) = arguments.models.filter(|&asked| asked != models) {
        let message = format!("models of run `{run}`: got `--models {asked}`, want {models}");
        return Err(Failure::failed(message).hint("a run keeps its models: leave `--models` out"));
    }
    Ok(Earlier { stored, lock })
}

/// Reads the last epoch that every model has saved.
///
/// A model that its patience has ended has saved no later one, and stays as it is.
pub(super) fn last_checkpoints(
    earlier: &StoredRun,
    recording: &Recording,
) -> Result<Vec<Checkpoint>, Failure> {
    let (models, patience) = (earlier.models(), patience(recording));
    let read = |index: u64, at: Option<u64>| {
        let dir = checkpoint_dir(&earlier.run_dir, models, index);
        dir.last(recording, earlier.seed().wrapping_add(index), at)
    };
    let goes_on = |one: &&Checkpoint| !one.position.is_out_of(patience);
    let read_all = || -> Result<Vec<Checkpoint>, CheckpointError> {
        let mut last = (0..models).map(|index| read(index, None)).collect::<Result<Vec<_>, _>>()?;
        let common = last.iter().filter(goes_on).map(|one| one.position.epoch).min();
        for (index, one) in (0..).zip(&mut last) {
            // Killed while some had saved the next epoch and others had not.
            let ahead = common.filter(|&at| goes_on(&&*one) && one.position.epoch > at);
            if ahead.is_some() {
                *one = read(index, ahead)?;
            }
        }
        Ok(last)
    };
    read_all().map_err(|error| {
        let failure = Failure::failed(error.to_string());
        match checkpoint_hint::of_another(&error) {
            Some(hint) => failure.hint(hint),
            None => failure.hint(hint(&error, earlier)),
        }
    })
}

fn hint(error: &CheckpointError, earlier: &StoredRun) -> &'static str {
    match error {
        CheckpointError::None { .. } if earlier.is(Status::Failed) => {
            "it failed before its first epoch had ended: run it again under another name, and change \
             what made it fail, as `--set learning_rate=`"
        }
        CheckpointError::None { .. } if earlier.is(Status::Completed) => {
            "there is none to go on from: run it again under another name"
        }
        CheckpointError::None { .. } => {
            "it was ended before its first epoch was: run it again under another name"
        }
        CheckpointError::Damaged { .. } => {
            "the one before it would be taken, but none is whole: run it again under another name"
        }
        _ => "checkpoints must be files that you can read",
    }
}

/// Refuses to go on with a run of which nothing is left to train: what it came to would be lost.
pub(super) fn check_left(job: &Job, earlier: &StoredRun) -> Result<(), Failure> {
    let (run, arguments) = (job.run_dir.name.as_str(), job.arguments);
    let is_complete = earlier.is(Status::Completed);
    // A run that `--steps` has ended is beyond its last checkpoint.
    let recorded = |key: &str| earlier.number(key).filter(|_| is_complete).unwrap_or(0);
    let positions = || job.checkpoints.iter().map(|checkpoint| &checkpoint.position);
    let epochs = positions().map(|position| position.epoch).fold(recorded("epochs"), u64::max);

    let patience = patience(&job.recording);
    if positions().all(|position| position.is_out_of(patience)) {
        let message = format!(
            "run `{run}` is complete: its `patience` of {patience} has ended it after epoch {epochs}"
        );
        return Err(Failure::failed(message).hint(
            "more `--epochs` do not help: run it again under another name with a larger \
             `--set patience=`, or 0 for none",
        ));
    }
    let (steps, total) = (job.first_step().max(recorded("steps")), job.total_steps());
    let (message, more) = match (arguments.epochs, arguments.steps) {
        (None, None) if is_complete && steps < total => ("is complete".to_owned(), "steps"),
        _ if steps < total => return Ok(()),
        (Some(asked), _) => {
            (format!("has come to epoch {epochs}: got `--epochs {asked}`, want more"), "epochs")
        }
        (None, Some(asked)) if asked <= steps => {
            (format!("has come to step {steps}: got `--steps {asked}`, want more"), "steps")
        }
        _ => (format!("is complete: epoch {epochs} was its last"), "epochs"),
    };
    Err(Failure::failed(format!("run `{run}` {message}"))
        .hint(format!("to train it longer, give it more `--{more}`")))
}
