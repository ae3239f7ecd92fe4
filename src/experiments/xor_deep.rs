//! Lab 09-1: wide and deep.

use super::xor;
use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds,
};

pub(super) struct XorDeep;

impl Experiment for XorDeep {
    fn about(&self) -> About {
        About {
            name: "xor_deep",
            lecture: "lab 09-1",
            summary: "XOR wide and deep: 2-10-10-10-1, sigmoid",
            schedule: Schedule { steps: 10_001, every: 100 },
            claim: Claim {
                text: "accuracy 1.0 and cost below 0.01",
                holds: |outcome| outcome.metric("accuracy") == 1.0 && outcome.metric("cost") < 0.01,
                seeds: Seeds { held: 20, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        xor::hyper_parameters("sigmoid", "normal", "sgd", 0.1)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        xor::network(g, hyper, &[10, 10, 10], Initializer::STANDARD_NORMAL)
    }
}
