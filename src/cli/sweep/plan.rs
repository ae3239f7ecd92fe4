//! A plan: a file of JSON lines, each of them a trial.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::cli::failure::Failure;
use crate::cli::run::quoted;
use crate::cli::select::select;
use crate::trainer::{Experiment, normalised};

/// The name of the file in the sweep's directory, beside the directories of the trials' runs.
pub(super) const PLAN: &str = "plan.jsonl";

/// More would be a mistake rather than a sweep.
pub(super) const MAX_TRIALS: usize = 100_000;

/// The longest plan that is read, in bytes: a thousand for each trial.
const MAX_BYTES: u64 = 100 << 20;

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trial {
    pub(super) experiment: String,
    /// The hyper-parameters that are changed.
    pub(super) set: BTreeMap<String, String>,
    pub(super) seed: u64,
    pub(super) steps: Option<u64>,
    /// The directory of the run, below that of the plan.
    pub(super) run: String,
}

/// The trials of a sweep; a task's number is its place among them.
#[derive(Debug)]
pub(super) struct Plan {
    path: PathBuf,
    pub(super) trials: Vec<Trial>,
    /// Where data sets are, if that was said; no part of the file.
    pub(super) data_dir: Option<PathBuf>,
}

impl Trial {
    pub(super) fn to_json(&self) -> Json {
        let mut line = json!({
            "experiment": self.experiment,
            "set": self.set,
            "seed": self.seed,
            "run": self.run,
        });
        if let Some(steps) = self.steps {
            line["steps"] = steps.into();
        }
        line
    }

    /// Reads a line; what this version does not know is refused, for it may change the trial.
    fn from_json(line: Json) -> Result<Self, String> {
        let Json::Object(mut line) = line else {
            return Err("got no JSON object".to_owned());
        };
        let experiment = word(&mut line, "experiment")?;
        let run = word(&mut line, "run")?;
        if run.contains('/') || run == PLAN || normalised(&run).ok().as_ref() != Some(&run) {
            return Err(format!("`run`: got `{run}`, want the name of one directory"));
        }
        let whole = |value: Json, key: &str| {
            value.as_u64().ok_or_else(|| format!("`{key}`: got {value}, want a whole number"))
        };
        let seed = whole(line.remove("seed").ok_or("`seed` is missing")?, "seed")?;
        let steps = line.remove("steps").map(|steps| whole(steps, "steps")).transpose()?;
        let set = match line.remove("set") {
            None => Map::new(),
            Some(Json::Object(set)) => set,
            Some(other) => return Err(format!("`set`: got {other}, want an object")),
        };
        let value = |(key, value): (String, Json)| match value {
            Json::String(text) => Ok((key, text)),
            Json::Number(number) => Ok((key, number.to_string())),
            other => Err(format!("`set`: `{key}`: got {other}, want a string or a number")),
        };
        let set = set.into_iter().map(value).collect::<Result<_, _>>()?;
        match line.keys().next() {
            Some(unknown) => Err(format!("unknown key `{unknown}`")),
            None => Ok(Trial { experiment, set, seed, steps, run }),
        }
    }

    /// What is to be given to `--set`.
    pub(super) fn settings(&self) -> Vec<String> {
        self.set.iter().map(|(key, value)| format!("{key}={value}")).collect()
    }
}

fn word(line: &mut Map<String, Json>, key: &str) -> Result<String, String> {
    match line.remove(key) {
        Some(Json::String(text)) => Ok(text),
        Some(other) => Err(format!("`{key}`: got {other}, want a string")),
        None => Err(format!("`{key}` is missing")),
    }
}

impl Plan {
    /// Returns the plan of these trials in the directory of a sweep; nothing is written.
    pub(super) fn new(dir: &Path, trials: Vec<Trial>) -> Self {
        Plan { path: dir.join(PLAN), trials, data_dir: None }
    }

