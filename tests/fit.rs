//! Classifiers are trained on mini-batches: the same bits on any number of threads, whoever looks,
//! and whether or not the training was interrupted.

mod training;

use std::path::Path;

use ndarray::Array2;
use runboard::data::{Dataset, Examples};
use runboard::exec::{Origin, Session};
use runboard::experiments;
use runboard::graph::{GraphBuilder, Op};
use runboard::summary::WriteError;
use runboard::trainer::{
    About, BuildError, Checkpoint, CheckpointDir, CheckpointError, Claim, EpochEnd, Evaluation,
    Experiment, Fit, FitOptions, HyperParameters, Look, Model, NanWatch, Observer, Predictor,
    Recording, RunOptions, Schedule, Seeds, TrainError, train_ensemble,
};
use safetensors::tensor::{SafeTensors, TensorView, serialize};
use training::{LastTest, bits, options, sample};

/// A small net with everything that has a state: dropout, batch normalisation, Adam.
fn recording(changes: &[(&str, &str)]) -> Recording {
    let experiment = experiments::find("mnist_nn_dropout").unwrap();
    let mut hyper = experiment.hyper_parameters();
    let small = [
        ("data", "mnist_sample"),
        ("hidden", "96,64"),
        ("batch_norm", "1"),
        ("batch", "50"),
        ("epochs", "3"),
    ];
    for (key, value) in small.iter().chain(changes) {
        hyper.set(key, value).unwrap();
    }
    Recording::new(experiment, hyper).unwrap()
}

/// Keeps the variables after each epoch, by way of a checkpoint.
fn trained(
    recording: &Recording,
    data: &Dataset,
    options: FitOptions,
    dir: &Path,
) -> Vec<(String, Vec<u32>)> {
    let seed = options.seed;
    let checkpoints = CheckpointDir::of_run(dir, 1);
    let options = FitOptions { checkpoints: Some(checkpoints.clone()), ..options };
    Fit::new(recording, data, options).unwrap().run(&mut []).unwrap();
    let mut session = Session::new(&recording.graph, seed);
    checkpoints.last(recording, seed, None).unwrap().restore(&mut session);
    bits(&recording.graph, &session)
}

#[test]
fn weights_are_the_same_bits_on_one_two_and_three_threads() {
    let (data, recording) = (sample(), recording(&[("hidden", "300,200"), ("l2", "0.001")]));
    let on = |threads| {
        let dir = tempfile::tempdir().unwrap();
        trained(&recording, &data, FitOptions { threads, ..options() }, dir.path())
    };
    let one = on(1);
    assert!(one == on(2), "two threads give other bits");
    assert!(one == on(3), "three threads give other bits");
    let dir = tempfile::tempdir().unwrap();
    let other = trained(&recording, &data, FitOptions { seed: 4, ..options() }, dir.path());
    assert!(one != other, "another seed gives other bits");
}

#[test]
fn looking_changes_nothing() {
    let (data, recording) = (sample(), recording(&[]));
    let every = |every| {
        let dir = tempfile::tempdir().unwrap();
        trained(&recording, &data, FitOptions { every, ..options() }, dir.path())
    };
    assert!(every(1) == every(1_000));
}

#[test]
fn a_training_that_goes_on_from_a_checkpoint_ends_with_the_same_bits() {
    let changes = [("rate_schedule", "cosine"), ("ema_decay", "0.9")];
    let (data, recording) = (sample(), recording(&changes));
    let whole_dir = tempfile::tempdir().unwrap();
    let whole = trained(&recording, &data, options(), whole_dir.path());

    let dir = tempfile::tempdir().unwrap();
    let checkpoints = CheckpointDir::of_run(dir.path(), 5);
    // Cut in the middle of the second epoch of 6 steps: the last checkpoint is that of the first.
    let cut = FitOptions { steps: Some(9), checkpoints: Some(checkpoints.clone()), ..options() };
    let cut = Fit::new(&recording, &data, cut).unwrap().run(&mut []).unwrap();
    assert_eq!((cut.steps, cut.epochs), (9, Some(1)));
    let checkpoint = checkpoints.last(&recording, 3, None).unwrap();
    assert_eq!((checkpoint.position.epoch, checkpoint.position.step), (1, 6));

    let on = FitOptions { checkpoints: Some(checkpoints.clone()), ..options() };
    let mut fit = Fit::new(&recording, &data, on).unwrap();
    fit.resume(&checkpoint);
    let end = fit.run(&mut []).unwrap();
    assert_eq!((end.steps, end.epochs), (18, Some(3)));
    let mut session = Session::new(&recording.graph, 3);
    checkpoints.last(&recording, 3, None).unwrap().restore(&mut session);
    assert!(bits(&recording.graph, &session) == whole);
    // The averages too: names, values and where the training was are the same bytes.
    let of_last = |dir: &Path| std::fs::read(&CheckpointDir::of_run(dir, 5).epochs()[0].1).unwrap();
    assert!(of_last(dir.path()) == of_last(whole_dir.path()));
}

