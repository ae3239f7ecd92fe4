//! The convolutional layer.

use super::super::layer::does_not_take;
use super::weights::{Weights, weights};
use super::{Layer, Module};
use crate::graph::ops::Padding;
use crate::graph::{Dim, GraphBuilder, GraphError, Initializer, NodeId};
use crate::nn::Activation;

/// A convolutional layer to be added; see [`conv2d`].
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2DModule {
    filters: usize,
    size: [usize; 2],
    strides: [usize; 2],
    padding: Padding,
    weights: Weights,
}

/// Returns a layer of `filters` filters of `size` by `size`, as `tf.layers.conv2d`: stride 1, no
/// padding, a bias.
///
/// It takes images `[batch, rows, columns, channels]`; its kernel is `[size, size, channels, filters]`.
pub fn conv2d(filters: usize, size: usize) -> Conv2DModule {
    Conv2DModule {
        filters,
        size: [size; 2],
        strides: [1; 2],
        padding: Padding::Valid,
        weights: Weights::default(),
    }
}

weights!(Conv2DModule);

impl Conv2DModule {
    /// Looks beyond the border, at zeros: at stride 1 images keep their size. See [`Padding::Same`].
    pub fn same(self) -> Self {
        self.padding(Padding::Same)
    }

    /// Looks at the image alone, the default: see [`Padding::Valid`].
    pub fn valid(self) -> Self {
        self.padding(Padding::Valid)
    }

    /// Sets what lies around the images.
    pub fn padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Sets rows and columns from one position to the next.
    pub fn stride(mut self, stride: usize) -> Self {
        self.strides = [stride; 2];
        self
    }
}

impl Module for Conv2DModule {
    fn add(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Layer, GraphError> {
        g.scope("conv2d", |g| {
            let &[_, _, _, Dim::Known(channels)] = g[x].shape().dims() else {
                let rule = "a convolutional layer takes [batch, rows, columns, channels]";
                return Err(does_not_take(g, rule, x));
            };
            let [rows, columns] = self.size;
            let sizes = [rows, columns, channels, self.filters];
            let (strides, padding) = (self.strides, self.padding);
            let affine = self.weights.affine(&sizes);
            affine.add(g, |g, kernel| g.conv2d(x, kernel, strides, padding))
        })
    }
}
