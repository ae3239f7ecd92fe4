//! A run that was trained before: what its `run.json` says.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::failure::Failure;
use crate::trainer::{RUN_RECORD, RunDir, RunDirError, Status};

pub(super) struct StoredRun {
    pub(super) run_dir: RunDir,
    record: Json,
}

impl StoredRun {
    pub(super) fn open(logdir: &Path, run: &str) -> Result<Self, Failure> {
        let hint = format!("see `experiment ls --logdir {}`", logdir.display());
        let run_dir = RunDir::open(logdir, run).map_err(|error| match error {
            RunDirError::Name { .. } => Failure::usage(error.to_string()).hint(&hint),
            _ => Failure::failed(format!("no run `{run}` in `{}`", logdir.display())).hint(&hint),
        })?;
        let path = run_dir.path.join(RUN_RECORD);
        let problem = |problem: String| {
            let message = format!("cannot read `{}`: {problem}", path.display());
            Failure::failed(message).hint("`experiment run` writes it; is this one of its runs?")
        };
        let text = fs::read_to_string(&path).map_err(|error| {
            let of = ensemble_of(logdir, run_dir.name.as_str());
            of.unwrap_or_else(|| problem(error.to_string()))
        })?;
        let record: Json =
            serde_json::from_str(&text).map_err(|error| problem(error.to_string()))?;
        if record["experiment"].as_str().is_none() || record["seed"].as_u64().is_none() {
            return Err(problem("it names no experiment and seed".to_owned()));
        }
        Ok(StoredRun { run_dir, record })
    }

    pub(super) fn experiment(&self) -> &str {
        self.text("experiment").expect("`open` has seen to it")
    }

    pub(super) fn seed(&self) -> u64 {
        self.record["seed"].as_u64().expect("`open` has seen to it")
    }

    /// Models that were trained side by side.
    pub(super) fn models(&self) -> u64 {
        self.record["models"].as_u64().unwrap_or(1).max(1)
    }

    /// Hyper-parameters as `--set` takes them.
    pub(super) fn settings(&self) -> Vec<String> {
        let pair = |(key, value): (&String, &Json)| match value {
            Json::String(text) => format!("{key}={text}"),
            value => format!("{key}={value}"),
        };
        self.record["hyper_parameters"].as_object().into_iter().flatten().map(pair).collect()
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.record[key].as_str()
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.record[key].as_u64()
    }

    /// Whether that is how far it came.
    pub(super) fn is(&self, status: Status) -> bool {
        self.text("status") == Some(status.as_str())
    }
}

/// What to say of a run without a record of its own that is a model of several, if it is.
fn ensemble_of(logdir: &Path, run: &str) -> Option<Failure> {
    let (ensemble, _) = run.rsplit_once('/')?;
    let models = StoredRun::open(logdir, ensemble).ok()?.models();
    let message = format!("run `{run}` is one of the {models} models of run `{ensemble}`");
    (models > 1)
        .then(|| Failure::failed(message).hint(format!("name all of them, by `{ensemble}`")))
}
