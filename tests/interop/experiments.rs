//! Every experiment, run by its command, in real TensorBoard.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use runboard::experiments::ALL;
use runboard::summary::GraphNode;
use runboard::trainer::{Recording, describe};
use serde_json::Value;

use crate::tools::{
    LOADERS, beside, experiment, from_outside, keys, numbers, python, tensorboard_sees,
};

/// Steps that are looked at, and how many are trained.
const STEPS: [i64; 5] = [0, 100, 200, 300, 400];

/// Steps of which there are histograms: every fourth look.
const HISTOGRAM_STEPS: [i64; 2] = [0, 400];

/// Runs every experiment shortly; what each printed, by name.
fn train_all(logdir: &Path) -> BTreeMap<String, Value> {
    let logdir = logdir.to_str().expect("it is Unicode");
    let train = |name: &str| {
        let said = experiment(&[
            "run",
            name,
            "--logdir",
            logdir,
            "--run",
            name,
            "--steps",
            "401",
            "--summary-every",
            "100",
            "--quiet",
            "--json",
        ]);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{name}: {error}: {said}"))
    };
    ALL.iter()
        .map(|one| one.about().name.to_owned())
        .map(|name| (name.clone(), train(&name)))
        .collect()
}

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn tensorboard_sees_all_of_every_experiment() {
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("실험 기록");
    let printed = train_all(&logdir);
    for load_fast in LOADERS {
        let seen = tensorboard_sees(&logdir, load_fast, ALL.len());
        let runs: Vec<&str> = keys(&seen["runs"]);
        assert_eq!(runs, printed.keys().collect::<Vec<_>>(), "loader {load_fast}");
        for one in ALL {
            let recording = Recording::new(*one, one.hyper_parameters()).unwrap();
            let name = recording.about.name;
            let of = format!("{name}, loader {load_fast}");
            let run = &seen["runs"][name];
            check_series(run, &recording, &of);
            check_last_values(run, &printed[name], &of);
            check_graph(&run["graph"], &describe(&recording.graph), &of);
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

/// A histogram must count something, in buckets that ascend.
fn check_counts(buckets: &Value, of: &str) {
    let buckets: Vec<Vec<f64>> = buckets.as_array().unwrap().iter().map(numbers).collect();
    assert!(!buckets.is_empty(), "{of} has no buckets");
    assert!(buckets.iter().map(|bucket| bucket[2]).sum::<f64>() >= 1.0, "{of} counts nothing");
    assert!(buckets.windows(2).all(|pair| pair[0][1] <= pair[1][0]), "{of}: {buckets:?}");
}

/// What the command printed at its end is the last point that TensorBoard draws.
fn check_last_values(run: &Value, printed: &Value, of: &str) {
    let metrics = &printed["metrics"];
    assert!(keys(metrics).len() >= 2, "{of}: {printed}");
    for tag in keys(metrics) {
        let last = run["scalars"][tag][4][1].as_f64();
        let last = last.unwrap_or_else(|| panic!("{of}: no last value of `{tag}`"));
        let want = metrics[tag].as_f64().unwrap();
        assert!(
            (last - want).abs() <= 1e-6 * want.abs(),
            "{of}: `{tag}` is {last}, printed {want}"
        );
    }
}

/// The graph must be the very one that was run: nodes, edges and shapes.
fn check_graph(graph: &Value, wanted: &[GraphNode], of: &str) {
    let nodes = graph.as_array().unwrap_or_else(|| panic!("{of}: no graph"));
    assert_eq!(nodes.len(), wanted.len(), "{of}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let names: BTreeSet<String> = nodes.iter().map(|node| text(&node["name"])).collect();
    for (node, want) in nodes.iter().zip(wanted) {
        let inputs: Vec<String> = node["inputs"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(
            (text(&node["name"]), text(&node["op"])),
            (want.name.clone(), want.op.clone()),
            "{of}"
        );
        assert_eq!(inputs, want.inputs, "{of}: inputs of `{}`", want.name);
        for input in &inputs {
            assert!(names.contains(input.trim_start_matches('^')), "{of}: `{input}` dangles");
        }
        let shapes = node["shapes"].as_array().unwrap();
        let shapes: Vec<Vec<f64>> = shapes.iter().map(numbers).collect();
        let wanted = want.output_shapes.iter();
        let wanted: Vec<Vec<f64>> =
            wanted.map(|s| s.iter().map(|&size| size as f64).collect()).collect();
        assert_eq!(shapes, wanted, "{of}: shapes of `{}`", want.name);
        assert!(!shapes.is_empty(), "{of}: `{}` has no shape", want.name);
    }
    assert!(names.iter().any(|name| name.starts_with("gradients/")), "{of}: no gradient");
    if names.iter().any(|name| name.starts_with("Layer1/")) {
        let op = |wanted: &str| nodes.iter().filter(|node| node["op"] == wanted).count();
        assert!(op("MatMul") >= 2 && op("Sigmoid") >= 1, "{of}");
        assert!(op("ApplyGradientDescent") + op("ApplyAdam") >= 2, "{of}: no optimiser");
        assert_eq!(op("Relu") > 0, of.contains("relu"), "{of}");
        assert!(names.iter().any(|name| name.starts_with("Train/")), "{of}: no `Train`");
    }
}

fn check_hparams(hparams: &Value, recording: &Recording, of: &str) {
    let name = recording.about.name;
    let groups = hparams["groups"].as_array().unwrap();
    let mine = groups.iter().filter(|group| group["hparams"]["experiment"] == name);
    let mine: Vec<&Value> = mine.collect();
    let [group] = mine.as_slice() else { panic!("{of}: {} of {groups:?}", mine.len()) };
    assert_eq!(group["sessions"][0][0], name, "{of}: the hparams are in another run");
    assert_eq!(group["sessions"][0][1], "STATUS_SUCCESS", "{of}");
    for parameter in recording.hyper.iter() {
        let shown = &group["hparams"][&parameter.name];
        let wanted = parameter.value.to_string();
        let same = match shown {
            Value::String(text) => *text == wanted,
            shown => shown.as_f64() == wanted.parse().ok(),
        };
        assert!(same, "{of}: `{}` is {shown}, want {wanted}", parameter.name);
    }
}

#[test]
#[ignore = "needs real TensorBoard and tbcheck: .ci/run"]
fn another_checker_sees_the_same() {
    // Not everybody has it: it says so itself, and the other tests stand without it.
    let Some(tbcheck) = std::env::var_os("RUNBOARD_TBCHECK") else {
        eprintln!("RUNBOARD_TBCHECK is not set: skipped");
        return;
    };
    from_outside("RUNBOARD_PYTHON");
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("runs");
    train_all(&logdir);
    for load_fast in LOADERS {
        let expect = beside("expect_experiments.json");
        python(
            Path::new(&tbcheck),
            &[
                logdir.as_os_str(),
                "--expect".as_ref(),
                expect.as_os_str(),
                "--load-fast".as_ref(),
                load_fast.as_ref(),
                "--quiet".as_ref(),
            ],
        );
    }
}
