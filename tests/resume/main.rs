//! `experiment run --resume`: what a kill cuts off goes on as if nothing had happened.

mod checkpoints;
mod locks;
mod refusals;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use runboard::logdir::Logdir;
use serde_json::Value;

fn command(logdir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).arg("--logdir").arg(logdir).stdin(Stdio::null());
    command
}

fn experiment(logdir: &Path, arguments: &[&str]) -> Output {
    command(logdir, arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn assert_fails(output: &Output, code: i32, message: &str, hint: &str) {
    let stderr = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(stderr.contains(hint), "{stderr}");
}

/// A net with dropout that takes some ten milliseconds an epoch.
const NET: &[&str] = &[
    "run",
    "mnist_nn_dropout",
    "--set",
    "data=mnist_sample",
    "--set",
    "hidden=200,100",
    "--set",
    "batch=20",
    "--summary-every",
    "4",
    "--run",
];

fn net<'a>(run: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [NET, &[run], more].concat()
}

/// Starts a run and kills it once it has printed so many epochs.
fn killed_after(logdir: &Path, arguments: &[&str], epochs: usize) {
    let mut child = command(logdir, arguments).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = lines.map_while(Result::ok).filter(|line| line.starts_with("epoch ")).take(epochs);
    assert_eq!(seen.count(), epochs);
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
}

fn record(logdir: &Path, run: &str) -> Value {
    let text = fs::read_to_string(logdir.join(run).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every scalar of a run: tag, steps, values.
fn curves(logdir: &Path, run: &str) -> Vec<(String, Vec<i64>, Vec<u32>)> {
    let mut opened = Logdir::new(logdir);
    assert!(opened.poll().iter().all(|problem| problem.to_string().contains("cut")), "damage");
    let run = opened.run(run).unwrap();
    let curve = |(tag, series): (&str, &runboard::logdir::ScalarSeries)| {
        let steps = series.iter().map(|(step, _, _)| step).collect();
        let values = series.iter().map(|(_, _, value)| value.to_bits()).collect();
        (tag.to_owned(), steps, values)
    };
    run.scalars().map(curve).collect()
}

fn assert_same_curves(logdir: &Path, a: &str, b: &str) {
    let (of_a, of_b) = (curves(logdir, a), curves(logdir, b));
    let tags = |curves: &[(String, Vec<i64>, Vec<u32>)]| {
        curves.iter().map(|(tag, ..)| tag.clone()).collect::<Vec<_>>()
    };
    assert_eq!(tags(&of_a), tags(&of_b));
    for ((tag, steps, values), (_, other_steps, other_values)) in of_a.iter().zip(&of_b) {
        assert_eq!(steps, other_steps, "{tag} of {a} and {b}");
        assert!(values == other_values, "{tag} of {a} and {b}: other values");
    }
}

#[test]
fn a_killed_run_goes_on_to_the_same_weights_and_one_curve() {
    let dir = tempfile::tempdir().unwrap();
    let whole = experiment(dir.path(), &net("whole", &["--epochs", "40"]));
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));

    killed_after(dir.path(), &net("killed", &["--epochs", "40"]), 3);
    assert_eq!(record(dir.path(), "killed")["status"], "running");
    let resume = ["run", "mnist_nn_dropout", "--run", "killed", "--resume", "--summary-every", "4"];
    let resumed = experiment(dir.path(), &resume);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));

    let last = |run: &str| {
        let path = dir.path().join(run).join("checkpoints").join("epoch-0040.safetensors");
        fs::read(path).unwrap()
    };
    assert!(last("whole") == last("killed"), "the last checkpoints differ");
    let (whole, killed) = (record(dir.path(), "whole"), record(dir.path(), "killed"));
    for key in ["metrics", "steps", "epochs", "status", "hyper_parameters", "seed"] {
        assert_eq!(whole[key], killed[key], "{key}");
    }
    // But for speed, every tag has the same steps and values, each step once.
    assert_same_curves(dir.path(), "whole", "killed");
    let files = fs::read_dir(dir.path().join("killed")).unwrap();
    let is_event_file = |name: &str| name.contains("tfevents");
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| is_event_file(name)).count(), 2);
}

#[test]
fn a_complete_run_is_trained_longer_by_more_epochs() {
    let dir = tempfile::tempdir().unwrap();
    let once = experiment(dir.path(), &net("once", &["--epochs", "6"]));
    assert_eq!(once.status.code(), Some(0), "{}", stderr(&once));
    experiment(dir.path(), &net("twice", &["--epochs", "3"]));
    let on = |more: &[&str]| {
        let arguments = ["run", "mnist_nn_dropout", "--run", "twice", "--resume"];
        experiment(dir.path(), &[&arguments, more].concat())
    };
    assert_fails(&on(&[]), 1, "run `twice` is complete", "hint: to train it longer");
    let resumed = on(&["--epochs", "6", "--summary-every", "4"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    let metrics = |run: &str| record(dir.path(), run)["metrics"].clone();
    assert_eq!(metrics("once"), metrics("twice"));
}

#[test]
fn an_ensemble_goes_on_with_all_its_models() {
    let dir = tempfile::tempdir().unwrap();
    let models = ["--models", "2", "--epochs", "12"];
    let whole = experiment(dir.path(), &net("whole", &models));
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let stdout = String::from_utf8(whole.stdout).unwrap();
    assert!(stdout.contains("ensemble 0."), "{stdout}");
    killed_after(dir.path(), &net("killed", &models), 2);
    let resume = ["run", "mnist_nn_dropout", "--run", "killed", "--resume", "--summary-every", "4"];
    let resumed = experiment(dir.path(), &resume);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    for model in ["", "/model-1", "/model-2"] {
        let [whole, killed] = ["whole", "killed"].map(|run| format!("{run}{model}"));
        assert_same_curves(dir.path(), &whole, &killed);
    }
    let metrics = record(dir.path(), "killed")["metrics"].clone();
    for tag in ["test/accuracy", "test/accuracy/model-1", "test/accuracy/model-2"] {
        assert!(metrics[tag].is_number(), "{metrics}");
    }
}

#[test]
fn models_that_patience_has_ended_stay_while_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    // Chosen so that the models end one after the other.
    let run = ["run", "mnist_softmax", "--set", "data=mnist_sample", "--set", "learning_rate=0.01"];
    let run =
        [&run[..], &["--set", "patience=2", "--models", "3", "--summary-every", "1"]].concat();
    let trained = |name: &str, epochs: &str| {
        let run = [&run[..], &["--run", name, "--epochs", epochs, "--quiet"]].concat();
        let trained = experiment(dir.path(), &run);
        assert_eq!(trained.status.code(), Some(0), "{}", stderr(&trained));
        record(dir.path(), name)["epochs"].as_u64().unwrap()
    };
    let last = trained("whole", "30");
    trained("cut", &(last - 1).to_string());
    let resume = ["run", "mnist_softmax", "--resume", "--run", "cut", "--summary-every", "1"];
    let resumed = experiment(dir.path(), &[&resume[..], &["--epochs", "30"]].concat());
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    for key in ["metrics", "epochs", "steps"] {
        assert_eq!(record(dir.path(), "whole")[key], record(dir.path(), "cut")[key], "{key}");
    }
    for model in ["", "/model-1", "/model-2", "/model-3"] {
        let [whole, cut] = ["whole", "cut"].map(|run| format!("{run}{model}"));
        assert_same_curves(dir.path(), &whole, &cut);
    }
}
