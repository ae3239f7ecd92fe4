//! How a classifier is trained, and the hyper-parameters that say so.

use super::{Augmentation, HyperParameterError, HyperParameters, RateSchedule};
use crate::nn::Optimizer;

/// How a classifier is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// The name of the data set it is trained on.
    pub data: String,
    /// Images of a step.
    pub batch: usize,
    /// How often it sees all training images.
    pub epochs: u64,
    /// How its weights change.
    pub optimizer: Optimizer,
    /// How the optimiser's learning rate changes.
    pub rate_schedule: RateSchedule,
    /// Weight of half the sum of squares of all kernels in the cost; 0 for none.
    pub l2: f64,
    /// Ends the training after so many epochs without a better validation accuracy; 0 for never.
    pub patience: u64,
    /// What the moving averages of its weights keep of themselves in each step: it answers with these
    /// averages, as `tf.train.ExponentialMovingAverage` has them. 0 for none: it answers with its
    /// weights.
    pub ema_decay: f32,
    /// How its images are changed before it sees them; [`Augmentation::NONE`] for not at all.
    pub augmentation: Augmentation,
    /// The last so many epochs see images as they are, whatever `augmentation` says: what was changed
    /// differs from what will be asked, pixels in between are blurred, and what batch normalisation
    /// keeps is of these (He et al. 2019, "Data augmentation revisited", arXiv:1909.09148).
    pub plain_epochs: u64,
}

impl Training {
    /// Reads the hyper-parameters `data`, `batch`, `epochs`, `optimizer`, `learning_rate`,
    /// `rate_schedule`, `l2`, `patience` and, if the experiment has them, `ema_decay` and
    /// `plain_epochs`, and those of [`Augmentation::from_hyper`].
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] for one that cannot be, such as a batch of 0.
    ///
    /// # Panics
    /// If the experiment lacks one of the others.
    pub fn from_hyper(hyper: &HyperParameters) -> Result<Self, HyperParameterError> {
        Ok(Training {
            data: hyper.get_text("data").to_owned(),
            batch: hyper.whole("batch", 1)? as usize,
            epochs: hyper.whole("epochs", 1)?,
            optimizer: hyper.optimizer("optimizer")?,
            rate_schedule: hyper.rate_schedule("rate_schedule")?,
            l2: hyper.number_in("l2", 0.0..=1e6)?,
            patience: hyper.whole("patience", 0)?,
            ema_decay: hyper.number_in_or_0("ema_decay", 0.0..=0.999_9)? as f32,
            augmentation: Augmentation::from_hyper(hyper)?,
            plain_epochs: hyper.whole_or_0("plain_epochs")?,
        })
    }

    /// Returns whether the epoch `epoch`, the first of which is 0, sees images as they are.
    pub fn is_plain(&self, epoch: u64) -> bool {
        self.augmentation.is_none() || epoch >= self.epochs.saturating_sub(self.plain_epochs)
    }
}
