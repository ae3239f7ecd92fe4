//! An experiment of your own: `cargo run --example own_experiment -- --name and_gate`.

use ndarray::array;
use runboard::graph::{GraphBuilder, Initializer};
use runboard::nn::{self, Activation, Dense};
use runboard::trainer::*;

struct AndGate;

impl Experiment for AndGate {
    fn about(&self) -> About {
        let seeds = Seeds { held: 20, of: 20 };
        let claim = Claim { text: "cost below 0.1", holds: |o| o.metric("cost") < 0.1, seeds };
        let schedule = Schedule { steps: 5_000, every: 100 };
        let summary = "AND by logistic regression: a line separates it";
        About { name: "and_gate", lecture: "my own", summary, schedule, claim }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new().text("optimizer", "sgd").number("learning_rate", 0.1)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        let (activation, kernel) = (Activation::Sigmoid, Initializer::XavierUniform);
        let dense = Dense { units: 1, activation, kernel, bias: Initializer::ZEROS };
        let mut model = Model::new();
        let x = model.input(g, "X", &array![[0., 0.], [0., 1.], [1., 0.], [1., 1.]])?;
        let y = model.input(g, "Y", &array![[0.], [0.], [0.], [1.]])?;
        let hypothesis = model.layer(dense.add(g, "Layer1", x)?);
        let cost = g.scope("Cost", |g| nn::binary_cross_entropy(g, hypothesis, y))?;
        model.minimize(g, hyper.optimizer("optimizer")?, cost)?;
        model.report("hypothesis", hypothesis);
        Ok(model)
    }
}

fn main() -> std::process::ExitCode {
    runboard::cli::main(&[&AndGate])
}
