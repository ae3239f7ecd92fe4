//! Lec 09-2: the chain rule on `f = w x + b`, small enough to check by hand.

use crate::graph::{GraphBuilder, Initializer, NodeId};
use crate::trainer::{BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds};

pub(super) struct BackpropChain;

impl Experiment for BackpropChain {
    fn name(&self) -> &str {
        "backprop_chain"
    }

    fn lecture(&self) -> &str {
        "lec 09-2"
    }

    fn about(&self) -> &str {
        "backpropagation through f = w*x + b: look at the gradients in the graph"
    }

    fn schedule(&self) -> Schedule {
        Schedule { steps: 1, every: 1 }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new().number("w", -2.0).number("x", 5.0).number("b", 3.0)
    }

    fn claim(&self) -> Claim {
        Claim {
            text: "df/dw = x = 5, df/dx = w = -2, df/db = 1",
            holds: |outcome| {
                let slopes = ["df/dw", "df/dx", "df/db"].map(|tag| outcome.metric(tag));
                slopes == [5.0, -2.0, 1.0] && outcome.metric("f") == -7.0
            },
            seeds: Seeds { held: 20, of: 20 },
        }
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        let mut value = |name: &str| -> Result<NodeId, BuildError> {
            let initial = Initializer::Constant(hyper.get_number(name) as f32);
            Ok(g.variable(name, &[], initial)?)
        };
        let (w, x, b) = (value("w")?, value("x")?, value("b")?);
        let product = g.mul(w, x)?;
        let f = g.add_values(product, b)?;
        let gradients = g.gradients(f, &[w, x, b])?;
        let mut model = Model::new();
        for (name, node) in
            ["f", "df/dw", "df/dx", "df/db"].into_iter().zip([&[f], &gradients[..]].concat())
        {
            model.scalar(name, node);
            model.report(name, node);
        }
        for (name, node) in [("w", w), ("x", x), ("b", b)] {
            model.histogram(name, node);
        }
        Ok(model)
    }
}
