//! Several models of the same kind, trained side by side, whose logits are summed: lec 10-3.

use std::time::Instant;

use super::{Evaluation, Fit, Observer, Position, TrainError, Trained};
use crate::data::Dataset;
use crate::summary::WriteError;

/// What an ensemble and its members make of validation and test images after an epoch.
#[derive(Clone, Debug)]
pub struct EnsembleEpoch {
    /// How many epochs are behind it.
    pub epoch: u64,
    /// The step each member was trained last.
    pub step: u64,
    /// Each member's answers to the validation images.
    pub validation: Vec<Evaluation>,
    /// Each member's answers to the test images.
    pub test: Vec<Evaluation>,
    /// The answers of all to the validation images.
    pub ensemble_validation: Evaluation,
    /// The answers of all to the test images.
    pub ensemble_test: Evaluation,
}

impl EnsembleEpoch {
    /// Returns the numbers that are logged after each epoch, with their tags.
    pub fn scalars(&self) -> Vec<(String, f64)> {
        let mut scalars = vec![
            ("validation/cost".to_owned(), self.ensemble_validation.cost),
            ("validation/accuracy".to_owned(), self.ensemble_validation.accuracy),
            ("test/cost".to_owned(), self.ensemble_test.cost),
            ("test/accuracy".to_owned(), self.ensemble_test.accuracy),
        ];
        for (index, member) in self.test.iter().enumerate() {
            scalars.push((format!("test/accuracy/model-{}", index + 1), member.accuracy));
        }
        scalars
    }
}

/// Trains `members` epoch by epoch, each seen by its own observers; `each` sees all after an epoch.
///
/// Members differ in their seeds. One that its patience has stopped stays as it is while others go on.
///
/// # Errors
/// As [`Fit::run`], of the first member that fails; or what `each` returns.
///
/// # Panics
/// If there are no members, or no observers for one.
pub fn train_ensemble<'r>(
    members: &mut [Fit<'r>],
    data: &'r Dataset,
    observers: &mut [Vec<&mut dyn Observer>],
    each: &mut dyn FnMut(&EnsembleEpoch) -> Result<(), WriteError>,
) -> Result<Trained, TrainError> {
    let clock = Instant::now();
    for (member, observers) in members.iter_mut().zip(observers.iter_mut()) {
        member.start(observers)?;
    }
    let mut plans = None;
    let last = loop {
        let (mut more, mut answers) = (false, Vec::with_capacity(members.len()));
        for (member, observers) in members.iter_mut().zip(observers.iter_mut()) {
            member.lend(&mut plans);
            more |= member.epoch(observers)?;
            answers.push(member.answers()?);
            member.lend(&mut plans);
        }
        let (validation, test): (Vec<_>, Vec<_>) =
            answers.into_iter().map(|[validation, test]| (validation, test)).unzip();
        let epoch = EnsembleEpoch {
            epoch: furthest(members, |position| position.epoch),
            step: furthest(members, |position| position.step).saturating_sub(1),
            ensemble_validation: Evaluation::of_ensemble(&validation, data.validation.labels()),
            ensemble_test: Evaluation::of_ensemble(&test, data.test.labels()),
            validation,
            test,
        };
        each(&epoch)?;
        members.iter_mut().try_for_each(Fit::save)?;
        if !more {
            break epoch.scalars();
        }
    };
    let mut trained = members[0].trained(clock.elapsed());
    trained.epochs = Some(furthest(members, |position| position.epoch));
    trained.steps = furthest(members, |position| position.step);
    trained.outcome.metrics = last.iter().cloned().collect();
    trained.outcome.report =
        last.into_iter().map(|(tag, value)| (tag, vec![value as f32])).collect();
    Ok(trained)
}

/// How far the member is that has not been stopped.
fn furthest(members: &[Fit], far: impl Fn(&Position) -> u64) -> u64 {
    members.iter().map(|member| far(member.position())).max().unwrap_or(0)
}
