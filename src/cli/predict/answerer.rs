//! A run that is to answer: its model, built again, and its best checkpoints.

use std::path::Path;

use super::super::checkpoint_hint;
use super::super::failure::Failure;
use super::super::run::checkpoint_dir;
use super::super::select::select;
use super::super::stored_run::StoredRun;
use crate::trainer::{Checkpoint, CheckpointError, Experiment, Recording};

pub(super) struct Answerer {
    pub(super) recording: Recording,
    stored: StoredRun,
}

impl Answerer {
    /// Looks up a run and records its graph.
    pub(super) fn open(
        experiments: &[&dyn Experiment],
        logdir: &Path,
        run: &str,
    ) -> Result<Self, Failure> {
        let stored = StoredRun::open(logdir, run)?;
        let experiment = stored.experiment();
        let recording = select(experiments, experiment, &stored.settings())?;
        if recording.model.data().is_none() {
            let message = format!("run `{run}` is one of `{experiment}`, which is no classifier");
            return Err(Failure::failed(message).hint("`predict` is for those that learn images"));
        }
        Ok(Answerer { recording, stored })
    }

    /// The run's name.
    pub(super) fn name(&self) -> &str {
        self.stored.run_dir.name.as_str()
    }

    /// The data set it was trained on.
    pub(super) fn data(&self) -> &str {
        self.recording.model.data().expect("`open` has seen to it")
    }

    /// Reads each model's best checkpoint, or its last where there is no best or it was chosen by too few.
    pub(super) fn checkpoints(&self) -> Result<Vec<Checkpoint>, Failure> {
        let mut checkpoints = Vec::new();
        let models = self.stored.models();
        for index in 0..models {
            let dir = checkpoint_dir(&self.stored.run_dir, models, index);
            let seed = self.stored.seed().wrapping_add(index);
            let best = dir.best().filter(|_| !self.recording.divides());
            let read = match &best {
                Some(path) => Checkpoint::read(path, &self.recording, seed),
                None => dir.last(&self.recording, seed, None),
            };
            checkpoints.push(read.map_err(|error| not_read(&error, best.is_some()))?);
        }
        Ok(checkpoints)
    }
}

fn not_read(error: &CheckpointError, is_best: bool) -> Failure {
    let failure = Failure::failed(error.to_string());
    failure.hint(match error {
        CheckpointError::None { .. } => "it has not come to the end of its first epoch",
        error => match checkpoint_hint::of_another(error) {
            Some(hint) => hint,
            None if is_best => "remove it: that of the last epoch is used then",
            None => "none of the run's checkpoints can be read: train it again",
        },
    })
}
