//! `run.json`: what a run was, beside its event file.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value as Json, json};

use super::{About, HyperParameters, Outcome, Provenance, Value};

/// The name of the file in a run's directory.
pub const RUN_RECORD: &str = "run.json";

/// The file's name before it is whole.
pub(crate) const RUN_RECORD_DRAFT: &str = "run.json.tmp";

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It trains, or was killed: whoever trains it holds a lock on `.lock` beside `run.json`.
    Running,
    /// It came to its last step.
    Completed,
    /// It was stopped by the user.
    Interrupted,
    /// It ended with an error.
    Failed,
}

impl Status {
    /// Returns the word in `run.json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Completed => "completed",
            Status::Interrupted => "interrupted",
            Status::Failed => "failed",
        }
    }
}

/// What `run.json` says of a run.
///
/// It names no path of its own, so that a log directory can be moved; `argv` is as it was typed.
#[derive(Clone, Debug)]
pub struct RunRecord<'a> {
    /// The experiment.
    pub about: &'a About,
    /// The values it had.
    pub hyper: &'a HyperParameters,
    /// What the first values of the variables were drawn from.
    pub seed: u64,
    /// Models trained side by side.
    pub models: u64,
    /// Where it comes from.
    pub provenance: &'a Provenance,
    /// When it began.
    pub start: DateTime<Utc>,
    /// When it ended.
    pub end: Option<DateTime<Utc>>,
    /// How far it has come.
    pub status: Status,
    /// Steps trained so far.
    pub steps: u64,
    /// Whole epochs trained so far, of classifiers.
    pub epochs: Option<u64>,
    /// What it came to.
    pub outcome: &'a Outcome,
}

impl RunRecord<'_> {
    /// Writes `run.json` in `dir`; a reader sees the old one or the new one, whole.
    ///
    /// # Errors
    /// What the system says. Of a run that failed the old one then says at least that, if there is one.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let written = write_run_record(dir, &self.to_json());
        if written.is_err() && self.status == Status::Failed {
            // The first error is the one to tell.
            let _ = note_failure(&dir.join(RUN_RECORD));
        }
        written
    }

    fn to_json(&self) -> Json {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
        json!({
            "experiment": self.about.name,
            "hyper_parameters": hyper_json(self.hyper),
            "seed": self.seed,
            "models": self.models,
            "argv": self.provenance.argv,
            "version": self.provenance.version,
            "git_commit": self.provenance.git_commit,
            "host": self.provenance.host,
            "start": time(self.start),
            "end": self.end.map(time),
            "status": self.status.as_str(),
            "steps": self.steps,
            "epochs": self.epochs,
            "metrics": self.outcome.metrics,
        })
    }
}

/// Writes `run.json` in `dir`, whole or not at all.
pub(crate) fn write_run_record(dir: &Path, record: &Json) -> io::Result<()> {
    let draft = dir.join(RUN_RECORD_DRAFT);
    let text = format!("{record:#}\n");
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, dir.join(RUN_RECORD)));
    if written.is_err() {
        // On a full disk a draft may be left; the first error is the one to tell.
        let _ = fs::remove_file(&draft);
    }
    written
}

/// Changes the one word of a `run.json` that a full disk has room for, in its place.
fn note_failure(path: &Path) -> io::Result<()> {
    let said = |status: Status| format!("\"status\": \"{}\"", status.as_str());
    let (running, failed) = (said(Status::Running), said(Status::Failed));
    let text = fs::read_to_string(path)?;
    let Some(place) = text.find(&running) else { return Ok(()) };
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(place as u64))?;
    // As long as what it replaces, and in one piece.
    file.write_all(format!("{failed:width$}", width = running.len()).as_bytes())
}

/// Hyper-parameters as a JSON object.
pub(crate) fn hyper_json(hyper: &HyperParameters) -> Map<String, Json> {
    let pair = |parameter: &super::HyperParameter| {
        let value = match &parameter.value {
            Value::Number(number) => json!(number),
            Value::Text(text) => json!(text),
        };
        (parameter.name.clone(), value)
    };
    hyper.iter().map(pair).collect()
}
