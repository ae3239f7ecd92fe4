//! Advice on checkpoints that are whole and cannot be used.

use crate::trainer::CheckpointError;

/// What to do with one that was written for something else; nothing of other errors.
pub(super) fn of_another(error: &CheckpointError) -> Option<&'static str> {
    match error {
        CheckpointError::Version { .. } => {
            Some("it was written by another version of this program: use that, or train it again")
        }
        // The right experiment by its name.
        CheckpointError::Foreign { what: "variables" | "number of variables", .. } => {
            Some("the experiment's model has changed since it was written: train it again")
        }
        CheckpointError::Foreign { .. } => Some(
            "checkpoints belong to one experiment, its hyper-parameters and seed: is it one of this \
             run's?",
        ),
        _ => None,
    }
}
