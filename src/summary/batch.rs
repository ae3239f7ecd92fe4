//! Several values at one step as one event.

use std::sync::atomic::Ordering;

use super::histogram::{Histogram, HistogramValue, append_value};
use super::{SummaryWriter, WriteError, encode};
use crate::types::Step;

/// The values of one step; [`StepBatch::add`] logs them.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
/// let mut batch = writer.step(100);
/// batch.scalar("cost", 0.3);
/// batch.histogram("weights", &[0.1, 0.2]);
/// batch.add()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a batch is logged by `add`"]
pub struct StepBatch<'w> {
    writer: &'w SummaryWriter,
    step: Step,
    values: Vec<u8>,
    has_scalars: bool,
}

impl<'w> StepBatch<'w> {
    pub(super) fn new(writer: &'w SummaryWriter, step: Step) -> Self {
        let len = writer.file.as_ref().map_or(0, |file| file.batch_len.load(Ordering::Relaxed));
        StepBatch { writer, step, values: Vec::with_capacity(len), has_scalars: false }
    }

    /// Adds a number.
    pub fn scalar(&mut self, tag: &str, value: impl Into<f64>) {
        encode::scalar_value(&mut self.values, tag, value.into() as f32);
        self.has_scalars = true;
    }

    /// Adds the distribution of `values`.
    pub fn histogram<N: HistogramValue>(&mut self, tag: &str, values: &[N]) {
        append_value(&mut self.values, tag, &Histogram::of(values).buckets);
    }

    /// Logs what was added, at one wall time.
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add(self) -> Result<(), WriteError> {
        if self.has_scalars {
            self.writer.begin(self.step)?;
        }
        if let Some(file) = &self.writer.file {
            file.batch_len.store(self.values.len(), Ordering::Relaxed);
        }
        self.writer.add_values(&self.values, self.step, self.writer.now())
    }
}
