//! What the peers' epochs have in common: shuffled mini-batches, and the clock.
//!
//! The images are those that `examples/epoch_time` trains on.

use std::time::Instant;

pub const BATCH: usize = 100;
/// The sizes of `mlp`, which Adam trains at 0.001; `softmax` has the first and last, and SGD at 0.1.
pub const SIZES: [usize; 5] = [784, 256, 256, 256, 10];

/// Trains at least three epochs and three seconds after one that warms up, and prints on the last
/// line the seconds of one, the peak memory in MiB, and the milliseconds of an evaluation.
///
/// `epoch` trains on the images in the order that it is given, as many as fill batches of
/// [`BATCH`]; `evaluate` returns the share of test images that is told right.
pub fn report(count: usize, mut epoch: impl FnMut(&[u32]), mut evaluate: impl FnMut() -> f64) {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut state = 1;
    shuffle(&mut order, &mut state);
    epoch(&order);
    let mut epochs = Vec::new();
    while epochs.len() < 3 || epochs.iter().sum::<f64>() < 3.0 {
        let start = Instant::now();
        shuffle(&mut order, &mut state);
        epoch(&order);
        epochs.push(start.elapsed().as_secs_f64());
    }
    let mut accuracy = evaluate();
    let mut evaluations = Vec::new();
    for _ in 0..7 {
        let start = Instant::now();
        accuracy = evaluate();
        evaluations.push(1e3 * start.elapsed().as_secs_f64());
    }
    // Labels are wrong by design for one image in twenty.
    assert!(accuracy > 0.85, "it does not learn: accuracy {accuracy}");
    println!("{} epochs, test accuracy {accuracy:.4}", epochs.len());
    println!("{:.4} {:.1} {:.2}", median(epochs), peak_mebibytes(), median(evaluations));
}

/// Fisher and Yates' shuffle, drawn by an xorshift generator.
pub fn shuffle(order: &mut [u32], state: &mut u64) {
    for i in (1..order.len()).rev() {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        order.swap(i, (*state % (i as u64 + 1)) as usize);
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The most memory this process had so far; NaN where the system does not say it in a file.
pub fn peak_mebibytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes / 1024.0)
}
