//! Ways of changing variables so that a cost falls.

use crate::graph::ops::{ApplyAdam, ApplyGradientDescent, Assign};
use crate::graph::{GraphBuilder, GraphError, NodeId};

/// An optimiser and its rates.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Optimizer {
    /// `variable -= learning_rate * gradient`
    GradientDescent {
        /// Step size.
        learning_rate: f32,
    },
    /// Kingma and Ba 2015, as TensorFlow 1 computes it: see [`ApplyAdam`].
    Adam {
        /// Step size, 0.001 by default.
        learning_rate: f32,
        /// Decay of the mean of gradients, 0.9.
        beta1: f32,
        /// Decay of the mean of squared gradients, 0.999.
        beta2: f32,
        /// Keeps the quotient finite, 1e-8.
        epsilon: f32,
    },
}

/// The nodes that train a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Training {
    /// Runs one step when fetched.
    pub op: NodeId,
    /// For each variable its gradient, in the order given.
    pub gradients: Vec<(NodeId, NodeId)>,
}

impl Optimizer {
    /// The names [`Optimizer::from_name`] knows.
    pub const NAMES: &'static [&'static str] = &["sgd", "adam"];

    /// Returns Adam with the paper's decay rates.
    pub fn adam(learning_rate: f32) -> Self {
        Optimizer::Adam { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// Returns the optimiser of that name with its usual rates beside the given one.
    pub fn from_name(name: &str, learning_rate: f32) -> Option<Self> {
        match name {
            "sgd" => Some(Optimizer::GradientDescent { learning_rate }),
            "adam" => Some(Optimizer::adam(learning_rate)),
            _ => None,
        }
    }

    /// Adds the gradients of `cost` by `variables` and the node `Train/train` that applies them.
    ///
    /// Every gradient is computed before any variable changes.
    ///
    /// # Errors
    /// As [`GraphBuilder::gradients`].
    pub fn minimize(
        &self,
        g: &mut GraphBuilder,
        cost: NodeId,
        variables: &[NodeId],
    ) -> Result<Training, GraphError> {
        let gradients = g.gradients(cost, variables)?;
        let gradients: Vec<_> = variables.iter().copied().zip(gradients).collect();
        let op = g.scope("Train", |g| {
            let updates = match *self {
                Optimizer::GradientDescent { learning_rate } => {
                    gradient_descent(g, learning_rate, &gradients)?
                }
                Optimizer::Adam { learning_rate, beta1, beta2, epsilon } => {
                    adam(g, [learning_rate, beta1, beta2, epsilon], &gradients)?
                }
            };
            g.group("train", &updates)
        })?;
        Ok(Training { op, gradients })
    }
}

fn gradient_descent(
    g: &mut GraphBuilder,
    learning_rate: f32,
    gradients: &[(NodeId, NodeId)],
) -> Result<Vec<NodeId>, GraphError> {
    let rate = g.scalar("learning_rate", learning_rate);
    let mut updates = Vec::new();
    for &(variable, gradient) in gradients {
        updates.push(beside(g, variable, |g| {
            g.add(ApplyGradientDescent, &[variable, rate, gradient])
        })?);
    }
    Ok(updates)
}

fn adam(
    g: &mut GraphBuilder,
    [learning_rate, beta1, beta2, epsilon]: [f32; 4],
    gradients: &[(NodeId, NodeId)],
) -> Result<Vec<NodeId>, GraphError> {
    let beta1_power = g.slot("beta1_power", &[], beta1)?;
    let beta2_power = g.slot("beta2_power", &[], beta2)?;
    let rate = g.scalar("learning_rate", learning_rate);
    let (beta1, beta2) = (g.scalar("beta1", beta1), g.scalar("beta2", beta2));
    let epsilon = g.scalar("epsilon", epsilon);
    let mut updates = Vec::new();
    for &(variable, gradient) in gradients {
        let sizes = g[variable].shape().with_batch(0);
        updates.push(beside(g, variable, |g| {
            let m = g.slot("m", &sizes, 0.0)?;
            let v = g.slot("v", &sizes, 0.0)?;
            let numbers = [beta1_power, beta2_power, rate, beta1, beta2, epsilon];
            let inputs = [&[variable, m, v], &numbers[..], &[gradient]].concat();
            g.add(ApplyAdam, &inputs)
        })?);
    }
    for (power, beta) in [(beta1_power, beta1), (beta2_power, beta2)] {
        let next = g.mul(power, beta)?;
        updates.push(g.add(Assign, &[power, next])?);
    }
    Ok(updates)
}

/// Adds nodes under the variable's name in the current scope: `Train/Layer1/weight/...`.
fn beside(
    g: &mut GraphBuilder,
    variable: NodeId,
    record: impl FnOnce(&mut GraphBuilder) -> Result<NodeId, GraphError>,
) -> Result<NodeId, GraphError> {
    let name = g[variable].name().to_owned();
    g.scope(&name, record)
}
