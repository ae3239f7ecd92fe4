//! Lab 09-1: no line separates XOR.

use super::xor;
use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds};

pub(super) struct XorLogistic;

impl Experiment for XorLogistic {
    fn name(&self) -> &str {
        "xor_logistic"
    }

    fn lecture(&self) -> &str {
        "lab 09-1"
    }

    fn about(&self) -> &str {
        "XOR by logistic regression: a linear model cannot learn it"
    }

    fn schedule(&self) -> Schedule {
        Schedule { steps: 10_001, every: 100 }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        xor::hyper_parameters("sigmoid", "normal", "sgd", 0.1)
    }

    fn claim(&self) -> Claim {
        Claim {
            text: "cost stays at 0.6931 and accuracy at 0.5",
            holds: |outcome| {
                (outcome.metric("cost") - 0.693_147_2).abs() < 1e-4
                    && outcome.metric("accuracy") == 0.5
            },
            seeds: Seeds { held: 0, of: 20 },
        }
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        xor::network(g, hyper, &[], Initializer::STANDARD_NORMAL)
    }
}
