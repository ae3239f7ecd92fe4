//! A sweep in real TensorBoard: the HParams tab has a row for every trial.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::shown::check_last_values;
use crate::tbcheck::Tbcheck;
use crate::tools::{LOADERS, experiment, keys, tensorboard_sees};

/// The values of init and activation that are tried, with seed 17.
const INITS: [&str; 3] = ["he", "xavier", "normal"];
const ACTIVATIONS: [&str; 2] = ["sigmoid", "tanh"];

/// Sweeps in six trials; what each came to, by its run.
fn sweep(logdir: &Path) -> BTreeMap<String, Value> {
    let (inits, activations) = (INITS.join(","), ACTIVATIONS.join(","));
    let (inits, activations) = (format!("init={inits}"), format!("activation={activations}"));
    sweep_of(logdir, &["xor_nn", "--grid", &inits, "--grid", &activations, "--steps", "300"])
}

/// Sweeps; what each trial came to, by its run.
fn sweep_of(logdir: &Path, arguments: &[&str]) -> BTreeMap<String, Value> {
    let logdir = logdir.to_str().expect("it is Unicode");
    let options = ["--logdir", logdir, "--sweep", "격자", "--json"];
    let said = experiment(&[&["sweep"], arguments, &options].concat());
    let said: Value = serde_json::from_str(&said).unwrap();
    let trials = said["trials"].as_array().unwrap().iter();
    let run = |trial: &Value| format!("격자/{}", trial["run"].as_str().unwrap());
    trials.map(|trial| (run(trial), trial.clone())).collect()
}

fn name(init: &str, activation: &str) -> String {
    format!("격자/init={init},activation={activation},seed=17")
}

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn the_hparams_tab_has_every_trial_with_its_values_and_results() {
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("runs");
    let trials = sweep(&logdir);
    assert_eq!(trials.len(), 6);
    for load_fast in LOADERS {
        let seen = tensorboard_sees(&logdir, load_fast, trials.len());
        assert_eq!(keys(&seen["runs"]), trials.keys().collect::<Vec<_>>(), "loader {load_fast}");
        let groups = seen["hparams"]["groups"].as_array().unwrap();
        assert_eq!(groups.len(), 6, "loader {load_fast}: {groups:?}");
        for init in INITS {
            for activation in ACTIVATIONS {
                let run = name(init, activation);
                let of = format!("{run}, loader {load_fast}");
                let is_it = |group: &&Value| {
                    group["hparams"]["init"] == init && group["hparams"]["activation"] == activation
                };
                let mine: Vec<&Value> = groups.iter().filter(is_it).collect();
                let [group] = mine.as_slice() else { panic!("{of}: {} of {groups:?}", mine.len()) };
                assert_eq!(group["sessions"][0], json!([run, "STATUS_SUCCESS"]), "{of}");
                let last = seen["runs"][&run]["scalars"]["cost"].as_array().unwrap().last();
                let last = last.unwrap()[1].as_f64().unwrap();
                let said = trials[&run]["metrics"]["cost"].as_f64().unwrap();
                assert!((last - said).abs() <= 1e-6 * said, "{of}: {last}, said {said}");
            }
        }
    }
}

#[test]
#[ignore = "needs real TensorBoard and tbcheck: .ci/run"]
fn another_checker_sees_every_trial() {
    let Some(tbcheck) = Tbcheck::from_outside() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("runs");
    let trials = sweep(&logdir);
    let runs: BTreeMap<&String, Value> = trials
        .keys()
        .map(|run| (run, json!({"scalars": {"cost": {"last_step": 299, "nonfinite": 0}}})))
        .collect();
    let mut groups = BTreeMap::new();
    for init in INITS {
        for activation in ACTIVATIONS {
            let hparams = json!({"init": init, "activation": activation, "seed": 17});
            groups.insert(name(init, activation), json!({"hparams": hparams}));
        }
    }
    let hparams = json!({"min_groups": 6, "groups": groups});
    let expect = json!({"runs": runs, "exact_runs": true, "hparams": hparams});
    let file = scratch.path().join("expect.json");
    std::fs::write(&file, expect.to_string()).unwrap();
    tbcheck.sees(&logdir, &file);
}