/// Averages the first kernel over the steps it sees, and compares that with what it is told.
#[derive(Default)]
struct Averaging {
    kernel: Vec<f64>,
    epochs: usize,
    probabilities: Vec<f32>,
}

impl Observer for Averaging {
    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        // tf.train.ExponentialMovingAverage(0.5, num_updates=n): from n = 8 on it is the 0.5.
        let n = look.step() as f64;
        let decay = ((1.0 + n) / (10.0 + n)).min(0.5);
        let (tag, values) = look.histograms().next().unwrap();
        assert_eq!(values.len(), self.kernel.len(), "{tag}");
        for (average, &value) in self.kernel.iter_mut().zip(values) {
            *average = decay * *average + (1.0 - decay) * f64::from(value);
        }
        Ok(())
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        for (told, want) in end.first_kernel().unwrap().0.iter().zip(&self.kernel) {
            assert!((f64::from(*told) - want).abs() < 1e-6, "{told}, want {want}");
        }
        self.epochs += 1;
        self.probabilities = end.test.probabilities[..10].to_vec();
        Ok(())
    }
}

#[test]
fn a_classifier_answers_with_moving_averages_of_its_weights() {
    let (data, recording) = (sample(), recording(&[("ema_decay", "0.5")]));
    let dir = tempfile::tempdir().unwrap();
    let checkpoints = CheckpointDir::of_run(dir.path(), 1);
    let kept = Some(checkpoints.clone());
    let options = FitOptions { every: 1, checkpoints: kept, ..options() };
    let fit = Fit::new(&recording, &data, options).unwrap();
    let graph = &recording.graph;
    let kernel = graph.ids().find(|&id| matches!(graph[id].op(), Op::Variable(_))).unwrap();
    let first = fit.session().variable(kernel).iter().map(|&value| f64::from(value)).collect();
    let mut averaging = Averaging { kernel: first, ..Averaging::default() };
    fit.run(&mut [&mut averaging]).unwrap();
    assert_eq!(averaging.epochs, 3);

    // Whoever asks the checkpoint asks the averages, too.
    let checkpoint = checkpoints.last(&recording, 3, None).unwrap();
    let mut predictor = Predictor::new(&recording, &[checkpoint]).unwrap();
    let answer = predictor.predict(data.test.image(0)).unwrap();
    for (got, want) in answer.probabilities.iter().zip(&averaging.probabilities) {
        assert!((got - want).abs() < 1e-5, "{got}, want {want}");
    }
}

#[test]
fn a_checkpoint_that_lacks_an_average_is_refused() {
    let (data, recording) = (sample(), recording(&[("ema_decay", "0.9"), ("epochs", "1")]));
    let dir = tempfile::tempdir().unwrap();
    trained(&recording, &data, options(), dir.path());
    let path = &CheckpointDir::of_run(dir.path(), 1).epochs()[0].1;

    let bytes = std::fs::read(path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    let lost = whole.names().into_iter().find(|name| name.contains("Average")).unwrap();
    let others = whole.tensors().into_iter().filter(|(name, _)| name != lost);
    std::fs::write(path, serialize(others, header.metadata().clone()).unwrap()).unwrap();

    let error = Checkpoint::read(path, &recording, 3).unwrap_err();
    assert!(error.to_string().contains(&format!("no `{lost}`")), "{error}");
}

#[test]
fn averages_change_nothing_of_the_training() {
    let data = sample();
    let with = |decay: &str| {
        let dir = tempfile::tempdir().unwrap();
        trained(&recording(&[("ema_decay", decay)]), &data, options(), dir.path())
    };
    assert!(with("0") == with("0.9"));
}

/// Collects what observers are told.
#[derive(Default)]
struct Seen {
    rates: Vec<f32>,
    accuracies: Vec<f64>,
    looks: Vec<u64>,
}

impl Observer for Seen {
    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        self.looks.push(look.step());
        Ok(())
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        self.rates.push(end.learning_rate);
        self.accuracies.push(end.validation.accuracy);
        Ok(())
    }
}

