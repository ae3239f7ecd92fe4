//! Pooling: one number of each window of an image, channel by channel.

use super::super::{Attribute, GraphBuilder, GraphError, NodeId, Shape};
use super::window::{Padding, Windows, image, image_shape};
use super::{Backward, Rule};

/// Pooling over windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What is computed.
    pub part: PoolPart,
    /// Rows and columns of a window.
    pub size: [usize; 2],
    /// Rows and columns from one window to the next.
    pub strides: [usize; 2],
    /// What lies around the images; never looked at.
    pub padding: Padding,
}

/// What pooling makes of a window, or the gradient of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolPart {
    /// The largest element; NaN if there is one.
    Max,
    /// The gradient of [`PoolPart::Max`] by the images, of the images, the result, and its gradient,
    /// which goes to the largest element of each window, of equals the first.
    MaxGrad,
    /// The mean of the elements within the image.
    Avg,
    /// The gradient of [`PoolPart::Avg`] by the images, of the result's gradient and images whose
    /// shape alone matters.
    AvgGrad,
}

impl Pool {
    pub(crate) fn windows(&self) -> Windows {
        Windows { size: self.size, strides: self.strides, padding: self.padding }
    }

    fn pooled(&self, images: &Shape) -> Result<Shape, String> {
        let rule = || "pooling takes [batch, rows, columns, channels]".to_owned();
        let (batch, size, channels) = image(images).ok_or_else(rule)?;
        let placed = self.windows().over(size)?;
        Ok(image_shape(batch, placed.positions, channels))
    }
}

impl Rule for Pool {
    fn name(&self) -> &'static str {
        match self.part {
            PoolPart::Max => "MaxPool",
            PoolPart::MaxGrad => "MaxPoolGrad",
            PoolPart::Avg => "AvgPool",
            PoolPart::AvgGrad => "AvgPoolGrad",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match (self.part, inputs) {
            (PoolPart::Max | PoolPart::Avg, [images]) => self.pooled(images),
            (PoolPart::MaxGrad, [images, result, grad]) => {
                let pooled = self.pooled(images)?;
                if pooled == **result && pooled == **grad {
                    Ok((*images).clone())
                } else {
                    Err(format!("MaxPoolGrad takes the result {pooled} and its gradient"))
                }
            }
            (PoolPart::AvgGrad, [grad, images]) => {
                let pooled = self.pooled(images)?;
                if pooled == **grad {
                    Ok((*images).clone())
                } else {
                    Err(format!("AvgPoolGrad takes the gradient of {pooled}"))
                }
            }
            _ => Err(format!("{} takes other inputs", self.name())),
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let (x, grad) = (backward.inputs[0], backward.grad);
        let part = |part| Pool { part, ..*self };
        match self.part {
            PoolPart::Max => {
                let inputs = [x, backward.node, grad];
                Ok(vec![Some(g.add(part(PoolPart::MaxGrad), &inputs)?)])
            }
            PoolPart::Avg => Ok(vec![Some(g.add(part(PoolPart::AvgGrad), &[grad, x])?)]),
            // Linear in the result's gradient: the way back is the mean again.
            PoolPart::AvgGrad => Ok(vec![Some(g.add(part(PoolPart::Avg), &[grad])?), None]),
            PoolPart::MaxGrad => {
                let node = g[backward.node].name().to_owned();
                Err(GraphError::NotDifferentiable { node, op: self.name() })
            }
        }
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        let [rows, columns] = self.size.map(|size| size as i64);
        let mut attributes = vec![("ksize", Attribute::Ints(vec![1, rows, columns, 1]))];
        attributes.extend(self.windows().attributes());
        attributes
    }
}

impl GraphBuilder {
    /// Adds the largest element of each window of `[batch, rows, columns, channels]`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the shape is not this, or no window fits: see [`Padding`].
    pub fn max_pool(
        &mut self,
        images: NodeId,
        size: [usize; 2],
        strides: [usize; 2],
        padding: Padding,
    ) -> Result<NodeId, GraphError> {
        self.add(Pool { part: PoolPart::Max, size, strides, padding }, &[images])
    }

    /// Adds the mean of each window of `[batch, rows, columns, channels]`; padding does not count.
    ///
    /// # Errors
    /// As [`GraphBuilder::max_pool`].
    pub fn avg_pool(
        &mut self,
        images: NodeId,
        size: [usize; 2],
        strides: [usize; 2],
        padding: Padding,
    ) -> Result<NodeId, GraphError> {
        self.add(Pool { part: PoolPart::Avg, size, strides, padding }, &[images])
    }
}