/// A classifier's sweep, of two seeds each.
const OF_CLASSIFIER: [&str; 15] = [
    "mnist_nn_relu",
    "--grid",
    "init=normal,xavier",
    "--grid",
    "activation=sigmoid,relu",
    "--seeds",
    "2",
    "--set",
    "data=mnist_sample",
    "--set",
    "hidden=32,32",
    "--set",
    "batch=20",
    "--set",
    "epochs=2",
];

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn a_classifiers_trials_are_in_the_hparams_tab_and_their_means_in_a_table() {
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("runs");
    let trials = sweep_of(&logdir, &OF_CLASSIFIER);
    assert_eq!(trials.len(), 8);
    for load_fast in LOADERS {
        let seen = tensorboard_sees(&logdir, load_fast, trials.len());
        assert_eq!(keys(&seen["runs"]), trials.keys().collect::<Vec<_>>(), "loader {load_fast}");
        let groups = seen["hparams"]["groups"].as_array().unwrap();
        assert_eq!(groups.len(), 8, "loader {load_fast}: {groups:?}");
        for group in groups {
            let run = group["sessions"][0][0].as_str().unwrap();
            let (set, trial) = (&group["hparams"], &trials[run]);
            for key in ["init", "activation"] {
                assert_eq!(set[key], trial["set"][key], "{run}, loader {load_fast}");
            }
            check_last_values(&seen["runs"][run], trial, &format!("{run}, loader {load_fast}"));
        }
    }
    let logdir = logdir.to_str().unwrap();
    let table = ["compare", "--tag", "test/accuracy", "--group-by", "init,activation"];
    let table = experiment(&[&table[..], &["--logdir", logdir, "--json"]].concat());
    let table: Value = serde_json::from_str(&table).unwrap();
    let groups = table["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 4);
    for group in groups {
        let runs: Vec<&str> =
            group["runs"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let [a, b] = runs[..] else { panic!("two seeds: {runs:?}") };
        let accuracy = |run: &str| trials[run]["metrics"]["test/accuracy"].as_f64().unwrap();
        // Of two numbers the sample's standard deviation is their distance by the root of 2.
        let (a, b) = (accuracy(a), accuracy(b));
        let (mean, std) = ((a + b) / 2.0, (a - b).abs() / 2f64.sqrt());
        assert!((group["mean"].as_f64().unwrap() - mean).abs() < 1e-6, "{group}, want {mean}");
        assert!((group["std"].as_f64().unwrap() - std).abs() < 1e-6, "{group}, want {std}");
    }
}

#[test]
#[ignore = "needs real TensorBoard and tbcheck: .ci/run"]
fn another_checker_sees_every_trial_of_a_classifier() {
    let Some(tbcheck) = Tbcheck::from_outside() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("runs");
    let trials = sweep_of(&logdir, &OF_CLASSIFIER);
    let curve = json!({"min_points": 2, "last_step": 29, "nonfinite": 0});
    let runs: BTreeMap<&String, Value> = trials
        .keys()
        .map(|run| (run, json!({"scalars": {"test/accuracy": curve, "epoch/cost": curve}})))
        .collect();
    let groups: BTreeMap<&String, Value> = trials
        .iter()
        .map(|(run, trial)| {
            let (init, activation) = (&trial["set"]["init"], &trial["set"]["activation"]);
            (run, json!({"hparams": {"init": init, "activation": activation, "epochs": 2}}))
        })
        .collect();
    let hparams = json!({"min_groups": 8, "groups": groups});
    let expect = json!({"runs": runs, "exact_runs": true, "hparams": hparams});
    let file = scratch.path().join("expect.json");
    std::fs::write(&file, expect.to_string()).unwrap();
    tbcheck.sees(&logdir, &file);
}
