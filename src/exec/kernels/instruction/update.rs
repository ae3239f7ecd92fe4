//! Steps of optimisers.

use super::Slot;

/// `variable -= rate * grad`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GradientDescent {
    pub(crate) variable: Slot,
    pub(crate) rate: Slot,
    pub(crate) grad: Slot,
}

/// `accumulator = momentum * accumulator + grad`, `variable -= rate * accumulator`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Momentum {
    pub(crate) variable: Slot,
    pub(crate) accumulator: Slot,
    pub(crate) rate: Slot,
    pub(crate) grad: Slot,
    pub(crate) momentum: Slot,
}

/// A step of RMSProp; see `graph::ops::ApplyRmsProp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RmsProp {
    pub(crate) variable: Slot,
    pub(crate) mean_square: Slot,
    pub(crate) moment: Slot,
    /// learning_rate, decay, momentum, epsilon.
    pub(crate) numbers: [Slot; 4],
    pub(crate) grad: Slot,
}

/// A step of Adam; see `graph::ops::ApplyAdam`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Adam {
    pub(crate) variable: Slot,
    pub(crate) m: Slot,
    pub(crate) v: Slot,
    /// beta1_power, beta2_power, learning_rate, beta1, beta2, epsilon.
    pub(crate) numbers: [Slot; 6],
    pub(crate) grad: Slot,
}
