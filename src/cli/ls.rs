//! `experiment ls`: the runs of a log directory, whoever wrote them.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Local};
use serde_json::{Value as Json, json};

use super::failure::Failure;
use super::{lock, say, table};
use crate::logdir::{Kind, Logdir, Run};
use crate::trainer::{RUN_RECORD, Status};

/// What `run.json` says of a run; null of runs of other programs.
pub(super) fn run_record(run_dir: &Path) -> Json {
    let text = fs::read_to_string(run_dir.join(RUN_RECORD));
    text.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Json::Null)
}

/// Opens a log directory and reads what it has of some kinds; tells of what cannot be read.
pub(super) fn open(path: &Path, kinds: &[Kind]) -> Result<Logdir, Failure> {
    if !path.is_dir() {
        let failure = Failure::failed(format!("log directory `{}` is not there", path.display()));
        return Err(failure.hint("name one with `--logdir`"));
    }
    let builder = kinds.iter().fold(Logdir::builder(path), |builder, &kind| builder.keep(kind));
    let mut logdir = builder.build();
    for problem in logdir.poll() {
        say(&format!("warning: {problem}"));
    }
    Ok(logdir)
}

pub(super) fn ls(path: &Path, as_json: bool) -> Result<String, Failure> {
    let logdir = open(path, &[Kind::Scalars])?;
    if as_json {
        let runs: Vec<Json> = logdir.runs().map(to_json).collect();
        return Ok(format!("{}\n", json!({ "runs": runs })));
    }
    let rows = logdir.runs().map(|run| {
        let record = run_record(run.path());
        let status = status(run, &record).unwrap_or("-").to_owned();
        let last = last_step(run).map(|step| step.to_string()).unwrap_or_default();
        [run.name().to_string(), status, last, tags(run).to_string(), size(run), started(run)]
    });
    Ok(table::render(&["run", "status", "last step", "tags", "size", "started"], rows))
}

fn to_json(run: &Run) -> Json {
    let record = run_record(run.path());
    json!({
        "run": run.name().as_str(),
        "status": status(run, &record),
        "experiment": record["experiment"],
        "last_step": last_step(run),
        "scalar_tags": run.scalars().map(|(tag, _)| tag).collect::<Vec<_>>(),
        "bytes": bytes(run),
        "start": run.start_time().map(|time| time.seconds()),
    })
}

/// How far a run came: that it was killed it could not say itself.
fn status<'r>(run: &Run, record: &'r Json) -> Option<&'r str> {
    let status = record["status"].as_str()?;
    let is_over = || lock::is_taken(&lock::of_run(run.path())) == Some(false);
    Some(if status == Status::Running.as_str() && is_over() { "killed" } else { status })
}

fn tags(run: &Run) -> usize {
    run.tags().count()
}

fn last_step(run: &Run) -> Option<i64> {
    run.scalars().filter_map(|(_, series)| series.last().map(|(step, _)| step)).max()
}

fn bytes(run: &Run) -> u64 {
    run.event_files().map(|file| file.size()).sum()
}

fn size(run: &Run) -> String {
    indicatif::HumanBytes(bytes(run)).to_string()
}

fn started(run: &Run) -> String {
    let time = run
        .start_time()
        .and_then(|time| DateTime::from_timestamp_millis((time.seconds() * 1000.0) as i64));
    match time {
        Some(time) => time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string(),
        None => String::new(),
    }
}
