//! Every experiment that trains in mini-batches, run by its command, in real TensorBoard.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use runboard::experiments::ALL;
use runboard::trainer::{Recording, describe};
use serde_json::{Value, json};

use crate::shown::{check_counts, check_graph, check_hparams, check_last_values};
use crate::tbcheck::Tbcheck;
use crate::tools::{LOADERS, beside, keys, tensorboard_sees, train_each};

/// The sample has 300 training images: 15 batches an epoch.
const CHANGED: [(&str, &str); 3] = [("data", "mnist_sample"), ("batch", "20"), ("epochs", "3")];

/// Every fifth step, and the last of 45.
const STEPS: [i64; 10] = [0, 5, 10, 15, 20, 25, 30, 35, 40, 44];

/// Steps of which there are histograms: every fourth look, and the last.
const HISTOGRAM_STEPS: [i64; 4] = [0, 20, 40, 44];

/// The last steps of the epochs.
const EPOCHS: [i64; 3] = [14, 29, 44];

/// The fully connected classifiers, as they are trained here.
fn recordings() -> Vec<Recording> {
    let mut recordings = Vec::new();
    for one in ALL {
        let mut hyper = one.hyper_parameters();
        if !hyper.iter().any(|parameter| parameter.name == "hidden") {
            continue;
        }
        for (name, value) in CHANGED {
            hyper.set(name, value).unwrap();
        }
        recordings.push(Recording::new(*one, hyper).unwrap());
    }
    assert_eq!(recordings.len(), 6);
    recordings
}

/// Runs each of them shortly; what each printed, by name.
fn train_all(logdir: &Path) -> BTreeMap<String, Value> {
    let sets = CHANGED.map(|(name, value)| format!("{name}={value}"));
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    let options: Vec<&str> = sets.chain(["--summary-every", "5"]).collect();
    train_each(&recordings(), logdir, &options)
}

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn tensorboard_sees_all_of_every_classifier() {
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("숫자 기록");
    let printed = train_all(&logdir);
    for load_fast in LOADERS {
        let seen = tensorboard_sees(&logdir, load_fast, printed.len());
        let runs: Vec<&str> = keys(&seen["runs"]);
        assert_eq!(runs, printed.keys().collect::<Vec<_>>(), "loader {load_fast}");
        for recording in recordings() {
            let name = recording.about.name;
            let of = format!("{name}, loader {load_fast}");
            let run = &seen["runs"][name];
            let layers = layers(&recording);
            check_scalars(&run["scalars"], &layers, &of);
            check_histograms(&run["histograms"], &layers, &of);
            check_last_values(run, &printed[name], &of);
            check_best_epoch(&run["scalars"], &printed[name]["metrics"], &of);
            check_graph(&run["graph"], &describe(&recording.graph), &of);
            check_ops(&run["graph"], name, layers.len(), &of);
            check_pictures(run, &layers, &of);
            check_hparams(&seen["hparams"], &recording, &of);
            assert_eq!(keys(&run["text"]), ["description", "test/confusion_table"], "{of}");
            let drawn = json!({"epoch/cost": 3, "validation/cost": 3, "test/cost": 3});
            assert_eq!(seen["charts"]["cost"][name], drawn, "{of}");
            let drawn = json!({"validation/accuracy": 3, "test/accuracy": 3});
            assert_eq!(seen["charts"]["accuracy"][name], drawn, "{of}");
        }
    }
}

/// The names of the layers, from that which sees the pixels to that which gives the logits.
fn layers(recording: &Recording) -> Vec<String> {
    let hidden = recording.hyper.sizes("hidden").unwrap().len();
    let layers = (1..=hidden).map(|i| format!("Layer{i}"));
    layers.chain(["Output".to_owned()]).collect()
}

fn steps(points: &Value) -> Vec<i64> {
    let points = points.as_array().into_iter().flatten();
    points.map(|point| point[0].as_i64().unwrap()).collect()
}

/// All scalars and no others; the steps also tell that none is there twice.
fn check_scalars(scalars: &Value, layers: &[String], of: &str) {
    let of_epochs = ["epoch/cost", "epoch/learning_rate", "validation/cost", "validation/accuracy"];
    let of_epochs = of_epochs.into_iter().chain(["test/cost", "test/accuracy"]);
    let of_looks = ["cost".to_owned(), "accuracy".to_owned()].into_iter();
    let of_looks = of_looks.chain(layers.iter().map(|layer| format!("gradient_norm/{layer}")));
    let wanted: BTreeMap<String, &[i64]> = of_epochs
        .map(|tag| (tag.to_owned(), &EPOCHS[..]))
        .chain(of_looks.map(|tag| (tag, &STEPS[..])))
        .collect();
    assert_eq!(keys(scalars), wanted.keys().collect::<Vec<_>>(), "{of}");
    for (tag, want) in wanted {
        assert_eq!(steps(&scalars[&tag]), want, "{of}: scalar `{tag}`");
        for point in scalars[&tag].as_array().unwrap() {
            let value = point[1].as_f64().unwrap_or(f64::NAN);
            let most = if tag.ends_with("accuracy") { 1.0 } else { f64::MAX };
            assert!((0.0..=most).contains(&value), "{of}: scalar `{tag}` is {value}");
        }
    }
}

