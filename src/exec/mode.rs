//! What a plan is for.

/// What a plan is for: nodes such as [`InTraining`](crate::graph::ops::InTraining) differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Changing variables so that a cost falls.
    Training,
    /// Using the variables as they are.
    Evaluation,
}
