//! Lab 09-1: two sigmoids are enough for XOR.

use super::xor;
use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds,
};

pub(super) struct XorNn;

impl Experiment for XorNn {
    fn about(&self) -> About {
        About {
            name: "xor_nn",
            lecture: "lab 09-1",
            summary: "XOR with one hidden layer: 2-2-1, sigmoid",
            schedule: Schedule { steps: 10_001, every: 100 },
            claim: Claim {
                text: "accuracy 1.0 and cost below 0.05",
                holds: |outcome| outcome.metric("accuracy") == 1.0 && outcome.metric("cost") < 0.05,
                seeds: Seeds { held: 11, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        xor::hyper_parameters("sigmoid", "normal", "sgd", 0.1)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        xor::network(g, hyper, &[2], Initializer::STANDARD_NORMAL)
    }
}