/// Weights, biases, what flows out of each layer, and the gradients.
fn check_histograms(histograms: &Value, layers: &[String], of: &str) {
    let mut wanted = BTreeSet::new();
    for layer in layers {
        wanted.extend(["weight", "bias", "output"].map(|what| format!("{layer}/{what}")));
        wanted.extend(["weight", "bias"].map(|what| format!("gradients/{layer}/{what}")));
    }
    assert_eq!(keys(histograms), wanted.iter().collect::<Vec<_>>(), "{of}");
    for tag in wanted {
        let points = &histograms[&tag];
        assert_eq!(steps(points), HISTOGRAM_STEPS, "{of}: histogram `{tag}`");
        for i in 0..HISTOGRAM_STEPS.len() {
            check_counts(&points[i][1], &format!("{of}: histogram `{tag}`"));
        }
    }
}

/// The best epoch that was printed is the highest point of the curve.
fn check_best_epoch(scalars: &Value, printed: &Value, of: &str) {
    let curve = scalars["validation/accuracy"].as_array().unwrap().iter();
    let curve: Vec<f64> = curve.map(|point| point[1].as_f64().unwrap()).collect();
    let best = printed["best/validation/accuracy"].as_f64().unwrap();
    let highest = curve.iter().copied().fold(0.0, f64::max);
    assert!((highest - best).abs() < 1e-6, "{of}: {curve:?}, printed {best}");
    let epoch = printed["best/epoch"].as_f64().unwrap() as usize;
    assert!((curve[epoch - 1] - best).abs() < 1e-6, "{of}: {curve:?}, printed epoch {epoch}");
}

/// The operations that make the experiments different.
fn check_ops(graph: &Value, name: &str, layers: usize, of: &str) {
    let nodes = graph.as_array().unwrap();
    let op = |wanted: &str| nodes.iter().filter(|node| node["op"] == wanted).count();
    let inputs = |wanted: &str| {
        let node = nodes.iter().find(|node| node["name"] == wanted);
        node.unwrap_or_else(|| panic!("{of}: no `{wanted}`"))["inputs"].clone()
    };
    let hidden = layers - 1;
    // Forwards once, backwards twice: but for the pixels, which take no gradient.
    assert_eq!(op("MatMul"), 3 * layers - 1, "{of}");
    assert_eq!(op("SoftmaxCrossEntropyWithLogits"), 1, "{of}");
    let (sigmoids, relus) = if name.contains("sigmoid") { (hidden, 0) } else { (0, hidden) };
    assert_eq!((op("Sigmoid"), op("Relu")), (sigmoids, relus), "{of}");
    let is_sgd = ["mnist_softmax", "mnist_nn_sigmoid"].contains(&name);
    let (sgd, adam) = if is_sgd { (2 * layers, 0) } else { (0, 2 * layers) };
    assert_eq!((op("ApplyGradientDescent"), op("ApplyAdam")), (sgd, adam), "{of}");

    let dropouts = if name == "mnist_nn_dropout" { hidden } else { 0 };
    assert_eq!((op("RandomMask"), op("InTraining")), (dropouts, dropouts), "{of}");
    for i in 0..dropouts {
        // Names that are taken get a number, as TensorFlow's do.
        let scope = if i == 0 { "dropout".to_owned() } else { format!("dropout_{i}") };
        let [before, after] = [i + 1, i + 2].map(|layer| format!("Layer{layer}"));
        let after = if i + 1 == hidden { "Output" } else { &after };
        let relu = format!("{before}/Relu");
        let dropped = format!("{scope}/Mul");
        assert_eq!(inputs(&dropped), json!([relu, format!("{scope}/RandomMask")]), "{of}");
        assert_eq!(inputs(&format!("{scope}/InTraining")), json!([dropped, relu]), "{of}");
        let next = inputs(&format!("{after}/MatMul"));
        assert_eq!(next[0], json!(format!("{scope}/InTraining")), "{of}");
    }
}

/// That they are there, and of which epochs; `pictures.rs` looks at them.
fn check_pictures(run: &Value, layers: &[String], of: &str) {
    let weights = format!("weights/{}", layers[0]);
    let images = &run["images"];
    assert_eq!(keys(images), ["test/confusion_matrix", "test/mistakes", &weights], "{of}");
    assert_eq!(steps(&images["test/confusion_matrix"]), EPOCHS, "{of}");
    assert_eq!(steps(&images[&weights]), EPOCHS, "{of}");
    assert_eq!(steps(&images["test/mistakes"]), EPOCHS[2..], "{of}");
    let curves: Vec<String> = (0..10).map(|class| format!("test/pr/{class}")).collect();
    assert_eq!(keys(&run["pr_curves"]), curves, "{of}");
    for tag in curves {
        assert_eq!(steps(&run["pr_curves"][&tag]), EPOCHS[2..], "{of}: `{tag}`");
    }
}

#[test]
#[ignore = "needs real TensorBoard and tbcheck: .ci/run"]
fn another_checker_sees_the_same_of_classifiers() {
    let Some(tbcheck) = Tbcheck::from_outside() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("runs");
    train_all(&logdir);
    tbcheck.sees(&logdir, &beside("expect_classifiers.json"));
}
