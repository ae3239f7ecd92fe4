//! Precision-recall curves: what a binary classifier finds at each threshold.

use prost::Message;

use super::kind::{Kind, numbers, refused};
use super::{SummaryWriter, WriteError};
use crate::proto::{DataClass, DataType, PrCurvePluginData};
use crate::types::Step;

/// As many thresholds as tensorboardX and torch use.
const THRESHOLDS: usize = 127;

/// Counts and ratios at thresholds evenly spaced from 0 to 1, both included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrCurve {
    /// Positive examples with predictions of at least the threshold.
    pub true_positives: Vec<f32>,
    /// Negative examples with predictions of at least the threshold.
    pub false_positives: Vec<f32>,
    /// Negative examples with predictions below the threshold.
    pub true_negatives: Vec<f32>,
    /// Positive examples with predictions below the threshold.
    pub false_negatives: Vec<f32>,
    /// True positives among all that is taken for positive; 0 if nothing is.
    pub precision: Vec<f32>,
    /// True positives among all positive examples; 0 if there are none.
    pub recall: Vec<f32>,
}

impl PrCurve {
    /// Returns the curve of predictions, or `None` if one is not in 0 to 1, their number is not that
    /// of the labels, or there are fewer than 2 thresholds.
    pub fn of(labels: &[bool], predictions: &[f32], thresholds: usize) -> Option<Self> {
        let valid = predictions.iter().all(|prediction| (0.0..=1.0).contains(prediction));
        if labels.len() != predictions.len() || thresholds < 2 || !valid {
            return None;
        }
        // Examples whose prediction reaches this threshold but not the next: negative, positive.
        let mut reached = vec![[0_u64; 2]; thresholds];
        for (label, prediction) in labels.iter().zip(predictions) {
            let last = (thresholds - 1) as f32;
            reached[(prediction * last) as usize][usize::from(*label)] += 1;
        }
        let all = reached.iter().fold([0, 0], |sum, both| [sum[0] + both[0], sum[1] + both[1]]);
        let mut curve = PrCurve::default();
        let mut below = [0, 0];
        for [negative, positive] in reached {
            let ([tn, fn_], [fp, tp]) = (below, [all[0] - below[0], all[1] - below[1]]);
            curve.true_positives.push(tp as f32);
            curve.false_positives.push(fp as f32);
            curve.true_negatives.push(tn as f32);
            curve.false_negatives.push(fn_ as f32);
            curve.precision.push(ratio(tp, tp + fp));
            curve.recall.push(ratio(tp, all[1]));
            below = [below[0] + negative, below[1] + positive];
        }
        Some(curve)
    }

    fn rows(&self) -> [&[f32]; 6] {
        [
            &self.true_positives,
            &self.false_positives,
            &self.true_negatives,
            &self.false_negatives,
            &self.precision,
            &self.recall,
        ]
    }
}

fn ratio(part: u64, whole: u64) -> f32 {
    (part as f64 / whole.max(1) as f64) as f32
}

impl SummaryWriter {
    /// Logs how precision and recall of predictions vary with the threshold, at 127 thresholds.
    ///
    /// `labels` are the truth, `predictions` probabilities. For another number of thresholds, pass
    /// [`PrCurve::of`] to [`SummaryWriter::add_pr_curve_raw`].
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// let labels = [true, true, false, false];
    /// writer.add_pr_curve("cat", &labels, &[0.9, 0.4, 0.6, 0.1], 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if the lengths differ or a prediction is not in 0 to 1, such as NaN; else
    /// as for other summaries.
    pub fn add_pr_curve(
        &self,
        tag: &str,
        labels: &[bool],
        predictions: &[f32],
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let Some(curve) = PrCurve::of(labels, predictions, THRESHOLDS) else {
            let outside = |(_, prediction): &(usize, &f32)| !(0.0..=1.0).contains(*prediction);
            let problem = match predictions.iter().enumerate().find(outside) {
                Some((i, prediction)) => format!("prediction {i} is {prediction}, want 0 to 1"),
                None => {
                    format!("got {} labels for {} predictions", labels.len(), predictions.len())
                }
            };
            return Err(refused(tag, problem));
        };
        self.add_pr_curve_raw(tag, &curve, step)
    }

