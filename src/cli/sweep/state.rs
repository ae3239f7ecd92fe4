//! How far a trial is: what its run says of itself, and whether somebody runs it now.
//!
//! A trial's `run.json` is the one record of its state. That a trial runs is known by a lock, which
//! the system takes off when the last process that holds it ends, however it ends.

use std::fs::{self, DirEntry, File};
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use serde_json::{Map, Value as Json};

use super::plan::{Plan, Trial};
use crate::cli::lock::{self, RUN_LOCK};
use crate::trainer::{RUN_RECORD, RUN_RECORD_DRAFT, Status};

/// How far a trial is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Completed,
    Running,
    /// Stopped by the user, or nobody runs it any more; it will begin again.
    Interrupted,
    Failed,
    /// Not begun.
    Pending,
}

impl State {
    pub(super) const ALL: [State; 5] =
        [State::Completed, State::Running, State::Interrupted, State::Failed, State::Pending];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            State::Completed => "completed",
            State::Running => "running",
            State::Interrupted => "interrupted",
            State::Failed => "failed",
            State::Pending => "pending",
        }
    }
}

/// What is known of a trial.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) state: State,
    /// Why it failed.
    pub(super) reason: Option<String>,
    pub(super) metrics: Map<String, Json>,
}

/// Where the errors of a trial are kept.
pub(super) fn log_path(plan: &Plan, trial: &Trial) -> PathBuf {
    plan.dir().join("logs").join(format!("{}.log", trial.run))
}

fn lock_path(plan: &Plan, trial: &Trial) -> PathBuf {
    plan.dir().join(".locks").join(format!("{}.lock", trial.run))
}

/// Returns the lock of a trial, which keeps others from running it; `None` if somebody else has it.
pub(super) fn lock(plan: &Plan, trial: &Trial) -> io::Result<Option<File>> {
    let path = lock_path(plan, trial);
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    lock::take(&path)
}

/// Whether a trial's run goes on outside of the sweep, by `--resume`.
pub(super) fn is_resumed(plan: &Plan, trial: &Trial) -> bool {
    lock::is_taken(&lock::of_run(&plan.run_dir(trial))) == Some(true)
}

/// Looks at what a trial has left.
pub(super) fn standing(plan: &Plan, trial: &Trial) -> Standing {
    let standing = |state, reason, metrics| Standing { state, reason, metrics };
    let is_locked = lock::is_taken(&lock_path(plan, trial)) == Some(true);
    if is_locked || is_resumed(plan, trial) {
        return standing(State::Running, None, Map::new());
    }
    settled(plan, trial)
}

/// The same of a trial that nobody runs but who asks.
pub(super) fn settled(plan: &Plan, trial: &Trial) -> Standing {
    let standing = |state, reason, metrics| Standing { state, reason, metrics };
    let failed = || standing(State::Failed, Some(reason(plan, trial)), Map::new());
    match leftover(plan, trial) {
        // What ended before it had a directory has said why.
        Leftover::Nothing => match fs::metadata(log_path(plan, trial)) {
            Ok(log) if log.len() > 0 => failed(),
            _ => standing(State::Pending, None, Map::new()),
        },
        Leftover::Foreign(what) => standing(State::Failed, Some(what), Map::new()),
        Leftover::Begun => standing(State::Interrupted, None, Map::new()),
        Leftover::Record(mut record) => {
            let metrics = match record["metrics"].take() {
                Json::Object(metrics) => metrics,
                _ => Map::new(),
            };
            match record["status"].as_str() {
                Some(status) if status == Status::Completed.as_str() => {
                    standing(State::Completed, None, metrics)
                }
                Some(status) if status == Status::Failed.as_str() => failed(),
                _ => standing(State::Interrupted, None, Map::new()),
            }
        }
    }
}

/// What is in the place of a trial's run.
pub(super) enum Leftover {
    Nothing,
    /// A directory that got no further.
    Begun,
    /// What the run says of itself.
    Record(Json),
    /// Something that is not of this trial, and what.
    Foreign(String),
}

pub(super) fn leftover(plan: &Plan, trial: &Trial) -> Leftover {
    let dir = plan.run_dir(trial);
    let foreign = |what: &str| Leftover::Foreign(format!("`{}` {what}", dir.display()));
    match fs::symlink_metadata(&dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Leftover::Nothing,
        Err(error) => return foreign(&format!("cannot be read: {error}")),
        Ok(found) if !found.is_dir() => return foreign("is there and is no directory"),
        Ok(_) => {}
    }
    let text = match fs::read(dir.join(RUN_RECORD)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // The record is the first file of a run but for its lock; before it is whole it has
            // another name.
            let is_first = |f: io::Result<DirEntry>| {
                f.is_ok_and(|f| f.file_name() == RUN_RECORD_DRAFT || f.file_name() == RUN_LOCK)
            };
            let is_new = fs::read_dir(&dir).is_ok_and(|mut files| files.all(is_first));
            let what = "is there and is no run: it has no `run.json`";
            return if is_new { Leftover::Begun } else { foreign(what) };
        }
        Err(error) => return foreign(&format!("cannot be read: {error}")),
    };
    match serde_json::from_slice::<Json>(&text) {
        Ok(record) if is_of(trial, &record) => Leftover::Record(record),
        _ => foreign("is another run"),
    }
}

/// Whether a run was this trial.
fn is_of(trial: &Trial, record: &Json) -> bool {
    let is = |(key, want): (&String, &String)| match &record["hyper_parameters"][key] {
        Json::String(text) => text == want,
        Json::Number(number) => number.as_f64() == want.parse().ok(),
        _ => false,
    };
    record["experiment"] == *trial.experiment
        && record["seed"] == trial.seed
        && trial.set.iter().all(is)
}

/// Why a trial failed, in a line.
fn reason(plan: &Plan, trial: &Trial) -> String {
    let log = fs::read(log_path(plan, trial)).unwrap_or_default();
    last_error(&String::from_utf8_lossy(&log)).unwrap_or("it said nothing").to_owned()
}

/// The error that a program's last words are of: its last `error: `, else what it panicked with,
/// else its last line that is no advice.
fn last_error(log: &str) -> Option<&str> {
    let lines: Vec<&str> = log.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let error = || lines.iter().rev().find_map(|line| line.strip_prefix("error: "));
    // A backtrace may follow, and is no reason.
    let panics = |line: &&str| line.starts_with("thread ") && line.contains(" panicked at ");
    let panic = || lines.get(lines.iter().rposition(panics)? + 1).copied();
    let advice = |line: &str| line.starts_with("hint: ") || line.starts_with("note: ");
    let last = || lines.iter().rev().copied().find(|line| !advice(line));
    error().or_else(panic).or_else(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_error_not_the_advice_after_it() {
        let said = "warning: slow\nerror: cannot write `a`: no space\nhint: is the disk full?\n";
        assert_eq!(last_error(said), Some("cannot write `a`: no space"));
        let panicked = "thread 'main' (17) panicked at src/a.rs:1:2:\nas it was told\n\
            stack backtrace:\n   0: main\n             at ./src/a.rs:1:2\n";
        assert_eq!(last_error(panicked), Some("as it was told"));
        let killed = format!("{panicked}error: ended by signal: 6 (SIGABRT)\n");
        assert_eq!(last_error(&killed), Some("ended by signal: 6 (SIGABRT)"));
        assert_eq!(
            last_error("loading\nSegmentation fault\nnote: no\n\n"),
            Some("Segmentation fault")
        );
        assert_eq!(last_error(" \n"), None);
    }
}
