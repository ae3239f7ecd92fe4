//! Histograms that were counted elsewhere.

use super::append_value;
use crate::summary::{SummaryWriter, WriteError};
use crate::types::Step;

impl SummaryWriter {
    /// Logs a histogram whose buckets are counted already.
    ///
    /// Bucket `i` counts what is at most `bucket_limits[i]` and more than the limit before. The
    /// first begins at `min` and the last ends at `max`, as TensorBoard draws such histograms; empty
    /// buckets at both ends are left out. `num`, `sum` and `sum_squares` are tensorboardX's
    /// arguments; the format has no place for them beside the buckets, so `num` is only checked.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// // 0.5, 1.5, 1.5
    /// let (limits, counts) = ([1.0, 2.0], [1.0, 2.0]);
    /// writer.add_histogram_raw("times", 0.5, 1.5, 3.0, 3.5, 4.75, &limits, &counts, 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if there are not as many limits as counts, limits do not increase,
    /// `min` and `max` are not finite or not in the first and the last bucket that counts, or the
    /// counts are not those of `num` values.
    #[allow(clippy::too_many_arguments)] // they are tensorboardX's
    pub fn add_histogram_raw(
        &self,
        tag: &str,
        min: f64,
        max: f64,
        num: f64,
        _sum: f64,
        _sum_squares: f64,
        bucket_limits: &[f64],
        bucket_counts: &[f64],
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let rows = rows(min, max, num, bucket_limits, bucket_counts)
            .map_err(|problem| WriteError::Value { tag: tag.to_owned(), problem })?;
        let mut encoded = Vec::new();
        append_value(&mut encoded, tag, &rows);
        self.add_values(&encoded, step.into(), self.now())
    }
}

/// Left edge, right edge and count of each bucket.
fn rows(
    min: f64,
    max: f64,
    num: f64,
    limits: &[f64],
    counts: &[f64],
) -> Result<Vec<[f64; 3]>, String> {
    if limits.len() != counts.len() {
        let (limits, counts) = (limits.len(), counts.len());
        return Err(format!("{limits} bucket limits and {counts} counts, want as many"));
    }
    if let Some(i) = (1..limits.len())
        .find(|&i| limits[i - 1].partial_cmp(&limits[i]).is_none_or(|order| order.is_ge()))
    {
        let (before, limit) = (limits[i - 1], limits[i]);
        return Err(format!("bucket limit {i} is {limit}, want more than {before}"));
    }
    if let Some(count) = counts.iter().find(|count| !(count.is_finite() && **count >= 0.0)) {
        return Err(format!("a bucket's count is {count}, want a number of values"));
    }
    let total: f64 = counts.iter().sum();
    if (total - num).abs() > 1e-6 * total.max(1.0) || num.is_nan() {
        return Err(format!("the buckets count {total} values, want {num}"));
    }
    let Some(first) = counts.iter().position(|count| *count > 0.0) else {
        return Ok(Vec::new());
    };
    let last = counts.iter().rposition(|count| *count > 0.0).expect("the first is one");
    let fits = (min.is_finite() && max.is_finite() && min <= max)
        && min <= limits[first]
        && (last == first || max >= limits[last - 1]);
    if !fits {
        let (low, high) = (limits[first], limits[last]);
        return Err(format!("values from {min} to {max} in buckets up to {low} and {high}"));
    }
    let left = |i| if i == first { min } else { limits[i - 1] };
    let right = |i| if i == last { max } else { limits[i] };
    Ok((first..=last).map(|i| [left(i), right(i), counts[i]]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_buckets_end_at_the_smallest_and_the_largest_value() {
        // As TensorBoard's data_compat.py converts it: empty ends dropped, then min and max.
        let limits = [-1.0, 0.0, 1.0, 2.0, f64::MAX];
        let rows = rows(-0.5, 1.75, 6.0, &limits, &[0.0, 2.0, 0.0, 4.0, 0.0]).unwrap();
        assert_eq!(rows, [[-0.5, 0.0, 2.0], [0.0, 1.0, 0.0], [1.0, 1.75, 4.0]]);
    }

    #[test]
    fn what_is_no_histogram_is_an_error_that_says_so() {
        let problem = |min, max, num, limits: &[f64], counts: &[f64]| {
            rows(min, max, num, limits, counts).unwrap_err()
        };
        let wrong = problem(0.0, 1.0, 1.0, &[1.0], &[]);
        assert_eq!(wrong, "1 bucket limits and 0 counts, want as many");
        let wrong = problem(0.0, 1.0, 2.0, &[1.0, 1.0], &[1.0, 1.0]);
        assert_eq!(wrong, "bucket limit 1 is 1, want more than 1");
        let wrong = problem(0.0, 1.0, 2.0, &[1.0, f64::NAN], &[1.0, 1.0]);
        assert_eq!(wrong, "bucket limit 1 is NaN, want more than 1");
        assert!(problem(0.0, 1.0, 1.0, &[1.0], &[f64::NAN]).contains("count is NaN"));
        assert_eq!(problem(0.0, 1.0, 5.0, &[1.0], &[1.0]), "the buckets count 1 values, want 5");
        assert!(problem(0.0, f64::NAN, 1.0, &[1.0], &[1.0]).starts_with("values from 0 to NaN"));
        assert!(problem(1.5, 2.0, 1.0, &[1.0, 2.0], &[1.0, 0.0]).starts_with("values from 1.5"));
        assert_eq!(rows(0.0, 0.0, 0.0, &[1.0], &[0.0]), Ok(Vec::new()));
    }
}
