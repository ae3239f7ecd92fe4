//! A value that is another one in evaluation: dropout, statistics of a batch.

use std::borrow::Cow;

use super::super::{Graph, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Op, Rule, Unary};

/// The first input where a plan trains, the second where it evaluates; only that one is computed.
///
/// Gradients are those of training: they flow to the first input alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InTraining;

impl Rule for InTraining {
    fn name(&self) -> &'static str {
        "InTraining"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [a, b] if a == b => Ok((*a).clone()),
            _ => Err("InTraining takes two values of one shape".to_owned()),
        }
    }

    fn gradient(
        &self,
        _: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        Ok(vec![Some(backward.grad), None])
    }
}

impl GraphBuilder {
    /// Adds a value that is `training` in training plans and `evaluation` in all others.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the two shapes differ.
    pub fn in_training(
        &mut self,
        training: NodeId,
        evaluation: NodeId,
    ) -> Result<NodeId, GraphError> {
        self.add(InTraining, &[training, evaluation])
    }
}

impl Graph {
    /// The graph as plans of one kind see it: readers of an `InTraining` read the input it stands
    /// for, and the node itself is left as a copy of that input, for those who fetch it.
    pub(crate) fn settled(&self, training: bool) -> Cow<'_, Graph> {
        let is_choice = |node: NodeId| matches!(self[node].op(), Op::InTraining(_));
        if !self.ids().any(is_choice) {
            return Cow::Borrowed(self);
        }
        let mut graph = self.clone();
        // Inputs come before their readers, so those of a choice are settled already.
        let mut stands_for: Vec<NodeId> = Vec::with_capacity(self.nodes().len());
        for id in self.ids() {
            let node = &mut graph.nodes[id.index()];
            node.inputs.iter_mut().for_each(|input| *input = stands_for[input.index()]);
            if is_choice(id) {
                let chosen = node.inputs[usize::from(!training)];
                (node.op, node.inputs) = (Unary::Cast.into(), vec![chosen]);
                stands_for.push(chosen);
            } else {
                stands_for.push(id);
            }
        }
        Cow::Owned(graph)
    }
}
