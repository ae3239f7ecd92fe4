//! A model that tells classes of images apart: what it is fed and how it is trained.

use super::{BuildError, Model, Training};
use crate::graph::{Dim, GraphBuilder, GraphError, NodeId, Shape};
use crate::nn;

/// The placeholders of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Pixels from 0 to 1, `[batch, pixels]`.
    pub pixels: NodeId,
    /// One-hot labels, `[batch, classes]`.
    pub labels: NodeId,
    /// Rows and columns, where they matter to the net.
    pub(super) size: Option<[usize; 2]>,
}

/// A classifier in a graph.
#[derive(Clone, Debug)]
pub(crate) struct Classifier {
    pub(crate) images: Images,
    pub(crate) classes: usize,
    pub(crate) logits: NodeId,
    /// The cost without penalties, a number: what training and test can be compared by.
    pub(crate) cross_entropy: NodeId,
    /// The variable that holds the learning rate.
    pub(crate) learning_rate: NodeId,
    pub(crate) training: Training,
}

impl Images {
    /// Adds the placeholders `X` and `Y`.
    ///
    /// # Errors
    /// As [`GraphBuilder::placeholder`].
    pub fn add(g: &mut GraphBuilder, pixels: usize, classes: usize) -> Result<Self, GraphError> {
        let rows_of = |size: usize| Shape::from([Dim::Batch, Dim::Known(size)]);
        Ok(Images {
            pixels: g.placeholder("X", rows_of(pixels))?,
            labels: g.placeholder("Y", rows_of(classes))?,
            size: None,
        })
    }

    /// Adds the placeholders for images of so many rows and columns; others are refused.
    ///
    /// `X` is `[batch, pixels]` all the same: see [`layers::reshape`](crate::nn::layers::reshape).
    ///
    /// # Errors
    /// As [`GraphBuilder::placeholder`].
    pub fn of_size(
        g: &mut GraphBuilder,
        [rows, columns]: [usize; 2],
        classes: usize,
    ) -> Result<Self, GraphError> {
        Ok(Images { size: Some([rows, columns]), ..Images::add(g, rows * columns, classes)? })
    }
}

impl Model {
    /// Trains the layers so that `logits`, `[batch, classes]`, tell the images' classes apart.
    ///
    /// The cost is the softmax cross-entropy; logged are the cost and accuracy of training batches,
    /// and after each epoch those of the validation and test images.
    ///
    /// # Errors
    /// As [`Model::minimize`].
    pub fn classify(
        &mut self,
        g: &mut GraphBuilder,
        images: Images,
        logits: NodeId,
        training: Training,
    ) -> Result<(), BuildError> {
        g.scope("Hypothesis", |g| g.softmax(logits))?; // for the graph: plans take the logits
        let cross_entropy =
            g.scope("Cost", |g| nn::softmax_cross_entropy(g, logits, images.labels))?;
        let accuracy = g.scope("Accuracy", |g| nn::label_accuracy(g, logits, images.labels))?;
        let cost = if training.l2 == 0.0 {
            cross_entropy
        } else {
            let kernels: Vec<NodeId> =
                self.layers.iter().flat_map(|layer| layer.kernels.clone()).collect();
            nn::with_l2(g, cross_entropy, training.l2 as f32, &kernels)?
        };
        let learning_rate = self.minimize(g, training.optimizer, cost)?.learning_rate;
        self.scalar("accuracy", accuracy);
        let &[_, Dim::Known(classes)] = g[images.labels].shape().dims() else {
            unreachable!("`Images::add` made it so")
        };
        self.classifier =
            Some(Classifier { images, classes, logits, cross_entropy, learning_rate, training });
        Ok(())
    }
}
