//! Every experiment that trains on all its examples at once, run by its command, in real TensorBoard.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use runboard::experiments::ALL;
use runboard::trainer::{Recording, describe};
use serde_json::Value;

use crate::shown::{check_counts, check_graph, check_hparams, check_last_values};
use crate::tbcheck::Tbcheck;
use crate::tools::{LOADERS, beside, keys, tensorboard_sees, train_each};

/// Steps that are looked at, and how many are trained.
const STEPS: [i64; 5] = [0, 100, 200, 300, 400];

/// Steps of which there are histograms: every fourth look.
const HISTOGRAM_STEPS: [i64; 2] = [0, 400];

/// Those that are no classifiers, with the values they have of themselves.
fn recordings() -> Vec<Recording> {
    let all = ALL.iter().map(|one| Recording::new(*one, one.hyper_parameters()).unwrap());
    // `pictures.rs` has those that show pictures and no numbers.
    let shows_numbers = |one: &Recording| !one.about.lecture.starts_with("lab 11");
    let recordings: Vec<_> =
        all.filter(|one| one.model.data().is_none()).filter(shows_numbers).collect();
    assert_eq!(recordings.len(), 7); // of XOR, and the chain
    recordings
}

/// Runs each of them shortly; what each printed, by name.
fn train_all(logdir: &Path) -> BTreeMap<String, Value> {
    train_each(&recordings(), logdir, &["--steps", "401", "--summary-every", "100"])
}

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn tensorboard_sees_all_of_every_experiment() {
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("실험 기록");
    let printed = train_all(&logdir);
    for load_fast in LOADERS {
        let seen = tensorboard_sees(&logdir, load_fast, printed.len());
        let runs: Vec<&str> = keys(&seen["runs"]);
        assert_eq!(runs, printed.keys().collect::<Vec<_>>(), "loader {load_fast}");
        for recording in recordings() {
            let name = recording.about.name;
            let of = format!("{name}, loader {load_fast}");
            let run = &seen["runs"][name];
            check_series(run, &recording, &of);
            check_last_values(run, &printed[name], &of);
            check_graph(&run["graph"], &describe(&recording.graph), &of);
            check_ops(&run["graph"], &of);
            check_hparams(&seen["hparams"], &recording, &of);
            assert!(!keys(&run["text"]).is_empty(), "{of}: no text");
        }
    }
}

/// Scalars and histograms: of the cost, of every trained variable, its gradient and its layer.
fn check_series(run: &Value, recording: &Recording, of: &str) {
    let graph = &recording.graph;
    let (mut scalars, mut histograms) = (BTreeSet::new(), BTreeSet::new());
    if recording.model.training_op().is_some() {
        scalars.extend(["cost".to_owned(), "accuracy".to_owned()]);
    }
    for variable in graph.trainable_variables() {
        let name = graph[variable].name();
        histograms.insert(name.to_owned());
        if let Some((layer, _)) = name.split_once('/') {
            histograms.extend([format!("gradients/{name}"), format!("{layer}/output")]);
            scalars.insert(format!("gradient_norm/{layer}"));
        } else {
            scalars.insert(format!("df/d{name}")); // of `backprop_chain`, which has no layers
        }
    }
    for (kind, wanted) in [("scalars", scalars), ("histograms", histograms)] {
        assert!(wanted.len() >= 3, "{of}: {wanted:?}");
        for tag in wanted {
            let points =
                run[kind][&tag].as_array().unwrap_or_else(|| panic!("{of}: no {kind} `{tag}`"));
            let steps: Vec<i64> = points.iter().map(|point| point[0].as_i64().unwrap()).collect();
            if kind == "histograms" {
                assert_eq!(steps, HISTOGRAM_STEPS, "{of}: {kind} `{tag}`");
                check_counts(&points[1][1], &format!("{of}: histogram `{tag}`"));
            } else {
                assert_eq!(steps, STEPS, "{of}: {kind} `{tag}`");
            }
        }
    }
}

/// The operations of the nets, which have layers.
fn check_ops(graph: &Value, of: &str) {
    let nodes = graph.as_array().unwrap();
    let has = |scope: &str| nodes.iter().any(|n| n["name"].as_str().unwrap().starts_with(scope));
    if has("Layer1/") {
        let op = |wanted: &str| nodes.iter().filter(|node| node["op"] == wanted).count();
        assert!(op("MatMul") >= 2 && op("Sigmoid") >= 1, "{of}");
        assert!(op("ApplyGradientDescent") + op("ApplyAdam") >= 2, "{of}: no optimiser");
        assert_eq!(op("Relu") > 0, of.contains("relu"), "{of}");
        assert!(has("Train/"), "{of}: no `Train`");
    }
}

#[test]
#[ignore = "needs real TensorBoard and tbcheck: .ci/run"]
fn another_checker_sees_the_same() {
    let Some(tbcheck) = Tbcheck::from_outside() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("runs");
    train_all(&logdir);
    tbcheck.sees(&logdir, &beside("expect_experiments.json"));
}
