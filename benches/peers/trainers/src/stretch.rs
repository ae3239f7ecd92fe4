//! Times a stretch of an epoch of the convolutional net, which takes too long to train whole.
//!
//! Like benches/peers/python/cnn.py; the nets are those of the experiment `mnist_cnn`.

use std::time::Instant;

use crate::epoch::{BATCH, peak_mebibytes, shuffle};

pub const FILTERS: [[usize; 2]; 3] = [[1, 32], [32, 64], [64, 128]];
/// Before and after the hidden layer: 2048-625-10.
pub const DENSE: [[usize; 2]; 2] = [[4 * 4 * 128, 625], [625, 10]];
pub const FILTER_STDDEV: f64 = 0.01;
pub const DROPPED: f64 = 0.3;

const WARM_UP: usize = 10;
/// What images are told in: the faster is taken.
const BATCHES: [usize; 2] = [100, 1000];
/// With fewer steps the cost need not have fallen yet.
const LEARNS_IN: usize = 60;

/// Trains `steps` steps of `count` images after ten that warm up, and prints on the last line the
/// seconds of an epoch, the peak memory of training in MiB, the milliseconds in which all the test
/// images are told, and the batch in which that was done.
///
/// `step` trains on a batch of images by index and returns its cost. `tell` returns how many of the
/// test images from the first number to the second are told right.
pub fn report(
    count: usize,
    test_count: usize,
    steps: usize,
    mut step: impl FnMut(&[u32]) -> f32,
    mut tell: impl FnMut(usize, usize) -> usize,
) {
    let mut order: Vec<u32> = (0..count as u32).collect();
    shuffle(&mut order, &mut 1);
    let mut batches = order.chunks_exact(BATCH);
    let mut costs: Vec<f32> = batches.by_ref().take(WARM_UP).map(&mut step).collect();
    let start = Instant::now();
    costs.extend(batches.take(steps).map(&mut step));
    let seconds = start.elapsed().as_secs_f64() / steps as f64 * (count / BATCH) as f64;
    let peak = peak_mebibytes();

    let mut telling = |batch: usize, count: usize| {
        let start = Instant::now();
        let right: usize = (0..count).step_by(batch).map(|first| tell(first, first + batch)).sum();
        (start.elapsed().as_secs_f64(), right)
    };
    let tried = BATCHES.map(|batch| {
        telling(batch, batch);
        telling(batch, test_count / 10).0
    });
    let batch = BATCHES[usize::from(tried[1] < tried[0])];
    let (duration, right) = telling(batch, test_count);

    let last = &costs[costs.len() - 10..];
    let (first, last) = (costs[0], last.iter().sum::<f32>() / last.len() as f32);
    assert!(steps < LEARNS_IN || last < 0.9 * first, "it does not learn: cost {first} to {last}");
    let accuracy = right as f64 / test_count as f64;
    println!("{steps} steps, cost {first:.4} to {last:.4}, test accuracy {accuracy:.4}");
    println!("{seconds:.4} {peak:.1} {:.2} {batch}", 1e3 * duration);
}
