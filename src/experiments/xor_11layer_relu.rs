//! Lec 10-1: ReLU lets the gradient through eleven layers.

use super::xor;
use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds,
};

pub(super) struct Xor11LayerRelu;

impl Experiment for Xor11LayerRelu {
    fn about(&self) -> About {
        About {
            name: "xor_11layer_relu",
            lecture: "lec 10-1",
            summary: "XOR through eleven layers of ReLUs: the gradient arrives",
            schedule: Schedule { steps: 200_000, every: 2_000 },
            claim: Claim {
                text: "accuracy 1.0 and cost below 0.0001",
                holds: |outcome| outcome.metric("accuracy") == 1.0 && outcome.metric("cost") < 1e-4,
                seeds: Seeds { held: 9, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        xor::hyper_parameters("relu", "uniform", "sgd", 0.1)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        xor::network(g, hyper, &[5; 10], Initializer::ZEROS)
    }
}
