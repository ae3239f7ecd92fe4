//! The writer.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::describe::Description;
use super::run_file::RunFile;
use super::view::View;
use super::{StepBatch, SummaryWriterBuilder, Warning, WriteError, check, encode, rewrite};
use crate::event::{self, Clock};
use crate::types::{Step, WallTime};

/// Writes the summaries of one run to one event file.
///
/// Cheap to clone; clones write to the same file, from any thread. The file is flushed every
/// second, by [`SummaryWriter::flush`], and when the last clone is dropped.
#[derive(Clone)]
pub struct SummaryWriter {
    /// Nothing in a disabled writer.
    pub(super) file: Option<Arc<RunFile>>,
    pub(super) view: View,
}

impl std::fmt::Debug for SummaryWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SummaryWriter({})", self.path().display())
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
        SummaryWriterBuilder::new(dir.as_ref())
    }

    /// Returns a writer that writes nothing and never fails.
    ///
    /// ```
    /// # use runboard::summary::SummaryWriter;
    /// # fn run(dir: Option<&str>) -> Result<(), runboard::summary::WriteError> {
    /// let writer = dir.map_or_else(|| Ok(SummaryWriter::disabled()), SummaryWriter::create)?;
    /// writer.add_scalar("cost", 0.69, 0)?;
    /// # writer.close()
    /// # }
    /// # run(None)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn disabled() -> Self {
        SummaryWriter { file: None, view: View::new(Clock::System) }
    }

    pub(super) fn new(file: RunFile, view: View) -> Self {
        SummaryWriter { file: Some(Arc::new(file)), view }
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
    /// [`WriteError::Io`] if it cannot be written, which is then kept and tried again, or if an
    /// earlier failure was not told yet.
    pub fn flush(&self) -> Result<(), WriteError> {
        self.file.as_ref().map_or(Ok(()), |file| file.queue.flush(false))
    }

    /// Returns when all that was logged is on the disk.
    ///
    /// # Errors
    /// As [`SummaryWriter::flush`].
    pub fn sync(&self) -> Result<(), WriteError> {
        self.file.as_ref().map_or(Ok(()), |file| file.queue.flush(true))
    }

    /// Writes what is left and ends the writer and its clones.
    ///
    /// Dropping the last clone does the same but cannot tell what went wrong. Sub-runs are closed
    /// on their own.
    ///
    /// # Errors
    /// [`WriteError::Io`] if something could not be written, or a failure was not told yet.
    pub fn close(self) -> Result<(), WriteError> {
        self.file.as_ref().map_or(Ok(()), |file| file.queue.close())
    }

    /// Returns how many events will not be in the file.
    ///
    /// Those that were refused because of an error, which their call returned, and those that
    /// could not be written up to the end, of which [`SummaryWriter::close`] told.
    pub fn lost(&self) -> u64 {
        self.file.as_ref().map_or(0, |file| file.queue.lost())
    }

    /// Returns the path of the event file; the empty path if the writer is disabled.
    pub fn path(&self) -> &Path {
        self.file.as_ref().map_or(Path::new(""), |file| file.queue.path())
    }

    /// Returns whether the directory held event files when the writer was created.
    ///
    /// Then the run goes on. See also [`SummaryWriterBuilder::purge_step`].
    pub fn resumed(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.resumed)
    }

    /// Returns what should not be, but keeps nobody from logging.
    pub fn warnings(&self) -> Vec<Warning> {
        let other = self.file.as_ref().and_then(|file| file.other_writer.clone());
        other.map(|path| Warning::OtherWriter { path }).into_iter().collect()
    }

    /// Returns the time of an event that is logged now.
    pub(super) fn now(&self) -> WallTime {
        self.view.clock.now()
    }

    /// Logs encoded `Summary.value` fields; the way into the file for every kind of summary.
    pub(super) fn add_values(
        &self,
        values: &[u8],
        step: Step,
        time: WallTime,
    ) -> Result<(), WriteError> {
        let Some(file) = self.file.as_ref().filter(|_| self.view.takes(step)) else {
            return Ok(());
        };
        check::event(values)?;
        if self.view.prefix.is_none() && self.view.keep.is_none() && !file.has_descriptions() {
            return file.queue.push_with(values.len() + encode::MAX_EVENT_OVERHEAD, |to| {
                encode::summary_event(to, time, step, values);
            });
        }
        let (values, used) = self.rewritten(file, values);
        if values.is_empty() {
            return Ok(());
        }
        check::event(&values)?;
        let pushed = file.queue.push_with(values.len() + encode::MAX_EVENT_OVERHEAD, |to| {
            encode::summary_event(to, time, step, &values);
        });
        if pushed.is_err() {
            used.into_iter().for_each(|(tag, description)| file.describe(&tag, description));
        }
        pushed
    }

    /// The values with the view's tags and their descriptions, without those that are not kept;
    /// and the descriptions that were used.
    fn rewritten(&self, file: &RunFile, values: &[u8]) -> (Vec<u8>, Vec<(String, Description)>) {
        let (mut rewritten, mut used) = (Vec::with_capacity(values.len() + 64), Vec::new());
        for value in rewrite::values(values) {
            let tag = self.view.full_tag(value.tag);
            if self.view.keep.is_some_and(|keep| !file.keeps(&tag, keep.get())) {
                continue;
            }
            let description = file.take_description(&tag);
            rewrite::append(&mut rewritten, &value, &tag, description.as_ref());
            used.extend(description.map(|description| (tag.into_owned(), description)));
        }
        (rewritten, used)
    }

    /// Logs whole records, each of one event.
    pub(super) fn add_record(&self, record: &[u8]) -> Result<(), WriteError> {
        check::record(record)?;
        self.file.as_ref().map_or(Ok(()), |file| file.queue.push(record))
    }

    /// Logs one number, on the shortest way.
    pub(super) fn add_number(&self, tag: &str, value: f32, step: Step) -> Result<(), WriteError> {
        let Some(file) = self.file.as_ref().filter(|_| self.view.takes(step)) else {
            return Ok(());
        };
        if self.view.keep.is_some() || file.has_descriptions() {
            let mut values = Vec::new();
            encode::scalar_value(&mut values, tag, value);
            self.begin(step)?;
            return self.add_values(&values, step, self.now());
        }
        let prefix = self.view.prefix.as_deref().unwrap_or_default();
        check::tag(prefix, tag)?;
        if file.start_due.load(Ordering::Relaxed) {
            self.begin(step)?;
        }
        let time = self.now();
        file.queue.push_with(prefix.len() + tag.len() + encode::MAX_SCALAR_OVERHEAD, |to| {
            encode::scalar_event(to, time, step, prefix, tag, value);
        })
    }

    /// Whether a value goes into the file as it is, but for its tag.
    pub(super) fn is_plain(&self, step: Step) -> bool {
        let plain = |file: &Arc<RunFile>| {
            !file.has_descriptions() && !file.start_due.load(Ordering::Relaxed)
        };
        self.view.takes(step) && self.view.keep.is_none() && self.file.as_ref().is_some_and(plain)
    }

    /// Tells readers, before the first scalar of a run that goes on, at which step it does.
    ///
    /// TensorBoard's Python loader drops what earlier files say of this step and later ones, which
    /// its data server does by itself, tag by tag.
    pub(super) fn begin(&self, step: Step) -> Result<(), WriteError> {
        let Some(file) = self.file.as_ref().filter(|_| self.view.takes(step)) else {
            return Ok(());
        };
        if !file.start_due.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Other threads wait: no scalar may come before the START.
        let _starting = file.starting();
        if !file.start_due.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut record = Vec::new();
        event::append_starts(&mut record, self.now(), step);
        file.queue.push(&record)?;
        file.start_due.store(false, Ordering::Relaxed);
        Ok(())
    }
}
