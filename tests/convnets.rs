//! The convolutional nets of lab 11 and lec 11-3: their graphs, the same bits however they are
//! trained, every image evaluated, and errors that say what is wrong.

mod training;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use ndarray::Array4;
use runboard::data::{Dataset, Examples};
use runboard::exec::Session;
use runboard::experiments;
use runboard::graph::GraphBuilder;
use runboard::nn::layers::{Sequential, conv2d, dense, flatten, max_pool};
use runboard::nn::{Optimizer, softmax_cross_entropy};
use runboard::trainer::*;
use training::{LastTest, NEVER, bits, options, sample};

fn built(name: &str, changes: &[(&str, &str)]) -> Result<Recording, BuildError> {
    let experiment = experiments::find(name).unwrap();
    let mut hyper = experiment.hyper_parameters();
    for (key, value) in [("data", "mnist_sample")].iter().chain(changes) {
        hyper.set(key, value).unwrap();
    }
    Recording::new(experiment, hyper)
}

/// A net of the same layers, small enough for a test.
const SMALL: [(&str, &str); 4] =
    [("filters", "4,6,8"), ("units", "20"), ("batch", "50"), ("epochs", "3")];

/// The variables at the end of a training that keeps its checkpoints in `dir`.
fn trained(recording: &Recording, options: FitOptions, dir: &Path) -> Vec<(String, Vec<u32>)> {
    let (data, seed) = (sample(), options.seed);
    let checkpoints = CheckpointDir::of_run(dir, 1);
    let options = FitOptions { checkpoints: Some(checkpoints.clone()), ..options };
    Fit::new(recording, &data, options).unwrap().run(&mut []).unwrap();
    let mut session = Session::new(&recording.graph, seed);
    checkpoints.last(recording, seed, None).unwrap().restore(&mut session);
    bits(&recording.graph, &session)
}

#[test]
fn nets_have_the_parameters_that_the_lectures_count() {
    for (name, convolutions, rest) in [
        // 3x3 filters without bias; 4 * 4 * 128 = 2048.
        ("mnist_cnn", 9 * (32 + 32 * 64 + 64 * 128), 2048 * 625 + 625 + 625 * 10 + 10),
        ("mnist_ensemble", 9 * (32 + 32 * 64 + 64 * 128) + 32 + 64 + 128, 1_286_885),
        // 156 + 2,416 + 48,120, 10,164 + 850: 61,706, as LeNet-5 with full connections is known for.
        ("lenet5", 25 * (6 + 6 * 16 + 16 * 120) + 6 + 16 + 120, 120 * 84 + 84 + 84 * 10 + 10),
        // Two convolutions of each width. Gamma and beta for each filter and unit; no bias but the last.
        (
            "mnist_cnn_best",
            9 * (32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128) + 4 * (32 + 64 + 128),
            2048 * 256 + 2 * 256 + 256 * 10 + 10,
        ),
    ] {
        let recording = built(name, &[]).unwrap();
        assert_eq!(recording.graph.parameter_count(), convolutions + rest, "{name}");
    }
}

#[test]
fn the_graph_of_the_lab_has_tensorflows_names_forward_and_backward() {
    let graph = built("mnist_cnn", &[]).unwrap().graph;
    let shape = |name: &str| graph[graph.find(name).unwrap_or_else(|| panic!("{name}"))].shape();
    for (name, want) in [
        ("reshape/Reshape", "[batch, 28, 28, 1]"),
        ("conv2d/kernel", "[3, 3, 1, 32]"),
        ("conv2d/Relu", "[batch, 28, 28, 32]"),
        ("max_pooling2d/MaxPool", "[batch, 14, 14, 32]"),
        ("max_pooling2d_1/MaxPool", "[batch, 7, 7, 64]"),
        ("max_pooling2d_2/MaxPool", "[batch, 4, 4, 128]"),
        ("flatten/Reshape", "[batch, 2048]"),
        ("dense/kernel", "[2048, 625]"),
        ("dense_1/BiasAdd", "[batch, 10]"),
    ] {
        assert_eq!(shape(name).to_string(), want, "{name}");
    }
    assert!(graph.find("conv2d/bias").is_none(), "the lab's convolutions have no bias");
    let names = |scope: &str, op: &str| {
        let nodes = graph.nodes().iter();
        nodes.filter(|node| node.name().starts_with(scope) && node.op().name() == op).count()
    };
    assert_eq!(names("gradients/", "Conv2DBackpropFilter"), 3);
    assert_eq!(names("gradients/", "Conv2DBackpropInput"), 2, "none by the images");
    assert_eq!(names("gradients/", "MaxPoolGrad"), 3);
    assert!(graph.find("Train/conv2d_2/kernel/ApplyAdam").is_some());
}

#[test]
fn weights_are_the_same_bits_on_one_and_two_threads() {
    for (name, changes) in [
        ("mnist_cnn", vec![("filters", "16,32"), ("batch", "100"), ("epochs", "1")]),
        ("mnist_cnn_best", vec![("filters", "8,16"), ("batch", "100"), ("epochs", "1")]),
        ("lenet5", vec![("batch", "100"), ("epochs", "1")]),
    ] {
        let recording = built(name, &changes).unwrap();
        let on = |threads| {
            let dir = tempfile::tempdir().unwrap();
            trained(&recording, FitOptions { threads, ..options() }, dir.path())
        };
        assert!(on(1) == on(2), "{name}: two threads give other bits");
    }
}

