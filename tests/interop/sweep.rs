//! A sweep in real TensorBoard: the HParams tab has a row for every trial.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::tbcheck::Tbcheck;
use crate::tools::{LOADERS, experiment, keys, tensorboard_sees};

/// The values of init and activation that are tried, with seed 17.
const INITS: [&str; 3] = ["he", "xavier", "normal"];
const ACTIVATIONS: [&str; 2] = ["sigmoid", "tanh"];

/// Sweeps in six trials; what each came to, by its run.
fn sweep(logdir: &Path) -> BTreeMap<String, Value> {
    let logdir = logdir.to_str().expect("it is Unicode");
    let (inits, activations) = (INITS.join(","), ACTIVATIONS.join(","));
    let said = experiment(&[
        "sweep",
        "xor_nn",
        "--grid",
        &format!("init={inits}"),
        "--grid",
        &format!("activation={activations}"),
        "--steps",
        "300",
        "--logdir",
        logdir,
        "--sweep",
        "격자",
        "--json",
    ]);
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
