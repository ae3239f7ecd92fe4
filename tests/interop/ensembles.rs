//! An ensemble in real TensorBoard: the curves of each model and of all together.

use std::path::Path;

use serde_json::{Value, json};

use crate::shown::check_last_values;
use crate::tbcheck::Tbcheck;
use crate::tools::{LOADERS, experiment, keys, tensorboard_sees};

/// Trains two models; what the command printed.
fn train(logdir: &Path) -> Value {
    let run = ["run", "mnist_nn_xavier", "--models", "2", "--run", "둘", "--json", "--quiet"];
    let short = ["--set", "data=mnist_sample", "--set", "batch=20", "--epochs", "3"];
    let logdir = ["--logdir", logdir.to_str().expect("it is Unicode")];
    serde_json::from_str(&experiment(&[&run[..], &short, &logdir].concat())).unwrap()
}

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn tensorboard_draws_the_accuracy_of_each_model_and_of_the_ensemble() {
    let scratch = tempfile::tempdir().unwrap();
    let printed = train(scratch.path());
    let metrics = keys(&printed["metrics"]);
    for tag in ["test/accuracy", "test/accuracy/model-1", "test/accuracy/model-2"] {
        assert!(metrics.contains(&tag), "{metrics:?}");
    }
    for load_fast in LOADERS {
        let seen = tensorboard_sees(scratch.path(), load_fast, 3);
        assert_eq!(keys(&seen["runs"]), ["둘", "둘/model-1", "둘/model-2"], "loader {load_fast}");
        let ensemble = &seen["runs"]["둘"];
        check_last_values(ensemble, &printed, &format!("the ensemble, loader {load_fast}"));
        // A model's own curve is the one that the ensemble's run has of it.
        for model in ["model-1", "model-2"] {
            let alone = &seen["runs"][format!("둘/{model}")]["scalars"]["test/accuracy"];
            let told = &ensemble["scalars"][format!("test/accuracy/{model}")];
            let points = |curve: &Value| -> Vec<(Value, Value)> {
                let points = curve.as_array().unwrap().iter();
                points.map(|point| (point[0].clone(), point[1].clone())).collect()
            };
            assert_eq!(points(told).len(), 3, "{model}, loader {load_fast}: an epoch each");
            assert_eq!(points(alone), points(told), "{model}, loader {load_fast}");
        }
    }
}

#[test]
#[ignore = "needs real TensorBoard and tbcheck: .ci/run"]
fn another_checker_sees_the_models_and_the_ensemble() {
    let Some(tbcheck) = Tbcheck::from_outside() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("runs");
    train(&logdir);
    let curve = json!({"min_points": 3, "last_step": 44, "nonfinite": 0});
    let ensemble = json!({"scalars": {
        "test/accuracy": curve, "test/accuracy/model-1": curve, "test/accuracy/model-2": curve,
    }});
    let model = json!({
        "scalars": {"test/accuracy": curve, "cost": {"last_step": 44, "nonfinite": 0}},
        "histograms": {"re:.*weight.*": {"min_points": 1, "min_buckets": 1, "min_tags": 4}},
    });
    let runs = json!({"둘": ensemble, "둘/model-1": model, "둘/model-2": model});
    let file = scratch.path().join("expect.json");
    std::fs::write(&file, json!({"runs": runs, "exact_runs": true}).to_string()).unwrap();
    tbcheck.sees(&logdir, &file);
}
