//! Histograms: the distribution of a value's elements.

mod count;
mod encoded;
mod raw;
mod value;

pub(super) use encoded::append_value;
pub use value::HistogramValue;

use std::borrow::Cow;

use super::{SummaryWriter, WriteError};
use crate::types::Step;
use count::Ranges;
use value::Extent;

/// The number of buckets, TensorBoard's default.
pub const BUCKETS: usize = 30;

/// How many of some numbers lie in each of [`BUCKETS`] equal ranges.
///
/// As TensorBoard's `histogram_v2` computes it: the ranges divide `[min, max]`, each is closed on
/// the left, the last on both sides. If all numbers are equal, every range is that point and the
/// last one counts them.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Left edge, right edge and count of each range.
    pub buckets: [[f64; 3]; BUCKETS],
    /// NaN and infinite numbers, which are in no range.
    pub non_finite: u64,
}

impl Histogram {
    /// Counts `values`.
    ///
    /// ```
    /// use runboard::summary::Histogram;
    ///
    /// let histogram = Histogram::of(&[0.0, 0.1, 3.0, f32::NAN]);
    /// assert_eq!(histogram.buckets[0], [0.0, 0.1, 1.0]);
    /// assert_eq!(histogram.buckets[29][2], 1.0);
    /// assert_eq!(histogram.non_finite, 1);
    /// ```
    pub fn of<N: HistogramValue>(values: &[N]) -> Self {
        let mut extent = N::extent(values);
        let mut finite = Cow::Borrowed(values);
        if !extent.all_finite {
            finite.to_mut().retain(|x| x.is_finite());
            extent = N::extent(&finite);
        }
        let non_finite = (values.len() - finite.len()) as u64;
        if finite.is_empty() {
            return Histogram { buckets: [[0.0; 3]; BUCKETS], non_finite };
        }
        let Extent { min, max, .. } = extent;
        if min == max {
            let mut buckets = [[min, min, 0.0]; BUCKETS];
            buckets[BUCKETS - 1][2] = finite.len() as f64;
            return Histogram { buckets, non_finite };
        }
        let ranges = Ranges::new(min, max);
        let counts = N::count(&finite, &ranges);
        let mut left = ranges.left(0);
        let buckets = std::array::from_fn(|i| {
            let right = if i + 1 == BUCKETS { max } else { ranges.left(i + 1) };
            [std::mem::replace(&mut left, right), right, counts[i] as f64]
        });
        Histogram { buckets, non_finite }
    }
}

impl SummaryWriter {
    /// Logs the distribution of `values`.
    ///
    /// NaN and infinite values are left out: see [`Histogram::non_finite`].
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// writer.add_histogram("weights", &[0.1_f32, -0.2, 0.3], 100)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Io`] if an earlier event could not be written; [`WriteError::Value`] if the
    /// tag is empty or too long.
    pub fn add_histogram<N: HistogramValue>(
        &self,
        tag: &str,
        values: &[N],
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let step = step.into();
        if !self.wants(tag, step) {
            return Ok(());
        }
        let mut encoded = Vec::new();
        append_value(&mut encoded, tag, &Histogram::of(values).buckets);
        self.add_values(&encoded, step, self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(histogram: &Histogram) -> Vec<f64> {
        histogram.buckets.iter().map(|bucket| bucket[2]).collect()
    }

    #[test]
    fn ranges_are_closed_on_the_left_and_the_last_on_both_sides() {
        // 0, 1, ..., 30 over 30 ranges of width 1: one each, and 30 shares the last with 29.
        let values: Vec<f32> = (0..=30).map(|i| i as f32).collect();
        let histogram = Histogram::of(&values);
        let mut want = vec![1.0; 30];
        want[29] = 2.0;
        assert_eq!(counts(&histogram), want);
        assert_eq!(histogram.buckets[7], [7.0, 8.0, 1.0]);
        assert_eq!(histogram.buckets[29], [29.0, 30.0, 2.0]);
    }

    #[test]
    fn equal_values_are_counted_in_the_last_of_thirty_points() {
        let histogram = Histogram::of(&[2.5; 7]);
        assert_eq!(histogram.buckets[0], [2.5, 2.5, 0.0]);
        assert_eq!(histogram.buckets[29], [2.5, 2.5, 7.0]);
    }

    #[test]
    fn no_values_are_thirty_rows_of_zeros() {
        assert_eq!(Histogram::of::<f32>(&[]).buckets, [[0.0; 3]; BUCKETS]);
        let only_nan = Histogram::of(&[f32::NAN, f32::INFINITY]);
        assert_eq!((only_nan.buckets, only_nan.non_finite), ([[0.0; 3]; BUCKETS], 2));
    }

    #[test]
    fn non_finite_values_are_counted_apart() {
        let mut values: Vec<f32> = (0..100).map(|i| (i % 10) as f32).collect();
        values.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY]);
        let histogram = Histogram::of(&values);
        assert_eq!(histogram.non_finite, 3);
        assert_eq!(counts(&histogram).iter().sum::<f64>(), 100.0);
        assert_eq!((histogram.buckets[0][0], histogram.buckets[29][1]), (0.0, 9.0));
    }
}
