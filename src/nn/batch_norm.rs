//! Batch normalisation.

use super::layer::does_not_take;
use crate::graph::ops::Assign;
use crate::graph::{Dim, GraphBuilder, GraphError, Initializer, NodeId};

/// Batch normalisation to be added: mean 0 and variance 1 over the batch, then `gamma x + beta`.
///
/// Ioffe and Szegedy 2015. Training plans take mean and variance of the batch, all others moving
/// averages of them; of the variance the biased one, as `tf.layers.batch_normalization` does of a
/// matrix and Keras of all. (Of images the fused kernel of TensorFlow 1 keeps the unbiased one.)
/// Of images each channel has one mean and variance, over batch, rows and columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// How much of the moving averages stays at each step, 0.99.
    pub momentum: f32,
    /// Added to the variance, 0.001.
    pub epsilon: f32,
}

impl Default for BatchNorm {
    /// Returns what `tf.layers.batch_normalization` takes by default.
    fn default() -> Self {
        BatchNorm { momentum: 0.99, epsilon: 0.001 }
    }
}

/// Batch normalisation in a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchNormLayer {
    /// The trainable factor, `[units]`; ones at first.
    pub gamma: NodeId,
    /// The trainable term, `[units]`; zeros at first.
    pub beta: NodeId,
    /// The moving average of the mean, `[units]`; zeros at first.
    pub moving_mean: NodeId,
    /// The moving average of the variance, `[units]`; ones at first.
    pub moving_variance: NodeId,
    /// What moves the averages: part of each training step.
    pub updates: [NodeId; 2],
    /// The normalised value, of the shape of what was given.
    pub output: NodeId,
}

impl BatchNorm {
    /// Adds the normalisation of `x` under the scope `name`: `[batch, units]`, or images
    /// `[batch, rows, columns, channels]`, whose channels are the units.
    ///
    /// The updates are for [`Optimizer::minimize_with`](super::Optimizer::minimize_with), whose node
    /// is for training plans: in others a batch would be measured by the moving averages.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if `x` has no last dimension of known size, [`GraphError::Argument`] if the
    /// momentum is not from 0 to 1 or epsilon not above 0.
    pub fn add(
        &self,
        g: &mut GraphBuilder,
        name: &str,
        x: NodeId,
    ) -> Result<BatchNormLayer, GraphError> {
        let BatchNorm { momentum, epsilon } = *self;
        if !((0.0..=1.0).contains(&momentum) && epsilon > 0.0 && epsilon.is_finite()) {
            let problem = format!(
                "momentum is {momentum} and epsilon {epsilon}, want 0 to 1 and a number above 0"
            );
            return Err(g.argument_error(name, problem));
        }
        g.scope(name, |g| {
            let &[_, .., Dim::Known(units)] = g[x].shape().dims() else {
                let rule = "batch normalisation takes [batch, units] or images with channels last";
                return Err(does_not_take(g, rule, x));
            };
            // All but the last: of images each channel has one mean, over positions too.
            let axes: Vec<usize> = (0..g[x].shape().rank() - 1).collect();
            let gamma = g.variable("gamma", &[units], Initializer::Constant(1.0))?;
            let beta = g.variable("beta", &[units], Initializer::ZEROS)?;
            let moving_mean = g.slot("moving_mean", &[units], 0.0)?;
            let moving_variance = g.slot("moving_variance", &[units], 1.0)?;

            let batch_mean = g.reduce_mean(x, &axes)?; // [units]
            let mean = g.in_training(batch_mean, moving_mean)?;
            let centered = g.sub(x, mean)?; // as x
            let squares = g.square(centered)?;
            let batch_variance = g.reduce_mean(squares, &axes)?; // [units]
            let variance = g.in_training(batch_variance, moving_variance)?;

            let epsilon = g.scalar("epsilon", epsilon);
            let variance = g.add_values(variance, epsilon)?;
            let deviation = g.sqrt(variance)?;
            let factor = g.div(gamma, deviation)?; // [units]
            let scaled = g.mul(centered, factor)?; // as x
            let output = g.add_values(scaled, beta)?;

            let rest = g.scalar("rest", 1.0 - momentum);
            let mut moved = |average, batch| {
                let behind = g.sub(average, batch)?;
                let step = g.mul(behind, rest)?;
                let next = g.sub(average, step)?;
                g.add(Assign, &[average, next])
            };
            let updates =
                [moved(moving_mean, batch_mean)?, moved(moving_variance, batch_variance)?];
            Ok(BatchNormLayer { gamma, beta, moving_mean, moving_variance, updates, output })
        })
    }
}
