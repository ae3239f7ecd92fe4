//! Recording a graph.

use std::ops::Index;

use super::node::{DType, Node, NodeId};
use super::ops::Op;
use super::scope::Names;
use super::{GraphError, Shape};

/// A finished graph: nodes in an order in which they can be computed.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    /// Returns all nodes; each comes after its inputs.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the ids of all nodes, in the order of [`Graph::nodes`].
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// Returns the node of that full name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.name == name).map(NodeId)
    }

    /// Returns the variables a training changes, in the order they were recorded.
    ///
    /// The slots of optimisers are variables too, but not trainable ones.
    pub fn trainable_variables(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.ids().filter(|&id| matches!(self[id].op(), Op::Variable(v) if v.trainable))
    }

    /// Returns the number of trainable numbers.
    pub fn parameter_count(&self) -> usize {
        // A variable has no batch dimension, so the batch size is of no consequence.
        self.trainable_variables()
            .map(|id| self[id].shape().with_batch(0).iter().product::<usize>())
            .sum()
    }
}

impl Index<NodeId> for Graph {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }
}

/// Records nodes. The methods named after ops live beside the ops, in [`ops`](super::ops).
#[derive(Clone, Debug, Default)]
pub struct GraphBuilder {
    nodes: Vec<Node>,
    names: Names,
}

impl GraphBuilder {
    /// Returns an empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the recording.
    pub fn finish(self) -> Graph {
        Graph { nodes: self.nodes }
    }

    /// Records what `record` adds under the scope `name`, which becomes a foldable box.
    ///
    /// ```
    /// # use runboard::graph::GraphBuilder;
    /// let mut g = GraphBuilder::new();
    /// let one = g.scope("Layer1", |g| g.constant("one", [1], vec![1.0]))?;
    /// assert_eq!(g[one].name(), "Layer1/one");
    /// # Ok::<(), runboard::graph::GraphError>(())
    /// ```
    pub fn scope<T>(&mut self, name: &str, record: impl FnOnce(&mut Self) -> T) -> T {
        self.names.enter(name);
        let result = record(self);
        self.names.leave();
        result
    }

    /// The full name of the scope that nodes are recorded in; empty outside of all.
    pub(crate) fn current_scope(&self) -> &str {
        self.names.current()
    }

    /// Like [`GraphBuilder::scope`], with the scope's full name, whatever the current scope is.
    pub(crate) fn absolute_scope<T>(
        &mut self,
        full_name: &str,
        record: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.names.enter_absolute(full_name);
        let result = record(self);
        self.names.leave();
        result
    }

    /// Records a node under the op's own name.
    pub(crate) fn add(
        &mut self,
        op: impl Into<Op>,
        inputs: &[NodeId],
    ) -> Result<NodeId, GraphError> {
        let op = op.into();
        let name = op.name();
        self.add_named(name, op, inputs)
    }

    /// Records a node under `name`, made unique.
    pub(crate) fn add_named(
        &mut self,
        name: &str,
        op: impl Into<Op>,
        inputs: &[NodeId],
    ) -> Result<NodeId, GraphError> {
        let op = op.into();
        let shapes: Vec<&Shape> = inputs.iter().map(|id| self[*id].shape()).collect();
        let shape = op.shape(&shapes).map_err(|rule| GraphError::Shape {
            node: self.names.wish(name),
            rule,
            got: match shapes.as_slice() {
                [] => "none".to_owned(),
                shapes => shapes.iter().map(|s| s.to_string()).collect::<Vec<_>>().join(" and "),
            },
        })?;
        let dtype = op.dtype();
        Ok(self.push(name, op, inputs.to_vec(), shape, dtype))
    }

    pub(super) fn push(
        &mut self,
        name: &str,
        op: Op,
        inputs: Vec<NodeId>,
        shape: Shape,
        dtype: DType,
    ) -> NodeId {
        let name = self.names.take(name);
        self.nodes.push(Node { name, op, inputs, control_inputs: Vec::new(), shape, dtype });
        NodeId(self.nodes.len() - 1)
    }

    /// Makes `node` wait for `before`.
    pub(crate) fn add_control_input(&mut self, node: NodeId, before: NodeId) {
        debug_assert!(before < node, "a node can only wait for an earlier one");
        self.nodes[node.0].control_inputs.push(before);
    }

    /// The error of an argument outside its domain, for a node that would be called `base`.
    pub(crate) fn argument_error(&self, base: &str, problem: impl Into<String>) -> GraphError {
        GraphError::Argument { node: self.names.wish(base), problem: problem.into() }
    }

    /// The ids recorded so far, in order.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }
}

impl Index<NodeId> for GraphBuilder {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }
}
