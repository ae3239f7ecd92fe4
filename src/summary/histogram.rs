//! Histograms: the distribution of a value's elements.

use super::{SummaryWriter, WriteError, encode};
use crate::proto::DataClass;
use crate::types::Step;

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
    pub fn of(values: &[f32]) -> Self {
        let (min, max, finite) = extent(values);
        if finite == 0 {
            let buckets = [[0.0; 3]; BUCKETS];
            return Histogram { buckets, non_finite: values.len() as u64 };
        }
        let non_finite = (values.len() - finite) as u64;
        let (min, max) = (f64::from(min), f64::from(max));
        if min == max {
            let mut buckets = [[min, min, 0.0]; BUCKETS];
            buckets[BUCKETS - 1][2] = finite as f64;
            return Histogram { buckets, non_finite };
        }
        let counts = if non_finite == 0 {
            count(values, min, max)
        } else {
            let finite: Vec<f32> = values.iter().copied().filter(|x| x.is_finite()).collect();
            count(&finite, min, max)
        };
        let width = (max - min) / BUCKETS as f64;
        let mut buckets = [[0.0; 3]; BUCKETS];
        let mut left = min;
        for (i, (bucket, count)) in buckets.iter_mut().zip(counts).enumerate() {
            let right = if i == BUCKETS - 1 { max } else { min + width * (i + 1) as f64 };
            *bucket = [left, right, f64::from(count)];
            left = right;
        }
        Histogram { buckets, non_finite }
    }
}

/// Smallest and largest finite number, and how many are finite.
fn extent(values: &[f32]) -> (f32, f32, usize) {
    const LANES: usize = 16;
    let (mut min, mut max) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let mut finite = 0;
    let mut chunks = values.chunks_exact(LANES);
    let mut take = |lane: usize, x: f32, min: &mut f32, max: &mut f32| {
        let is_finite = x.abs() < f32::INFINITY;
        let _ = lane;
        *min = if is_finite && x < *min { x } else { *min };
        *max = if is_finite && x > *max { x } else { *max };
        finite += usize::from(is_finite);
    };
    for chunk in &mut chunks {
        for lane in 0..LANES {
            take(lane, chunk[lane], &mut min[lane], &mut max[lane]);
        }
    }
    for &x in chunks.remainder() {
        take(0, x, &mut min[0], &mut max[0]);
    }
    let min = min.into_iter().fold(f32::INFINITY, f32::min);
    (min, max.into_iter().fold(f32::NEG_INFINITY, f32::max), finite)
}

/// Counts finite values that lie between `min` and `max`.
fn count(values: &[f32], min: f64, max: f64) -> [u32; BUCKETS] {
    // Four tables: consecutive values often fall into the same bucket, and an increment would wait
    // for the one before.
    const TABLES: usize = 4;
    let width = (max - min) / BUCKETS as f64;
    let mut tables = [[0_u32; BUCKETS + 2]; TABLES];
    let bucket = |x: f32| ((f64::from(x) - min) / width) as i32 as usize;
    let mut chunks = values.chunks_exact(TABLES);
    for chunk in &mut chunks {
        for (table, &x) in tables.iter_mut().zip(chunk) {
            table[bucket(x).min(BUCKETS)] += 1;
        }
    }
    for &x in chunks.remainder() {
        tables[0][bucket(x).min(BUCKETS)] += 1;
    }
    let mut counts = [0; BUCKETS];
    for table in tables {
        for (i, count) in table.into_iter().enumerate() {
            counts[i.min(BUCKETS - 1)] += count; // `max` belongs to the last
        }
    }
    counts
}

/// The fields around a histogram's numbers that are the same for all of a tag.
#[derive(Clone, Debug)]
pub(super) struct HistogramParts {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl HistogramParts {
    const CONTENT: usize = BUCKETS * 3 * size_of::<f64>();

    pub(super) fn new(tag: &str) -> Self {
        let tag = encode::tag(tag);
        let after = encode::metadata("histograms", DataClass::Tensor);
        // dtype: DT_DOUBLE, tensor_shape { dim { size: 30 } dim { size: 3 } }, tensor_content: ...
        let mut tensor = vec![0x08, 0x02, 0x12, 0x08, 0x12, 0x02, 0x08, BUCKETS as u8];
        tensor.extend([0x12, 0x02, 0x08, 0x03, 0x22]);
        encode::varint(&mut tensor, Self::CONTENT as u64);
        let tensor_len = tensor.len() + Self::CONTENT;
        let mut body = tag;
        body.push(0x42);
        encode::varint(&mut body, tensor_len as u64);
        body.extend(tensor);
        let mut before = vec![0x0a];
        encode::varint(&mut before, (body.len() + Self::CONTENT + after.len()) as u64);
        before.extend(body);
        HistogramParts { before, after }
    }

    pub(super) fn append(&self, to: &mut Vec<u8>, histogram: &Histogram) {
        to.extend_from_slice(&self.before);
        let start = to.len();
        to.resize(start + Self::CONTENT, 0);
        let numbers = histogram.buckets.as_flattened();
        for (place, number) in to[start..].chunks_exact_mut(size_of::<f64>()).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        to.extend_from_slice(&self.after);
    }
}

impl SummaryWriter {
    /// Logs the distribution of `values`.
    ///
    /// NaN and infinite values are left out: see [`Histogram::non_finite`].
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add_histogram(
        &self,
        tag: &str,
        values: &[f32],
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let mut encoded = Vec::with_capacity(tag.len() + HistogramParts::CONTENT + 60);
        HistogramParts::new(tag).append(&mut encoded, &Histogram::of(values));
        self.add_values(&encoded, step.into(), self.now())
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
        assert_eq!(Histogram::of(&[]).buckets, [[0.0; 3]; BUCKETS]);
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
