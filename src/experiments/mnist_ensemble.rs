//! The ensemble of convolutional nets of lab 11-3.

use super::images::{self, CLASSES};
use crate::graph::GraphBuilder;
use crate::nn::layers::{Sequential, conv2d, dense, dropout, flatten, max_pool, reshape};
use crate::trainer::{
    About, Augmentation, BuildError, Claim, Experiment, HyperParameters, Model, Outcome, Seeds,
    Training,
};

/// As the notes; but with a rate that falls.
const EPOCHS: u64 = 20;

/// The net of `mnist_cnn` by the layers API, with its first values: Glorot, biases of zero.
pub(super) struct MnistEnsemble;

const CLAIM: Claim = Claim {
    text: "test accuracy of at least 0.9947, of seven models 0.9952",
    holds: |outcome| outcome.metric("test/accuracy") >= least(outcome),
    seeds: Seeds { held: 1, of: 1 },
};

/// What the notes report of two models, and of seven.
fn least(outcome: &Outcome) -> f64 {
    if outcome.metrics.contains_key("test/accuracy/model-7") { 0.9952 } else { 0.9947 }
}

impl Experiment for MnistEnsemble {
    fn about(&self) -> About {
        About {
            name: "mnist_ensemble",
            lecture: "lab 11-3",
            summary: "digits by two convolutional nets whose logits are summed; `--models 7` for more",
            schedule: images::schedule(EPOCHS),
            claim: CLAIM,
        }
    }

    fn models(&self) -> u64 {
        2
    }

    fn hyper_parameters(&self) -> HyperParameters {
        let net = HyperParameters::new()
            .text("filters", "32,64,128")
            .text("units", "625")
            .text("init", "xavier")
            .text("bias_init", "zeros")
            .number("keep_prob", 0.7)
            .number("keep_prob_last", 0.5);
        images::training(net, EPOCHS, "cosine", Augmentation::NONE)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        let (kernel, bias) = (hyper.initializer("init")?, hyper.initializer("bias_init")?);
        let keep_prob = hyper.number_in("keep_prob", 0.01..=1.0)? as f32;
        let keep_prob_last = hyper.number_in("keep_prob_last", 0.01..=1.0)? as f32;
        let training = Training::from_hyper(hyper)?;

        let mut net = Sequential::new().add(reshape([28, 28, 1]));
        for filters in hyper.sizes("filters")? {
            net = net
                .add(conv2d(filters, 3).same().relu().kernel(kernel.clone()).bias(bias.clone()))
                .add(max_pool(2).same())
                .add(dropout(keep_prob));
        }
        net = net.add(flatten());
        for units in hyper.sizes("units")? {
            net = net
                .add(dense(units).relu().kernel(kernel.clone()).bias(bias.clone()))
                .add(dropout(keep_prob_last));
        }
        net = net.add(dense(CLASSES).kernel(kernel).bias(bias));

        images::classifier(g, &net, training)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_models_are_held_to_more_than_two() {
        let of = |models: usize, accuracy: f64| {
            let mut outcome = Outcome::default();
            outcome.metrics.insert("test/accuracy".to_owned(), accuracy);
            for model in 1..=models {
                outcome.metrics.insert(format!("test/accuracy/model-{model}"), 0.99);
            }
            (CLAIM.holds)(&outcome)
        };
        assert_eq!([of(2, 0.9946), of(2, 0.9947), of(7, 0.9947)], [false, true, false]);
        assert!(of(7, 0.9952) && !of(2, f64::NAN) && !(CLAIM.holds)(&Outcome::default()));
    }
}
