//! Values side by side, and the way back: pieces of a value.

use super::super::{Attribute, Dim, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Rule, Slice};

/// The inputs one after another along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concat {
    /// The axis along which they may differ; not the batch.
    pub axis: usize,
}

/// The size of an axis that is no batch.
pub(super) fn size_of(shape: &Shape, axis: usize) -> Option<usize> {
    match shape.dims().get(axis) {
        Some(Dim::Known(size)) => Some(*size),
        _ => None,
    }
}

/// The shape with another size of an axis.
pub(super) fn resized(shape: &Shape, axis: usize, size: usize) -> Shape {
    let mut dims = shape.dims().to_vec();
    dims[axis] = Dim::Known(size);
    Shape::from(dims)
}

impl Rule for Concat {
    fn name(&self) -> &'static str {
        "ConcatV2"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let rule = || format!("ConcatV2 takes shapes that differ in axis {} alone", self.axis);
        let first = *inputs.first().ok_or_else(rule)?;
        let mut total = 0_usize;
        for shape in inputs {
            let size = size_of(shape, self.axis).ok_or_else(rule)?;
            if resized(shape, self.axis, 0) != resized(first, self.axis, 0) {
                return Err(rule());
            }
            total = total.checked_add(size).ok_or_else(rule)?;
        }
        Ok(resized(first, self.axis, total))
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let mut start = 0;
        let mut gradients = Vec::new();
        for (&input, &wanted) in backward.inputs.iter().zip(&backward.wanted) {
            let len = size_of(g[input].shape(), self.axis).expect("the shape rule saw it");
            let slice = Slice { axis: self.axis, start, len };
            gradients.push(wanted.then(|| g.add(slice, &[backward.grad])).transpose()?);
            start += len;
        }
        Ok(gradients)
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![("axis", Attribute::Ints(vec![self.axis as i64]))]
    }
}

impl GraphBuilder {
    /// Adds values one after another along `axis`: the channels of branches, for one.
    ///
    /// ```
    /// # use runboard::graph::GraphBuilder;
    /// let mut g = GraphBuilder::new();
    /// let a = g.constant("a", [2, 1], vec![1.0, 2.0])?;
    /// let b = g.constant("b", [2, 3], vec![0.0; 6])?;
    /// let both = g.concat(&[a, b], 1)?;
    /// assert_eq!(g[both].shape().to_string(), "[2, 4]");
    /// # Ok::<(), runboard::graph::GraphError>(())
    /// ```
    ///
    /// # Errors
    /// [`GraphError::Shape`] if there are none, the axis is the batch or is missing, or they differ
    /// in another one.
    pub fn concat(&mut self, values: &[NodeId], axis: usize) -> Result<NodeId, GraphError> {
        self.add(Concat { axis }, values)
    }

    /// Adds the pieces of `x` along `axis` that have these sizes, in order.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the axis is the batch or is missing, [`GraphError::Argument`] if the
    /// sizes do not add up to its own.
    pub fn split(
        &mut self,
        x: NodeId,
        axis: usize,
        sizes: &[usize],
    ) -> Result<Vec<NodeId>, GraphError> {
        let total = sizes.iter().try_fold(0_usize, |total, size| total.checked_add(*size));
        if let Some(size) = size_of(self[x].shape(), axis)
            && total != Some(size)
        {
            let problem = format!("axis {axis} has size {size}, which {sizes:?} do not add up to");
            return Err(self.argument_error("split", problem));
        }
        let mut start = 0;
        let mut piece = |&len: &usize| {
            start += len;
            self.slice(x, axis, start - len, len)
        };
        sizes.iter().map(&mut piece).collect()
    }
}
