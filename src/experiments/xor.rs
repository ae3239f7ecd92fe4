//! What the XOR experiments have in common: four examples, and a net with a sigmoid at its end.

use ndarray::array;

use crate::graph::{GraphBuilder, Initializer};
use crate::nn::{self, Activation, Dense};
use crate::trainer::{BuildError, HyperParameters, Model, Outcome};

/// The hyper-parameters of all of them, with one experiment's defaults.
pub(super) fn hyper_parameters(
    activation: &str,
    init: &str,
    optimizer: &str,
    learning_rate: f64,
) -> HyperParameters {
    HyperParameters::new()
        .text("activation", activation)
        .text("init", init)
        .text("optimizer", optimizer)
        .number("learning_rate", learning_rate)
}

/// Whether a net answers 0.5 to everything, at a cost of ln 2.
pub(super) fn is_stuck(outcome: &Outcome) -> bool {
    let undecided = |hypothesis: &f32| (hypothesis - 0.5).abs() < 1e-3;
    let hypotheses = outcome.reported("hypothesis");
    (outcome.metric("cost") - std::f64::consts::LN_2).abs() < 1e-4
        && hypotheses.len() == 4
        && hypotheses.iter().all(undecided)
}

/// Builds `2 - hidden... - 1`, trained on all of XOR at every step; biases start as `bias`.
pub(super) fn network(
    g: &mut GraphBuilder,
    hyper: &HyperParameters,
    hidden: &[usize],
    bias: Initializer,
) -> Result<Model, BuildError> {
    let mut model = Model::new();
    let x = model.input(g, "X", &array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])?;
    let y = model.input(g, "Y", &array![[0.0], [1.0], [1.0], [0.0]])?;
    let kernel = hyper.initializer("init")?;

    let mut hypothesis = x;
    for (i, units) in hidden.iter().copied().chain([1]).enumerate() {
        let last = i == hidden.len();
        let activation = if last { Activation::Sigmoid } else { hyper.activation("activation")? };
        let dense = Dense { units, activation, kernel: kernel.clone(), bias: bias.clone() };
        hypothesis = model.layer(dense.add(g, &format!("Layer{}", i + 1), hypothesis)?);
    }
    let cost = g.scope("Cost", |g| nn::binary_cross_entropy(g, hypothesis, y))?;
    let (predicted, accuracy) = g.scope("Accuracy", |g| {
        let predicted = nn::threshold(g, hypothesis)?;
        Ok::<_, BuildError>((predicted, nn::accuracy(g, predicted, y)?))
    })?;
    model.minimize(g, hyper.optimizer("optimizer")?, cost)?;
    model.scalar("accuracy", accuracy);
    model.report("hypothesis", hypothesis);
    model.report("predicted", predicted);
    model.report("accuracy", accuracy);
    Ok(model)
}
