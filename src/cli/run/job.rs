//! What one call of `experiment run` is to do, settled before anything is written.

use std::fs::File;

use chrono::{DateTime, Local, Utc};

use super::super::arguments::RunArguments;
use super::super::failure::Failure;
use super::super::select::{bad_hyper_parameter, check_epochs, select};
use super::super::{data, lock};
use super::resume::{self, Earlier};
use crate::data::Dataset;
use crate::trainer::{
    Checkpoint, CheckpointDir, Experiment, Recording, RunDir, RunDirError, Schedule,
};

/// How many checkpoints of single epochs a run keeps.
const KEPT: usize = 2;

pub(super) struct Job<'a> {
    pub(super) arguments: &'a RunArguments,
    pub(super) recording: Recording,
    pub(super) schedule: Schedule,
    pub(super) seed: u64,
    pub(super) models: u64,
    pub(super) threads: usize,
    pub(super) data: Option<Dataset>,
    pub(super) run_dir: RunDir,
    /// When the run began: now, or earlier where it goes on.
    pub(super) start: DateTime<Utc>,
    /// Where each model goes on, if they do.
    pub(super) checkpoints: Vec<Checkpoint>,
    /// Keeps other processes from training the run: see [`lock`].
    _lock: Option<File>,
}

impl<'a> Job<'a> {
    /// Records the graph, loads the data and makes the run directory, in this order: what fails
    /// leaves no directory.
    pub(super) fn new(
        experiments: &[&dyn Experiment],
        name: &str,
        arguments: &'a RunArguments,
    ) -> Result<Self, Failure> {
        let found = arguments.resume.then(|| resume::find(name, arguments)).transpose()?;
        let (earlier, held) = match found {
            Some(Earlier { stored, lock }) => (Some(stored), lock),
            None => (None, None),
        };
        let mut set = match &earlier {
            Some(earlier) => earlier.settings(),
            None => arguments.set.clone(),
        };
        let lecture = select(experiments, name, &set)?;
        let is_classifier = lecture.model.data().is_some();
        if !is_classifier {
            no_option_of_classifiers(&lecture, arguments)?;
        }
        if let Some(epochs) = arguments.epochs {
            check_epochs(&arguments.set, epochs)?;
        }
        let mut schedule = Schedule {
            steps: arguments.steps.unwrap_or(lecture.about.schedule.steps),
            every: arguments.summary_every.unwrap_or(lecture.about.schedule.every),
        };
        let recording = match arguments.epochs {
            Some(epochs) if is_classifier => {
                set.push(format!("epochs={epochs}"));
                select(experiments, name, &set)?
            }
            // Elsewhere every step sees all examples: it is an epoch.
            Some(epochs) => {
                schedule.steps = epochs;
                lecture
            }
            None => lecture,
        };
        let data = match recording.model.data() {
            Some(data) => {
                let quiet = arguments.quiet || arguments.json;
                let data = data::obtain(data, &arguments.home.home(), quiet)?;
                Some(recording.divide(data).map_err(bad_hyper_parameter)?)
            }
            None => None,
        };
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = arguments.threads.map_or_else(cores, |threads| threads as usize);
        let Some(earlier) = earlier else {
            let models = arguments.models.unwrap_or(recording.models);
            let run_dir = new_run_dir(name, arguments)?;
            return Ok(Job {
                _lock: lock(&run_dir)?,
                arguments,
                recording,
                schedule,
                seed: arguments.seed,
                models,
                threads,
                data,
                run_dir,
                start: Utc::now(),
                checkpoints: Vec::new(),
            });
        };
        let checkpoints = resume::last_checkpoints(&earlier, &recording)?;
        let start = earlier.text("start").and_then(|start| start.parse().ok());
        let job = Job {
            arguments,
            recording,
            schedule,
            seed: earlier.seed(),
            models: earlier.models(),
            threads,
            data,
            run_dir: earlier.run_dir.clone(),
            start: start.unwrap_or_else(Utc::now),
            checkpoints,
            _lock: held,
        };
        resume::check_left(&job, &earlier)?;
        Ok(job)
    }

