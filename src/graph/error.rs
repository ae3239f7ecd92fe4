//! What can be wrong with a graph while it is being recorded.

use std::fmt;

/// A node that cannot be added to the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphError {
    /// The inputs' shapes do not fit the op.
    Shape {
        /// Full name the node would have had.
        node: String,
        /// What the op takes, as text: `MatMul takes [n, k] and [k, m]`.
        rule: String,
        /// The shapes it was given.
        got: String,
    },
    /// A gradient was asked for through an op that has none.
    NotDifferentiable {
        /// The node the gradient would have to pass.
        node: String,
        /// Its op.
        op: &'static str,
    },
    /// A gradient was asked for with respect to a node that the cost does not depend on.
    NoPath {
        /// The cost.
        from: String,
        /// The node without influence on it.
        to: String,
    },
    /// A layer, initializer or optimiser was given a value outside its domain.
    Argument {
        /// Full name of the node concerned.
        node: String,
        /// What was wrong: got and want.
        problem: String,
    },
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { node, rule, got } => write!(f, "`{node}`: {rule}, got {got}"),
            Self::NotDifferentiable { node, op } => {
                write!(f, "`{node}`: {op} has no gradient")
            }
            Self::NoPath { from, to } => {
                write!(f, "`{from}` does not depend on `{to}`, so there is no gradient")
            }
            Self::Argument { node, problem } => write!(f, "`{node}`: {problem}"),
        }
    }
}

impl std::error::Error for GraphError {}
