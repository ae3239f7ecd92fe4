//! A piece of a value, and a value among zeros: each is the way back of the other.

use super::super::{Attribute, GraphBuilder, GraphError, NodeId, Shape};
use super::concat::{resized, size_of};
use super::{Backward, Rule};

/// The elements from `start` on along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The axis; not the batch.
    pub axis: usize,
    /// The first place.
    pub start: usize,
    /// How many, at least 1.
    pub len: usize,
}

/// Zeros before and after a value along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pad {
    /// The axis; not the batch.
    pub axis: usize,
    /// How many before it.
    pub before: usize,
    /// How many after it.
    pub after: usize,
}

impl Rule for Slice {
    fn name(&self) -> &'static str {
        "Slice"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let &Slice { axis, start, len } = self;
        let rule = || format!("Slice of {len} from {start} on takes as many along axis {axis}");
        let [x] = inputs else { return Err(rule()) };
        let size = size_of(x, axis).ok_or_else(rule)?;
        match start.checked_add(len) {
            Some(end) if end <= size && len > 0 => Ok(resized(x, axis, len)),
            _ => Err(rule()),
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let size = size_of(g[backward.inputs[0]].shape(), self.axis).expect("the rule saw it");
        let after = size - self.start - self.len;
        let pad = Pad { axis: self.axis, before: self.start, after };
        Ok(vec![Some(g.add(pad, &[backward.grad])?)])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        [("axis", self.axis), ("begin", self.start), ("size", self.len)]
            .map(|(name, value)| (name, Attribute::Ints(vec![value as i64])))
            .to_vec()
    }
}

impl Rule for Pad {
    fn name(&self) -> &'static str {
        "Pad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let &Pad { axis, before, after } = self;
        let rule = || format!("Pad takes a value with an axis {axis} that is no batch");
        let [x] = inputs else { return Err(rule()) };
        let size = size_of(x, axis).ok_or_else(rule)?;
        let padded = before.checked_add(size).and_then(|size| size.checked_add(after));
        Ok(resized(x, axis, padded.ok_or_else(rule)?))
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let len = size_of(g[backward.inputs[0]].shape(), self.axis).expect("the rule saw it");
        let slice = Slice { axis: self.axis, start: self.before, len };
        Ok(vec![Some(g.add(slice, &[backward.grad])?)])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        [("axis", self.axis), ("before", self.before), ("after", self.after)]
            .map(|(name, value)| (name, Attribute::Ints(vec![value as i64])))
            .to_vec()
    }
}

impl GraphBuilder {
    /// Adds the `len` places of `x` from `start` on along `axis`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if there are not as many, `len` is 0, or the axis is the batch.
    pub fn slice(
        &mut self,
        x: NodeId,
        axis: usize,
        start: usize,
        len: usize,
    ) -> Result<NodeId, GraphError> {
        self.add(Slice { axis, start, len }, &[x])
    }

    /// Adds `x` with zeros before and after it along `axis`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the axis is the batch or is missing.
    pub fn pad(
        &mut self,
        x: NodeId,
        axis: usize,
        before: usize,
        after: usize,
    ) -> Result<NodeId, GraphError> {
        self.add(Pad { axis, before, after }, &[x])
    }
}
