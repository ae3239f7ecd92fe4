//! First values of variables.

use rand::Rng;
use rand::distr::{Distribution, Uniform};
use rand_distr::StandardNormal;

use super::orthonormal;
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
        Initializer::Orthonormal | Initializer::Lsuv => {
            // The graph checked that there are two axes; a matrix of no elements is left alone.
            let columns = sizes.last().copied().unwrap_or(1).max(1);
            orthonormal::fill(values, values.len() / columns, columns, random);
        }
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    use super::*;

    #[test]
    fn variances_are_those_of_the_papers() {
        let variance = |initializer: &Initializer, sizes: [usize; 2]| {
            let mut values = vec![0.0; sizes[0] * sizes[1]];
            fill(&mut values, &sizes, initializer, &mut ChaCha8Rng::seed_from_u64(0));
            values.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / values.len() as f64
        };
        for (initializer, want) in [
            (Initializer::ZEROS, 0.0),
            (Initializer::STANDARD_NORMAL, 1.0),
            (Initializer::Uniform { low: -1.0, high: 1.0 }, 1.0 / 3.0),
            // Glorot and Bengio: 2 / (fan_in + fan_out). He et al.: 2 / fan_in.
            (Initializer::XavierUniform, 2.0 / 500.0),
            (Initializer::HeNormal, 2.0 / 400.0),
            // 100 columns of length 1 in 400 * 100 elements.
            (Initializer::Orthonormal, 1.0 / 400.0),
            (Initializer::Lsuv, 1.0 / 400.0),
        ] {
            let got = variance(&initializer, [400, 100]);
            // 40000 samples: the standard error of a normal's variance is 0.7 % of it.
            assert!((got - want).abs() <= 0.03 * want, "{initializer}: got {got}, want {want}");
        }
    }
}
