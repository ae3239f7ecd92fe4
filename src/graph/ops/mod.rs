//! The operations: each file holds an op's name, shape rule, gradient and builder method.
//!
//! What computes an op is in `exec`; an op enters [`Op`] together with a sample in
//! `samples`, which the gradient check and the tests walk.

mod assign;
mod binary;
mod broadcast_to;
mod concat;
mod conv2d;
mod in_training;
mod lrn;
mod matmul;
mod pool;
mod random_mask;
mod reduce;
mod reshape;
#[cfg(test)]
pub(crate) mod samples;
mod size;
mod slice;
mod softmax;
mod source;
mod unary;
mod window;

pub use assign::{ApplyAdam, ApplyGradientDescent, ApplyMomentum, ApplyRmsProp, Assign, Group};
pub use binary::Binary;
pub use broadcast_to::BroadcastTo;
pub use concat::Concat;
pub use conv2d::{Conv2D, ConvPart};
pub use in_training::InTraining;
pub use lrn::{Lrn, LrnPart};
pub use matmul::MatMul;
pub use pool::{Pool, PoolPart};
pub use random_mask::RandomMask;
pub use reduce::{Reduce, Reduction};
pub use reshape::Reshape;
pub use size::Size;
pub use slice::{Pad, Slice};
pub use softmax::Softmax;
pub use source::{Constant, Placeholder, Variable};
pub use unary::Unary;
pub use window::Padding;
pub(crate) use window::Windows;

use super::{Attribute, DType, GraphBuilder, GraphError, NodeId, Shape};

/// What the graph knows of an op.
pub(crate) trait Rule {
    /// TensorFlow's name of the op where it has one: `MatMul`.
    fn name(&self) -> &'static str;

    /// The output's shape, or what the op takes: `MatMul takes [n, k] and [k, m]`.
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String>;

    /// What the output's values mean.
    fn dtype(&self) -> DType {
        DType::Float
    }

    /// Adds the nodes of the backward pass and returns one gradient per input.
    ///
    /// `None` where no gradient flows, or where [`Backward::wanted`] says nobody asks for it.
    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let node = g[backward.node].name().to_owned();
        Err(GraphError::NotDifferentiable { node, op: self.name() })
    }

    /// Parameters worth showing.
    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        Vec::new()
    }
}

/// One node's place in the backward pass.
pub(crate) struct Backward {
    /// The node to pass.
    pub(crate) node: NodeId,
    /// Its inputs.
    pub(crate) inputs: Vec<NodeId>,
    /// The gradient of the cost by the node's value; of the same shape.
    pub(crate) grad: NodeId,
    /// For each input, whether its gradient is needed.
    pub(crate) wanted: Vec<bool>,
}

macro_rules! ops {
    ($($(#[$doc:meta])* $variant:ident,)*) => {
        /// What a node does.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Op {
            $($(#[$doc])* $variant($variant),)*
        }

        $(impl From<$variant> for Op {
            fn from(op: $variant) -> Self {
                Op::$variant(op)
            }
        })*

        impl Op {
            fn rule(&self) -> &dyn Rule {
                match self {
                    $(Op::$variant(op) => op,)*
                }
            }
        }
    };
}

ops! {
    /// A value fed for each run of a plan.
    Placeholder,
    /// A value that stays from run to run.
    Variable,
    /// A value that never changes.
    Constant,
    /// A function of each element.
    Unary,
    /// A function of two elements, with broadcasting.
    Binary,
    /// A product of two matrices.
    MatMul,
    /// A convolution of images, or a gradient of one.
    Conv2D,
    /// A number of each window of an image.
    Pool,
    /// Local response normalisation, or its gradient.
    Lrn,
    /// Values one after another along an axis.
    Concat,
    /// A piece of a value along an axis.
    Slice,
    /// A value among zeros along an axis.
    Pad,
    /// The same elements in another shape.
    Reshape,
    /// A sum or mean over axes.
    Reduce,
    /// A function of each row of logits.
    Softmax,
    /// Random numbers.
    RandomMask,
    /// A value repeated to another's shape.
    BroadcastTo,
    /// The number of elements of a value.
    Size,
    /// A value that is another one in evaluation.
    InTraining,
    /// A variable set to a value.
    Assign,
    /// A step of gradient descent.
    ApplyGradientDescent,
    /// A step of gradient descent with momentum.
    ApplyMomentum,
    /// A step of RMSProp.
    ApplyRmsProp,
    /// A step of Adam.
    ApplyAdam,
    /// Several nodes as one.
    Group,
}

impl Op {
    /// Returns the op's name, TensorFlow's where it has one: `MatMul`.
    pub fn name(&self) -> &'static str {
        self.rule().name()
    }

    /// Returns the parameters worth showing.
    pub fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        self.rule().attributes()
    }

    pub(super) fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        self.rule().shape(inputs)
    }

    pub(super) fn dtype(&self) -> DType {
        self.rule().dtype()
    }

    pub(super) fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        self.rule().gradient(g, backward)
    }
}
