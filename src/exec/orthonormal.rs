//! Random matrices with orthonormal rows or columns.

use rand::Rng;
use rand::distr::Distribution;
use rand_distr::StandardNormal;

/// Fills `[rows, columns]` so that the columns are orthonormal, or the rows where they are fewer.
///
/// Saxe et al. 2014; `tf.orthogonal_initializer`. The Q of a matrix of normal numbers whose R has a
/// positive diagonal, which makes all such matrices equally likely (Mezzadri 2007). By modified
/// Gram-Schmidt in f64: what that loses of a normal matrix is far below what f32 holds.
pub(super) fn fill(values: &mut [f32], rows: usize, columns: usize, random: &mut impl Rng) {
    let (count, len) = (rows.min(columns), rows.max(columns));
    let draw = |_| StandardNormal.sample(random);
    let mut vectors: Vec<f64> = (0..count * len).map(draw).collect();
    for i in 0..count {
        let (done, rest) = vectors.split_at_mut(i * len);
        let vector = &mut rest[..len];
        for earlier in done.chunks_exact(len) {
            let along = dot(earlier, vector);
            vector.iter_mut().zip(earlier).for_each(|(x, e)| *x -= along * e);
        }
        let norm = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= norm);
    }
    for (place, value) in values.iter_mut().enumerate() {
        let (row, column) = (place / columns, place % columns);
        let (vector, at) = if rows < columns { (row, column) } else { (column, row) };
        *value = vectors[vector * len + at] as f32;
    }
}

/// The inner product, by eight chains so that the processor need not wait for each sum.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a.zip(b) {
        for (sum, (x, y)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    use super::*;

    /// The largest difference of `q'q` (or `q q'`) from the identity.
    fn off_identity(q: &[f32], rows: usize, columns: usize) -> f64 {
        let (count, len) = (rows.min(columns), rows.max(columns));
        let at = |vector: usize, i: usize| {
            f64::from(if rows < columns {
                q[vector * columns + i]
            } else {
                q[i * columns + vector]
            })
        };
        let vectors: Vec<f64> = (0..count * len).map(|i| at(i / len, i % len)).collect();
        let mut worst = 0.0_f64;
        for i in 0..count {
            for j in 0..=i {
                let product = dot(&vectors[i * len..][..len], &vectors[j * len..][..len]);
                worst = worst.max((product - f64::from(u8::from(i == j))).abs());
            }
        }
        worst
    }

    #[test]
    fn rows_or_columns_are_orthonormal() {
        for (rows, columns) in [(784, 256), (256, 784), (512, 512), (2, 10), (10, 1), (1, 1)] {
            let mut random = ChaCha8Rng::seed_from_u64(0);
            let mut q = vec![0.0; rows * columns];
            fill(&mut q, rows, columns, &mut random);
            // Each is rounded to f32: sums of some hundred products of such.
            let worst = off_identity(&q, rows, columns);
            assert!(worst < 1e-6, "[{rows}, {columns}]: {worst}");
        }
    }

    #[test]
    fn no_direction_is_preferred() {
        // An element of a random rotation of 4 has mean 0, variance 1/4 and fourth moment
        // 3 / (4 * 6); over 4000 matrices their standard errors are 0.008, 0.004 and 0.003.
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut sums = [[0.0; 3]; 16];
        for _ in 0..4000 {
            let mut q = [0.0; 16];
            fill(&mut q, 4, 4, &mut random);
            for (sums, &x) in sums.iter_mut().zip(&q) {
                let x = f64::from(x);
                sums.iter_mut().zip([x, x * x, x.powi(4)]).for_each(|(sum, term)| *sum += term);
            }
        }
        for (place, sums) in sums.iter().enumerate() {
            let [mean, square, fourth] = sums.map(|sum| sum / 4000.0);
            assert!(mean.abs() < 0.035, "element {place}: mean {mean}");
            assert!((square - 0.25).abs() < 0.018, "element {place}: variance {square}");
            assert!((fourth - 0.125).abs() < 0.014, "element {place}: fourth moment {fourth}");
        }
    }
}
