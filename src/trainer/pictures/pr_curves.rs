//! Precision and recall of each class against the rest.

use crate::summary::PrCurve;
use crate::trainer::Evaluation;

/// As many thresholds as tensorboardX and torch use.
const THRESHOLDS: usize = 127;

/// Returns the curve of each class: whether an image is one of it, by the class's probability.
///
/// Of a class with a probability that is no number there is none.
pub(super) fn of<'a>(
    answers: &'a Evaluation,
    labels: &'a [u8],
) -> impl Iterator<Item = (usize, PrCurve)> + 'a {
    (0..answers.classes).filter_map(|class| {
        let of_class: Vec<bool> = labels.iter().map(|&label| usize::from(label) == class).collect();
        let column = answers.probabilities.iter().skip(class).step_by(answers.classes);
        let probabilities: Vec<f32> = column.copied().collect();
        Some((class, PrCurve::of(&of_class, &probabilities, THRESHOLDS)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_held_against_the_rest() {
        // Probabilities of class 1: 1/4, 3/4, 1/2; the labels are 0, 1, 0.
        let ln3 = 3.0_f32.ln();
        let labels = [0, 1, 0];
        let logits = vec![ln3, 0.0, 0.0, ln3, 0.0, 0.0];
        let answers = Evaluation::of_logits(logits, 2, &labels);
        let curves: Vec<(usize, PrCurve)> = of(&answers, &labels).collect();
        assert_eq!(curves.len(), 2);
        let (class, curve) = &curves[1];
        assert_eq!((*class, curve.recall.len()), (1, THRESHOLDS));
        // At 0 all are taken for 1, at 48/126 = 0.38 the last two, at 72/126 = 0.57 the second.
        let at = |place: usize| (curve.true_positives[place], curve.false_positives[place]);
        assert_eq!(
            [at(0), at(48), at(72), at(126)],
            [(1.0, 2.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]
        );
    }

    #[test]
    fn probabilities_that_are_no_numbers_have_no_curve() {
        let labels = [0];
        let answers = Evaluation::of_logits(vec![f32::NAN, 0.0], 2, &labels);
        assert_eq!(of(&answers, &labels).count(), 0);
    }
}
