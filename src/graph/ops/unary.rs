//! Functions of each element.

use super::super::{Attribute, DType, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Binary, Op, Rule};

/// A function of each element.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Unary {
    /// `-x`
    Neg,
    /// Natural logarithm; -inf at 0, NaN below.
    Log,
    /// `e^x`
    Exp,
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `max(x, 0)`; its gradient at 0 is 0, as TensorFlow's.
    Relu,
    /// `x^2`
    Square,
    /// Square root; NaN below 0.
    Sqrt,
    /// `1 / x`
    Reciprocal,
    /// A truth value as 0 or 1.
    Cast,
}

impl Unary {
    /// All of them.
    pub const ALL: &'static [Unary] = &[
        Unary::Neg,
        Unary::Log,
        Unary::Exp,
        Unary::Sigmoid,
        Unary::Tanh,
        Unary::Relu,
        Unary::Square,
        Unary::Sqrt,
        Unary::Reciprocal,
        Unary::Cast,
    ];
}

impl Rule for Unary {
    fn name(&self) -> &'static str {
        match self {
            Unary::Neg => "Neg",
            Unary::Log => "Log",
            Unary::Exp => "Exp",
            Unary::Sigmoid => "Sigmoid",
            Unary::Tanh => "Tanh",
            Unary::Relu => "Relu",
            Unary::Square => "Square",
            Unary::Sqrt => "Sqrt",
            Unary::Reciprocal => "Reciprocal",
            Unary::Cast => "Cast",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [x] => Ok((*x).clone()),
            _ => Err(format!("{} takes one input", self.name())),
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let (x, y, grad) = (backward.inputs[0], backward.node, backward.grad);
        let dx = match self {
            Unary::Neg => g.neg(grad)?,
            Unary::Log => {
                let reciprocal = g.add(Unary::Reciprocal, &[x])?;
                g.mul(grad, reciprocal)?
            }
            Unary::Exp => g.mul(grad, y)?,
            Unary::Sigmoid => g.add(Binary::SigmoidGrad, &[y, grad])?,
            Unary::Tanh => g.add(Binary::TanhGrad, &[y, grad])?,
            Unary::Relu => g.add(Binary::ReluGrad, &[grad, y])?,
            Unary::Square => {
                let two = g.scalar("Const", 2.0);
                let twice = g.mul(x, two)?;
                g.mul(grad, twice)?
            }
            Unary::Sqrt => {
                let half = g.scalar("Const", 0.5);
                let half = g.mul(grad, half)?;
                g.div(half, y)?
            }
            Unary::Reciprocal => {
                let square = g.square(y)?;
                let product = g.mul(grad, square)?;
                g.neg(product)?
            }
            Unary::Cast => return Ok(vec![None]),
        };
        Ok(vec![Some(dx)])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        match self {
            Unary::Cast => vec![("SrcT", Attribute::Text("bool".to_owned()))],
            _ => Vec::new(),
        }
    }

    fn dtype(&self) -> DType {
        DType::Float
    }
}

macro_rules! builder_methods {
    ($($(#[$doc:meta])* $method:ident => $function:ident,)*) => {
        impl GraphBuilder {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// None today; any shape will do, and the result has the same.
                pub fn $method(&mut self, x: NodeId) -> Result<NodeId, GraphError> {
                    self.add(Op::Unary(Unary::$function), &[x])
                }
            )*
        }
    };
}

builder_methods! {
    /// Adds `-x`.
    neg => Neg,
    /// Adds the natural logarithm of each element.
    log => Log,
    /// Adds `e^x`.
    exp => Exp,
    /// Adds `1 / (1 + e^-x)`.
    sigmoid => Sigmoid,
    /// Adds the hyperbolic tangent of each element.
    tanh => Tanh,
    /// Adds `max(x, 0)`.
    relu => Relu,
    /// Adds `x^2`.
    square => Square,
    /// Adds the square root of each element.
    sqrt => Sqrt,
    /// Adds truth values as 0 and 1; no gradient flows through it.
    cast => Cast,
}
