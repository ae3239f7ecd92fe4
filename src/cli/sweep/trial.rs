//! Runs one trial in a process of its own, so that whatever happens to it happens to it alone.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::plan::{Plan, Trial};
use super::state::{self, Leftover, Standing, State};
use crate::cli::interrupt::{INTERRUPTED, STOP_AT_END_OF_STDIN};
use crate::trainer::{Status, write_run_record};

/// What came of a trial.
#[derive(Debug)]
pub(super) enum Ran {
    /// It ran, or could not be started.
    Ended(Ended),
    /// It was in that state already and is left so.
    Left(State),
}

#[derive(Debug)]
pub(super) struct Ended {
    pub(super) standing: Standing,
    pub(super) seconds: f64,
    /// The exit code of its process; none if a signal ended it, or it was not started.
    pub(super) code: Option<i32>,
}

/// Runs a trial whose state `wanted` accepts, unless another process does.
///
/// When `stop` becomes true the trial is asked to end, and waited for.
pub(super) fn run(
    plan: &Plan,
    trial: &Trial,
    wanted: &dyn Fn(State) -> bool,
    stop: &AtomicBool,
) -> Ran {
    let clock = Instant::now();
    let failed = |what: String| {
        let standing =
            Standing { state: State::Failed, reason: Some(what), metrics: <_>::default() };
        Ran::Ended(Ended { standing, seconds: clock.elapsed().as_secs_f64(), code: None })
    };
    let lock = match state::lock(plan, trial) {
        Ok(Some(lock)) if !state::is_resumed(plan, trial) => lock,
        Ok(_) => return Ran::Left(State::Running),
        Err(error) => return failed(format!("cannot lock the trial: {error}")),
    };
    // Asked again under the lock: another process may have run it meanwhile.
    let before = state::settled(plan, trial).state;
    if !wanted(before) {
        return Ran::Left(before);
    }
    let ended = clear(plan, trial).and_then(|()| {
        let child = start(plan, trial, &lock).map_err(|error| format!("cannot start: {error}"))?;
        wait(child, stop).map_err(|error| format!("cannot wait for it: {error}"))
    });
    match ended {
        Err(what) => {
            // For `status`; where even that cannot be written, it is told this once.
            let _ = fs::write(state::log_path(plan, trial), format!("error: {what}\n"));
            failed(what)
        }
        Ok(status) => {
            if !was_interrupted(status) {
                note_end(plan, trial, status);
            }
            let standing = state::settled(plan, trial);
            let seconds = clock.elapsed().as_secs_f64();
            Ran::Ended(Ended { standing, seconds, code: status.code() })
        }
    }
}

/// Takes away what an earlier try left; only what is this trial's.
fn clear(plan: &Plan, trial: &Trial) -> Result<(), String> {
    match state::leftover(plan, trial) {
        Leftover::Nothing => Ok(()),
        Leftover::Foreign(what) => Err(what),
        Leftover::Begun | Leftover::Record(_) => {
            let dir = plan.run_dir(trial);
            let failed = |error| format!("cannot remove `{}`: {error}", dir.display());
            fs::remove_dir_all(&dir).map_err(failed)
        }
    }
}

/// Starts this program anew, to run the trial.
fn start(plan: &Plan, trial: &Trial, lock: &File) -> io::Result<Child> {
    let log = state::log_path(plan, trial);
    if let Some(dir) = log.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut command = Command::new(std::env::current_exe()?);
    apart(&mut command);
    command
        .args(arguments(plan, trial))
        // Its end tells the trial to stop; it also comes when this process is killed.
        .stdin(Stdio::piped())
        .env(STOP_AT_END_OF_STDIN, "1")
        .stdout(held(lock)?)
        .stderr(File::create(log)?)
        .spawn()
}

/// Keeps a terminal's Ctrl-C from a trial, which it would end before it listens.
///
/// The trial hears of it by the end of its stdin.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}

/// The command line of a trial.
fn arguments(plan: &Plan, trial: &Trial) -> Vec<OsString> {
    let mut logdir = OsString::from("--logdir=");
    logdir.push(plan.dir());
    let mut arguments: Vec<OsString> = vec!["run".into(), (&trial.experiment).into(), logdir];
    arguments.push(format!("--run={}", trial.run).into());
    arguments.push(format!("--seed={}", trial.seed).into());
    arguments.extend(trial.steps.map(|steps| format!("--steps={steps}").into()));
    arguments.extend(trial.settings().into_iter().map(|pair| format!("--set={pair}").into()));
    if let Some(data_dir) = &plan.data_dir {
        arguments.extend(["--data-dir".into(), data_dir.into()]);
    }
    // Trials share the cores: one each.
    arguments.extend(["--threads=1".into(), "--quiet".into()]);
    arguments
}

/// What a trial gets for stdout, to which `--quiet` writes nothing: the lock.
///
/// So the trial stays locked as long as its process lives, also if this one is killed. Elsewhere a
/// lock is its process's own, and the end of stdin has to do.
#[cfg(unix)]
fn held(lock: &File) -> io::Result<Stdio> {
    lock.try_clone().map(Stdio::from)
}

#[cfg(not(unix))]
fn held(_: &File) -> io::Result<Stdio> {
    Ok(Stdio::null())
}

fn wait(mut child: Child, stop: &AtomicBool) -> io::Result<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    loop {
        if stop.load(Ordering::Relaxed) {
            drop(child.stdin.take());
        }
        // Not `wait`, which closes stdin first.
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Whether a trial was told to stop: it said so, or Ctrl-C came just before it was [`apart`].
fn was_interrupted(status: ExitStatus) -> bool {
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(2) {
        return true; // SIGINT
    }
    status.code() == Some(INTERRUPTED.into())
}

/// Writes down the end of a trial that did not do so itself, as after a crash.
fn note_end(plan: &Plan, trial: &Trial, status: ExitStatus) {
    let mut left = state::leftover(plan, trial);
    let is =
        |status: Status| matches!(&left, Leftover::Record(r) if r["status"] == status.as_str());
    if is(Status::Completed) {
        return;
    }
    let log = state::log_path(plan, trial);
    let said_nothing = fs::metadata(&log).map_or(true, |log| log.len() == 0);
    if status.code().is_none() || said_nothing {
        // Where it cannot be noted, the trial counts as interrupted: it begins again.
        let log = OpenOptions::new().append(true).open(log);
        let _ = log.and_then(|mut log| writeln!(log, "error: ended by {status}"));
    }
    let is_running = is(Status::Running);
    if let (true, Leftover::Record(record)) = (is_running, &mut left) {
        record["status"] = Json::from(Status::Failed.as_str());
        let _ = write_run_record(&plan.run_dir(trial), record);
    }
}