#[test]
fn the_learning_rate_follows_its_schedule() {
    let changes = [("rate_schedule", "step"), ("learning_rate", "0.01")];
    let (data, recording) = (sample(), recording(&changes));
    let mut seen = Seen::default();
    Fit::new(&recording, &data, options()).unwrap().run(&mut [&mut seen]).unwrap();
    assert_eq!(seen.rates, [0.01, 0.005, 0.0025]);
}

#[test]
fn patience_ends_a_training_that_gets_no_better() {
    // A rate this small changes no accuracy: the first epoch stays the best.
    let changes = [("learning_rate", "1e-12"), ("epochs", "50"), ("patience", "4")];
    let (data, recording) = (sample(), recording(&changes));
    let mut seen = Seen::default();
    let fit = Fit::new(&recording, &data, options()).unwrap();
    let trained = fit.run(&mut [&mut seen]).unwrap();
    let best = trained.outcome.metric("best/epoch") as u64;
    assert_eq!(trained.epochs, Some(best + 4));
    assert!(!trained.interrupted);
    assert_eq!(seen.accuracies.len() as u64, best + 4);
    let highest = seen.accuracies.iter().copied().fold(0.0, f64::max);
    assert_eq!(trained.outcome.metric("best/validation/accuracy"), highest);
}

