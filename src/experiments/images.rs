//! What the nets that tell images of 28 by 28 pixels apart have in common.

use crate::graph::GraphBuilder;
use crate::nn::layers::Sequential;
use crate::trainer::{
    Augmentation, BuildError, HyperParameters, Images, Model, Schedule, Training,
};

/// Rows and columns of an image.
pub(super) const SIZE: [usize; 2] = [28, 28];
pub(super) const CLASSES: usize = 10;
pub(super) const BATCH: u64 = 100;
/// Batches of an epoch of the 55,000 training images.
const STEPS_PER_EPOCH: u64 = 550;

/// Returns the schedule of that many epochs: five looks at each.
pub(super) fn schedule(epochs: u64) -> Schedule {
    Schedule { steps: epochs * STEPS_PER_EPOCH, every: 110 }
}

/// Adds the hyper-parameters of training, as labs 10 and 11 train: MNIST, batches of 100, Adam.
pub(super) fn training(
    hyper: HyperParameters,
    epochs: u64,
    rate_schedule: &str,
    augmentation: Augmentation,
) -> HyperParameters {
    hyper
        .text("data", "mnist")
        .text("optimizer", "adam")
        .number("learning_rate", 0.001)
        .text("rate_schedule", rate_schedule)
        .number("l2", 0.0)
        .number("batch", BATCH as f64)
        .number("epochs", epochs as f64)
        .number("patience", 0.0)
        .number("ema_decay", 0.0)
        .number("shift", augmentation.shift)
        .number("rotate", augmentation.rotate)
        .number("scale", augmentation.scale)
        .number("elastic", augmentation.elastic)
        .number("plain_epochs", 0.0)
}

/// Trains a net that gives logits for images as they are fed.
pub(super) fn classifier(
    g: &mut GraphBuilder,
    net: &Sequential,
    training: Training,
) -> Result<Model, BuildError> {
    let mut model = Model::new();
    let images = Images::of_size(g, SIZE, CLASSES)?;
    let logits = model.sequential(g, images.pixels, net)?;
    model.classify(g, images, logits, training)?;
    Ok(model)
}

/// Claims a test accuracy of at least `$least`, which held for so many seeds.
macro_rules! at_least {
    ($least:literal, $held:literal of $of:literal) => {
        $crate::trainer::Claim {
            text: concat!("test accuracy of at least ", stringify!($least)),
            holds: |outcome: &$crate::trainer::Outcome| outcome.metric("test/accuracy") >= $least,
            seeds: $crate::trainer::Seeds { held: $held, of: $of },
        }
    };
}

pub(super) use at_least;
