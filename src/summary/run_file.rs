//! What all views of one event file have in common.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Weak};

use super::SummaryWriterBuilder;
use super::custom_scalars::Charts;
use super::describe::Description;
use super::queue::Queue;
use super::thinning::Thinning;

/// One event file and what is known of its tags.
pub(super) struct RunFile {
    pub(super) queue: Queue,
    /// Of this file; sub-runs take them over.
    pub(super) settings: SummaryWriterBuilder,
    /// Whether the directory held event files before.
    pub(super) resumed: bool,
    /// An event file of the directory that another writer has open.
    pub(super) other_writer: Option<PathBuf>,
    /// Whether the `SessionLog START` is still to be written.
    pub(super) start_due: AtomicBool,
    starting: Mutex<()>,
    /// Bytes of the last batch: the next one is likely of the same size.
    pub(super) batch_len: AtomicUsize,
    /// How many descriptions wait for their tag's first value.
    described: AtomicUsize,
    tags: Mutex<Tags>,
    charts: Mutex<Charts>,
    projector: Mutex<()>,
    sub_runs: Mutex<BTreeMap<PathBuf, Weak<RunFile>>>,
}

/// What is remembered of single tags; empty unless a view needs it.
#[derive(Debug, Default)]
pub(super) struct Tags {
    descriptions: BTreeMap<String, Description>,
    thinned: BTreeMap<String, Thinning>,
}

impl RunFile {
    pub(super) fn new(queue: Queue, settings: &SummaryWriterBuilder) -> Self {
        RunFile {
            queue,
            settings: settings.clone(),
            resumed: false,
            other_writer: None,
            start_due: AtomicBool::new(false),
            starting: Mutex::default(),
            batch_len: AtomicUsize::new(0),
            described: AtomicUsize::new(0),
            tags: Mutex::default(),
            charts: Mutex::default(),
            projector: Mutex::default(),
            sub_runs: Mutex::default(),
        }
    }

    pub(super) fn with_origin(
        mut self,
        resumed: bool,
        start_due: bool,
        other_writer: Option<PathBuf>,
    ) -> Self {
        self.resumed = resumed;
        self.start_due = AtomicBool::new(start_due);
        self.other_writer = other_writer;
        self
    }

    /// Keeps other threads from logging while the `SessionLog START` is.
    pub(super) fn starting(&self) -> MutexGuard<'_, ()> {
        self.starting.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Returns the charts logged so far, which a new layout repeats.
    pub(super) fn charts(&self) -> MutexGuard<'_, Charts> {
        self.charts.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Keeps other threads from the projector's configuration.
    pub(super) fn projector(&self) -> MutexGuard<'_, ()> {
        self.projector.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Returns whether a description waits; cheap enough to be asked for every value.
    pub(super) fn has_descriptions(&self) -> bool {
        self.described.load(Ordering::Relaxed) > 0
    }

    /// Keeps a description for the first value of `tag`.
    pub(super) fn describe(&self, tag: &str, description: Description) {
        let mut tags = self.tags();
        tags.descriptions.insert(tag.to_owned(), description);
        self.described.store(tags.descriptions.len(), Ordering::Relaxed);
    }

    /// Takes the description of `tag`, which goes into the file with its first value.
    pub(super) fn take_description(&self, tag: &str) -> Option<Description> {
        if !self.has_descriptions() {
            return None;
        }
        let mut tags = self.tags();
        let description = tags.descriptions.remove(tag);
        self.described.store(tags.descriptions.len(), Ordering::Relaxed);
        description
    }

    /// Counts a value of `tag` and returns whether it is among those that are kept.
    pub(super) fn keeps(&self, tag: &str, keep: u32) -> bool {
        let mut tags = self.tags();
        match tags.thinned.get_mut(tag) {
            Some(thinning) => thinning.next(keep),
            None => tags.thinned.entry(tag.to_owned()).or_default().next(keep),
        }
    }

    /// Counts a value of `tag` only if it is not kept, and returns whether it is.
    pub(super) fn would_keep(&self, tag: &str, keep: u32) -> bool {
        let mut tags = self.tags();
        tags.thinned.get_mut(tag).is_none_or(|thinning| thinning.is_next() || thinning.next(keep))
    }

    /// The sub-runs that are open.
    pub(super) fn sub_runs(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Weak<RunFile>>> {
        self.sub_runs.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    fn tags(&self) -> MutexGuard<'_, Tags> {
        self.tags.lock().unwrap_or_else(|poison| poison.into_inner())
    }
}
