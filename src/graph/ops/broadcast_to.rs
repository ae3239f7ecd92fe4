//! A value repeated to another's shape: the way back through a sum.

use super::super::{Attribute, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Rule};

/// The first input repeated to the shape of the second, whose values do not matter.
///
/// The target is a node and not a shape, for the batch is not known when a graph is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct BroadcastTo {
    /// Axes of the result that the first input lacks, ascending.
    pub inserted: Vec<usize>,
}

impl Rule for BroadcastTo {
    fn name(&self) -> &'static str {
        "BroadcastTo"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let rule = || format!("BroadcastTo takes a shape without axes {:?}", self.inserted);
        let [x, like] = inputs else { return Err(rule()) };
        if x.rank() + self.inserted.len() != like.rank() {
            return Err(rule());
        }
        match self.inserted_shape(x, like.rank()).broadcast(like) {
            Some(shape) if shape == **like => Ok(shape),
            _ => Err(rule()),
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        // Only of the kind a sum makes: all axes that were repeated were also inserted.
        let like = g[backward.node].shape().clone();
        let x = g[backward.inputs[0]].shape().clone();
        let repeated = (0..like.rank()).filter(|axis| !self.inserted.contains(axis));
        if !repeated.zip(x.dims()).all(|(axis, dim)| like.dims()[axis] == *dim) {
            let node = g[backward.node].name().to_owned();
            return Err(GraphError::NotDifferentiable { node, op: self.name() });
        }
        Ok(vec![Some(g.reduce_sum(backward.grad, &self.inserted)?), None])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![("inserted", Attribute::Ints(self.inserted.iter().map(|&a| a as i64).collect()))]
    }
}

impl BroadcastTo {
    /// The first input's shape with the inserted axes as ones.
    fn inserted_shape(&self, x: &Shape, rank: usize) -> Shape {
        let mut dims = x.dims().iter().copied();
        let dim = |axis: usize| {
            let inserted = self.inserted.contains(&axis);
            if inserted { super::super::Dim::Known(1) } else { dims.next().unwrap_or(1.into()) }
        };
        Shape::from((0..rank).map(dim).collect::<Vec<_>>())
    }
}