    /// Reads a plan, or that of a sweep's directory.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let plan = Self::read_any(path)?;
        if plan.trials.is_empty() {
            let message = format!("plan `{}` has no trials", plan.path.display());
            return Err(Failure::failed(message).hint("`experiment sweep plan NAME` writes one"));
        }
        Ok(plan)
    }

    /// The same, also of one without trials.
    fn read_any(path: &Path) -> Result<Self, Failure> {
        let path = if path.is_dir() { path.join(PLAN) } else { path.to_owned() };
        let failed = |problem: String| {
            Failure::failed(format!("cannot read plan `{}`: {problem}", path.display()))
                .hint("`experiment sweep plan NAME` writes one")
        };
        let size = fs::metadata(&path).map_err(|error| failed(error.to_string()))?.len();
        if size > MAX_BYTES {
            return Err(failed(format!("got {size} bytes, want at most {MAX_BYTES}")));
        }
        let bytes = fs::read(&path).map_err(|error| failed(error.to_string()))?;
        let damaged = |line: usize, problem: String| {
            Failure::failed(format!("plan `{}`, line {line}: {problem}", path.display()))
                .hint("a line is a JSON object: a trial, as `experiment sweep plan` writes it")
        };
        let mut trials = Vec::new();
        let mut runs: BTreeMap<String, usize> = BTreeMap::new();
        for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let trial = parse(line).map_err(|problem| damaged(number, problem))?;
            // Also names that differ only in case: on some systems they are one directory.
            if let Some(first) = runs.insert(trial.run.to_lowercase(), number) {
                let problem = format!("the run `{}` is that of line {first} too", trial.run);
                return Err(damaged(number, problem));
            }
            trials.push(trial);
            if trials.len() > MAX_TRIALS {
                return Err(damaged(number, format!("more than {MAX_TRIALS} trials")));
            }
        }
        Ok(Plan { path, trials, data_dir: None })
    }

    /// The same, with data sets in that directory.
    pub(super) fn with_data_dir(self, data_dir: Option<&Path>) -> Self {
        Plan { data_dir: data_dir.map(Path::to_owned), ..self }
    }

    /// Builds every trial's graph, so that what cannot be is told before anything runs.
    pub(super) fn check(&self, experiments: &[&dyn Experiment]) -> Result<(), Failure> {
        let mut built = Vec::new();
        for (task, trial) in self.trials.iter().enumerate() {
            let what = (&trial.experiment, &trial.set);
            // Seeds share a graph, and follow each other.
            if built.last() != Some(&what) {
                let in_plan = |failure: Failure| failure.within(&format!("task {task}"));
                select(experiments, &trial.experiment, &trial.settings()).map_err(in_plan)?;
                built.push(what);
            }
        }
        Ok(())
    }

    /// Writes the plan, whole or not at all.
    ///
    /// A plan that is there already stays if it is the same, and grows if it is a part of this one:
    /// new trials are then the last, so that tasks keep their numbers.
    pub(super) fn write(mut self) -> Result<Self, Failure> {
        if self.path.exists() {
            let known = Self::read_any(&self.path)?;
            let missing = known.trials.iter().find(|trial| !self.trials.contains(trial));
            if let Some(trial) = missing {
                let path = self.path.display();
                let message = format!("plan `{path}` has other trials: `{}`", trial.run);
                return Err(Failure::failed(message).hint(format!(
                    "give this sweep another name with `--sweep`, or go on with that one: \
                     `experiment sweep run {}`",
                    quoted(&self.path)
                )));
            }
            self.trials.retain(|trial| !known.trials.contains(trial));
            let is_same = self.trials.is_empty();
            self.trials.splice(..0, known.trials);
            if is_same {
                return Ok(self);
            }
        }
        let text: String =
            self.trials.iter().map(|trial| format!("{}\n", trial.to_json())).collect();
        let draft = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let written = fs::create_dir_all(self.dir())
            .and_then(|()| fs::write(&draft, text))
            .and_then(|()| fs::rename(&draft, &self.path));
        written.map_err(|error| {
            // The first error is the one to tell; a draft may not even be there.
            let _ = fs::remove_file(&draft);
            Failure::failed(format!("cannot write plan `{}`: {error}", self.path.display()))
                .hint("choose another directory with `--logdir`")
        })?;
        Ok(self)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The sweep's directory, which holds the plan and its runs.
    pub(super) fn dir(&self) -> &Path {
        match self.path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        }
    }

    /// The directory of a trial's run.
    pub(super) fn run_dir(&self, trial: &Trial) -> PathBuf {
        self.dir().join(&trial.run)
    }
}

