//! The number of elements along axes: what a mean divides by.

use super::super::{Attribute, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Rule};

/// The number of elements of the input along some axes, known once the batch is.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// The axes whose sizes are multiplied, ascending.
    pub axes: Vec<usize>,
}

impl Rule for Size {
    fn name(&self) -> &'static str {
        "Size"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [x] if self.axes.iter().all(|&axis| axis < x.rank()) => Ok(Shape::scalar()),
            _ => Err(format!("Size along axes {:?} takes a shape with them", self.axes)),
        }
    }

    fn gradient(
        &self,
        _: &mut GraphBuilder,
        _: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        Ok(vec![None])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![("axes", Attribute::Ints(self.axes.iter().map(|&a| a as i64).collect()))]
    }
}
