//! What cannot be run is told before anything is.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::{answer, assert_fails, experiment, text};

#[test]
fn mistakes_are_told_before_anything_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = |arguments: &[&str]| experiment(dir.path(), &[&["sweep"], arguments].concat());
    assert_fails(&sweep(&["xor_n"]), 2, "unknown experiment `xor_n`", "did you mean `xor_nn`?");
    let output = sweep(&["xor_nn", "--grid", "inti=he"]);
    assert_fails(&output, 2, "unknown hyper-parameter `inti`", "did you mean `init`?");
    let output = sweep(&["xor_nn", "--grid", "init="]);
    assert_fails(&output, 2, "`--grid init=`: no values", "as in `--grid init=xavier,he`");
    let output = sweep(&["xor_nn", "--grid", "init=he", "--sweep", "../out"]);
    assert_fails(
        &output,
        2,
        "run name `../out`: want names joined by `/`",
        "as in `--sweep first/",
    );
    let output = sweep(&["xor_nn", "--grid", "init=hee"]);
    assert_fails(&output, 2, "hyper-parameter `init`: got `hee`", "`experiment list` shows");
    let differ = ["--grid", "batch=10,20", "--epochs", "2", "--set", "epochs=3"];
    let output = sweep(&[&["mnist_softmax"], &differ[..]].concat());
    assert_fails(&output, 2, "`--epochs 2` and `--set epochs=3` differ", "give one of them");
    let output = sweep(&["backprop_chain"]);
    assert_fails(&output, 2, "nothing to sweep `backprop_chain` over", "`--seeds N`");
    assert_eq!(sweep(&["rerun", "runs"]).status.code(), Some(2), "rerun of what?");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is made of a mistake");

    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let output = sweep(&["xor_nn", "--grid", "init=he", "--logdir", "file"]);
    assert_fails(&output, 1, "cannot write plan `file/", "choose another directory");
}

#[test]
fn a_damaged_plan_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let line = |experiment: &str, init: &str| {
        json!({"experiment": experiment, "seed": 0, "run": init, "set": {"init": init}}).to_string()
    };
    let run = |lines: &[String]| {
        fs::write(dir.path().join("plan.jsonl"), lines.join("\n")).unwrap();
        experiment(dir.path(), &["sweep", "run", "plan.jsonl"])
    };
    let good = line("xor_nn", "he");
    let output = run(&[good.clone(), String::new(), good[..40].to_owned()]);
    assert_fails(&output, 1, "plan `plan.jsonl`, line 3: not JSON at column 40", "a JSON object");
    let output = run(&[good.clone(), good.clone()]);
    assert_fails(&output, 1, "plan `plan.jsonl`, line 2: the run `he` is that of line 1", "");
    let output = run(&[good.clone(), line("xor_nm", "xavier")]);
    assert_fails(&output, 2, "task 1: unknown experiment `xor_nm`", "did you mean `xor_nn`?");
    let output = run(&[good.clone(), line("xor_nn", "xaviar")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("task 1: hyper-parameter `init`: got `xaviar`"));
    let files: Vec<PathBuf> =
        fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files, [dir.path().join("plan.jsonl")], "nothing ran");
    let output = run(&[]);
    assert_fails(&output, 1, "plan `plan.jsonl` has no trials", "`experiment sweep plan NAME`");
    let output = experiment(dir.path(), &["sweep", "status", "none"]);
    assert_fails(&output, 1, "cannot read plan `none`: ", "`experiment sweep plan NAME`");
}

#[test]
fn damaged_data_is_told_once_as_a_run_tells_it_before_any_trial_begins() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    for file in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
        fs::write(data.join(format!("{file}-ubyte")), "no images").unwrap();
    }
    let alone = experiment(dir.path(), &["run", "mnist_softmax", "--data-dir", "data"]);
    assert_fails(&alone, 1, "`data/train-images-idx3-ubyte`: ", "--data-dir data` replaces");
    let grid = ["--grid", "batch=10,20", "--sweep", "s", "--data-dir", "data"];
    let output = experiment(dir.path(), &[&["sweep", "mnist_softmax"], &grid[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), text(&alone.stderr));
    let status = answer(&experiment(dir.path(), &["sweep", "status", "runs/s", "--json"]));
    assert_eq!(status["counts"]["pending"], 2, "{status}");
}
