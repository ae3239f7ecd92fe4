//! Histograms.

use super::content::message;
use super::{Decode, Encoded, Value, tensor};
use crate::event::Content;
use crate::logdir::{Kind, Metadata, Series};
use crate::proto::HistogramProto;

/// How many numbers lie where.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Left edge, right edge and count of each range, from left to right.
    pub buckets: Vec<[f64; 3]>,
    /// What TensorFlow 1's form says beside the buckets.
    pub statistics: Option<HistogramStatistics>,
}

/// What TensorFlow 1's form of a histogram says of all its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistogramStatistics {
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// How many there are.
    pub num: f64,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub sum_squares: f64,
}

/// The histograms of one tag.
pub type HistogramSeries = Series<Histogram>;

impl Value for Histogram {
    const KIND: Kind = Kind::Histograms;
}

impl Decode for Histogram {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        match value {
            Encoded::Summary(Content::Tensor(_)) => of_tensor(value),
            Encoded::Summary(Content::Histogram(bytes)) => of_proto(&message(bytes)?),
            other => Err(other.is_not("a histogram")),
        }
    }
}

fn of_tensor(value: Encoded<'_>) -> Result<Histogram, String> {
    let tensor = tensor(value)?;
    match (&tensor.shape[..], tensor.to_f64()) {
        ([_, 3], Some(numbers)) => {
            Ok(Histogram { buckets: numbers.as_chunks().0.to_vec(), statistics: None })
        }
        (shape, _) => Err(format!("got a tensor of shape {shape:?}, want numbers of shape [k, 3]")),
    }
}

/// Turns TensorFlow 1's right edges into ranges.
///
/// The outermost edges are `±DBL_MAX`, so empty ranges at the ends are left out and the outermost
/// of the others end at the smallest and the largest number: `data_compat.py` of TensorBoard 2.21
/// does so.
fn of_proto(proto: &HistogramProto) -> Result<Histogram, String> {
    let (limits, counts) = (&proto.bucket_limit, &proto.bucket);
    if limits.len() != counts.len() {
        return Err(format!("got {} limits for {} buckets", limits.len(), counts.len()));
    }
    let first = counts.iter().position(|&count| count > 0.0);
    let last = counts.iter().rposition(|&count| count > 0.0);
    let mut buckets = Vec::new();
    if let (Some(first), Some(last)) = (first, last) {
        let mut left = proto.min;
        for i in first..=last {
            let right = if i == last { proto.max } else { limits[i] };
            buckets.push([left, right, counts[i]]);
            left = right;
        }
    }
    let HistogramProto { min, max, num, sum, sum_squares, .. } = *proto;
    let statistics = Some(HistogramStatistics { min, max, num, sum, sum_squares });
    Ok(Histogram { buckets, statistics })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_edges_are_the_smallest_and_the_largest_number() {
        // -0.9, 0.5, 0.6, 0.95 as tensorboardX might bucket them.
        let proto = HistogramProto {
            min: -0.9,
            max: 0.95,
            num: 4.0,
            sum: 1.15,
            bucket_limit: vec![-1.0, -0.5, 0.0, 0.55, f64::MAX],
            bucket: vec![0.0, 1.0, 0.0, 1.0, 2.0],
            ..Default::default()
        };
        let want = [[-0.9, -0.5, 1.0], [-0.5, 0.0, 0.0], [0.0, 0.55, 1.0], [0.55, 0.95, 2.0]];
        assert_eq!(of_proto(&proto).unwrap().buckets, want);
    }
}
