//! The same elements in another shape.

use super::super::{Attribute, Dim, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Rule};

/// The elements of a value, row major, in another shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Reshape {
    /// The shape; the batch stays what it is.
    pub shape: Shape,
}

/// The number of elements, and whether there is a batch to multiply it with.
fn elements(shape: &Shape) -> (Option<usize>, usize) {
    let batches = shape.dims().iter().filter(|dim| **dim == Dim::Batch).count();
    let known = shape.dims().iter().map(|dim| match dim {
        Dim::Known(size) => *size,
        Dim::Batch => 1,
    });
    (known.into_iter().try_fold(1_usize, usize::checked_mul), batches)
}

impl Rule for Reshape {
    fn name(&self) -> &'static str {
        "Reshape"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [x] if elements(x) == elements(&self.shape) && elements(x).0.is_some() => {
                Ok(self.shape.clone())
            }
            _ => Err(format!("Reshape to {} takes as many elements", self.shape)),
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let shape = g[backward.inputs[0]].shape().clone();
        Ok(vec![Some(g.add(Reshape { shape }, &[backward.grad])?)])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![("shape", Attribute::Text(self.shape.to_string()))]
    }
}

impl GraphBuilder {
    /// Adds `x` in another shape of as many elements, row major.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the number of elements differs.
    pub fn reshape(&mut self, x: NodeId, shape: impl Into<Shape>) -> Result<NodeId, GraphError> {
        self.add(Reshape { shape: shape.into() }, &[x])
    }

    /// Adds `x` as a matrix: `[batch, ..]` to `[batch, elements]`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if `x` is a single number or a dimension behind the first is not known.
    pub fn flatten(&mut self, x: NodeId) -> Result<NodeId, GraphError> {
        let dims = self[x].shape().dims();
        let Some((&first, rest)) = dims.split_first() else {
            return self.reshape(x, [1, 1]);
        };
        let rest = elements(&Shape::from(rest.to_vec())).0.unwrap_or(usize::MAX);
        self.reshape(x, vec![first, Dim::Known(rest)])
    }
}
