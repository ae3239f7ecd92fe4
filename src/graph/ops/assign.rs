//! Ops that change variables, and the op that gathers them into one.
//!
//! Within one run of a plan every read of a variable sees the value it had at the start: plans
//! order assignments after all reads.

use super::super::{GraphBuilder, GraphError, NodeId, Shape};
use super::Rule;

/// Sets a variable (first input) to a value (second input).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assign;

impl Rule for Assign {
    fn name(&self) -> &'static str {
        "Assign"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [variable, value] if variable == value => Ok((*variable).clone()),
            _ => Err("Assign takes a variable and a value of its shape".to_owned()),
        }
    }
}

/// `variable -= learning_rate * gradient`; inputs in this order: variable, rate, gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApplyGradientDescent;

impl Rule for ApplyGradientDescent {
    fn name(&self) -> &'static str {
        "ApplyGradientDescent"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [variable, rate, grad] if variable == grad && rate.rank() == 0 => {
                Ok((*variable).clone())
            }
            _ => Err("ApplyGradientDescent takes a variable, a number and a gradient".to_owned()),
        }
    }
}

/// A step of gradient descent with momentum.
///
/// Inputs as TensorFlow's op has them: variable, accumulator, learning_rate, gradient, momentum.
/// `accumulator = momentum * accumulator + gradient`, `variable -= learning_rate * accumulator`.
///
/// Polyak 1964 as `training_ops.cc` of TensorFlow has it, without Nesterov's change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApplyMomentum;

impl Rule for ApplyMomentum {
    fn name(&self) -> &'static str {
        "ApplyMomentum"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [variable, accumulator, rate, grad, momentum]
                if variable == accumulator
                    && variable == grad
                    && rate.rank() == 0
                    && momentum.rank() == 0 =>
            {
                Ok((*variable).clone())
            }
            _ => Err("ApplyMomentum takes a variable, its accumulator, a number, a gradient and \
                      a number"
                .to_owned()),
        }
    }
}

/// One step of RMSProp on a variable.
///
/// Inputs as TensorFlow's op has them: variable, mean_square, moment, learning_rate, decay, momentum,
/// epsilon, gradient. `mean_square += (gradient^2 - mean_square) * (1 - decay)`, `moment = momentum *
/// moment + learning_rate * gradient / sqrt(mean_square + epsilon)`, `variable -= moment`. A mean square
/// below the normal numbers becomes the least of these, a moment 0.
///
/// Tieleman and Hinton 2012; `training_ops.cc` of TensorFlow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApplyRmsProp;

impl Rule for ApplyRmsProp {
    fn name(&self) -> &'static str {
        "ApplyRMSProp"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [variable, mean_square, moment, numbers @ .., grad]
                if numbers.len() == 4
                    && [mean_square, moment, grad].iter().all(|shape| *shape == variable)
                    && numbers.iter().all(|shape| shape.rank() == 0) =>
            {
                Ok((*variable).clone())
            }
            _ => Err("ApplyRMSProp takes a variable, its mean square and moment, four numbers \
                      and a gradient"
                .to_owned()),
        }
    }
}

/// One step of Adam on a variable.
///
/// Inputs as TensorFlow's op has them: variable, m, v, beta1_power, beta2_power, learning_rate,
/// beta1, beta2, epsilon, gradient. With `rate = learning_rate * sqrt(1 - beta2_power) /
/// (1 - beta1_power)`: `m += (gradient - m) * (1 - beta1)`, `v += (gradient^2 - v) * (1 - beta2)`,
/// `variable -= rate * m / (sqrt(v) + epsilon)`. Moments below the normal numbers become 0.
///
/// Kingma and Ba 2015, the form before section 2.1; `training_ops.cc` of TensorFlow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApplyAdam;

impl Rule for ApplyAdam {
    fn name(&self) -> &'static str {
        "ApplyAdam"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let rule = || "ApplyAdam takes a variable, its moments, six numbers and a gradient".into();
        match inputs {
            [variable, m, v, numbers @ .., grad]
                if numbers.len() == 6
                    && [m, v, grad].iter().all(|shape| *shape == variable)
                    && numbers.iter().all(|shape| shape.rank() == 0) =>
            {
                Ok((*variable).clone())
            }
            _ => Err(rule()),
        }
    }
}

/// Nothing by itself: a node that runs when all its control inputs have; TensorFlow's `group`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group;

impl Rule for Group {
    fn name(&self) -> &'static str {
        "NoOp"
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, String> {
        Ok(Shape::scalar())
    }
}

impl GraphBuilder {
    /// Adds a node that runs when all of `nodes` have run.
    pub fn group(&mut self, name: &str, nodes: &[NodeId]) -> Result<NodeId, GraphError> {
        let group = self.add_named(name, Group, &[])?;
        for &node in nodes {
            self.add_control_input(group, node);
        }
        Ok(group)
    }
}
