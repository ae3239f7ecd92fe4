//! What a classifier makes of images it is not trained on.

use super::batches;
use super::classifier::Classifier;
use crate::data::Examples;
use crate::exec::{ExecError, Plan, Session};
use crate::graph::{Graph, NodeId, Op};

/// Images looked at together: enough for the threads, few enough for the second cache.
const BATCH: usize = 500;
/// The same where images are convolved: each then has many maps, and not all nets let a few images
/// through at a time.
const CONVOLVED_BATCH: usize = 100;

/// A classifier's answers to some images.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean cross-entropy, in nats.
    pub cost: f64,
    /// The share of images whose most probable class is their label.
    pub accuracy: f64,
    /// The number of classes.
    pub classes: usize,
    /// The logits of each image, row major: `[images, classes]`.
    pub logits: Vec<f32>,
    /// The probability of each class for each image, row major: `[images, classes]`.
    pub probabilities: Vec<f32>,
}

impl Evaluation {
    /// Judges logits, `[images, classes]`, by their labels.
    pub fn of_logits(logits: Vec<f32>, classes: usize, labels: &[u8]) -> Self {
        let mut probabilities = Vec::with_capacity(logits.len());
        let (mut cost, mut right) = (0.0, 0_usize);
        for (row, &label) in logits.chunks_exact(classes).zip(labels) {
            let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let start = probabilities.len();
            probabilities.extend(row.iter().map(|x| (x - max).exp()));
            let sum: f32 = probabilities[start..].iter().sum();
            probabilities[start..].iter_mut().for_each(|probability| *probability /= sum);
            cost += f64::from(sum).ln() - f64::from(row[usize::from(label)] - max);
            right += usize::from(most_probable(row) == label);
        }
        let count = labels.len().max(1) as f64;
        let (cost, accuracy) = (cost / count, right as f64 / count);
        Evaluation { cost, accuracy, classes, logits, probabilities }
    }

    /// Judges models together: their logits are summed.
    ///
    /// # Panics
    /// If there is none, or one has other images.
    pub fn of_ensemble(members: &[Evaluation], labels: &[u8]) -> Self {
        let mut logits = members[0].logits.clone();
        for member in &members[1..] {
            assert_eq!(member.logits.len(), logits.len(), "members answer to the same images");
            logits.iter_mut().zip(&member.logits).for_each(|(sum, logit)| *sum += logit);
        }
        Self::of_logits(logits, members[0].classes, labels)
    }

    /// Returns the most probable class of each image, the first of equals.
    pub fn predicted(&self) -> impl Iterator<Item = u8> + '_ {
        self.logits.chunks_exact(self.classes).map(most_probable)
    }
}

/// The place of the largest probability, the first of equals.
pub(crate) fn most_probable(row: &[f32]) -> u8 {
    let mut best = 0;
    for (class, &probability) in row.iter().enumerate() {
        if probability > row[best] {
            best = class;
        }
    }
    best as u8
}

/// Plans that evaluate a classifier, batch by batch; the last may be smaller.
pub(super) struct Evaluator {
    batch: usize,
    plans: Vec<Plan>,
}

impl Evaluator {
    pub(super) fn of(graph: &Graph) -> Self {
        let is_convolved = graph.nodes().iter().any(|node| matches!(node.op(), Op::Conv2D(_)));
        let batch = if is_convolved { CONVOLVED_BATCH } else { BATCH };
        Evaluator { batch, plans: Vec::new() }
    }

    /// Evaluates all the examples.
    ///
    /// # Errors
    /// [`ExecError::NotFinite`] if a logit is not.
    pub(super) fn evaluate(
        &mut self,
        session: &mut Session,
        classifier: &Classifier,
        examples: &Examples,
    ) -> Result<Evaluation, ExecError> {
        let classes = classifier.classes;
        let mut logits = Vec::with_capacity(examples.len() * classes);
        for start in (0..examples.len()).step_by(self.batch) {
            let rows = self.batch.min(examples.len() - start);
            let plan = self.plan(session, classifier.logits, rows)?;
            batches::feed(session, plan, classifier, examples, |row| start + row)?;
            session.run(plan)?;
            session.check_finite(plan, classifier.logits)?;
            logits.extend_from_slice(plan.value(classifier.logits));
        }
        Ok(Evaluation::of_logits(logits, classes, examples.labels()))
    }

    /// The plan for that many rows; compiled the first time.
    fn plan(
        &mut self,
        session: &Session,
        logits: NodeId,
        rows: usize,
    ) -> Result<&mut Plan, ExecError> {
        let known = self.plans.iter().position(|plan| plan.batch() == rows);
        let place = match known {
            Some(place) => place,
            None => {
                self.plans.push(session.plan(&[logits], rows)?);
                self.plans.len() - 1
            }
        };
        Ok(&mut self.plans[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ensemble_sums_logits() {
        // Of two images the first model gets both wrong, by little; the second both right.
        let labels = [0, 1];
        let of = |logits: [f32; 4]| Evaluation::of_logits(logits.to_vec(), 2, &labels);
        let members = [of([0.0, 0.5, 1.0, 0.0]), of([2.0, 0.0, 0.0, 3.0])];
        assert_eq!(members.each_ref().map(|member| member.accuracy), [0.0, 1.0]);
        let ensemble = Evaluation::of_ensemble(&members, &labels);
        assert_eq!(ensemble.accuracy, 1.0);
        assert_eq!(ensemble.predicted().collect::<Vec<u8>>(), labels);
        assert_eq!(ensemble.logits, [2.0, 0.5, 1.0, 3.0]);
        // Differences of 1.5 and 2: (ln(1 + e^-1.5) + ln(1 + e^-2)) / 2
        let want = ((1.0 + (-1.5_f64).exp()).ln() + (1.0 + (-2.0_f64).exp()).ln()) / 2.0;
        assert!((ensemble.cost - want).abs() < 1e-6);
        assert!((ensemble.probabilities[0] - 1.0 / (1.0 + (-1.5_f32).exp())).abs() < 1e-6);
    }
}
