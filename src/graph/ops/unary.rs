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
    /// `x`, of a negative one `alpha x`; its gradient at 0 is `alpha`, as TensorFlow's.
    LeakyRelu {
        /// The slope below 0, not negative.
        alpha: f32,
    },
    /// `x`, of a negative one `e^x - 1`. Clevert et al. 2016 with alpha 1.
    Elu,
    /// `scale x`, of a negative one `scale alpha (e^x - 1)`.
    ///
    /// With alpha 1.6732632423543772 and scale 1.0507009873554805, which keep mean 0 and variance 1
    /// from layer to layer: Klambauer et al. 2017.
    Selu,
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
    /// All of them; what takes a parameter with TensorFlow's default.
    pub const ALL: &'static [Unary] = &[
        Unary::Neg,
        Unary::Log,
        Unary::Exp,
        Unary::Sigmoid,
        Unary::Tanh,
        Unary::Relu,
        Unary::LeakyRelu { alpha: 0.2 },
        Unary::Elu,
        Unary::Selu,
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
            Unary::LeakyRelu { .. } => "LeakyRelu",
            Unary::Elu => "Elu",
            Unary::Selu => "Selu",
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
            // The output has the input's sign, and the input need not be kept.
            Unary::LeakyRelu { alpha } => {
                g.add(Binary::LeakyReluGrad { alpha: *alpha }, &[grad, y])?
            }
            Unary::Elu => g.add(Binary::EluGrad, &[grad, y])?,
            Unary::Selu => g.add(Binary::SeluGrad, &[grad, y])?,
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
            Unary::LeakyRelu { alpha } => vec![("alpha", Attribute::Float(*alpha))],
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
    /// Adds `x`, of a negative one `e^x - 1`.
    elu => Elu,
    /// Adds `scale x`, of a negative one `scale alpha (e^x - 1)`: see [`Unary::Selu`].
    selu => Selu,
    /// Adds `x^2`.
    square => Square,
    /// Adds the square root of each element.
    sqrt => Sqrt,
    /// Adds truth values as 0 and 1; no gradient flows through it.
    cast => Cast,
}

impl GraphBuilder {
    /// Adds `x`, of a negative one `alpha x`.
    ///
    /// # Errors
    /// [`GraphError::Argument`] if `alpha` is negative or not finite: a gradient could not tell from
    /// the output which side the input was on.
    pub fn leaky_relu(&mut self, x: NodeId, alpha: f32) -> Result<NodeId, GraphError> {
        if !(alpha >= 0.0 && alpha.is_finite()) {
            let problem = format!("alpha is {alpha}, want a finite number of at least 0");
            return Err(self.argument_error("LeakyRelu", problem));
        }
        self.add(Unary::LeakyRelu { alpha }, &[x])
    }
}