#[test]
fn a_cost_that_is_no_number_ends_the_training_and_the_last_checkpoint_is_kept() {
    let changes = [
        ("optimizer", "sgd"),
        ("learning_rate", "1e30"),
        ("batch_norm", "0"),
        ("activation", "relu"),
    ];
    let (data, recording) = (sample(), recording(&changes));
    match Fit::new(&recording, &data, options()).unwrap().run(&mut []) {
        Err(TrainError::Diverged { what, step, value, origin }) => {
            assert!(what == "cost" && step < 6 && !value.is_finite(), "{step}");
            // By then the weights of a step that was too long are not finite.
            assert_eq!((&*origin.node, origin.origin), ("Layer1/weight", Origin::Trained));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn weights_that_are_no_numbers_end_the_training_when_it_is_evaluated() {
    let changes = [("optimizer", "sgd"), ("learning_rate", "1e30"), ("batch_norm", "0")];
    let (data, recording) = (sample(), recording(&changes));
    let one_step = FitOptions { steps: Some(1), ..options() };
    let error = Fit::new(&recording, &data, one_step).unwrap().run(&mut []).unwrap_err();
    let TrainError::Diverged { what, step, origin, .. } = &error else { panic!("{error}") };
    assert_eq!((what.as_str(), *step), ("validation/cost", 0), "{error}");
    assert_ne!(origin.origin, Origin::Fed, "{error}");
    assert!(error.to_string().ends_with(&format!("at step 0; {origin}")), "{error}");
}

#[test]
fn a_classifier_of_weights_that_are_no_numbers_has_no_answer() {
    let (data, recording) = (sample(), recording(&[("epochs", "1")]));
    let dir = tempfile::tempdir().unwrap();
    trained(&recording, &data, options(), dir.path());
    let path = &CheckpointDir::of_run(dir.path(), 1).epochs()[0].1;
    let bytes = std::fs::read(path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    let with_nan = |(name, tensor): (String, TensorView)| {
        let mut values = tensor.data().to_vec();
        if name == "Layer2/weight" {
            values[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        (name, (tensor.dtype(), tensor.shape().to_vec(), values))
    };
    let changed: Vec<_> = whole.tensors().into_iter().map(with_nan).collect();
    let views = changed.iter().map(|(name, (dtype, shape, values))| {
        (name, TensorView::new(*dtype, shape.clone(), values).unwrap())
    });
    std::fs::write(path, serialize(views, header.metadata().clone()).unwrap()).unwrap();

    let checkpoint = Checkpoint::read(path, &recording, 3).unwrap();
    let mut predictor = Predictor::new(&recording, &[checkpoint]).unwrap();
    let error = predictor.predict(data.test.image(0)).unwrap_err();
    assert_eq!(error.to_string(), "`Layer2/weight`: the variable has NaN");
}

/// The mean of some images' logarithms.
struct Logarithms(Vec<f32>);

impl Experiment for Logarithms {
    fn about(&self) -> About {
        About {
            name: "logarithms",
            lecture: "none",
            summary: "the mean of three images' logarithms",
            schedule: Schedule { steps: 1, every: 1 },
            claim: Claim { text: "", holds: |_| true, seeds: Seeds { held: 0, of: 0 } },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new()
    }

    fn build(&self, g: &mut GraphBuilder, _: &HyperParameters) -> Result<Model, BuildError> {
        let mut model = Model::new();
        let images = Array2::from_shape_vec((3, 4), self.0.clone()).unwrap();
        let images = model.input(g, "images", &images)?;
        let logarithms = g.log(images)?;
        let mean = g.mean(logarithms)?;
        model.scalar("mean", mean);
        Ok(model)
    }
}

#[test]
fn images_that_are_no_numbers_are_an_error_with_their_node_and_row() {
    let train = |element: f32| {
        let mut images = vec![0.5; 12];
        images[9] = element;
        let experiment = Logarithms(images);
        let recording = Recording::new(&experiment, experiment.hyper_parameters()).unwrap();
        let schedule = recording.about.schedule;
        let mut watch = NanWatch::new();
        let options = RunOptions { seed: 0, schedule, stop: &training::NEVER };
        let trained = recording.train(&options, &mut [&mut watch]);
        let found = watch.origin().map(ToString::to_string);
        trained.map(|_| found).map_err(|error| error.to_string())
    };
    let fed = "`images`: fed NaN in row 2 of the batch";
    assert_eq!(train(f32::NAN), Err(fed.to_owned()));
    assert_eq!(train(f32::INFINITY), Err(fed.replace("NaN", "inf")));
    assert_eq!(train(0.25), Ok(None));
    // What is fed is a number, and its logarithm is not.
    assert_eq!(train(0.0), Ok(Some("`Log`: gives -inf in row 2 of the batch".to_owned())));
}

#[test]
fn the_last_checkpoints_and_the_best_are_kept() {
    let (data, recording) = (sample(), recording(&[("epochs", "5")]));
    let dir = tempfile::tempdir().unwrap();
    let checkpoints = CheckpointDir::of_run(dir.path(), 2);
    let options = FitOptions { checkpoints: Some(checkpoints.clone()), ..options() };
    let trained = Fit::new(&recording, &data, options).unwrap().run(&mut []).unwrap();
    let epochs: Vec<u64> = checkpoints.epochs().iter().map(|(epoch, _)| *epoch).collect();
    assert_eq!(epochs, [5, 4]);
    let best = Checkpoint::read(&checkpoints.best().unwrap(), &recording, 3).unwrap();
    assert_eq!(best.position.epoch as f64, trained.outcome.metric("best/epoch"));
    assert_eq!(std::fs::read_dir(dir.path().join("checkpoints")).unwrap().count(), 3);
}

#[test]
fn a_checkpoint_of_another_model_is_refused_and_a_damaged_one_passed_over() {
    let (data, own) = (sample(), recording(&[]));
    let dir = tempfile::tempdir().unwrap();
    let checkpoints = CheckpointDir::of_run(dir.path(), 5);
    let options = FitOptions { checkpoints: Some(checkpoints.clone()), ..options() };
    Fit::new(&own, &data, options).unwrap().run(&mut []).unwrap();

    for (changes, seed, what) in [
        ([("hidden", "96,65")], 3, "hyper-parameters"),
        ([("optimizer", "sgd")], 3, "hyper-parameters"),
        ([("epochs", "4")], 9, "seed"),
    ] {
        match checkpoints.last(&recording(&changes), seed, None) {
            Err(CheckpointError::Foreign { what: got, .. }) => assert_eq!(got, what),
            other => panic!("{changes:?}: {other:?}"),
        }
    }
    // More epochs are no other model.
    assert_eq!(
        checkpoints.last(&recording(&[("epochs", "9")]), 3, None).unwrap().position.epoch,
        3
    );

    let last = checkpoints.epochs()[0].1.clone();
    let whole = std::fs::read(&last).unwrap();
    for length in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&last, &whole[..length]).unwrap();
        let error = Checkpoint::read(&last, &own, 3).unwrap_err();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{length} bytes: {error}");
    }
    assert_eq!(checkpoints.last(&own, 3, None).unwrap().position.epoch, 2);
    // A header that says it is longer than any memory.
    std::fs::write(&last, [0xff; 64]).unwrap();
    assert!(matches!(Checkpoint::read(&last, &own, 3), Err(CheckpointError::Damaged { .. })));
    let empty = CheckpointDir::of_run(&dir.path().join("none"), 1);
    assert!(matches!(empty.last(&own, 3, None), Err(CheckpointError::None { .. })));
}

#[test]
fn data_that_does_not_fit_is_told_before_anything_is_trained() {
    let recording = recording(&[]);
    let of = |rows: usize, count: usize| {
        Examples::new(rows, 28, vec![0; rows * 28 * count], vec![0; count])
    };
    let dataset = |train: Examples, classes| Dataset {
        validation: train.clone(),
        test: train.clone(),
        train,
        classes,
    };
    for (data, problem) in [
        (dataset(of(27, 60), 10), "images of 27x28 pixels, want 784 pixels"),
        (dataset(of(28, 60), 9), "9 classes, want 10"),
        (dataset(of(28, 49), 10), "49 training images, want at least a batch of 50"),
    ] {
        match Fit::new(&recording, &data, options()).err() {
            Some(TrainError::Data { problem: got, .. }) => assert_eq!(got, problem),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_ensemble_sums_what_its_members_would_have_answered_alone() {
    let (data, recording) = (sample(), recording(&[("ema_decay", "0.9")]));
    let seeds = [3, 4, 5];
    let alone: Vec<Evaluation> = seeds
        .map(|seed| {
            let mut last = LastTest::default();
            let options = FitOptions { seed, ..options() };
            Fit::new(&recording, &data, options).unwrap().run(&mut [&mut last]).unwrap();
            last.0.unwrap()
        })
        .to_vec();
    let mut members: Vec<Fit> = seeds
        .map(|seed| Fit::new(&recording, &data, FitOptions { seed, ..options() }).unwrap())
        .into();
    let mut observers: Vec<Vec<&mut dyn Observer>> = seeds.map(|_| Vec::new()).into();
    let mut last = None;
    train_ensemble(&mut members, &data, &mut observers, &mut |epoch| {
        last = Some(epoch.clone());
        Ok(())
    })
    .unwrap();
    let last = last.unwrap();
    assert_eq!(last.epoch, 3);
    assert_eq!(last.test, alone);
    assert_eq!(last.ensemble_test, Evaluation::of_ensemble(&alone, data.test.labels()));
}

#[test]
fn l2_makes_weights_smaller_and_dropout_makes_them_others() {
    let data = sample();
    let weights = |l2: &str, keep_prob: &str| -> Vec<f32> {
        let changes = [("batch_norm", "0"), ("l2", l2), ("keep_prob", keep_prob)];
        let dir = tempfile::tempdir().unwrap();
        let variables = trained(&recording(&changes), &data, options(), dir.path());
        let weights = variables.into_iter().filter(|(name, _)| name.ends_with("/weight"));
        weights.flat_map(|(_, bits)| bits).map(f32::from_bits).collect()
    };
    let squares = |weights: &[f32]| weights.iter().map(|w| w * w).sum::<f32>();
    let plain = weights("0", "1");
    assert_eq!(plain.len(), 784 * 96 + 96 * 64 + 64 * 10);
    // Adam's 18 steps of 0.001 are much of weights whose standard deviation is 0.05.
    let decayed = squares(&weights("0.1", "1"));
    assert!(decayed < 0.9 * squares(&plain), "{decayed}, {}", squares(&plain));
    let dropped = weights("0", "0.5");
    let differ = plain.iter().zip(&dropped).filter(|(a, b)| a != b).count();
    assert!(differ > plain.len() / 2, "{differ} of {}", plain.len());
}

#[test]
fn every_activation_init_and_optimizer_trains() {
    let data = sample();
    let words = [
        ("activation", "sigmoid tanh relu leaky_relu very_leaky_relu elu selu maxout"),
        ("init", "zeros normal uniform xavier he lsuv orthonormal"),
        ("optimizer", "sgd momentum rmsprop adam"),
    ];
    for (key, values) in words {
        for value in values.split(' ') {
            let changes = [("hidden", "20"), ("batch_norm", "0"), ("epochs", "2"), (key, value)];
            let recording = recording(&changes);
            let mut last = LastTest::default();
            let fit = Fit::new(&recording, &data, options()).unwrap();
            fit.run(&mut [&mut last]).unwrap();
            assert!(last.0.unwrap().cost.is_finite(), "{key}={value}");
        }
    }
}
