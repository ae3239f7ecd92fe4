//! Running programs from outside and taking their word, as JSON.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use runboard::trainer::Recording;
use serde_json::Value;

/// TensorBoard's two ways of reading event files: its data server, and the loader in Python.
pub(crate) const LOADERS: [&str; 2] = ["true", "false"];

/// The value of a variable that says where something from outside is.
pub(crate) fn from_outside(variable: &str) -> PathBuf {
    match env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => panic!("{variable} is not set; see `.ci/run`"),
    }
}

/// A file beside these tests.
pub(crate) fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("interop").join(name)
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// Runs a Python script with the interpreter that has the packages, and returns what it prints.
pub(crate) fn python<S: AsRef<OsStr>>(script: &Path, arguments: &[S]) -> String {
    let mut command = Command::new(from_outside("RUNBOARD_PYTHON"));
    let output = run(command.arg(script).args(arguments));
    String::from_utf8(output.stdout).expect("the scripts print UTF-8")
}

/// Runs one of the scripts here and returns the JSON it prints.
pub(crate) fn ask<S: AsRef<OsStr>>(script: &str, arguments: &[S]) -> Value {
    let said = python(&beside(script), arguments);
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{script}: {error}: {said}"))
}

/// What real TensorBoard shows of a log directory that has so many runs.
pub(crate) fn tensorboard_sees(logdir: &Path, load_fast: &str, runs: usize) -> Value {
    let runs = runs.to_string();
    let logdir = logdir.as_os_str();
    let options = ["--load-fast", load_fast, "--runs", &runs].map(OsStr::new);
    ask("tensorboard_sees.py", &[&[logdir], &options[..]].concat())
}

/// Runs the command of this crate and returns its standard output.
pub(crate) fn experiment(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    let output = run(command.args(arguments));
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// Runs each of the experiments with some options, as a run of its own name; what each prints, by
/// name.
pub(crate) fn train_each(
    recordings: &[Recording],
    logdir: &Path,
    options: &[&str],
) -> BTreeMap<String, Value> {
    let logdir = logdir.to_str().expect("it is Unicode");
    let train = |name: &str| {
        let run = ["run", name, "--run", name, "--logdir", logdir, "--quiet", "--json"];
        let said = experiment(&[&run[..], options].concat());
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{name}: {error}: {said}"))
    };
    let names = recordings.iter().map(|one| one.about.name);
    names.map(|name| (name.to_owned(), train(name))).collect()
}

/// The keys of a JSON object.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    object.as_object().map_or(Vec::new(), |object| object.keys().map(String::as_str).collect())
}

/// The numbers of a JSON array; TensorBoard sends those that JSON has not as text.
pub(crate) fn numbers(array: &Value) -> Vec<f64> {
    let items = array.as_array().unwrap_or_else(|| panic!("{array} is no array"));
    items.iter().map(|item| item.as_f64().unwrap_or(f64::NAN)).collect()
}
