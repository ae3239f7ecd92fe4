//! First values of variables.

use rand::Rng;
use rand::distr::{Distribution, Uniform};
use rand_distr::StandardNormal;

use crate::graph::Initializer;

/// Fills a variable of the given sizes; the last two are a kernel's fan-in and fan-out.
pub(super) fn fill(
    values: &mut [f32],
    sizes: &[usize],
    initializer: &Initializer,
    random: &mut impl Rng,
) {
    let (fan_in, fan_out) = match sizes {
        [.., fan_in, fan_out] => (*fan_in as f32, *fan_out as f32),
        [only] => (*only as f32, *only as f32),
        [] => (1.0, 1.0),
    };
    match initializer {
        Initializer::Constant(value) => values.fill(*value),
        Initializer::Normal { mean, stddev } => normal(values, *mean, *stddev, random),
        Initializer::Uniform { low, high } => uniform(values, *low, *high, random),
        Initializer::XavierUniform => {
            let limit = (6.0 / (fan_in + fan_out)).sqrt();
            uniform(values, -limit, limit, random);
        }
        Initializer::HeNormal => normal(values, 0.0, (2.0 / fan_in).sqrt(), random),
        Initializer::Values(given) => values.copy_from_slice(given),
    }
}

fn normal(values: &mut [f32], mean: f32, stddev: f32, random: &mut impl Rng) {
    for value in values {
        let standard: f32 = StandardNormal.sample(random);
        *value = mean + stddev * standard;
    }
}

fn uniform(values: &mut [f32], low: f32, high: f32, random: &mut impl Rng) {
    let range = Uniform::new(low, high).expect("the graph checked that low is below high");
    for value in values {
        *value = range.sample(random);
    }
}