#[test]
fn the_labs_convolutions_are_one_instruction_where_images_are_many_and_nobody_asks_for_more() {
    let recording = built("mnist_cnn", &[]).unwrap();
    let logits = recording.graph.find("dense_1/BiasAdd").unwrap();
    let first = recording.graph.find("max_pooling2d/MaxPool").unwrap();
    let session = Session::new(&recording.graph, 0);
    let count = |fetches: &[_], batch| session.plan(fetches, batch).unwrap().instruction_count();
    assert_eq!(count(&[logits], 10) - count(&[logits], 100), 2);
    assert_eq!(count(&[logits, first], 10) - count(&[logits, first], 100), 1);
}

#[test]
fn a_training_that_goes_on_from_a_checkpoint_ends_with_the_same_bits() {
    let data = sample();
    for name in ["mnist_cnn", "mnist_cnn_best"] {
        let recording = built(name, &SMALL).unwrap();
        let whole = trained(&recording, options(), tempfile::tempdir().unwrap().path());

        let dir = tempfile::tempdir().unwrap();
        let checkpoints = CheckpointDir::of_run(dir.path(), 5);
        // In the middle of the second epoch of 6 steps.
        let cut =
            FitOptions { steps: Some(9), checkpoints: Some(checkpoints.clone()), ..options() };
        Fit::new(&recording, &data, cut).unwrap().run(&mut []).unwrap();
        let checkpoint = checkpoints.last(&recording, 3, None).unwrap();
        assert_eq!(checkpoint.position.step, 6);
        let on = FitOptions { checkpoints: Some(checkpoints.clone()), ..options() };
        let mut fit = Fit::new(&recording, &data, on).unwrap();
        fit.resume(&checkpoint);
        assert_eq!(fit.run(&mut []).unwrap().steps, 18);
        let mut session = Session::new(&recording.graph, 3);
        checkpoints.last(&recording, 3, None).unwrap().restore(&mut session);
        assert!(bits(&recording.graph, &session) == whole, "{name}");
    }
}

#[test]
fn the_last_images_are_evaluated_though_they_fill_no_batch() {
    let data = sample();
    let part = |from: usize, to: usize| {
        let pixels = (from..to).flat_map(|index| data.train.image(index).to_vec()).collect();
        Examples::new(28, 28, pixels, data.train.labels()[from..to].to_vec())
    };
    let recording = built("mnist_cnn", &SMALL).unwrap();
    let evaluated = |test: Examples| {
        let data = Dataset { test, ..data.clone() };
        let mut last = LastTest::default();
        let options = FitOptions { steps: Some(4), ..options() };
        Fit::new(&recording, &data, options).unwrap().run(&mut [&mut last]).unwrap();
        last.0.unwrap()
    };
    // Batches of 100, 100 and 30.
    let all = evaluated(part(0, 230));
    assert_eq!(all.logits.len(), 230 * 10);
    assert_eq!(all.logits[200 * 10..], evaluated(part(200, 230)).logits);
    let labels = &data.train.labels()[..230];
    let right =
        all.predicted().zip(labels).filter(|(predicted, label)| predicted == *label).count();
    assert_eq!(all.accuracy, right as f64 / 230.0);
}

#[test]
fn settings_and_data_that_cannot_be_are_told_by_name() {
    let error = |key, value| built("mnist_cnn", &[(key, value)]).unwrap_err().to_string();
    let whole = "want a whole number of at least 1";
    assert_eq!(error("batch", "0"), format!("hyper-parameter `batch`: got `0`, {whole}"));
    assert_eq!(error("batch", "2.5"), format!("hyper-parameter `batch`: got `2.5`, {whole}"));
    assert!(error("filters", "32,0").starts_with("hyper-parameter `filters`: got `32,0`"));
    assert!(error("shift", "-1").starts_with("hyper-parameter `shift`: got `-1`"));
    assert!(error("keep_prob", "0").starts_with("hyper-parameter `keep_prob`: got `0`"));
    let stddev = error("filter_stddev", "-1");
    assert!(stddev.starts_with("hyper-parameter `filter_stddev`: got `-1`"), "{stddev}");

    let refused = |recording: &Recording, data: &Dataset| match Fit::new(recording, data, options())
    {
        Err(error @ TrainError::Data { .. }) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is accepted"),
    };
    let recording = built("mnist_cnn", &[("batch", "301")]).unwrap();
    assert_eq!(
        refused(&recording, &sample()),
        "data set `mnist_sample`: 300 training images, want at least a batch of 301"
    );
    let recording = built("lenet5", &[("batch", "2")]).unwrap();
    for (rows, columns, want) in [(14, 56, "14x56 pixels, want 28x28"), (32, 32, "want 784 pixels")]
    {
        let examples = Examples::new(rows, columns, vec![0; 3 * rows * columns], vec![0; 3]);
        let (train, validation, test) = (examples.clone(), examples.clone(), examples);
        let data = Dataset { train, validation, test, classes: 10 };
        let told = refused(&recording, &data);
        assert!(told.ends_with(want), "{told}");
    }
}

