//! Lab 09-1: no line separates XOR.

use super::xor;
use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds,
};

pub(super) struct XorLogistic;

impl Experiment for XorLogistic {
    fn about(&self) -> About {
        About {
            name: "xor_logistic",
            lecture: "lab 09-1",
            summary: "XOR by logistic regression: a linear model cannot learn it",
            schedule: Schedule { steps: 10_001, every: 100 },
            claim: Claim {
                text: "cost stays at 0.6931 and accuracy at 0.5",
                holds: |outcome| xor::is_stuck(outcome) && outcome.metric("accuracy") == 0.5,
                seeds: Seeds { held: 20, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        xor::hyper_parameters("sigmoid", "normal", "sgd", 0.1)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        xor::network(g, hyper, &[], Initializer::STANDARD_NORMAL)
    }
}
