//! What a classifier is trained and evaluated with.

use super::classifier::Classifier;
use super::evaluation::Evaluator;
use super::train::looked_at;
use super::{Recording, TrainError};
use crate::exec::{Plan, Session};

/// The plans of a training: they hold all values between images and cost, and no variables.
pub(super) struct Plans {
    /// Trains.
    pub(super) step: Plan,
    /// Computes what is logged.
    pub(super) look: Plan,
    pub(super) evaluator: Evaluator,
}

impl Plans {
    pub(super) fn new(
        session: &Session,
        recording: &Recording,
        classifier: &Classifier,
    ) -> Result<Self, TrainError> {
        let (graph, model) = (&recording.graph, &recording.model);
        let batch = classifier.training.batch;
        let train = model.train.expect("a classifier is trained");
        Ok(Plans {
            step: session.training_plan(&[train, classifier.cross_entropy], batch)?,
            look: session.training_plan(&looked_at(graph, model), batch)?,
            evaluator: Evaluator::of(graph),
        })
    }
}
