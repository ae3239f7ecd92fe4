//! What a layer is once it is in a graph.

use crate::graph::{GraphBuilder, GraphError, NodeId};

/// A layer in a graph: what training, logging and first values have to know of it.
///
/// One that only moves numbers, such as pooling, has an output and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The scope its nodes are in: the name asked for, below outer scopes and made unique.
    pub name: String,
    /// All trainable variables, with their names below the layer's.
    pub variables: Vec<(String, NodeId)>,
    /// Those of them that inputs are multiplied by; one for each of
    /// [`Activation::pieces`](super::Activation::pieces). Penalties on weights are on these.
    pub kernels: Vec<NodeId>,
    /// What each kernel gives before anything is added to it.
    pub products: Vec<NodeId>,
    /// What each training step runs besides; see [`BatchNorm`](super::BatchNorm).
    pub updates: Vec<NodeId>,
    /// What the next layer takes.
    pub output: NodeId,
}

impl Layer {
    /// The layer in the current scope with these variables, to be named below it.
    pub(super) fn of(g: &GraphBuilder, variables: &[NodeId], output: NodeId) -> Self {
        let name = g.current_scope().to_owned();
        let below = |node: NodeId| {
            let full = g[node].name();
            let inner = full.strip_prefix(&name).and_then(|rest| rest.strip_prefix('/'));
            (inner.unwrap_or(full).to_owned(), node)
        };
        let variables = variables.iter().copied().map(below).collect();
        let (kernels, products, updates) = <_>::default();
        Layer { name, variables, kernels, products, updates, output }
    }
}

/// The error of a layer, the one in the current scope, that does not take `x`.
pub(super) fn does_not_take(g: &GraphBuilder, rule: &str, x: NodeId) -> GraphError {
    GraphError::Shape {
        node: g.current_scope().to_owned(),
        rule: rule.to_owned(),
        got: g[x].shape().to_string(),
    }
}
