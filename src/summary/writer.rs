//! The writer and its builder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::custom_scalars::Charts;
use super::queue::{Limits, Queue};
use super::{StepBatch, WriteError, encode};
use crate::event::{Clock, EventFile};
use crate::types::{Step, WallTime};

/// Writes the summaries of one run to one event file.
///
/// Cheap to clone; clones write to the same file, from any thread. The file is flushed every
/// second, by [`SummaryWriter::flush`], and when the last clone is dropped.
#[derive(Clone)]
pub struct SummaryWriter {
    queue: Arc<Queue>,
    clock: Clock,
    charts: Arc<Mutex<Charts>>,
}

impl std::fmt::Debug for SummaryWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SummaryWriter({})", self.path().display())
    }
}

/// Settings of a [`SummaryWriter`].
#[derive(Clone, Debug)]
pub struct SummaryWriterBuilder {
    dir: PathBuf,
    clock: Clock,
    first_step: Step,
    suffix: String,
    limits: Limits,
}

impl SummaryWriterBuilder {
    /// Sets where wall times come from; the system's clock by default.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the first step that will be logged, 0 by default.
    ///
    /// When a run goes on after a crash: what its earlier files say of this step and later ones is
    /// dropped by readers.
    pub fn purge_step(mut self, step: impl Into<Step>) -> Self {
        self.first_step = step.into();
        self
    }

    /// Sets what the file's name ends in; nothing by default.
    pub fn filename_suffix(mut self, suffix: &str) -> Self {
        self.suffix = suffix.to_owned();
        self
    }

    /// Sets how often what was logged is written to the file; every second by default.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.limits.interval = interval;
        self
    }

    /// Sets how many bytes may wait to be written before callers do; 64 MiB by default.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// Creates the directory, unless it is there, and a new event file in it.
    ///
    /// # Errors
    /// [`WriteError::Io`] if that fails.
    pub fn create(self) -> Result<SummaryWriter, WriteError> {
        let error = |source| WriteError::io(&self.dir, source);
        let created = EventFile::create(&self.dir, self.first_step, self.clock, &self.suffix);
        let EventFile { file, path, .. } = created.map_err(error)?;
        let queue = Queue::new(path, Box::new(file), self.limits).map_err(error)?;
        Ok(SummaryWriter { queue: Arc::new(queue), clock: self.clock, charts: Arc::default() })
    }
}

impl SummaryWriter {
    /// Creates a writer of a new event file in `dir`, with the usual settings.
    ///
    /// # Errors
    /// [`WriteError::Io`] if the directory or the file cannot be created.
    pub fn create(dir: impl AsRef<Path>) -> Result<Self, WriteError> {
        Self::builder(dir).create()
    }

    /// Returns the settings of a writer of a new event file in `dir`, to be changed.
    pub fn builder(dir: impl AsRef<Path>) -> SummaryWriterBuilder {
        SummaryWriterBuilder {
            dir: dir.as_ref().to_owned(),
            clock: Clock::System,
            first_step: Step(0),
            suffix: String::new(),
            limits: Limits { bytes: 64 << 20, interval: Duration::from_secs(1) },
        }
    }

    /// Begins an event of several values at one step.
    ///
    /// Cheaper than one event for each of them.
    pub fn step(&self, step: impl Into<Step>) -> StepBatch<'_> {
        StepBatch::new(self, step.into())
    }

    /// Returns when all that was logged is with the operating system.
    ///
    /// # Errors
    /// [`WriteError::Io`] if it cannot be written; it is kept and tried again.
    pub fn flush(&self) -> Result<(), WriteError> {
        self.queue.flush(false)
    }

    /// Returns when all that was logged is on the disk.
    ///
    /// # Errors
    /// As [`SummaryWriter::flush`].
    pub fn sync(&self) -> Result<(), WriteError> {
        self.queue.flush(true)
    }

    /// Writes what is left and ends the writer and its clones.
    ///
    /// Dropping does the same but cannot tell what went wrong.
    ///
    /// # Errors
    /// [`WriteError::Io`] if something could not be written, or a failure was not told yet.
    pub fn close(self) -> Result<(), WriteError> {
        self.queue.close()
    }

    /// Returns how many events were refused because of an error that their call returned.
    pub fn lost(&self) -> u64 {
        self.queue.lost()
    }

    /// Returns the path of the event file.
    pub fn path(&self) -> &Path {
        self.queue.path()
    }

    /// Returns the charts logged so far, which a new layout repeats.
    pub(super) fn charts(&self) -> MutexGuard<'_, Charts> {
        self.charts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> WallTime {
        self.clock.now()
    }

    /// Logs encoded `Summary.value` fields; the way into the file for every kind of summary.
    pub(super) fn add_values(
        &self,
        values: &[u8],
        step: Step,
        time: WallTime,
    ) -> Result<(), WriteError> {
        let mut record = Vec::with_capacity(values.len() + 40);
        encode::summary_event(&mut record, time, step, values);
        self.queue.push(&record)
    }

    /// Logs whole records, each of one event.
    pub(super) fn add_record(&self, record: &[u8]) -> Result<(), WriteError> {
        self.queue.push(record)
    }
}
