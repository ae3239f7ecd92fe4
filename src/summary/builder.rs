//! Settings of a writer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::queue::{Limits, Queue};
use super::run_file::RunFile;
use super::sink::{FileSink, Sink};
use super::view::View;
use super::{SummaryWriter, WriteError};
use crate::event::{Clock, EventFile};
use crate::types::Step;

/// Settings of a [`SummaryWriter`].
#[derive(Clone, Debug)]
pub struct SummaryWriterBuilder {
    pub(super) dir: PathBuf,
    pub(super) clock: Clock,
    first_step: Option<Step>,
    suffix: String,
    limits: Limits,
}

impl SummaryWriterBuilder {
    pub(super) fn new(dir: &Path) -> Self {
        SummaryWriterBuilder {
            dir: dir.to_owned(),
            clock: Clock::System,
            first_step: None,
            suffix: String::new(),
            limits: Limits { bytes: 64 << 20, interval: Duration::from_secs(1) },
        }
    }

    /// Sets where wall times come from; the system's clock by default.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the first step that will be logged when a run goes on after a crash.
    ///
    /// TensorBoard's Python loader drops what earlier files say of this step and later ones; its
    /// data server and [`Logdir`](crate::logdir::Logdir) do so for tags that are logged again. Without
    /// it, the step of the first scalar counts.
    pub fn purge_step(mut self, step: impl Into<Step>) -> Self {
        self.first_step = Some(step.into());
        self
    }

    /// Sets what the file's name ends in; nothing by default.
    pub fn filename_suffix(mut self, suffix: &str) -> Self {
        self.suffix = suffix.to_owned();
        self
    }

    /// Sets how often what was logged is written to the file; every second by default.
    ///
    /// At least a millisecond and at most a day. A process that is killed loses what it logged
    /// since.
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
        let created = EventFile::create(&self.dir, self.first_step, self.clock, &self.suffix);
        let created = created.map_err(|source| WriteError::io(&self.dir, source))?;
        let sink = FileSink::new(created.file, &created.path);
        let queue = self.queue(created.path, Box::new(sink))?;
        let file = RunFile::new(queue, &self).with_origin(
            created.resumed,
            created.start_due,
            created.other_writer,
        );
        Ok(SummaryWriter::new(file, View::new(self.clock)))
    }

    /// Writes to a stand-in for the file; for benchmarks and tests of disks that stall or fill up.
    #[doc(hidden)]
    pub fn create_with_sink(self, sink: Box<dyn Sink>) -> Result<SummaryWriter, WriteError> {
        let queue = self.queue(self.dir.join("stand-in"), sink)?;
        Ok(SummaryWriter::new(RunFile::new(queue, &self), View::new(self.clock)))
    }

    fn queue(&self, path: PathBuf, sink: Box<dyn Sink>) -> Result<Queue, WriteError> {
        Queue::new(path, sink, self.limits).map_err(|source| WriteError::io(&self.dir, source))
    }
}
