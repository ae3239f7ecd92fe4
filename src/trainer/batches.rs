//! Mini-batches of images, in an order of their own each epoch.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::augment::Augmenter;
use super::classifier::Classifier;
use crate::data::Examples;
use crate::exec::{ExecError, Plan, Session};

/// Tells the generator of the order apart from that of first weights, which has stream 0.
const STREAM: u64 = 0x0062_6174_6368; // "batch"

/// Bytes to 0..1.
const SCALE: f32 = 1.0 / 255.0;

/// Returns the order in which an epoch takes `count` examples.
///
/// It depends on the seed and the epoch alone, so a training that goes on needs no state of it.
pub(super) fn order(seed: u64, epoch: u64, count: usize) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(STREAM.wrapping_add(epoch));
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.shuffle(&mut random);
    order
}

/// Feeds a plan the examples that `example` names for its rows, to train on them.
///
/// Pixels are scaled to 0..1 and changed by `augmenter`, labels become one-hot.
///
/// # Errors
/// As [`feed`].
pub(super) fn feed_augmented(
    session: &Session,
    plan: &mut Plan,
    classifier: &Classifier,
    examples: &Examples,
    example: impl Fn(usize) -> usize + Sync,
    augmenter: Option<&mut Augmenter>,
) -> Result<(), ExecError> {
    let Some(augmenter) = augmenter else {
        return feed(session, plan, classifier, examples, example);
    };
    if plan.takes(classifier.images.pixels) {
        let pixels = plan.feed_mut(classifier.images.pixels)?; // [batch, pixels]
        let (rows, columns) = examples.image_size();
        for (row, to) in pixels.chunks_exact_mut(rows * columns).enumerate() {
            let index = example(row);
            augmenter.apply(index, examples.image(index), SCALE, to);
        }
    }
    feed_labels(plan, classifier, examples, example)
}

/// Feeds a plan the examples that `example` names for its rows.
///
/// Pixels are scaled to 0..1, labels become one-hot.
///
/// # Errors
/// [`ExecError::NotFed`] if the plan does not take the images.
pub(super) fn feed(
    session: &Session,
    plan: &mut Plan,
    classifier: &Classifier,
    examples: &Examples,
    example: impl Fn(usize) -> usize + Sync,
) -> Result<(), ExecError> {
    if plan.takes(classifier.images.pixels) {
        let image = |row| examples.image(example(row));
        session.feed_bytes(plan, classifier.images.pixels, image, SCALE)?;
    }
    feed_labels(plan, classifier, examples, example)
}

fn feed_labels(
    plan: &mut Plan,
    classifier: &Classifier,
    examples: &Examples,
    example: impl Fn(usize) -> usize,
) -> Result<(), ExecError> {
    if plan.takes(classifier.images.labels) {
        let label = |row| usize::from(examples.labels()[example(row)]);
        plan.feed_one_hot(classifier.images.labels, label)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_takes_every_example_once_in_another_order() {
        let first = order(7, 0, 1_000);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1_000).collect::<Vec<u32>>());
        assert_ne!(first, order(7, 1, 1_000));
        assert_ne!(first, order(8, 0, 1_000));
        assert_eq!(first, order(7, 0, 1_000));
    }
}
