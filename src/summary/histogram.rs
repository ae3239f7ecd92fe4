//! Histograms: the distribution of a value's elements.

mod count;
mod raw;
mod value;

pub use value::HistogramValue;

use std::borrow::Cow;

use super::{SummaryWriter, WriteError, encode};
use crate::proto::DataClass;
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
        let edge = |i| if i == BUCKETS { max } else { ranges.left(i) };
        let buckets = std::array::from_fn(|i| [edge(i), edge(i + 1), counts[i] as f64]);
        Histogram { buckets, non_finite }
    }
}

/// The fields around a histogram's numbers that are the same for all of a tag.
#[derive(Clone, Debug)]
pub(super) struct HistogramParts {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl HistogramParts {
    /// For histograms of so many ranges.
    pub(super) fn new(tag: &str, ranges: usize) -> Self {
        let tag = encode::tag(tag);
        let after = encode::metadata("histograms", DataClass::Tensor);
        // dtype: DT_DOUBLE, tensor_shape { dim { size: ranges } dim { size: 3 } }, tensor_content.
        // A size of zero is left out, as the default.
        let mut first_size = Vec::new();
        if ranges > 0 {
            first_size.push(0x08);
            encode::varint(&mut first_size, ranges as u64);
        }
        let mut shape = Vec::new();
        encode::bytes(&mut shape, 2, &first_size);
        encode::bytes(&mut shape, 2, &[0x08, 0x03]);
        let mut tensor = vec![0x08, 0x02];
        encode::bytes(&mut tensor, 2, &shape);
        let content = ranges * size_of::<[f64; 3]>();
        tensor.push(0x22);
        encode::varint(&mut tensor, content as u64);
        let mut body = tag;
        body.push(0x42);
        encode::varint(&mut body, (tensor.len() + content) as u64);
        body.extend(tensor);
        let mut before = vec![0x0a];
        encode::varint(&mut before, (body.len() + content + after.len()) as u64);
        before.extend(body);
        HistogramParts { before, after }
    }

    pub(super) fn append(&self, to: &mut Vec<u8>, ranges: &[[f64; 3]]) {
        let numbers = ranges.as_flattened();
        to.reserve(self.before.len() + size_of_val(numbers) + self.after.len());
        to.extend_from_slice(&self.before);
        numbers.iter().for_each(|number| to.extend_from_slice(&number.to_le_bytes()));
        to.extend_from_slice(&self.after);
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
        HistogramParts::new(tag, BUCKETS).append(&mut encoded, &Histogram::of(values).buckets);
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
