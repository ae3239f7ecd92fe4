//! One node of the graph.

use super::{Op, Shape};

/// Identifies a node within its graph; also its place in the order of computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) usize);

impl NodeId {
    /// Returns the place of the node in [`Graph::nodes`](super::Graph::nodes).
    pub fn index(self) -> usize {
        self.0
    }
}

/// What a node's values mean. Plans compute everything in f32; truth values are 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32 bit floating point.
    Float,
    /// A truth value.
    Bool,
}

/// A parameter of an op, for listings and the graph tab.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Attribute {
    /// A truth value.
    Bool(bool),
    /// A number.
    Float(f32),
    /// Several whole numbers.
    Ints(Vec<i64>),
    /// Text.
    Text(String),
}

/// A named operation, its inputs, and the shape of its one output.
#[derive(Clone, Debug)]
pub struct Node {
    pub(super) name: String,
    pub(super) op: Op,
    pub(super) inputs: Vec<NodeId>,
    pub(super) control_inputs: Vec<NodeId>,
    pub(super) shape: Shape,
    pub(super) dtype: DType,
}

impl Node {
    /// Returns the unique name, with scopes: `Layer1/MatMul`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the operation.
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// Returns the nodes whose values this one takes.
    pub fn inputs(&self) -> &[NodeId] {
        &self.inputs
    }

    /// Returns the nodes that must have run before this one, without giving it a value.
    pub fn control_inputs(&self) -> &[NodeId] {
        &self.control_inputs
    }

    /// Returns the shape of the value.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Returns what the values mean.
    pub fn dtype(&self) -> DType {
        self.dtype
    }
}
