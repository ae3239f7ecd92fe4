//! A run that was killed and resumed, in real TensorBoard: its curves are those of a whole run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use runboard::logdir::Logdir;
use serde_json::json;

use crate::tbcheck::Tbcheck;
use crate::tools::{LOADERS, experiment, keys, tensorboard_sees};

/// Trains, in 6 epochs of 15 batches.
fn training<'a>(logdir: &'a str, run: &'a str) -> Vec<&'a str> {
    let name = ["run", "mnist_nn_dropout", "--run", run, "--logdir", logdir];
    let sets = ["--set", "data=mnist_sample", "--set", "batch=20", "--epochs", "6"];
    [&name[..], &sets, &["--summary-every", "4"]].concat()
}

/// Starts a run and kills it once it has printed so many epochs.
fn killed_after(epochs: usize, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    let command = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = lines.map_while(Result::ok).filter(|line| line.starts_with("epoch ")).take(epochs);
    assert_eq!(seen.count(), epochs);
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
}

/// Leaves the oldest checkpoint alone, as a kill before the next does; its epoch.
///
/// What was logged after it is logged again.
fn forget_newer_checkpoints(run: &Path) -> i64 {
    let entries = fs::read_dir(run.join("checkpoints")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let epoch_of = |path: &Path| path.file_stem()?.to_str()?.strip_prefix("epoch-")?.parse().ok();
    let oldest = paths.iter().filter_map(|path| epoch_of(path)).next().expect("it has saved one");
    for path in paths.iter().filter(|path| epoch_of(path) != Some(oldest)) {
        fs::remove_file(path).unwrap();
    }
    oldest
}

/// The last step of which a run has a scalar.
fn last_step(logdir: &str, run: &str) -> i64 {
    let mut opened = Logdir::new(logdir);
    opened.poll(); // The end may be cut.
    *opened.run(run).unwrap().scalar("cost").unwrap().steps().last().unwrap()
}

/// Trains three runs: one whole, one that is killed and goes on, and one that does so from a checkpoint
/// before what it had logged.
fn train(logdir: &Path) {
    let logdir_text = logdir.to_str().unwrap();
    experiment(&training(logdir_text, "whole"));
    for run in ["killed", "killed early"] {
        killed_after(2, &training(logdir_text, run));
        let record = fs::read_to_string(logdir.join(run).join("run.json")).unwrap();
        assert!(record.contains("\"running\""), "{run}: {record}");
        if run == "killed early" {
            let epoch = forget_newer_checkpoints(&logdir.join(run));
            let logged = last_step(logdir_text, run);
            assert!(logged >= epoch * 15, "step {logged}: nothing of epoch {epoch} + 1 is there");
        }
        let resume = ["run", "mnist_nn_dropout", "--run", run, "--resume"];
        let options = ["--summary-every", "4", "--quiet", "--logdir", logdir_text];
        experiment(&[&resume[..], &options].concat());
    }
}

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn tensorboard_draws_one_curve_of_a_resumed_run() {
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("이어서");
    train(&logdir);
    for load_fast in LOADERS {
        let seen = tensorboard_sees(&logdir, load_fast, 3);
        let whole = &seen["runs"]["whole"];
        // 2 of looks, 5 of gradients, 6 of epochs.
        assert_eq!(keys(&whole["scalars"]).len(), 13, "loader {load_fast}");
        for run in ["killed", "killed early"] {
            let resumed = &seen["runs"][run];
            for kind in ["scalars", "histograms"] {
                let tags = keys(&whole[kind]);
                assert_eq!(keys(&resumed[kind]), tags, "{run}, loader {load_fast}");
                for tag in tags {
                    let points = whole[kind][tag].as_array().unwrap();
                    assert!(points.len() >= 6, "`{tag}`: {points:?}");
                    let steps: Vec<_> = points.iter().map(|point| point[0].as_i64()).collect();
                    assert!(steps.is_sorted_by(|a, b| a < b), "`{tag}`: {steps:?}");
                    let of = format!("{kind} `{tag}` of {run}, loader {load_fast}");
                    assert_eq!(&resumed[kind][tag], &whole[kind][tag], "{of}");
                }
            }
        }
    }
}

#[test]
#[ignore = "needs real TensorBoard and tbcheck: .ci/run"]
fn another_checker_sees_as_much_of_a_resumed_run_as_of_a_whole_one() {
    let Some(tbcheck) = Tbcheck::from_outside() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("이어서");
    train(&logdir);
    // Of 90 steps every fourth and the last: 0 to 88 and 89. Every epoch has one of its own.
    let look = json!({"points": 24, "last_step": 89, "nonfinite": 0, "strictly_increasing": true});
    let epoch = json!({"points": 6, "last_step": 89, "nonfinite": 0, "strictly_increasing": true});
    let run = json!({"scalars": {"cost": look, "test/accuracy": epoch}});
    let runs = json!({"whole": run, "killed": run, "killed early": run});
    let file = scratch.path().join("expect.json");
    fs::write(&file, json!({"runs": runs, "exact_runs": true}).to_string()).unwrap();
    tbcheck.sees(&logdir, &file);
}
