//! `experiment sweep`: an experiment for every combination of hyper-parameters and seeds.
//!
//! A sweep is a directory: a plan, whose lines are trials, and the trials' runs. What became of a
//! trial is what its run says, so there is nothing else to keep in step. Each runs in a process of
//! its own, the same program with `run`, so that any job system can do the same.

mod arguments;
mod data_sets;
mod grid;
mod plan;
mod pool;
mod run_name;
mod state;
mod status;
mod trial;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::failure::Failure;
use super::metric::{main_metric, number};
use super::progress::Progress;
use super::run::quoted;
use super::{CommandResult, interrupt, print, say};
use crate::trainer::{Console, Experiment, normalised};
use arguments::{GridArguments, HowArguments, SweepCommand};
use plan::Plan;
use state::State;
use status::Survey;
use trial::Ran;

pub(super) use arguments::SweepArguments;

pub(super) fn sweep(experiments: &[&dyn Experiment], arguments: &SweepArguments) -> CommandResult {
    match &arguments.command {
        None => {
            let Some(name) = &arguments.name else {
                return Err(Failure::usage("no experiment is named")
                    .hint("`experiment sweep NAME`; `experiment list` shows the names"));
            };
            let plan = planned(experiments, name, &arguments.grid)?;
            let plan = plan.with_data_dir(arguments.how.home.data_dir.as_deref());
            run_all(experiments, &plan, is_unfinished, &arguments.how)
        }
        Some(SweepCommand::Plan { name, grid, json }) => {
            let plan = planned(experiments, name, grid)?;
            let (path, trials) = (plan.path().display().to_string(), plan.trials.len());
            if *json {
                return print(&format!("{}\n", json!({ "plan": path, "trials": trials })));
            }
            say(&format!(
                "{trials} trials; `experiment sweep run {}` runs them",
                quoted(plan.path())
            ));
            print(&format!("{path}\n"))
        }
        Some(SweepCommand::Run { plan, task, force, how }) => {
            let plan = read(experiments, plan)?.with_data_dir(how.home.data_dir.as_deref());
            match task {
                Some(task) => run_one(&plan, *task, *force, how),
                None => run_all(experiments, &plan, is_unfinished, how),
            }
        }
        Some(SweepCommand::Status { plan, json }) => {
            let plan = Plan::read(plan)?;
            let survey = Survey::of(&plan);
            match json {
                true => print(&format!("{}\n", survey.to_json(&[]))),
                false => print(&survey.render()),
            }
        }
        Some(SweepCommand::Rerun { plan, failed: _, how }) => {
            let plan = read(experiments, plan)?.with_data_dir(how.home.data_dir.as_deref());
            run_all(experiments, &plan, |state| state == State::Failed, how)
        }
    }
}

/// Neither completed nor failed: a trial that failed once will most likely do so again.
fn is_unfinished(state: State) -> bool {
    matches!(state, State::Pending | State::Interrupted)
}

fn planned(
    experiments: &[&dyn Experiment],
    name: &str,
    arguments: &GridArguments,
) -> Result<Plan, Failure> {
    let (trials, default) = grid::trials(experiments, name, arguments)?;
    let sweep = arguments.sweep.as_deref().unwrap_or(&default);
    let sweep = normalised(sweep).map_err(|error| {
        Failure::usage(error.to_string())
            .hint("as in `--sweep first/try`; it is a directory below that of `--logdir`")
    })?;
    let dir = sweep.split('/').fold(arguments.logdir.clone(), |dir, part| dir.join(part));
    Plan::new(&dir, trials).write()
}

fn read(experiments: &[&dyn Experiment], path: &Path) -> Result<Plan, Failure> {
    let plan = Plan::read(path)?;
    plan.check(experiments)?;
    Ok(plan)
}

