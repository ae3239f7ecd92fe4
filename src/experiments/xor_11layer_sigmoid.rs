//! Lec 10-1: gradients vanish through eleven layers of sigmoids.

use super::xor;
use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds,
};

pub(super) struct Xor11LayerSigmoid;

impl Experiment for Xor11LayerSigmoid {
    fn about(&self) -> About {
        About {
            name: "xor_11layer_sigmoid",
            lecture: "lec 10-1",
            summary: "XOR through eleven layers of sigmoids: the gradient vanishes",
            schedule: Schedule { steps: 200_000, every: 2_000 },
            claim: Claim {
                text: "cost stays at 0.6931, every hypothesis at 0.5",
                holds: xor::is_stuck,
                seeds: Seeds { held: 20, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        xor::hyper_parameters("sigmoid", "uniform", "sgd", 0.1)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        xor::network(g, hyper, &[5; 10], Initializer::ZEROS)
    }
}