/// A net that is always fed the same four images.
struct Fixed {
    pixel: f32,
}

impl Experiment for Fixed {
    fn about(&self) -> About {
        let claim = Claim { text: "none", holds: |_| true, seeds: Seeds { held: 0, of: 0 } };
        let schedule = Schedule { steps: 2, every: 1 };
        About { name: "fixed", lecture: "none", summary: "none", schedule, claim }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new()
    }

    fn build(&self, g: &mut GraphBuilder, _: &HyperParameters) -> Result<Model, BuildError> {
        let mut images = Array4::from_elem((4, 6, 6, 1), 0.5);
        images[[2, 3, 1, 0]] = self.pixel;
        let mut model = Model::new();
        let x = model.input(g, "X", &images)?;
        let y = model.input(g, "Y", &ndarray::array![[1., 0.], [0., 1.], [1., 0.], [0., 1.]])?;
        let net = Sequential::new()
            .add(conv2d(3, 3).same().relu())
            .add(max_pool(2))
            .add(flatten())
            .add(dense(4).relu())
            .add(dense(2));
        let logits = model.sequential(g, x, &net)?;
        let cost = g.scope("Cost", |g| softmax_cross_entropy(g, logits, y))?;
        model.minimize(g, Optimizer::adam(0.001), cost)?;
        Ok(model)
    }
}

#[test]
fn an_image_with_a_pixel_that_is_no_number_is_an_error_with_its_node_and_place() {
    let train = |pixel| {
        let recording = Recording::new(&Fixed { pixel }, HyperParameters::new()).unwrap();
        let schedule = recording.about.schedule;
        let options = RunOptions { seed: 1, schedule, stop: &NEVER };
        recording.train(&options, &mut []).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(train(0.25), Ok(()));
    assert_eq!(train(f32::NAN), Err("`X`: fed NaN in row 2 of the batch".to_owned()));
}

fn command(logdir: &Path, arguments: &[&str]) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    let output = command.args(arguments).arg("--json").arg("--logdir").arg(logdir).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn as_many_images_are_held_out_as_an_experiment_is_told() {
    let logdir = tempfile::tempdir().unwrap();
    let small = "run mnist_cnn_best --set data=mnist_sample --set filters=4 --set units=8 \
                 --set batch=10 --set epochs=1 --set";
    let with = |validation: &'static str| -> Vec<&str> {
        small.split_whitespace().chain([validation]).collect()
    };
    // Of the 400 that are not for testing the others are trained on, 10 a step.
    assert_eq!(command(logdir.path(), &with("validation=20"))["steps"], 38);
    let mut experiment = Command::new(env!("CARGO_BIN_EXE_experiment"));
    experiment.args(with("validation=400")).arg("--logdir").arg(logdir.path());
    let output = experiment.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let want =
        "error: hyper-parameter `validation`: got `400`, want a whole number from 1 to 399\n";
    assert!(stderr.starts_with(want), "{stderr}");
}

#[test]
fn where_too_few_are_held_out_to_choose_an_epoch_the_last_one_answers() {
    let logdir = tempfile::tempdir().unwrap();
    // Of one image all epochs are right or wrong about alike, or nearly: an early one is the best.
    let run = "run mnist_cnn_best --run few --set data=mnist_sample --set filters=4 --set units=8 \
               --set validation=1 --set epochs=6";
    let said = command(logdir.path(), &run.split_whitespace().collect::<Vec<_>>());
    assert!(said["metrics"]["best/epoch"].as_f64().unwrap() < 6.0, "{said}");
    let answer = command(logdir.path(), &["predict", "few", "--index", "0"]);
    assert_eq!(answer["epochs"], serde_json::json!([6]));
}

#[test]
fn the_ensemble_has_two_models_unless_told_otherwise() {
    let logdir = tempfile::tempdir().unwrap();
    let small = ["data=mnist_sample", "filters=4", "units=8", "batch=100", "epochs=1"];
    let small: Vec<&str> = small.iter().flat_map(|set| ["--set", set]).collect();
    let models = |run: &str, more: &[&str]| {
        let run = ["run", "mnist_ensemble", "--run", run];
        let said = command(logdir.path(), &[&run[..], &small, more].concat());
        let tags: BTreeSet<String> = said["metrics"].as_object().unwrap().keys().cloned().collect();
        tags.iter().filter(|tag| tag.starts_with("test/accuracy/model-")).count()
    };
    assert_eq!(models("two", &[]), 2);
    assert!(logdir.path().join("two/model-2/checkpoints").is_dir());
    assert_eq!(models("three", &["--models", "3"]), 3);
    assert_eq!(models("one", &["--models", "1"]), 0, "it is a run as all others");
    // The two that are summed are not the same one twice.
    let ask = ["predict", "two", "--index", "0"];
    assert_eq!(command(logdir.path(), &ask)["epochs"].as_array().unwrap().len(), 2);
}
