//! `experiment run`: trains an experiment in a run directory of its own.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use chrono::{Local, Utc};
use serde_json::json;

use super::arguments::RunArguments;
use super::failure::Failure;
use super::progress::Progress;
use super::select::select;
use super::{CommandResult, interrupt, print, say};
use crate::summary::{SessionEnd, SummaryWriter, WriteError};
use crate::trainer::{
    Console, Experiment, Look, NanWatch, Observer, Outcome, Provenance, Recording, RunDir,
    RunDirError, RunOptions, RunRecord, Schedule, Status, Summaries, TrainError, Trained,
};

pub(super) fn run(
    experiments: &[&dyn Experiment],
    name: &str,
    arguments: &RunArguments,
) -> CommandResult {
    let recording = select(experiments, name, &arguments.set)?;
    let run_dir = match &arguments.run {
        Some(run) => RunDir::create_named(&arguments.logdir, run),
        None => RunDir::create_dated(&arguments.logdir, name, Local::now()),
    };
    let run_dir = run_dir.map_err(no_run_dir)?;
    let lecture = recording.about.schedule;
    let schedule = Schedule {
        steps: arguments.steps.unwrap_or(lecture.steps),
        every: arguments.summary_every.unwrap_or(lecture.every),
    };
    Run { arguments, recording: &recording, schedule, run_dir: &run_dir }.execute()
}

fn no_run_dir(error: RunDirError) -> Failure {
    let message = error.to_string();
    match error {
        RunDirError::Name { .. } => Failure::usage(message),
        RunDirError::Exists { .. } => {
            Failure::failed(message).hint("give the run another name with `--run`")
        }
        _ => Failure::failed(message).hint("choose another directory with `--logdir`"),
    }
}

/// One run, from its directory to its report.
struct Run<'a> {
    arguments: &'a RunArguments,
    recording: &'a Recording,
    schedule: Schedule,
    run_dir: &'a RunDir,
}

impl Run<'_> {
    fn execute(&self) -> CommandResult {
        let provenance = Provenance::of_process(command_line());
        let nothing = Outcome::default();
        let mut record = RunRecord {
            about: &self.recording.about,
            hyper: &self.recording.hyper,
            seed: self.arguments.seed,
            provenance: &provenance,
            start: Utc::now(),
            end: None,
            status: Status::Running,
            steps: 0,
            outcome: &nothing,
        };
        self.write(&record)?;

        let silent = self.arguments.quiet || self.arguments.json;
        let progress = Progress::new(self.schedule.steps, silent);
        let mut console = Console::new(progress.stdout());
        let mut seen = LastLook::default();
        let trained = self.train(&progress, (!silent).then_some(&mut console), &mut seen);
        progress.clear();

        record.end = Some(Utc::now());
        let trained = match trained {
            Ok(trained) => trained,
            Err(failure) => {
                record.status = Status::Failed;
                record.steps = seen.steps;
                // The disk may be full; the failure that led here is the one to tell.
                let _ = record.write(&self.run_dir.path);
                return Err(failure);
            }
        };
        record.status = self.status(&trained);
        record.steps = trained.steps;
        record.outcome = &trained.outcome;
        self.write(&record)?;

        let held = (self.recording.about.claim.holds)(&trained.outcome);
        if self.arguments.json {
            print(&self.to_json(&trained, held))?;
        } else if !silent {
            self.report(&mut console, &trained);
        }
        console.finish().map_err(|error| {
            Failure::failed(format!("the run is complete, but stdout cannot be written: {error}"))
        })?;
        if trained.interrupted {
            say(&format!("interrupted after {} steps", trained.steps));
            return Ok(interrupt::exit_code());
        }
        if self.arguments.check && !held {
            let text = self.recording.about.claim.text;
            return Err(Failure::failed(format!("the claim does not hold: {text}")));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn status(&self, trained: &Trained) -> Status {
        if trained.interrupted { Status::Interrupted } else { Status::Completed }
    }

    fn write(&self, record: &RunRecord) -> Result<(), Failure> {
        record.write(&self.run_dir.path).map_err(|error| {
            let path = self.run_dir.path.join(crate::trainer::RUN_RECORD);
            Failure::failed(format!("cannot write `{}`: {error}", path.display()))
        })
    }

    /// Trains and logs; the event file is complete and closed when this returns.
    fn train(
        &self,
        progress: &Progress,
        console: Option<&mut Console<impl Write>>,
        seen: &mut LastLook,
    ) -> Result<Trained, Failure> {
        let writer = SummaryWriter::create(&self.run_dir.path).map_err(not_logged)?;
        let stop = interrupt::flag();
        let options =
            RunOptions { seed: self.arguments.seed, schedule: self.schedule, stop: &stop };
        let mut summaries = Summaries::new(writer.clone());
        let (mut watch, mut bar) = (NanWatch::new(), progress.clone());
        let mut observers: Vec<&mut dyn Observer> =
            vec![seen, &mut summaries, &mut watch, &mut bar];
        if let Some(console) = console {
            observers.push(console);
        }
        let trained = self.recording.train(&options, &mut observers);
        if let Some((tag, step, value)) = watch.first() {
            progress.clear();
            say(&format!("warning: `{tag}` became {value} at step {step}"));
        }
        let end = match &trained {
            Ok(trained) if !trained.interrupted => SessionEnd::Success,
            _ => SessionEnd::Failure,
        };
        let logged = writer.end_session(end).and_then(|()| writer.close());
        match trained {
            Ok(trained) => logged.map(|()| trained).map_err(not_logged),
            Err(TrainError::Write(error)) => Err(not_logged(error)),
            Err(error) => Err(Failure::failed(error.to_string())),
        }
    }

    fn report(&self, console: &mut Console<impl Write>, trained: &Trained) {
        console.report(&trained.outcome, &self.recording.about.claim);
        let logdir = std::path::absolute(&self.arguments.logdir);
        let logdir = logdir.unwrap_or_else(|_| self.arguments.logdir.clone());
        console.line(&format!("run: {}", self.run_dir.path.display()));
        console.line(&format!("tensorboard --logdir {}", quoted(&logdir)));
    }

    fn to_json(&self, trained: &Trained, held: bool) -> String {
        let answer = json!({
            "experiment": self.recording.about.name,
            "run": self.run_dir.name.as_str(),
            "run_dir": self.run_dir.path.display().to_string(),
            "seed": self.arguments.seed,
            "steps": trained.steps,
            "epochs": null,
            "status": self.status(trained).as_str(),
            "seconds": trained.duration.as_secs_f64(),
            "metrics": trained.outcome.metrics,
            "claim": { "text": self.recording.about.claim.text, "held": held },
        });
        format!("{answer}\n")
    }
}

/// How far a run had come that ended with an error.
#[derive(Default)]
struct LastLook {
    steps: u64,
}

impl Observer for LastLook {
    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        self.steps = look.step() + 1;
        Ok(())
    }
}

/// The command line as it was typed; what is not Unicode is replaced.
fn command_line() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}

fn not_logged(error: WriteError) -> Failure {
    Failure::failed(error.to_string()).hint("what was logged before can be read; is the disk full?")
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:\\~".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_split_it() {
        assert_eq!(quoted(Path::new("/home/kim/실험/runs")), "/home/kim/실험/runs");
        assert_eq!(quoted(Path::new("/my runs/it's")), r"'/my runs/it'\''s'");
    }
}
