//! `experiment run`: trains an experiment in a run directory of its own.

mod ensemble;
mod job;
mod resume;
mod train;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use chrono::Utc;
use serde_json::json;

use super::arguments::RunArguments;
use super::failure::Failure;
use super::progress::Progress;
use super::{CommandResult, characters, interrupt, print, say};
use crate::summary::WriteError;
use crate::trainer::{Console, Experiment, Outcome, Provenance, RunRecord, Status, Trained};
use job::Job;
pub(super) use job::checkpoint_dir;

pub(super) fn run(
    experiments: &[&dyn Experiment],
    name: &str,
    arguments: &RunArguments,
) -> CommandResult {
    execute(&Job::new(experiments, name, arguments)?)
}

/// One run, from its record to its report.
fn execute(job: &Job) -> CommandResult {
    let provenance = Provenance::of_process(command_line());
    let nothing = Outcome::default();
    let mut record = RunRecord {
        about: &job.recording.about,
        hyper: &job.recording.hyper,
        seed: job.seed,
        models: job.models,
        provenance: &provenance,
        start: job.start,
        end: None,
        status: Status::Running,
        steps: job.first_step(),
        epochs: None,
        outcome: &nothing,
    };
    write(job, &record)?;

    let silent = job.arguments.quiet || job.arguments.json;
    let progress = Progress::new(job.total_steps(), job.batch(), silent);
    let mut console = Console::new(progress.stdout()).characters(characters::of_terminal());
    let mut seen = train::LastLook::default();
    let trained = train::train(job, &progress, (!silent).then_some(&mut console), &mut seen);
    progress.clear();

    record.end = Some(Utc::now());
    let trained = match trained {
        Ok(trained) => trained,
        // Whatever fails on the way out, the error that led here is the one to tell.
        Err(error) if train::is_too_large(&error) && seen.steps == 0 && !job.arguments.resume => {
            let _ = fs::remove_dir_all(&job.run_dir.path); // it never began
            return Err(train::failure(job, error));
        }
        Err(error) => {
            record.status = Status::Failed;
            record.steps = seen.steps;
            let _ = record.write(&job.run_dir.path);
            return Err(train::failure(job, error));
        }
    };
    record.status = status(&trained);
    record.steps = trained.steps;
    record.epochs = trained.epochs;
    record.outcome = &trained.outcome;
    write(job, &record)?;

    let claim = &job.recording.about.claim;
    let held = (claim.holds)(&trained.outcome);
    if job.arguments.json {
        print(&to_json(job, &trained, held))?;
    } else if !silent {
        report(job, &mut console, &trained);
    }
    console.finish().map_err(|error| {
        Failure::failed(format!("the run is complete, but stdout cannot be written: {error}"))
    })?;
    if trained.interrupted {
        say(&format!("interrupted after {} steps", trained.steps));
        return Ok(interrupt::exit_code());
    }
    if job.arguments.check && !held {
        return Err(Failure::failed(format!("the claim does not hold: {}", claim.text)));
    }
    Ok(ExitCode::SUCCESS)
}

fn status(trained: &Trained) -> Status {
    if trained.interrupted { Status::Interrupted } else { Status::Completed }
}

fn write(job: &Job, record: &RunRecord) -> Result<(), Failure> {
    record.write(&job.run_dir.path).map_err(|error| {
        let path = job.run_dir.path.join(crate::trainer::RUN_RECORD);
        Failure::failed(format!("cannot write `{}`: {error}", path.display()))
    })
}

fn report(job: &Job, console: &mut Console<impl Write>, trained: &Trained) {
    console.report(&trained.outcome, &job.recording.about.claim);
    let logdir = std::path::absolute(&job.arguments.logdir);
    let logdir = logdir.unwrap_or_else(|_| job.arguments.logdir.clone());
    console.line(&format!("run: {}", job.run_dir.path.display()));
    console.line(&format!("tensorboard --logdir {}", quoted(&logdir)));
}

fn to_json(job: &Job, trained: &Trained, held: bool) -> String {
    let answer = json!({
        "experiment": job.recording.about.name,
        "run": job.run_dir.name.as_str(),
        "run_dir": job.run_dir.path.display().to_string(),
        "seed": job.seed,
        "steps": trained.steps,
        "epochs": trained.epochs,
        "status": status(trained).as_str(),
        "seconds": trained.duration.as_secs_f64(),
        "metrics": trained.outcome.metrics,
        "claim": { "text": job.recording.about.claim.text, "held": held },
    });
    format!("{answer}\n")
}

/// The command line as it was typed; what is not Unicode is replaced.
fn command_line() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}

fn not_logged(error: WriteError) -> Failure {
    Failure::failed(error.to_string()).hint("what was logged before can be read; is the disk full?")
}

/// A path as a shell takes it.
pub(super) fn quoted(path: &Path) -> String {
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