fn parse(line: &[u8]) -> Result<Trial, String> {
    let line: Json = serde_json::from_slice(line).map_err(|error| {
        // The error counts lines itself, of which this is the first.
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        format!("not JSON at column {}: {what}", error.column())
    })?;
    Trial::from_json(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(run: &str) -> Trial {
        let set = BTreeMap::from([("init".to_owned(), "he".to_owned())]);
        Trial { experiment: "xor_nn".to_owned(), set, seed: 3, steps: None, run: run.to_owned() }
    }

    #[test]
    fn a_line_is_a_trial() {
        let line = br#"{"experiment":"xor_nn","run":"a","seed":3,"set":{"init":"he"}}"#;
        assert_eq!(parse(line).unwrap(), trial("a"));
        assert_eq!(trial("a").to_json().to_string().as_bytes(), line);
        let line = br#"{"experiment":"x","run":"a","seed":3,"set":{"rate":0.5},"steps":20}"#;
        let read = parse(line).unwrap();
        assert_eq!((read.settings(), read.steps), (vec!["rate=0.5".to_owned()], Some(20)));
    }

    #[test]
    fn a_damaged_line_says_what_is_wrong() {
        for (line, want) in [
            (r#"{"experiment":"x""#, "not JSON at column 17: EOF while parsing an object"),
            ("[]", "got no JSON object"),
            (r#"{"run":"a","seed":1}"#, "`experiment` is missing"),
            (r#"{"experiment":"x","run":"a"}"#, "`seed` is missing"),
            (r#"{"experiment":"x","run":"a","seed":-1}"#, "`seed`: got -1, want a whole number"),
            (r#"{"experiment":"x","run":"a","seed":1,"set":[]}"#, "`set`: got [], want an object"),
            (r#"{"experiment":"x","run":"a","seed":1,"set":{"b":null}}"#, "`set`: `b`: got null"),
            (r#"{"experiment":"x","run":"a","seed":1,"stepz":4}"#, "unknown key `stepz`"),
            (r#"{"experiment":"x","run":"../a","seed":1}"#, "want the name of one directory"),
            (r#"{"experiment":"x","run":"plan.jsonl","seed":1}"#, "want the name of one directory"),
        ] {
            let error = parse(line.as_bytes()).unwrap_err();
            assert!(error.contains(want), "{line}: {error}");
        }
        assert!(parse(b"{\"experiment\":\"\xff\"}").unwrap_err().contains("not JSON at column"));
    }

    #[test]
    fn a_plan_that_grows_keeps_its_tasks_and_another_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let write = |runs: &[&str]| {
            let trials = runs.iter().map(|run| trial(run)).collect();
            let written = Plan::new(dir.path(), trials).write();
            written.map(|plan| plan.trials.into_iter().map(|trial| trial.run).collect::<Vec<_>>())
        };
        assert_eq!(write(&["a", "c"]).unwrap(), ["a", "c"]);
        assert_eq!(write(&["a", "b", "c"]).unwrap(), ["a", "c", "b"]);
        let read = Plan::read(dir.path()).unwrap();
        assert_eq!(read.trials, [trial("a"), trial("c"), trial("b")]);
        let error = write(&["a", "b"]).unwrap_err().to_string();
        assert!(error.contains("has other trials: `c`") && error.contains("--sweep"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_plan_without_trials_is_told_and_may_be_written_over() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(PLAN), "\n").unwrap();
        let error = Plan::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains("plan.jsonl` has no trials\nhint: "), "{error}");
        let written = Plan::new(dir.path(), vec![trial("a")]).write().unwrap();
        assert_eq!(written.trials, Plan::read(dir.path()).unwrap().trials);
    }

    #[test]
    fn two_trials_never_share_a_run() {
        let dir = tempfile::tempdir().unwrap();
        let line = |run: &str| format!("{}\n", trial(run).to_json());
        fs::write(dir.path().join(PLAN), line("He") + "\n" + &line("he")).unwrap();
        let error = Plan::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains("line 3: the run `he` is that of line 1 too"), "{error}");
    }
}
