//! Lab 09-2: the net that the lab looks at in TensorBoard.

use super::xor;
use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds,
};

pub(super) struct XorTensorboard;

impl Experiment for XorTensorboard {
    fn about(&self) -> About {
        About {
            name: "xor_tensorboard",
            lecture: "lab 09-2",
            summary: "XOR 2-2-1 with Adam: the five steps of TensorBoard",
            schedule: Schedule { steps: 10_001, every: 100 },
            claim: Claim {
                text: "accuracy 1.0 and cost below 0.001",
                holds: |outcome| {
                    outcome.metric("accuracy") == 1.0 && outcome.metric("cost") < 0.001
                },
                seeds: Seeds { held: 11, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        xor::hyper_parameters("sigmoid", "normal", "adam", 0.01)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        xor::network(g, hyper, &[2], Initializer::STANDARD_NORMAL)
    }
}
