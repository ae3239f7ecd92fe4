//! Trains what a job asks for and logs it; the event files are closed when this returns.

use std::io::Write;
use std::sync::atomic::AtomicBool;

use super::super::failure::Failure;
use super::super::progress::Progress;
use super::super::{interrupt, say};
use super::ensemble;
use super::job::Job;
use super::not_logged;
use crate::exec::{ExecError, Origin};
use crate::summary::{SessionEnd, SummaryWriter, WriteError};
use crate::trainer::{
    CheckpointError, Console, EpochEnd, Fit, FitOptions, Look, NanWatch, Observer, Pictures,
    RunOptions, Summaries, TrainError, Trained,
};

pub(super) fn train(
    job: &Job,
    progress: &Progress,
    console: Option<&mut Console<impl Write>>,
    seen: &mut LastLook,
) -> Result<Trained, TrainError> {
    let mut builder = SummaryWriter::builder(&job.run_dir.path);
    if job.first_step() > 0 {
        builder = builder.purge_step(job.first_step());
    }
    let writer = builder.create()?;
    let stop = interrupt::flag();
    let mut watch = NanWatch::new();
    let mut bar = progress.clone();
    let mut observers: Vec<&mut dyn Observer> = vec![seen, &mut watch, &mut bar];
    let trained = match job.models {
        1 => {
            let mut summaries = Summaries::new(writer.clone());
            let mut pictures = Pictures::new(writer.clone());
            observers.insert(1, &mut summaries);
            observers.insert(2, &mut pictures);
            if let Some(console) = console {
                observers.push(console);
            }
            one(job, &stop, &mut observers)
        }
        _ => ensemble::train(job, &stop, &writer, &mut observers, console),
    };
    // Of the cost that ended the training the error tells.
    let told = match &trained {
        Err(TrainError::Diverged { what, .. }) => Some(what.as_str()),
        _ => None,
    };
    if let Some((tag, step, value)) = watch.first().filter(|(tag, ..)| Some(*tag) != told) {
        progress.clear();
        let origin = watch.origin().map_or_else(String::new, |origin| format!("; {origin}"));
        say(&format!("warning: `{tag}` became {value} at step {step}{origin}"));
    }
    let end = match &trained {
        Ok(trained) if !trained.interrupted => SessionEnd::Success,
        _ => SessionEnd::Failure,
    };
    let logged = writer.end_session(end).and_then(|()| writer.close());
    let trained = trained?;
    logged?;
    Ok(trained)
}

/// Trains one model.
fn one(
    job: &Job,
    stop: &AtomicBool,
    observers: &mut [&mut dyn Observer],
) -> Result<Trained, TrainError> {
    let Some(data) = &job.data else {
        let options = RunOptions { seed: job.seed, schedule: job.schedule, stop };
        return job.recording.train(&options, observers);
    };
    let mut fit = Fit::new(&job.recording, data, fit_options(job, stop, 0))?;
    if let Some(checkpoint) = job.checkpoints.first() {
        fit.resume(checkpoint);
    }
    fit.run(observers)
}

pub(super) fn fit_options<'a>(job: &Job, stop: &'a AtomicBool, index: u64) -> FitOptions<'a> {
    FitOptions {
        seed: job.seed_of(index),
        every: job.schedule.every,
        steps: job.arguments.steps,
        threads: job.threads,
        checkpoints: Some(job.checkpoint_dir(index)),
        stop,
    }
}

/// Whether the net is too large for this machine.
pub(super) fn is_too_large(error: &TrainError) -> bool {
    matches!(error, TrainError::Exec(ExecError::Memory { .. }))
}

pub(super) fn failure(job: &Job, error: TrainError) -> Failure {
    let failure = Failure::failed(error.to_string());
    if is_too_large(&error) {
        return failure.hint("smaller layers or a smaller batch take less: see `experiment list`");
    }
    match error {
        TrainError::Write(error) => not_logged(error),
        TrainError::Diverged { origin, .. } | TrainError::Exec(ExecError::NotFinite(origin)) => {
            failure.hint(match origin.origin {
                Origin::Fed => "what is fed must be finite: look at where it comes from",
                // A run goes on with its own hyper-parameters: the same would happen again.
                _ if job.arguments.resume => {
                    "run it again under another name, with a smaller `--set learning_rate=`"
                }
                _ => "try a smaller `--set learning_rate=`",
            })
        }
        TrainError::Checkpoint(CheckpointError::Io { .. }) => {
            failure.hint("is the disk full? checkpoints of earlier epochs are untouched")
        }
        TrainError::Data { .. } => {
            failure.hint("a smaller `--set batch=` or another `--set data=`")
        }
        _ => failure,
    }
}

/// How far a run had come that ended with an error.
#[derive(Default)]
pub(super) struct LastLook {
    pub(super) steps: u64,
}

impl Observer for LastLook {
    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        self.steps = look.step() + 1;
        Ok(())
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        self.steps = end.step + 1;
        Ok(())
    }
}
