//! Lec 09-2: the chain rule on `f = w x + b`, small enough to check by hand.

use crate::graph::{GraphBuilder, Initializer};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds,
};

const TAGS: [&str; 4] = ["f", "df/dw", "df/dx", "df/db"];

pub(super) struct BackpropChain;

impl Experiment for BackpropChain {
    fn about(&self) -> About {
        About {
            name: "backprop_chain",
            lecture: "lec 09-2",
            summary: "backpropagation through f = w*x + b: look at the gradients in the graph",
            schedule: Schedule { steps: 1, every: 1 },
            claim: Claim {
                text: "f = -7, df/dw = x = 5, df/dx = w = -2, df/db = 1",
                holds: |o| TAGS.map(|tag| o.metric(tag)) == [-7.0, 5.0, -2.0, 1.0],
                seeds: Seeds { held: 20, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new().number("w", -2.0).number("x", 5.0).number("b", 3.0)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        let mut value =
            |name| g.variable(name, &[], Initializer::Constant(hyper.get_number(name) as f32));
        let (w, x, b) = (value("w")?, value("x")?, value("b")?);
        let product = g.mul(w, x)?;
        let f = g.add_values(product, b)?;
        let slopes = g.gradients(f, &[w, x, b])?;
        let mut model = Model::new();
        for (tag, node) in TAGS.into_iter().zip([&[f], &slopes[..]].concat()) {
            model.show(tag, node);
        }
        for (tag, node) in [("w", w), ("x", x), ("b", b)] {
            model.histogram(tag, node);
        }
        Ok(model)
    }
}
