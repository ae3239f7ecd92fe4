//! Functions of two elements, with broadcasting.

use super::super::{Attribute, DType, Dim, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Op, Rule};

/// A function of two elements, with NumPy's broadcasting.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    RealDiv,
    /// The larger of `a` and `b`; NaN if `a` is. Where they are equal no gradient flows.
    Maximum,
    /// Whether `a > b`.
    Greater,
    /// Whether `a == b`.
    Equal,
    /// `b * a * (1 - a)`: the gradient of a sigmoid from its output `a` and the gradient `b`.
    SigmoidGrad,
    /// `b * (1 - a^2)`: the gradient of a tanh from its output `a` and the gradient `b`.
    TanhGrad,
    /// `a` where `b > 0`, else 0: the gradient of a ReLU from the gradient `a` and its output `b`.
    ReluGrad,
    /// `a` where `b > 0`, else `alpha a`: the gradient of a leaky ReLU, as [`Binary::ReluGrad`].
    LeakyReluGrad {
        /// The slope below 0.
        alpha: f32,
    },
    /// `a (b + 1)` where `b < 0`, else `a`: the gradient of an ELU from the gradient `a` and its
    /// output `b`.
    EluGrad,
    /// The gradient of a SELU from the gradient `a` and its output `b`.
    SeluGrad,
}

impl Binary {
    /// All of them; what takes a parameter with TensorFlow's default.
    pub const ALL: &'static [Binary] = &[
        Binary::Add,
        Binary::Sub,
        Binary::Mul,
        Binary::RealDiv,
        Binary::Maximum,
        Binary::Greater,
        Binary::Equal,
        Binary::SigmoidGrad,
        Binary::TanhGrad,
        Binary::ReluGrad,
        Binary::LeakyReluGrad { alpha: 0.2 },
        Binary::EluGrad,
        Binary::SeluGrad,
    ];
}

impl Rule for Binary {
    fn name(&self) -> &'static str {
        match self {
            Binary::Add => "Add",
            Binary::Sub => "Sub",
            Binary::Mul => "Mul",
            Binary::RealDiv => "RealDiv",
            Binary::Maximum => "Maximum",
            Binary::Greater => "Greater",
            Binary::Equal => "Equal",
            Binary::SigmoidGrad => "SigmoidGrad",
            Binary::TanhGrad => "TanhGrad",
            Binary::ReluGrad => "ReluGrad",
            Binary::LeakyReluGrad { .. } => "LeakyReluGrad",
            Binary::EluGrad => "EluGrad",
            Binary::SeluGrad => "SeluGrad",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let rule = || format!("{} takes two shapes that broadcast together", self.name());
        match inputs {
            [a, b] => a.broadcast(b).ok_or_else(rule),
            _ => Err(rule()),
        }
    }

    fn dtype(&self) -> DType {
        match self {
            Binary::Greater | Binary::Equal => DType::Bool,
            _ => DType::Float,
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let (a, b) = (backward.inputs[0], backward.inputs[1]);
        let grad = backward.grad;
        let (want_a, want_b) = (backward.wanted[0], backward.wanted[1]);
        let (mut da, mut db) = (None, None);
        match self {
            Binary::Add => (da, db) = (Some(grad), Some(grad)),
            Binary::Sub => {
                da = Some(grad);
                if want_b {
                    db = Some(g.neg(grad)?);
                }
            }
            Binary::Mul => {
                if want_a {
                    da = Some(g.mul(grad, b)?);
                }
                if want_b {
                    db = Some(g.mul(grad, a)?);
                }
            }
            Binary::RealDiv => {
                if want_a {
                    da = Some(g.div(grad, b)?);
                }
                if want_b {
                    // d(a/b)/db = -(a/b)/b
                    let quotient = g.div(backward.node, b)?;
                    let product = g.mul(grad, quotient)?;
                    db = Some(g.neg(product)?);
                }
            }
            Binary::Maximum => {
                if want_a {
                    da = Some(g.where_greater(a, b, grad)?);
                }
                if want_b {
                    db = Some(g.where_greater(b, a, grad)?);
                }
            }
            Binary::Greater | Binary::Equal => {}
            Binary::SigmoidGrad
            | Binary::TanhGrad
            | Binary::ReluGrad
            | Binary::LeakyReluGrad { .. }
            | Binary::EluGrad
            | Binary::SeluGrad => {
                let node = g[backward.node].name().to_owned();
                return Err(GraphError::NotDifferentiable { node, op: self.name() });
            }
        }
        let reduce =
            |g: &mut GraphBuilder, grad: Option<NodeId>, wanted: bool, input: NodeId| match grad {
                Some(grad) if wanted => sum_to_shape_of(g, grad, input).map(Some),
                _ => Ok(None),
            };
        Ok(vec![reduce(g, da, want_a, a)?, reduce(g, db, want_b, b)?])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        match self {
            Binary::LeakyReluGrad { alpha } => vec![("alpha", Attribute::Float(*alpha))],
            _ => Vec::new(),
        }
    }
}

impl GraphBuilder {
    /// `grad` where `a > b`, else 0.
    fn where_greater(&mut self, a: NodeId, b: NodeId, grad: NodeId) -> Result<NodeId, GraphError> {
        let greater = self.greater(a, b)?;
        let mask = self.cast(greater)?;
        self.mul(grad, mask)
    }
}

/// Undoes the broadcasting of `input`: sums `grad` over the axes along which it was repeated.
fn sum_to_shape_of(
    g: &mut GraphBuilder,
    grad: NodeId,
    input: NodeId,
) -> Result<NodeId, GraphError> {
    let (from, to) = (g[grad].shape().clone(), g[input].shape().clone());
    let missing = from.rank() - to.rank();
    let repeated: Vec<usize> = (missing..from.rank())
        .filter(|&axis| to.aligned(axis, from.rank()) == Dim::Known(1))
        .filter(|&axis| from.dims()[axis] != Dim::Known(1))
        .collect();
    let mut sum = grad;
    if !repeated.is_empty() {
        sum = g.reduce_sum_keeping(sum, &repeated)?;
    }
    if missing > 0 {
        sum = g.reduce_sum(sum, &(0..missing).collect::<Vec<_>>())?;
    }
    Ok(sum)
}

macro_rules! builder_methods {
    ($($(#[$doc:meta])* $method:ident => $function:ident,)*) => {
        impl GraphBuilder {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`GraphError::Shape`] if the shapes do not broadcast together.
                pub fn $method(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, GraphError> {
                    self.add(Op::Binary(Binary::$function), &[a, b])
                }
            )*
        }
    };
}

builder_methods! {
    /// Adds `a + b`.
    add_values => Add,
    /// Adds `a - b`.
    sub => Sub,
    /// Adds `a * b`, element by element.
    mul => Mul,
    /// Adds `a / b`.
    div => RealDiv,
    /// Adds the larger of `a` and `b`, element by element; NaN where `a` is.
    maximum => Maximum,
    /// Adds whether `a > b`, element by element; no gradient flows through it.
    greater => Greater,
    /// Adds whether `a == b`, element by element; no gradient flows through it.
    equal => Equal,
}