    /// The step the run begins or goes on with; models that patience has ended do not go on.
    pub(super) fn first_step(&self) -> u64 {
        let patience = patience(&self.recording);
        let positions = self.checkpoints.iter().map(|checkpoint| &checkpoint.position);
        let going_on = positions.filter(|position| !position.is_out_of(patience));
        going_on.map(|position| position.step).min().unwrap_or(0)
    }

    /// How many steps the run will have when it is over.
    pub(super) fn total_steps(&self) -> u64 {
        let classifier = self.recording.model.classifier.as_ref();
        let Some((classifier, data)) = classifier.zip(self.data.as_ref()) else {
            return self.schedule.steps;
        };
        let epochs = classifier.training.epochs;
        let all = epochs.saturating_mul((data.train.len() / classifier.training.batch) as u64);
        self.arguments.steps.map_or(all, |steps| steps.min(all))
    }

    /// Images of a step, of classifiers.
    pub(super) fn batch(&self) -> Option<usize> {
        Some(self.recording.model.classifier.as_ref()?.training.batch)
    }

    /// What is drawn from for the model `index`.
    pub(super) fn seed_of(&self, index: u64) -> u64 {
        self.seed.wrapping_add(index)
    }

    pub(super) fn checkpoint_dir(&self, index: u64) -> CheckpointDir {
        checkpoint_dir(&self.run_dir, self.models, index)
    }
}

/// The name of a model of several, and of the run below the ensemble's.
pub(super) fn model_name(index: u64) -> String {
    format!("model-{}", index + 1)
}

/// Where a model of a run keeps its checkpoints.
pub(in crate::cli) fn checkpoint_dir(run_dir: &RunDir, models: u64, index: u64) -> CheckpointDir {
    match models {
        1 => CheckpointDir::of_run(&run_dir.path, KEPT),
        _ => CheckpointDir::of_run(&run_dir.path.join(model_name(index)), KEPT),
    }
}

/// After how many epochs that are no better a training ends; 0 for never.
pub(super) fn patience(recording: &Recording) -> u64 {
    recording.model.classifier.as_ref().map_or(0, |classifier| classifier.training.patience)
}

/// Locks a run's directory, so that two processes never train one run; until the file is closed.
pub(super) fn lock(run_dir: &RunDir) -> Result<Option<File>, Failure> {
    match lock::take(&lock::of_run(&run_dir.path)) {
        Ok(Some(lock)) => Ok(Some(lock)),
        Ok(None) => {
            let message = format!("another process trains run `{}`", run_dir.name.as_str());
            Err(Failure::failed(message).hint("wait for its end, or end it by Ctrl-C"))
        }
        // Some file systems know no locks. Training is worth more than what they are there for.
        Err(_) => Ok(None),
    }
}

fn new_run_dir(name: &str, arguments: &RunArguments) -> Result<RunDir, Failure> {
    let run_dir = match &arguments.run {
        Some(run) => RunDir::create_named(&arguments.logdir, run),
        None => RunDir::create_dated(&arguments.logdir, name, Local::now()),
    };
    run_dir.map_err(|error| {
        let message = error.to_string();
        match error {
            RunDirError::Name { .. } => Failure::usage(message)
                .hint("as in `--run first/try`; it is a directory below that of `--logdir`"),
            RunDirError::Exists { .. } => Failure::failed(message)
                .hint("give the run another name with `--run`, or go on with it by `--resume`"),
            _ => Failure::failed(message).hint("choose another directory with `--logdir`"),
        }
    })
}

fn no_option_of_classifiers(lecture: &Recording, arguments: &RunArguments) -> Result<(), Failure> {
    let (problem, hint) = if arguments.resume {
        ("it keeps no checkpoints to go on from: run it again", "leave `--resume` out")
    } else if arguments.models.is_some_and(|models| models > 1) {
        ("it is no classifier: there is nothing to sum", "leave `--models` out")
    } else if arguments.epochs.is_some() && lecture.model.training_op().is_none() {
        ("it trains nothing, so it has no epochs", "leave `--epochs` out")
    } else {
        return Ok(());
    };
    Err(Failure::usage(format!("`{}`: {problem}", lecture.about.name)).hint(hint))
}
