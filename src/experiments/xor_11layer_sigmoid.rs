//! Lec 10-1: gradients vanish through eleven layers of sigmoids.

use super::xor;
use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds};

pub(super) struct Xor11LayerSigmoid;

impl Experiment for Xor11LayerSigmoid {
    fn name(&self) -> &str {
        "xor_11layer_sigmoid"
    }

    fn lecture(&self) -> &str {
        "lec 10-1"
    }

    fn about(&self) -> &str {
        "XOR through eleven layers of sigmoids: the gradient vanishes"
    }

    fn schedule(&self) -> Schedule {
        Schedule { steps: 200_000, every: 2_000 }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        xor::hyper_parameters("sigmoid", "uniform", "sgd", 0.1)
    }

    fn claim(&self) -> Claim {
        Claim {
            text: "cost stays at 0.6931 and accuracy at 0.5: the gradient vanishes",
            holds: |outcome| {
                (outcome.metric("cost") - 0.693_147_2).abs() < 1e-4
                    && outcome.metric("accuracy") == 0.5
            },
            seeds: Seeds { held: 0, of: 20 },
        }
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        xor::network(g, hyper, &[5; 10], Initializer::ZEROS)
    }
}
