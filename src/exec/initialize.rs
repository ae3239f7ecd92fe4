//! First values of variables.

use rand::Rng;
use rand::distr::{Distribution, Uniform};
use rand_distr::StandardNormal;

use super::orthonormal;
use crate::graph::Initializer;

/// Fills a variable of the given sizes.
pub(super) fn fill(
    values: &mut [f32],
    sizes: &[usize],
    initializer: &Initializer,
    random: &mut impl Rng,
) {
    let (fan_in, fan_out) = fans(sizes);
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

/// How many inputs a kernel's output has, and outputs an input goes to.
///
/// As TensorFlow computes them (`_compute_fans` in `init_ops.py`): of a filter, `[rows, columns, in,
/// out]`, each position counts.
fn fans(sizes: &[usize]) -> (f32, f32) {
    match sizes {
        [field @ .., fan_in, fan_out] => {
            let positions: f32 = field.iter().map(|&size| size as f32).product();
            (positions * *fan_in as f32, positions * *fan_out as f32)
        }
        [only] => (*only as f32, *only as f32),
        [] => (1.0, 1.0),
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
    fn a_filters_fans_count_its_positions() {
        let filled = |initializer: &Initializer| {
            let sizes = [3, 5, 8, 32];
            let mut values = vec![0.0; 3 * 5 * 8 * 32];
            fill(&mut values, &sizes, initializer, &mut ChaCha8Rng::seed_from_u64(0));
            values
        };
        // fan_in = 3 * 5 * 8 = 120, fan_out = 3 * 5 * 32 = 480; sqrt(6 / 600) = 0.1
        let xavier = filled(&Initializer::XavierUniform);
        let largest = xavier.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        assert!(largest <= 0.1 && largest > 0.0995, "of 3840 numbers one is near: {largest}");
        // 2 / 120; of 3840 samples the standard error is 2.3 % of it.
        let squares = |values: &[f32]| values.iter().map(|x| x * x).sum::<f32>();
        let variance = squares(&filled(&Initializer::HeNormal)) / 3840.0;
        assert!((variance * 60.0 - 1.0).abs() < 0.08, "{variance}, want 1 / 60");
        // A matrix [120, 32] of 32 orthonormal columns: a column is a filter.
        let q = filled(&Initializer::Orthonormal);
        let column = |c: usize| q.iter().skip(c).step_by(32);
        for (a, b, want) in [(0, 0, 1.0), (31, 31, 1.0), (0, 31, 0.0), (7, 12, 0.0)] {
            let product: f32 = column(a).zip(column(b)).map(|(x, y)| x * y).sum();
            assert!((product - want).abs() < 1e-5, "{a} {b}: {product}, want {want}");
        }
    }

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
