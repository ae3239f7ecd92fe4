//! Training images that differ in each epoch are a function of the seed: nothing else changes a bit.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use runboard::data::{self, DataHome, Dataset};
use runboard::exec::Session;
use runboard::graph::{GraphBuilder, Initializer};
use runboard::nn::{Activation, Dense, Optimizer};
use runboard::trainer::{
    About, Augmentation, BuildError, CheckpointDir, Claim, Experiment, Fit, FitOptions,
    HyperParameters, Images, Model, RateSchedule, Recording, Schedule, Seeds, Training,
};

static NEVER: AtomicBool = AtomicBool::new(false);

/// Softmax regression on digits that are moved about, but in the last so many of three epochs.
struct Moved(Augmentation, u64);

const ALL: Augmentation = Augmentation { shift: 2.0, rotate: 10.0, scale: 0.1, elastic: 1.0 };

impl Experiment for Moved {
    fn about(&self) -> About {
        About {
            name: "moved",
            lecture: "none",
            summary: "digits that are moved about",
            schedule: Schedule { steps: 18, every: 100 },
            claim: Claim { text: "none", holds: |_| true, seeds: Seeds { held: 1, of: 1 } },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new()
    }

    fn build(&self, g: &mut GraphBuilder, _: &HyperParameters) -> Result<Model, BuildError> {
        let mut model = Model::new();
        let images = Images::add(g, 28 * 28, 10)?;
        let output = Dense {
            units: 10,
            activation: Activation::Linear,
            kernel: Initializer::STANDARD_NORMAL,
            bias: Initializer::ZEROS,
        };
        let logits = output.add(g, "Output", images.pixels)?;
        let logits = model.layer(logits);
        let training = Training {
            data: "mnist_sample".to_owned(),
            batch: 50,
            epochs: 3,
            optimizer: Optimizer::from_name("adam", 0.01).expect("it is known"),
            rate_schedule: RateSchedule::Constant,
            l2: 0.0,
            patience: 0,
            ema_decay: 0.0,
            augmentation: self.0,
            plain_epochs: self.1,
        };
        model.classify(g, images, logits, training)?;
        Ok(model)
    }
}

fn recording(augmentation: Augmentation, plain_epochs: u64) -> Recording {
    Recording::new(&Moved(augmentation, plain_epochs), HyperParameters::new()).unwrap()
}

fn options() -> FitOptions<'static> {
    let (seed, every) = (3, 1_000);
    FitOptions { seed, every, steps: None, threads: 1, checkpoints: None, stop: &NEVER }
}

/// All variables as bits where a training in `dir` ended, once it went on there.
fn trained(recording: &Recording, data: &Dataset, options: FitOptions, dir: &Path) -> Vec<u32> {
    let checkpoints = CheckpointDir::of_run(dir, 1);
    let options = FitOptions { checkpoints: Some(checkpoints.clone()), ..options };
    let mut fit = Fit::new(recording, data, options).unwrap();
    if let Ok(checkpoint) = checkpoints.last(recording, 3, None) {
        fit.resume(&checkpoint);
    }
    fit.run(&mut []).unwrap();
    let mut session = Session::new(&recording.graph, 3);
    checkpoints.last(recording, 3, None).unwrap().restore(&mut session);
    let graph = &recording.graph;
    let variables = graph.ids().filter(|&id| graph[id].op().name() == "VariableV2");
    variables.flat_map(|id| session.variable(id).to_vec()).map(f32::to_bits).collect()
}

#[test]
fn threads_looks_and_interruptions_change_no_bit_of_a_training_on_moved_images() {
    let data = data::load("mnist_sample", &DataHome::of_user()).unwrap();
    let moved = recording(ALL, 0);
    let new = || tempfile::tempdir().unwrap();
    let plain = trained(&moved, &data, options(), new().path());
    let threads = FitOptions { threads: 2, ..options() };
    assert!(trained(&moved, &data, threads, new().path()) == plain, "two threads");
    let looks = FitOptions { every: 1, ..options() };
    assert!(trained(&moved, &data, looks, new().path()) == plain, "a look at every step");
    // Cut in the second of three epochs, six steps each: it goes on from the end of the first.
    let dir = new();
    let cut = FitOptions { steps: Some(8), ..options() };
    let first = trained(&moved, &data, cut, dir.path());
    assert!(first != plain);
    assert!(trained(&moved, &data, options(), dir.path()) == plain, "an interruption");

    let still = trained(&recording(Augmentation::NONE, 0), &data, options(), new().path());
    assert!(still != plain, "moved images are other images");
}

#[test]
fn plain_epochs_at_the_end_see_images_as_they_are() {
    let data = data::load("mnist_sample", &DataHome::of_user()).unwrap();
    let new = || tempfile::tempdir().unwrap();
    let still = recording(Augmentation::NONE, 0);
    // Two of three epochs, six steps each, on moved images; then one on images as they are.
    let dir = new();
    let two = FitOptions { steps: Some(12), ..options() };
    trained(&recording(ALL, 0), &data, two, dir.path());
    let want = trained(&still, &data, options(), dir.path());
    assert!(trained(&recording(ALL, 1), &data, options(), new().path()) == want, "one");

    let want = trained(&still, &data, options(), new().path());
    for all in [3, 4, u64::MAX] {
        assert!(trained(&recording(ALL, all), &data, options(), new().path()) == want, "{all}");
    }
}
