//! Elastic distortion: a smooth field of random displacements.
//!
//! Simard, Steinkraus and Platt 2003 draw a displacement for each pixel and smooth them by a Gaussian
//! of 4 pixels. Here a coarse grid of displacements is interpolated by cubic B-splines, which takes a
//! hundredth of the work: a cubic B-spline is nearly a Gaussian, of 1 / √3 of the distance of its
//! knots. Four cells to a side are 7 pixels of 28 each, and so a Gaussian of 7 / √3 = 4.04 pixels.

/// Cells along a side of the image.
const CELLS: usize = 4;
/// Knots along a side; each point is under four splines.
const KNOTS: usize = CELLS + 3;

/// The mean over a cell of the sum of squares of its four splines, 151 / 315: what is left of the
/// variance of knots along one axis, and of their standard deviation along both.
const SMOOTHING: f32 = 151.0 / 315.0;

/// Where a row or column lies among the knots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spline {
    first: usize,
    weights: [f32; 4],
}

impl Spline {
    /// Returns the splines over each of `count` rows or columns.
    pub(super) fn along(count: usize) -> Vec<Spline> {
        let at = |place: usize| {
            let position = (place as f32 + 0.5) / count as f32 * CELLS as f32;
            let first = (position as usize).min(CELLS - 1);
            let t = position - first as f32;
            let (t2, t3) = (t * t, t * t * t);
            let weights = [
                (1.0 - t) * (1.0 - t) * (1.0 - t),
                3.0 * t3 - 6.0 * t2 + 4.0,
                -3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0,
                t3,
            ];
            Spline { first, weights: weights.map(|weight| weight / 6.0) }
        };
        (0..count).map(at).collect()
    }
}

/// A displacement down and to the right for every point.
#[derive(Clone, Debug)]
pub(super) struct Elastic {
    /// Of rows, of knots along them, down and to the right.
    knots: [[[f32; 2]; KNOTS]; KNOTS],
}

impl Elastic {
    /// Draws displacements of that root mean square, in pixels; `uniform` draws from -1 to 1.
    pub(super) fn draw(root_mean_square: f32, mut uniform: impl FnMut() -> f32) -> Self {
        // The variance of a uniform number from -1 to 1 is 1 / 3.
        let largest = root_mean_square / SMOOTHING * 3.0_f32.sqrt();
        let mut knots = [[[0.0; 2]; KNOTS]; KNOTS];
        for knot in knots.as_flattened_mut().as_flattened_mut() {
            *knot = largest * uniform();
        }
        Elastic { knots }
    }

    /// Writes the displacements of a row's points.
    pub(super) fn row(&self, row: &Spline, columns: &[Spline], to: &mut [[f32; 2]]) {
        let mut along = [[0.0; 2]; KNOTS];
        for (knots, weight) in self.knots[row.first..].iter().zip(row.weights) {
            let (along, knots) = (along.as_flattened_mut(), knots.as_flattened());
            along.iter_mut().zip(knots).for_each(|(sum, knot)| *sum += weight * knot);
        }
        for (to, column) in to.iter_mut().zip(columns) {
            let &[a, b, c, d] =
                along[column.first..].first_chunk().expect("four knots to each cell");
            let [wa, wb, wc, wd] = column.weights;
            *to = [0, 1].map(|axis| wa * a[axis] + wb * b[axis] + wc * c[axis] + wd * d[axis]);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn splines_are_the_cubic_ones_and_sum_to_one() {
        // Four places are the middles of the cells, t = 1/2: 1, 23, 23, 1 of 48.
        let middles = Spline::along(4);
        for (cell, spline) in middles.iter().enumerate() {
            assert_eq!(spline.first, cell);
            for (got, want) in spline.weights.iter().zip([1.0, 23.0, 23.0, 1.0]) {
                assert!((got - want / 48.0).abs() < 1e-7, "{spline:?}");
            }
        }
        for spline in Spline::along(28) {
            assert!((spline.weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        // One pixel is the middle of the image.
        assert_eq!((Spline::along(1)[0].first, Spline::along(0).len()), (2, 0));
    }

    #[test]
    fn knots_that_are_all_moved_alike_move_all_points_alike() {
        let elastic = Elastic { knots: [[[2.0, -1.0]; KNOTS]; KNOTS] };
        let splines = Spline::along(28);
        let mut row = [[0.0; 2]; 28];
        elastic.row(&splines[13], &splines, &mut row);
        for [down, right] in row {
            assert!((down - 2.0).abs() < 1e-6 && (right + 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn displacements_have_the_root_mean_square_asked_for_and_are_smooth() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let splines = Spline::along(28);
        let (mut squares, mut steps, mut count) = ([0.0_f64; 2], 0.0_f64, 0);
        for _ in 0..2_000 {
            let elastic = Elastic::draw(1.5, || random.random::<f32>() * 2.0 - 1.0);
            for spline in &splines {
                let mut row = [[0.0; 2]; 28];
                elastic.row(spline, &splines, &mut row);
                for pair in row.windows(2) {
                    for axis in 0..2 {
                        squares[axis] += f64::from(pair[0][axis].powi(2));
                    }
                    steps += f64::from((pair[1][0] - pair[0][0]).powi(2));
                    count += 1;
                }
            }
        }
        let root = |sum: f64| (sum / f64::from(count)).sqrt();
        // Of some 2,000 * 7 * 7 independent knots, so to within a percent or so.
        assert!(squares.iter().all(|sum| (root(*sum) - 1.5).abs() < 0.02), "{squares:?} {count}");
        // Smoothed by a Gaussian of σ, the slope is 1 / (√2 σ) of the displacement: 0.26 of 1.5.
        assert!((root(steps) - 1.5 / (2.0_f64.sqrt() * 4.04)).abs() < 0.03, "{}", root(steps));
    }
}
