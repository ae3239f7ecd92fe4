//! Sums and means over axes.

use super::super::{Attribute, Dim, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, BroadcastTo, Rule, Size};

/// Which number a reduction makes of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Their sum.
    Sum,
    /// Their arithmetic mean.
    Mean,
}

/// A reduction over adjacent axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    /// Sum or mean.
    pub reduction: Reduction,
    /// The axes that are reduced, ascending without a gap.
    pub axes: Vec<usize>,
    /// Whether they stay as dimensions of 1.
    pub keep_dims: bool,
}

impl Rule for Reduce {
    fn name(&self) -> &'static str {
        match self.reduction {
            Reduction::Sum => "Sum",
            Reduction::Mean => "Mean",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let rule = || format!("{} takes a shape with adjacent axes {:?}", self.name(), self.axes);
        let [x] = inputs else { return Err(rule()) };
        let adjacent = self.axes.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        if !adjacent || self.axes.iter().any(|&axis| axis >= x.rank()) {
            return Err(rule());
        }
        let kept = |(axis, &dim): (usize, &Dim)| match (self.axes.contains(&axis), self.keep_dims) {
            (false, _) => Some(dim),
            (true, true) => Some(Dim::Known(1)),
            (true, false) => None,
        };
        Ok(Shape::from(x.dims().iter().enumerate().filter_map(kept).collect::<Vec<Dim>>()))
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let x = backward.inputs[0];
        let mut grad = backward.grad;
        if self.reduction == Reduction::Mean {
            let count = g.add(Size { axes: self.axes.clone() }, &[x])?;
            grad = g.div(grad, count)?;
        }
        let inserted = if self.keep_dims { Vec::new() } else { self.axes.clone() };
        Ok(vec![Some(g.add(BroadcastTo { inserted }, &[grad, x])?)])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![
            ("axes", Attribute::Ints(self.axes.iter().map(|&a| a as i64).collect())),
            ("keep_dims", Attribute::Bool(self.keep_dims)),
        ]
    }
}

impl GraphBuilder {
    /// Adds the sum over `axes`, which disappear from the shape.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the axes are not ascending or `x` lacks one.
    pub fn reduce_sum(&mut self, x: NodeId, axes: &[usize]) -> Result<NodeId, GraphError> {
        self.reduce(Reduction::Sum, x, axes, false)
    }

    /// Adds the sum over `axes`, which stay as dimensions of 1.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the axes are not ascending or `x` lacks one.
    pub fn reduce_sum_keeping(&mut self, x: NodeId, axes: &[usize]) -> Result<NodeId, GraphError> {
        self.reduce(Reduction::Sum, x, axes, true)
    }

    /// Adds the mean over `axes`, which disappear from the shape.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the axes are not ascending or `x` lacks one.
    pub fn reduce_mean(&mut self, x: NodeId, axes: &[usize]) -> Result<NodeId, GraphError> {
        self.reduce(Reduction::Mean, x, axes, false)
    }

    /// Adds the mean of each channel of images: `[batch, rows, columns, channels]` to
    /// `[batch, channels]`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if these are no images.
    pub fn global_average_pool(&mut self, images: NodeId) -> Result<NodeId, GraphError> {
        if self[images].shape().rank() != 4 {
            return Err(GraphError::Shape {
                node: self[images].name().to_owned(),
                rule: "global average pooling takes [batch, rows, columns, channels]".to_owned(),
                got: self[images].shape().to_string(),
            });
        }
        self.reduce_mean(images, &[1, 2])
    }

    /// Adds the mean of all elements, a number.
    ///
    /// # Errors
    /// None today.
    pub fn mean(&mut self, x: NodeId) -> Result<NodeId, GraphError> {
        let axes: Vec<usize> = (0..self[x].shape().rank()).collect();
        self.reduce_mean(x, &axes)
    }

    /// Adds the sum of all elements, a number.
    ///
    /// # Errors
    /// None today.
    pub fn sum(&mut self, x: NodeId) -> Result<NodeId, GraphError> {
        let axes: Vec<usize> = (0..self[x].shape().rank()).collect();
        self.reduce_sum(x, &axes)
    }

    fn reduce(
        &mut self,
        reduction: Reduction,
        x: NodeId,
        axes: &[usize],
        keep_dims: bool,
    ) -> Result<NodeId, GraphError> {
        // Last axes first: what disappears then leaves the earlier axes where they were.
        let mut result = x;
        let mut rest = axes;
        loop {
            let gap = rest.windows(2).rposition(|pair| pair[0] + 1 != pair[1]);
            let (earlier, run) = rest.split_at(gap.map_or(0, |gap| gap + 1));
            result = self.add(Reduce { reduction, axes: run.to_vec(), keep_dims }, &[result])?;
            if earlier.is_empty() {
                return Ok(result);
            }
            rest = earlier;
        }
    }
}
