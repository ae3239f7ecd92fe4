//! Ways of changing variables so that a cost falls.

use crate::graph::ops::{ApplyAdam, ApplyGradientDescent, ApplyMomentum, ApplyRmsProp, Assign};
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
    /// Gradient descent that keeps going where it went: see [`ApplyMomentum`].
    Momentum {
        /// Step size.
        learning_rate: f32,
        /// How much of the last step is done again, 0.9.
        momentum: f32,
    },
    /// Tieleman and Hinton 2012, as TensorFlow 1 computes it: see [`ApplyRmsProp`].
    ///
    /// Mean squares begin as ones, so that the first steps are small.
    RmsProp {
        /// Step size.
        learning_rate: f32,
        /// Decay of the mean of squared gradients, 0.9.
        decay: f32,
        /// How much of the last step is done again, 0 by default.
        momentum: f32,
        /// Keeps the quotient finite, 1e-10.
        epsilon: f32,
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
    /// The variable `Train/learning_rate`, a number; a schedule sets it between two steps.
    pub learning_rate: NodeId,
}

impl Optimizer {
    /// The names [`Optimizer::from_name`] knows.
    pub const NAMES: &'static [&'static str] = &["sgd", "momentum", "rmsprop", "adam"];

    /// Returns Adam with the paper's decay rates.
    pub fn adam(learning_rate: f32) -> Self {
        Optimizer::Adam { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// Returns gradient descent with momentum 0.9.
    pub fn momentum(learning_rate: f32) -> Self {
        Optimizer::Momentum { learning_rate, momentum: 0.9 }
    }

    /// Returns RMSProp with TensorFlow's defaults.
    pub fn rmsprop(learning_rate: f32) -> Self {
        Optimizer::RmsProp { learning_rate, decay: 0.9, momentum: 0.0, epsilon: 1e-10 }
    }

    /// Returns the step size training begins with.
    pub fn learning_rate(&self) -> f32 {
        match *self {
            Optimizer::GradientDescent { learning_rate }
            | Optimizer::Momentum { learning_rate, .. }
            | Optimizer::RmsProp { learning_rate, .. }
            | Optimizer::Adam { learning_rate, .. } => learning_rate,
        }
    }

    /// Returns the optimiser of that name with its usual rates beside the given one.
    pub fn from_name(name: &str, learning_rate: f32) -> Option<Self> {
        match name {
            "sgd" => Some(Optimizer::GradientDescent { learning_rate }),
            "momentum" => Some(Optimizer::momentum(learning_rate)),
            "rmsprop" => Some(Optimizer::rmsprop(learning_rate)),
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
        self.minimize_with(g, cost, variables, &[])
    }

    /// As [`Optimizer::minimize`]; each step runs `updates` too, such as those of the moving
    /// averages of [`BatchNorm`](super::BatchNorm).
    ///
    /// # Errors
    /// As [`GraphBuilder::gradients`].
    pub fn minimize_with(
        &self,
        g: &mut GraphBuilder,
        cost: NodeId,
        variables: &[NodeId],
        updates: &[NodeId],
    ) -> Result<Training, GraphError> {
        let gradients = g.gradients(cost, variables)?;
        let gradients: Vec<_> = variables.iter().copied().zip(gradients).collect();
        let (op, learning_rate) = g.scope("Train", |g| {
            // A variable and no constant, so that a schedule can change it between two steps.
            let rate = g.slot("learning_rate", &[], self.learning_rate())?;
            let mut all = match *self {
                Optimizer::GradientDescent { .. } => gradient_descent(g, rate, &gradients)?,
                Optimizer::Momentum { momentum, .. } => {
                    with_momentum(g, rate, momentum, &gradients)?
                }
                Optimizer::RmsProp { decay, momentum, epsilon, .. } => {
                    rmsprop(g, rate, [decay, momentum, epsilon], &gradients)?
                }
                Optimizer::Adam { beta1, beta2, epsilon, .. } => {
                    adam(g, rate, [beta1, beta2, epsilon], &gradients)?
                }
            };
            all.extend(updates);
            Ok((g.group("train", &all)?, rate))
        })?;
        Ok(Training { op, gradients, learning_rate })
    }
}

fn gradient_descent(
    g: &mut GraphBuilder,
    rate: NodeId,
    gradients: &[(NodeId, NodeId)],
) -> Result<Vec<NodeId>, GraphError> {
    let mut updates = Vec::new();
    for &(variable, gradient) in gradients {
        updates.push(beside(g, variable, |g| {
            g.add(ApplyGradientDescent, &[variable, rate, gradient])
        })?);
    }
    Ok(updates)
}

fn with_momentum(
    g: &mut GraphBuilder,
    rate: NodeId,
    momentum: f32,
    gradients: &[(NodeId, NodeId)],
) -> Result<Vec<NodeId>, GraphError> {
    let momentum = g.scalar("momentum", momentum);
    let mut updates = Vec::new();
    for &(variable, gradient) in gradients {
        let sizes = g[variable].shape().with_batch(0);
        updates.push(beside(g, variable, |g| {
            let accumulator = g.slot("accumulator", &sizes, 0.0)?;
            g.add(ApplyMomentum, &[variable, accumulator, rate, gradient, momentum])
        })?);
    }
    Ok(updates)
}

fn rmsprop(
    g: &mut GraphBuilder,
    rate: NodeId,
    [decay, momentum, epsilon]: [f32; 3],
    gradients: &[(NodeId, NodeId)],
) -> Result<Vec<NodeId>, GraphError> {
    let (decay, momentum) = (g.scalar("decay", decay), g.scalar("momentum", momentum));
    let epsilon = g.scalar("epsilon", epsilon);
    let mut updates = Vec::new();
    for &(variable, gradient) in gradients {
        let sizes = g[variable].shape().with_batch(0);
        updates.push(beside(g, variable, |g| {
            let mean_square = g.slot("mean_square", &sizes, 1.0)?;
            let moment = g.slot("moment", &sizes, 0.0)?;
            let inputs = [variable, mean_square, moment, rate, decay, momentum, epsilon, gradient];
            g.add(ApplyRmsProp, &inputs)
        })?);
    }
    Ok(updates)
}

fn adam(
    g: &mut GraphBuilder,
    rate: NodeId,
    [beta1, beta2, epsilon]: [f32; 3],
    gradients: &[(NodeId, NodeId)],
) -> Result<Vec<NodeId>, GraphError> {
    let beta1_power = g.slot("beta1_power", &[], beta1)?;
    let beta2_power = g.slot("beta2_power", &[], beta2)?;
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
