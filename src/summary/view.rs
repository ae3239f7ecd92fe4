//! Views of a writer: the same file under other settings.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::{SummaryWriter, WriteError};
use crate::event::Clock;
use crate::types::{Step, WallTime};

/// Settings that may differ between clones of a writer.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) clock: Clock,
    /// Put before every tag; ends in `/`.
    pub(super) prefix: Option<Arc<str>>,
    /// Only steps that are multiples of it are logged.
    every: i64,
    /// How many values of a tag are kept before only every second is.
    pub(super) keep: Option<NonZeroU32>,
}

impl View {
    pub(super) fn new(clock: Clock) -> Self {
        View { clock, prefix: None, every: 1, keep: None }
    }

    /// Returns whether events of that step are logged.
    pub(super) fn takes(&self, step: Step) -> bool {
        self.every == 1 || step.0 % self.every == 0
    }

    /// The tag in the file. Those that TensorBoard looks for by name stay as they are.
    pub(super) fn full_tag<'t>(&self, tag: &'t str) -> Cow<'t, str> {
        match &self.prefix {
            Some(prefix) if !is_reserved(tag) => Cow::Owned(format!("{prefix}{tag}")),
            _ => Cow::Borrowed(tag),
        }
    }
}

/// Tags that are of the run and not of a value.
fn is_reserved(tag: &str) -> bool {
    tag.starts_with("_hparams_/") || tag == "custom_scalars__config__" || tag == "__run_graph__"
}

impl SummaryWriter {
    /// Returns the writer under which tags begin with `name/`.
    ///
    /// Scopes nest. TensorBoard shows tags of one scope together. Hyper-parameters, layouts and the
    /// graph are the run's and no scope's; the tags they name are whole tags.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// let train = writer.scope("train");
    /// train.add_scalar("cost", 0.69, 0)?; // `train/cost`
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scope(&self, name: &str) -> SummaryWriter {
        let outer = self.view.prefix.as_deref().unwrap_or_default();
        let prefix = Some(Arc::from(format!("{outer}{}/", name.trim_matches('/'))));
        self.with(View { prefix, ..self.view.clone() })
    }

    /// Returns the writer whose events are of that time, in seconds since 1970, UTC.
    ///
    /// For values of the past, of another tracker say.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// writer.at(1_700_000_000.5)?.add_scalar("cost", 0.69, 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::WallTime`] if it is NaN or infinite, for which TensorBoard's data server would
    /// ignore the event and even the rest of the file.
    pub fn at(&self, seconds: f64) -> Result<SummaryWriter, WriteError> {
        let time = WallTime::new(seconds).ok_or(WriteError::WallTime { seconds })?;
        Ok(self.with(View { clock: Clock::Fixed(time), ..self.view.clone() }))
    }

    /// Returns the writer that logs only steps divisible by `steps`, and takes the others for done.
    ///
    /// The same steps for all tags, and after a restart.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// let sometimes = writer.every(100);
    /// for step in 0..1000 {
    ///     sometimes.add_histogram("weights", &[0.1, 0.2], step)?; // ten of them
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn every(&self, steps: u32) -> SummaryWriter {
        self.with(View { every: i64::from(steps.max(1)), ..self.view.clone() })
    }

    /// Returns the writer that logs fewer and fewer values of a tag.
    ///
    /// The first `count` values, then every second until there are `count` more, then every fourth
    /// and so on: the file of a run of any length has room for heavy kinds. TensorBoard itself
    /// shows 10 images of a tag.
    pub fn keep(&self, count: u32) -> SummaryWriter {
        let keep = NonZeroU32::new(count.max(1));
        self.with(View { keep, ..self.view.clone() })
    }

    /// Returns whether a value would be logged: `false` spares the work of making it.
    ///
    /// It is not if the writer is [disabled](SummaryWriter::disabled), or one that logs
    /// [some steps](SummaryWriter::every) or [some values](SummaryWriter::keep); then it is counted
    /// as if it had been given.
    pub fn wants(&self, tag: &str, step: impl Into<Step>) -> bool {
        let Some(file) = &self.file else { return false };
        let keep = |keep: NonZeroU32| file.would_keep(&self.view.full_tag(tag), keep.get());
        self.view.takes(step.into()) && self.view.keep.is_none_or(keep)
    }

    fn with(&self, view: View) -> SummaryWriter {
        SummaryWriter { file: self.file.clone(), view }
    }
}
