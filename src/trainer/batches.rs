//! Mini-batches of images, in an order of their own each epoch.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::augment::Augmenter;
use super::classifier::Images;
use crate::data::Examples;
use crate::exec::{ExecError, Plan};

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

/// Feeds those of the examples that `indices` name, as many as the plan has rows, to train on them.
///
/// Pixels are scaled to 0..1 and changed by `augmenter`, labels become one-hot.
///
/// # Errors
/// As [`feed`].
pub(super) fn feed_augmented(
    plan: &mut Plan,
    images: Images,
    classes: usize,
    examples: &Examples,
    indices: impl ExactSizeIterator<Item = usize> + Clone,
    augmenter: Option<&mut Augmenter>,
) -> Result<(), ExecError> {
    let Some(augmenter) = augmenter else {
        return feed(plan, images, classes, examples, indices);
    };
    if plan.takes(images.pixels) {
        let pixels = plan.feed_mut(images.pixels)?; // [batch, pixels]
        let (rows, columns) = examples.image_size();
        for (row, index) in pixels.chunks_exact_mut(rows * columns).zip(indices.clone()) {
            augmenter.apply(index, examples.image(index), SCALE, row);
        }
    }
    feed_labels(plan, images, classes, examples, indices)
}

/// Feeds those of the examples that `indices` name: as many as the plan has rows.
///
/// Pixels are scaled to 0..1, labels become one-hot.
///
/// # Errors
/// [`ExecError::NotFed`] if the plan does not take the images.
pub(super) fn feed(
    plan: &mut Plan,
    images: Images,
    classes: usize,
    examples: &Examples,
    indices: impl ExactSizeIterator<Item = usize> + Clone,
) -> Result<(), ExecError> {
    if plan.takes(images.pixels) {
        let rows = indices.clone().map(|index| examples.image(index));
        plan.feed_bytes(images.pixels, rows, SCALE)?;
    }
    feed_labels(plan, images, classes, examples, indices)
}

fn feed_labels(
    plan: &mut Plan,
    images: Images,
    classes: usize,
    examples: &Examples,
    indices: impl Iterator<Item = usize>,
) -> Result<(), ExecError> {
    if plan.takes(images.labels) {
        let labels = plan.feed_mut(images.labels)?; // [batch, classes]
        labels.fill(0.0);
        for (row, index) in labels.chunks_exact_mut(classes).zip(indices) {
            row[usize::from(examples.labels()[index])] = 1.0;
        }
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
