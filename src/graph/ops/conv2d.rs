//! Convolution of images, and its two gradients.

use super::super::{Attribute, Dim, GraphBuilder, GraphError, NodeId, Shape};
use super::window::{Padding, Windows, image, image_shape};
use super::{Backward, Rule};

/// How filters move over images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2D {
    /// What is computed.
    pub part: ConvPart,
    /// Rows and columns from one position to the next.
    pub strides: [usize; 2],
    /// What lies around the images.
    pub padding: Padding,
}

/// A convolution or one of its gradients.
///
/// All three are linear in either of their inputs, so each is the gradient of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvPart {
    /// `out[n, y, x, o] = sum(images[n, y s + i, x s + j, c] filter[i, j, c, o])` over i, j, c,
    /// of images `[batch, rows, columns, channels]` and a filter `[rows, columns, channels, out]`.
    Forward,
    /// The gradient by the images, of the gradient of `out`, the filter, and images whose shape
    /// alone matters.
    BackpropInput,
    /// The gradient by the filter, of images, the gradient of `out`, and a filter whose shape alone
    /// matters.
    BackpropFilter,
}

impl Conv2D {
    fn part(&self, part: ConvPart) -> Self {
        Conv2D { part, ..*self }
    }

    /// The windows of a filter `[rows, columns, ..]`.
    pub(crate) fn windows(&self, size: [usize; 2]) -> Windows {
        Windows { size, strides: self.strides, padding: self.padding }
    }

    /// The shape of the output of images and a filter.
    fn forward(&self, images: &Shape, filter: &Shape) -> Result<Shape, String> {
        let rule = || {
            "Conv2D takes [batch, rows, columns, channels] and a filter [rows, columns, channels, out]"
                .to_owned()
        };
        let (batch, size, channels) = image(images).ok_or_else(rule)?;
        let (height, window, out) = image(filter).ok_or_else(rule)?;
        let (Dim::Known(height), [width, in_channels]) = (height, window) else {
            return Err(rule());
        };
        if in_channels != channels {
            return Err(rule());
        }
        if channels == 0 || out == 0 {
            return Err("Conv2D takes at least one channel and one filter".to_owned());
        }
        let placed = self.windows([height, width]).over(size)?;
        Ok(image_shape(batch, placed.positions, out))
    }
}

impl Rule for Conv2D {
    fn name(&self) -> &'static str {
        match self.part {
            ConvPart::Forward => "Conv2D",
            ConvPart::BackpropInput => "Conv2DBackpropInput",
            ConvPart::BackpropFilter => "Conv2DBackpropFilter",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let (images, filter, grad, result) = match (self.part, inputs) {
            (ConvPart::Forward, [images, filter]) => return self.forward(images, filter),
            (ConvPart::BackpropInput, [grad, filter, images]) => (images, filter, grad, images),
            (ConvPart::BackpropFilter, [images, grad, filter]) => (images, filter, grad, filter),
            _ => return Err(format!("{} takes other inputs", self.name())),
        };
        let out = self.forward(images, filter)?;
        if out == **grad {
            Ok((*result).clone())
        } else {
            Err(format!("{} takes the gradient of {out}", self.name()))
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let (a, b, grad) = (backward.inputs[0], backward.inputs[1], backward.grad);
        let mut add = |wanted: bool, part, inputs: &[NodeId]| {
            wanted.then(|| g.add(self.part(part), inputs)).transpose()
        };
        let (want_a, want_b) = (backward.wanted[0], backward.wanted[1]);
        use ConvPart::{BackpropFilter, BackpropInput, Forward};
        Ok(match self.part {
            Forward => vec![
                add(want_a, BackpropInput, &[grad, b, a])?,
                add(want_b, BackpropFilter, &[a, grad, b])?,
            ],
            // Of the gradient of `out`, then of the filter; `grad` is like the images.
            BackpropInput => vec![
                add(want_a, Forward, &[grad, b])?,
                add(want_b, BackpropFilter, &[grad, a, b])?,
                None,
            ],
            // Of the images, then of the gradient of `out`; `grad` is like the filter.
            BackpropFilter => vec![
                add(want_a, BackpropInput, &[b, grad, a])?,
                add(want_b, Forward, &[a, grad])?,
                None,
            ],
        })
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        self.windows([0; 2]).attributes()
    }
}

impl GraphBuilder {
    /// Adds the convolution of images `[batch, rows, columns, channels]` with a filter
    /// `[rows, columns, channels, out]`: `[batch, rows', columns', out]`.
    ///
    /// As in TensorFlow and the lectures the filter is not turned: it is a cross-correlation.
    ///
    /// ```
    /// # use runboard::graph::GraphBuilder;
    /// # use runboard::graph::ops::Padding;
    /// let mut g = GraphBuilder::new();
    /// let image = g.constant("image", [1, 3, 3, 1], (1..=9).map(|x| x as f32).collect())?;
    /// let filter = g.constant("filter", [2, 2, 1, 1], vec![1.0; 4])?;
    /// let out = g.conv2d(image, filter, [1, 1], Padding::Valid)?;
    /// assert_eq!(g[out].shape().to_string(), "[1, 2, 2, 1]");
    /// # Ok::<(), runboard::graph::GraphError>(())
    /// ```
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the shapes are not these, or no window fits: see [`Padding`].
    pub fn conv2d(
        &mut self,
        images: NodeId,
        filter: NodeId,
        strides: [usize; 2],
        padding: Padding,
    ) -> Result<NodeId, GraphError> {
        self.add(Conv2D { part: ConvPart::Forward, strides, padding }, &[images, filter])
    }
}
