//! What the peers' programs have in common: the nets of the experiments, and the clock.

#[path = "../../../../examples/epoch_time/digits.rs"]
pub mod digits;
pub mod epoch;
pub mod stretch;

use std::time::Instant;

pub const X: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
pub const Y: [[f32; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];
pub const LEARNING_RATE: f64 = 0.1;

/// Runs `step` for about half a second and returns the median nanoseconds of one, over stretches.
pub fn nanoseconds(mut step: impl FnMut()) -> f64 {
    const STRETCHES: usize = 11;
    for _ in 0..100 {
        step();
    }
    let start = Instant::now();
    for _ in 0..100 {
        step();
    }
    let one = start.elapsed().as_secs_f64() / 100.0;
    let steps = ((0.05 / one) as u32).max(10);
    let mut all: Vec<f64> = (0..STRETCHES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..steps {
                step();
            }
            start.elapsed().as_nanos() as f64 / f64::from(steps)
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all[STRETCHES / 2]
}
