//! Several values at one step as one event.

use super::histogram::{BUCKETS, Histogram, HistogramParts, HistogramValue};
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
        StepBatch { writer, step, values: Vec::with_capacity(1024), has_scalars: false }
    }

    /// Adds a number.
    pub fn scalar(&mut self, tag: &str, value: impl Into<f64>) {
        encode::scalar_value(&mut self.values, tag, value.into() as f32);
        self.has_scalars = true;
    }

    /// Adds the distribution of `values`.
    pub fn histogram<N: HistogramValue>(&mut self, tag: &str, values: &[N]) {
        let histogram = Histogram::of(values);
        HistogramParts::new(tag, BUCKETS).append(&mut self.values, &histogram.buckets);
    }

    /// Logs what was added, at one wall time.
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add(self) -> Result<(), WriteError> {
        if self.has_scalars {
            self.writer.begin(self.step)?;
        }
        self.writer.add_values(&self.values, self.step, self.writer.now())
    }
}
