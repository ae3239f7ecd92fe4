//! A run: a directory of event files.

use std::any::Any;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::discover::Stamp;
use super::table::{Points, Slot, Table};
use super::{
    Histogram, HistogramSeries, Kind, Metadata, ProjectorConfig, ScalarSeries, Series, Value,
};
use crate::types::{RunName, WallTime};

/// A run and what was read of it.
#[derive(Debug)]
pub struct Run {
    name: RunName,
    path: PathBuf,
    pub(super) files: BTreeMap<OsString, EventFileInfo>,
    pub(super) table: Table,
    pub(super) state: State,
}

/// What reading has to remember of a run beside its points.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) start: Option<f64>,
    pub(super) end: Option<f64>,
    /// For [`super::Restarts::SessionStart`].
    pub(super) session_started: bool,
    pub(super) tells_sessions: bool,
    pub(super) latest_step: Option<i64>,
}

/// A file of a run.
#[derive(Clone, Debug)]
pub struct EventFileInfo {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    pub(super) offset: u64,
    /// The file's first bytes, by which it is known again.
    pub(super) head: Vec<u8>,
    pub(super) ended: bool,
    /// The last message of the system, so as not to repeat it.
    pub(super) complaint: Option<String>,
    /// Whether there is something to read.
    pub(super) changed: bool,
}

impl EventFileInfo {
    pub(super) fn new(path: PathBuf, stamp: Stamp) -> Self {
        let (offset, head, ended, complaint) = (0, Vec::new(), false, None);
        EventFileInfo { path, stamp, offset, head, ended, complaint, changed: true }
    }

    /// Returns where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns its size when it was last looked at, in bytes.
    pub fn size(&self) -> u64 {
        self.stamp.size
    }

    /// Returns how many of its bytes were read: those of whole records.
    pub fn bytes_read(&self) -> u64 {
        self.offset
    }

    /// Returns whether reading ended for good at a damaged length.
    pub fn is_broken(&self) -> bool {
        self.ended
    }
}

impl Run {
    pub(super) fn new(name: RunName, path: PathBuf) -> Self {
        let files = BTreeMap::new();
        Run { name, path, files, table: Table::default(), state: State::default() }
    }

    /// Forgets what was read.
    pub(super) fn reset(&mut self) {
        self.table = Table::default();
        self.state = State::default();
        for file in self.files.values_mut() {
            *file = EventFileInfo::new(std::mem::take(&mut file.path), file.stamp);
        }
    }

    /// Takes note of the files that are there now.
    pub(super) fn sync(&mut self, found: BTreeMap<OsString, Stamp>) {
        if self.files.keys().any(|name| !found.contains_key(name)) {
            self.files.retain(|name, _| found.contains_key(name));
            self.reset();
        }
        // Files count in the order of their names, also one that comes late to those read before.
        let read = self.files.iter().rev().find(|(_, file)| file.offset > 0).map(|(name, _)| name);
        if read.is_some_and(|read| {
            found.keys().any(|name| name < read && !self.files.contains_key(name))
        }) {
            self.reset();
        }
        for (name, stamp) in found {
            let path = self.path.join(&name);
            let file = self.files.entry(name).or_insert_with(|| EventFileInfo::new(path, stamp));
            file.changed |= file.stamp != stamp || file.complaint.is_some();
            file.stamp = stamp;
        }
    }

    /// Returns whether there is something to read.
    pub(super) fn has_changed(&self) -> bool {
        self.files.values().any(|file| file.changed)
    }

    /// Returns how many bytes there are to read.
    pub(super) fn unread(&self) -> u64 {
        self.files.values().map(|file| file.stamp.size.saturating_sub(file.offset)).sum()
    }

    /// Returns the run's name: its directory relative to the log directory.
    pub fn name(&self) -> &RunName {
        &self.name
    }

    /// Returns the run's directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the earliest wall time of its events, by which TensorBoard orders runs.
    pub fn start_time(&self) -> Option<WallTime> {
        self.state.start.and_then(WallTime::new)
    }

    /// Returns the latest wall time of its events.
    pub fn end_time(&self) -> Option<WallTime> {
        self.state.end.and_then(WallTime::new)
    }

    /// Returns its files in the order in which they are read.
    pub fn event_files(&self) -> impl ExactSizeIterator<Item = &EventFileInfo> {
        self.files.values()
    }

    /// Returns every tag with its kind, in the order of the tags; also those that were not asked for.
    pub fn tags(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.table.iter().map(|slot| (slot.tag.as_str(), slot.kind))
    }

    /// Returns what the first value of a tag says of it.
    pub fn metadata(&self, tag: &str) -> Option<&Metadata> {
        self.table.get(tag).map(|slot| &slot.metadata)
    }

    /// Returns the scalars in the order of their tags.
    pub fn scalars(&self) -> impl Iterator<Item = (&str, &ScalarSeries)> {
        self.table.iter().filter_map(|slot| Some((slot.tag.as_str(), scalars_of(slot)?)))
    }

    /// Returns the scalars of a tag.
    pub fn scalar(&self, tag: &str) -> Option<&ScalarSeries> {
        self.table.get(tag).and_then(scalars_of)
    }

    /// Returns the histograms in the order of their tags, if they were asked for.
    pub fn histograms(&self) -> impl Iterator<Item = (&str, &HistogramSeries)> {
        self.all::<Histogram>()
    }

    /// Returns the histograms of a tag, if they were asked for.
    pub fn histogram(&self, tag: &str) -> Option<&HistogramSeries> {
        self.series::<Histogram>(tag)
    }

    /// Returns all series of a kind in the order of their tags, if it was asked for.
    ///
    /// [`Kind`] says which type its values have: `run.all::<Image>()`.
    pub fn all<T: Value>(&self) -> impl Iterator<Item = (&str, &Series<T>)> {
        self.table.iter().filter_map(|slot| Some((slot.tag.as_str(), series_of(slot)?)))
    }

    /// Returns the series of a tag, if it holds such values and they were asked for.
    pub fn series<T: Value>(&self, tag: &str) -> Option<&Series<T>> {
        self.table.get(tag).and_then(series_of)
    }

    /// Reads what the Projector tab shows of the run, or `None` if it shows nothing.
    ///
    /// # Errors
    /// As of [`ProjectorConfig::read`].
    pub fn projector(&self) -> io::Result<Option<ProjectorConfig>> {
        ProjectorConfig::read(&self.path)
    }
}

fn scalars_of(slot: &Slot) -> Option<&ScalarSeries> {
    match &slot.points {
        Points::Scalars(series) => Some(series),
        _ => None,
    }
}

fn series_of<T: Value>(slot: &Slot) -> Option<&Series<T>> {
    match &slot.points {
        Points::Skipped => None,
        Points::Scalars(series) => (series as &dyn Any).downcast_ref(),
        Points::Other(series) => series.as_any().downcast_ref(),
    }
}