/// Runs all trials of which `wanted` is true, and tells what became of the plan.
fn run_all(
    experiments: &[&dyn Experiment],
    plan: &Plan,
    wanted: fn(State) -> bool,
    how: &HowArguments,
) -> CommandResult {
    let before = Survey::of(plan);
    let tasks = before.tasks(wanted);
    data_sets::check(experiments, plan, &tasks, &how.home.home(), how.json)?;
    let stop = interrupt::flag();
    if tasks.len() < plan.trials.len() {
        say(&format!("{}; {} to run", before.summary(), tasks.len()));
    }
    let jobs = how.jobs.map_or_else(pool::default_jobs, |jobs| jobs as usize);
    let progress = Progress::of_trials(tasks.len() as u64, how.json);
    let mut console = Console::new(progress.stdout());
    let mut seconds = vec![None; plan.trials.len()];
    let mut count = 0;
    pool::run(plan, &tasks, &wanted, jobs, &stop, |task, ran| {
        count += 1;
        if let Ran::Ended(ended) = ran {
            seconds[task] = Some(ended.seconds);
        }
        if !how.json {
            let run = &plan.trials[task].run;
            console.line(&format!("{count}/{} {run}  {}", tasks.len(), told(ran)));
        }
        progress.advance();
    });
    progress.clear();

    let after = Survey::of(plan);
    if how.json {
        print(&format!("{}\n", after.to_json(&seconds)))?;
    } else {
        console.line(&after.summary());
        if after.count(State::Completed) > 0 {
            what_next(plan, &after).iter().for_each(|line| console.line(line));
        }
    }
    console.finish().map_err(|error| {
        Failure::failed(format!("the sweep has ended, but stdout cannot be written: {error}"))
    })?;
    let path = quoted(plan.path());
    let left = after.tasks(is_unfinished).len();
    if stop.load(Ordering::Relaxed) {
        let hint = format!("hint: `experiment sweep run {path}` goes on");
        say(&format!("interrupted: {left} trials left\n{hint}"));
        return Ok(interrupt::exit_code());
    }
    match after.count(State::Failed) {
        0 => Ok(ExitCode::SUCCESS),
        failed => {
            let message = format!("{failed} of {} trials failed", plan.trials.len());
            Err(Failure::failed(message).hint(format!(
                "`experiment sweep status {path}` says why; \
                 `experiment sweep rerun --failed {path}` runs them again"
            )))
        }
    }
}

/// Runs one trial; the exit code is its own.
fn run_one(plan: &Plan, task: usize, force: bool, how: &HowArguments) -> CommandResult {
    let Some(trial) = plan.trials.get(task) else {
        let message = format!("task {task}: the plan has {} trials", plan.trials.len());
        return Err(Failure::usage(message).hint("the first is 0"));
    };
    let stop = interrupt::flag();
    let ran = trial::run(plan, trial, &|state| force || state != State::Completed, &stop);
    let (mut seconds, mut code) = (vec![None; plan.trials.len()], ExitCode::SUCCESS);
    match &ran {
        Ran::Ended(ended) => {
            seconds[task] = Some(ended.seconds);
            // Of a process without an exit code, and one that says it did what it did not.
            let failure = || u8::from(ended.standing.state != State::Completed);
            let own = ended.code.and_then(|code| u8::try_from(code).ok()).filter(|&code| code > 0);
            code = own.unwrap_or_else(failure).into();
        }
        Ran::Left(State::Running) => {
            return Err(Failure::failed(format!("another process runs the trial `{}`", trial.run)));
        }
        Ran::Left(_) => say("completed already; `--force` runs it again"),
    }
    match how.json {
        true => {
            let all = Survey::of(plan).to_json(&seconds);
            print(&format!("{}\n", all["trials"][task]))?;
        }
        false => {
            print(&format!("{}  {}\n", trial.run, told(&ran)))?;
        }
    }
    Ok(code)
}

/// What became of a trial, in a few words.
fn told(ran: &Ran) -> String {
    let ended = match ran {
        Ran::Left(State::Running) => return "left to the process that runs it".to_owned(),
        Ran::Left(state) => return format!("{} already", state.as_str()),
        Ran::Ended(ended) => ended,
    };
    let seconds = format!("{:.1} s", ended.seconds);
    let standing = &ended.standing;
    match (standing.state, &standing.reason) {
        (State::Completed, _) => match main_metric(&standing.metrics) {
            Some((tag, value)) => format!("{seconds}  {tag} {}", number(value as f32)),
            None => seconds,
        },
        (state, Some(reason)) => format!("{seconds}  {}: {reason}", state.as_str()),
        (state, None) => format!("{seconds}  {}", state.as_str()),
    }
}

/// Commands that show what the sweep came to.
fn what_next(plan: &Plan, survey: &Survey) -> Vec<String> {
    let dir = plan.dir();
    let absolute = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let mut lines = Vec::new();
    let keys = varying(plan);
    if let (false, Some(tag)) = (keys.is_empty(), survey.main_tag()) {
        let (keys, dir) = (keys.join(","), quoted(dir));
        lines.push(format!("experiment compare --logdir {dir} --group-by {keys} --tag {tag}"));
    }
    lines.push(format!("tensorboard --logdir {}", quoted(&absolute)));
    lines
}

/// The hyper-parameters in which trials differ, in the order in which runs are named after them.
fn varying(plan: &Plan) -> Vec<&str> {
    let Some(first) = plan.trials.first() else {
        return Vec::new();
    };
    let keys: BTreeSet<&String> = plan.trials.iter().flat_map(|trial| trial.set.keys()).collect();
    let varies = |key: &&String| plan.trials.iter().any(|t| t.set.get(*key) != first.set.get(*key));
    let mut keys: Vec<&str> = keys.into_iter().filter(varies).map(String::as_str).collect();
    keys.sort_by_key(|key| first.run.find(&format!("{key}=")));
    keys
}
