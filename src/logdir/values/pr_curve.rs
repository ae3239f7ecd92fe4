//! Precision and recall.

use super::{Decode, Encoded, Value, tensor};
use crate::logdir::{Kind, Metadata};

/// Counts, precision and recall of a classifier at thresholds evenly spaced over [0, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct PrCurve {
    /// True positives at each threshold.
    pub true_positives: Vec<f64>,
    /// False positives at each threshold.
    pub false_positives: Vec<f64>,
    /// True negatives at each threshold.
    pub true_negatives: Vec<f64>,
    /// False negatives at each threshold.
    pub false_negatives: Vec<f64>,
    /// Precision at each threshold.
    pub precision: Vec<f64>,
    /// Recall at each threshold.
    pub recall: Vec<f64>,
}

impl PrCurve {
    /// Returns the thresholds, from 0 to 1.
    pub fn thresholds(&self) -> impl ExactSizeIterator<Item = f64> {
        let steps = self.precision.len().saturating_sub(1).max(1) as f64;
        (0..self.precision.len()).map(move |i| i as f64 / steps)
    }
}

impl Value for PrCurve {
    const KIND: Kind = Kind::PrCurves;
}

impl Decode for PrCurve {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        let tensor = tensor(value)?;
        let ([6, len], Some(numbers)) = (&tensor.shape[..], tensor.to_f64()) else {
            let shape = &tensor.shape;
            return Err(format!("got a tensor of shape {shape:?}, want numbers of shape [6, k]"));
        };
        let row = |i: usize| numbers[i * len..(i + 1) * len].to_vec();
        Ok(PrCurve {
            true_positives: row(0),
            false_positives: row(1),
            true_negatives: row(2),
            false_negatives: row(3),
            precision: row(4),
            recall: row(5),
        })
    }
}