    /// Logs a precision-recall curve that was counted already.
    ///
    /// ```
    /// use runboard::summary::{PrCurve, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// // At the thresholds 0, 0.5 and 1; TensorBoard does not draw the last, where nothing is found.
    /// let curve = PrCurve {
    ///     true_positives: vec![4.0, 3.0, 0.0],
    ///     false_positives: vec![6.0, 1.0, 0.0],
    ///     true_negatives: vec![0.0, 5.0, 6.0],
    ///     false_negatives: vec![0.0, 1.0, 4.0],
    ///     precision: vec![0.4, 0.75, 0.0],
    ///     recall: vec![1.0, 0.75, 0.0],
    /// };
    /// writer.add_pr_curve_raw("cat", &curve, 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if the parts differ in length or are empty; else as for other summaries.
    pub fn add_pr_curve_raw(
        &self,
        tag: &str,
        curve: &PrCurve,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let rows = curve.rows();
        let thresholds = rows[0].len();
        if thresholds == 0 || rows.iter().any(|row| row.len() != thresholds) {
            let problem = format!("got {:?} values, want as many of each", rows.map(<[f32]>::len));
            return Err(refused(tag, problem));
        }
        let content = PrCurvePluginData { num_thresholds: thresholds as u32, ..Default::default() };
        let content = content.encode_to_vec();
        let kind = Kind { plugin: "pr_curves", content: &content, class: DataClass::Tensor };
        let values = rows.concat().into_iter().flat_map(f32::to_le_bytes).collect();
        let tensor = numbers(DataType::DtFloat, &[rows.len(), thresholds], values);
        self.add_of_kind(&kind, tag, &tensor, step.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_counted_by_hand() {
        // Thresholds 0, 1/4, 2/4, 3/4, 1. Positive: 0.3 and 0.8; negative: 0.1, 0.5 and 1.0.
        // At 0: all five are taken. At 1/4: all but 0.1. At 2/4: 0.5, 0.8, 1.0. At 3/4: 0.8, 1.0. At 1: 1.0.
        let labels = [true, true, false, false, false];
        let curve = PrCurve::of(&labels, &[0.3, 0.8, 0.1, 0.5, 1.0], 5).unwrap();
        assert_eq!(curve.true_positives, [2.0, 2.0, 1.0, 1.0, 0.0]);
        assert_eq!(curve.false_positives, [3.0, 2.0, 2.0, 1.0, 1.0]);
        assert_eq!(curve.true_negatives, [0.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(curve.false_negatives, [0.0, 0.0, 1.0, 1.0, 2.0]);
        assert_eq!(curve.precision, [0.4, 0.5, 1.0 / 3.0, 0.5, 0.0]);
        assert_eq!(curve.recall, [1.0, 1.0, 0.5, 0.5, 0.0]);
    }

    #[test]
    fn without_examples_everything_is_zero() {
        let curve = PrCurve::of(&[], &[], 3).unwrap();
        assert!(curve.rows().iter().all(|row| *row == [0.0; 3]));
    }

    #[test]
    fn what_is_no_curve_is_refused_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let writer = SummaryWriter::create(dir.path()).unwrap();
        let add = |labels: &[bool], predictions: &[f32]| {
            writer.add_pr_curve("pr", labels, predictions, 0).unwrap_err().to_string()
        };
        assert_eq!(
            add(&[true; 2], &[0.5, f32::NAN]),
            "summary `pr`: prediction 1 is NaN, want 0 to 1"
        );
        assert_eq!(add(&[true], &[1.5]), "summary `pr`: prediction 0 is 1.5, want 0 to 1");
        assert_eq!(add(&[true], &[]), "summary `pr`: got 1 labels for 0 predictions");
        let uneven = PrCurve { recall: vec![1.0], ..Default::default() };
        assert_eq!(
            writer.add_pr_curve_raw("pr", &uneven, 0).unwrap_err().to_string(),
            "summary `pr`: got [0, 0, 0, 0, 0, 1] values, want as many of each"
        );
    }
}
