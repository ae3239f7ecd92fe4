//! Reading what is new in the files of a run.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Mutex;

use prost::Message;

use super::run::{EventFileInfo, Run, State};
use super::table::{Points, Slot, Table};
use super::values::{self, Encoded, Point};
use super::{Kind, Metadata, Problem, ReadError, Restarts, Series};
use crate::event::{Content, EventDecoder, EventError, EventView, ScalarEvent, ValueView, What};
use crate::proto::session_log::SessionStatus;
use crate::proto::{SessionLog, SummaryMetadata, TaggedRunMetadata};
use crate::record::{MAX_RECORD_LEN, RecordReader};

/// What is to be read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) kinds: BTreeSet<Kind>,
    pub(super) tags: Option<BTreeSet<String>>,
    pub(super) restarts: Restarts,
    pub(super) max_record_len: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        let (kinds, restarts) = (BTreeSet::new(), Restarts::default());
        Wanted { kinds, tags: None, restarts, max_record_len: MAX_RECORD_LEN }
    }
}

impl Wanted {
    /// Returns what the points of a new tag go into.
    fn points(&self, tag: &str, kind: Kind) -> Points {
        let asked_for = self.tags.as_ref().is_none_or(|tags| tags.contains(tag));
        match kind {
            _ if !asked_for || !self.kinds.contains(&kind) => Points::Skipped,
            Kind::Scalars => Points::Scalars(Series::new()),
            _ => Points::Other(values::series(kind)),
        }
    }
}

/// Problems of a file that are told one by one.
const TOLD: usize = 20;

/// By how many of its first bytes a file is known again: the time of the first event is in them.
const HEAD: usize = 64;

/// A file that is not the one read before.
struct Replaced;

/// Reads what is new in several runs, some at a time; returns the problems in the order of the runs.
pub(super) fn read_runs(runs: Vec<&mut Run>, wanted: &Wanted, threads: usize) -> Vec<Problem> {
    let mut jobs: Vec<_> = runs.into_iter().map(|run| (run, Vec::new())).collect();
    let threads = threads.min(jobs.len());
    if threads <= 1 {
        jobs.iter_mut().for_each(|(run, problems)| read_run(run, wanted, problems));
    } else {
        let mut queue: Vec<_> = jobs.iter_mut().collect();
        // The largest are taken first, so that none is left for one thread at the end.
        queue.sort_by_key(|(run, _)| run.unread());
        let queue = Mutex::new(queue);
        let work = || {
            while let Some((run, problems)) = { queue.lock().expect("no thread panics").pop() } {
                read_run(run, wanted, problems);
            }
        };
        std::thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    }
    jobs.into_iter().flat_map(|(_, problems)| problems).collect()
}

/// Reads what is new in a run's files, one after another.
fn read_run(run: &mut Run, wanted: &Wanted, problems: &mut Vec<Problem>) {
    if !read_files(run, wanted, problems) {
        run.reset();
        // What is replaced again this very moment is for the next poll.
        read_files(run, wanted, problems);
    }
}

/// Returns false at a file that is not the one read before.
fn read_files(run: &mut Run, wanted: &Wanted, problems: &mut Vec<Problem>) -> bool {
    let mut into = Into { table: &mut run.table, state: &mut run.state, wanted };
    for file in run.files.values_mut().filter(|file| file.changed) {
        match read_file(file, &mut into, problems) {
            Ok(Ok(())) => file.complaint = None,
            Ok(Err(Replaced)) => {
                let error = ReadError::Replaced { read: file.offset, size: file.stamp.size };
                problems.push(Problem { path: file.path.clone(), error });
                return false;
            }
            Err(error) => {
                let complaint = error.to_string();
                if file.complaint.as_ref() != Some(&complaint) {
                    let error = ReadError::Io(error);
                    problems.push(Problem { path: file.path.clone(), error });
                }
                file.complaint = Some(complaint);
            }
        }
        file.changed = false;
    }
    true
}

fn read_file(
    file: &mut EventFileInfo,
    into: &mut Into<'_>,
    problems: &mut Vec<Problem>,
) -> io::Result<Result<(), Replaced>> {
    let mut source = File::open(&file.path)?;
    let size = source.metadata()?.len();
    file.stamp.size = size;
    let mut head = Vec::new();
    Read::by_ref(&mut source).take(HEAD as u64).read_to_end(&mut head)?;
    if size < file.offset || !head.starts_with(&file.head) {
        return Ok(Err(Replaced));
    }
    file.head = head;
    if file.ended {
        return Ok(Ok(()));
    }
    source.seek(SeekFrom::Start(file.offset))?;
    let mut records = RecordReader::between(source, file.offset, size, into.wanted.max_record_len);
    let mut decoder = EventDecoder::default();
    let mut told = 0;
    let mut tell = |error| {
        told += 1;
        if told <= TOLD {
            problems.push(Problem { path: file.path.clone(), error });
        }
    };
    let result = loop {
        let offset = records.offset();
        match records.next_record() {
            Ok(None) => break Ok(()),
            Ok(Some(payload)) => {
                if let Err(error) = into.event(&mut decoder, payload, offset) {
                    tell(error);
                }
            }
            Err(crate::record::RecordError::Io { source, .. }) => break Err(source),
            Err(error) => {
                file.ended = !error.is_recoverable();
                tell(ReadError::Event(EventError::Record(error)));
                if file.ended {
                    break Ok(());
                }
            }
        }
    };
    file.offset = records.offset();
    if told > TOLD {
        let error = ReadError::More { count: (told - TOLD) as u64 };
        problems.push(Problem { path: file.path.clone(), error });
    }
    result.map(Ok)
}

/// Where events go.
struct Into<'a> {
    table: &'a mut Table,
    state: &'a mut State,
    wanted: &'a Wanted,
}

impl Into<'_> {
    #[inline]
    fn event(
        &mut self,
        decoder: &mut EventDecoder,
        payload: &[u8],
        offset: u64,
    ) -> Result<(), ReadError> {
        if let Some(event) = ScalarEvent::recognise(payload)
            && self.known_scalar(&event)
        {
            return Ok(());
        }
        let event = decoder.decode(payload).map_err(|error| decode_error(offset, &error))?;
        self.state.note_time(event.wall_time);
        if self.wanted.restarts == Restarts::SessionStart {
            self.sessions(&event);
        }
        let summary = match event.what {
            What::Summary(summary) => summary,
            What::GraphDef(graph) => {
                return self.message(&event, Kind::Graphs, "__run_graph__", graph, offset);
            }
            What::TaggedRunMetadata(bytes) => {
                let traced = TaggedRunMetadata::decode(bytes);
                let traced = traced.map_err(|error| decode_error(offset, &error))?;
                let (tag, bytes) = (&traced.tag, &traced.run_metadata);
                return self.message(&event, Kind::RunMetadata, tag, bytes, offset);
            }
            _ => return Ok(()),
        };
        if let Some(value) = summary.only() {
            return self.value(&event, &value, offset);
        }
        let mut tags = summary.values().map(|value| value.tag());
        if let Some(error) = tags.find_map(Result::err) {
            return Err(decode_error(offset, &error));
        }
        // All values are read, also behind one that is wrong.
        let mut result = Ok(());
        for value in summary.values() {
            result = result.and(self.value(&event, &value, offset));
        }
        result
    }

    /// Takes a scalar of a tag known to hold scalars, or says that it has not.
    #[inline(always)]
    fn known_scalar(&mut self, event: &ScalarEvent<'_>) -> bool {
        let restarts = self.wanted.restarts;
        if restarts == Restarts::SessionStart {
            return false;
        }
        let Some(slot) = self.table.find(event.tag) else { return false };
        match &mut slot.points {
            Points::Scalars(series) => {
                if restarts == Restarts::LaterWins {
                    series.drop_end(event.step);
                }
                series.push(event.step, event.wall_time, event.value);
            }
            Points::Skipped => {}
            Points::Other(_) => return false,
        }
        self.state.note_time(event.wall_time);
        true
    }

    #[inline]
    fn value(
        &mut self,
        event: &EventView<'_>,
        value: &ValueView<'_>,
        offset: u64,
    ) -> Result<(), ReadError> {
        let slot = match self.table.find(value.tag_bytes) {
            Some(slot) => slot,
            None => new_tag(self.table, self.wanted, value, offset)?,
        };
        let content = value.content.map_or(Encoded::Nothing, Encoded::Summary);
        add(slot, event, content, self.wanted.restarts, offset)
    }

    /// Takes the message of an event that is about one thing, under the tag it has in TensorBoard.
    fn message(
        &mut self,
        event: &EventView<'_>,
        kind: Kind,
        tag: &str,
        bytes: &[u8],
        offset: u64,
    ) -> Result<(), ReadError> {
        let slot = match self.table.find(tag.as_bytes()) {
            Some(slot) => slot,
            None => {
                let points = self.wanted.points(tag, kind);
                self.table.insert(tag, kind, Metadata::default(), points)
            }
        };
        add(slot, event, Encoded::Event(bytes), self.wanted.restarts, offset)
    }

    /// [`Restarts::SessionStart`], as `plugin_event_accumulator.py` of TensorBoard 2.21 does it.
    fn sessions(&mut self, event: &EventView<'_>) {
        match event.what {
            What::FileVersion(version) => {
                let version = std::str::from_utf8(version).ok();
                let number = version.and_then(|v| v.strip_prefix("brain.Event:")?.parse().ok());
                self.state.tells_sessions = number.is_some_and(|number: f32| number >= 2.0);
            }
            What::SessionLog(log) if self.state.tells_sessions => {
                let start =
                    SessionLog::decode(log).is_ok_and(|l| l.status() == SessionStatus::Start);
                if start && std::mem::replace(&mut self.state.session_started, true) {
                    self.table.drop_from(event.step);
                }
            }
            What::Summary(summary) => {
                let back = self.state.latest_step.is_some_and(|latest| event.step < latest);
                if back && !self.state.tells_sessions {
                    for value in summary.values() {
                        if let Some(slot) = self.table.find(value.tag_bytes) {
                            slot.points.drop_from(event.step);
                        }
                    }
                }
                self.state.latest_step = Some(event.step);
            }
            _ => {}
        }
    }
}

/// Adds a point to a tag's series.
#[inline]
fn add(
    slot: &mut Slot,
    event: &EventView<'_>,
    value: Encoded<'_>,
    restarts: Restarts,
    offset: u64,
) -> Result<(), ReadError> {
    let (step, wall_time) = (event.step, event.wall_time);
    let result = match &mut slot.points {
        Points::Skipped => Ok(()),
        Points::Scalars(series) => values::scalar(value).map(|number| {
            if restarts == Restarts::LaterWins {
                series.drop_end(step);
            }
            series.push(step, wall_time, number);
        }),
        Points::Other(series) => {
            series.read(&Point { step, wall_time, value, metadata: &slot.metadata }, restarts)
        }
    };
    result.map_err(|problem| ReadError::Value { offset, tag: slot.tag.clone(), problem })
}

/// Makes a series of the kind that a tag's first value is of.
#[cold]
fn new_tag<'t>(
    table: &'t mut Table,
    wanted: &Wanted,
    value: &ValueView<'_>,
    offset: u64,
) -> Result<&'t mut Slot, ReadError> {
    let tag = value.tag().map_err(|error| decode_error(offset, &error))?;
    let metadata = match value.metadata {
        None => Metadata::default(),
        Some(bytes) => {
            let proto = SummaryMetadata::decode(bytes);
            let proto = proto.map_err(|error| decode_error(offset, &error))?;
            let plugin = proto.plugin_data.unwrap_or_default();
            Metadata {
                plugin: plugin.plugin_name,
                content: plugin.content,
                display_name: proto.display_name,
                description: proto.summary_description,
            }
        }
    };
    let kind = kind(&metadata.plugin, value.content);
    Ok(table.insert(tag, kind, metadata, wanted.points(tag, kind)))
}

/// The plugin says what the value is; without one, the form it has.
fn kind(plugin: &str, content: Option<Content<'_>>) -> Kind {
    match content {
        _ if !plugin.is_empty() => Kind::of_plugin(plugin),
        Some(Content::SimpleValue(_)) => Kind::Scalars,
        Some(Content::Histogram(_)) => Kind::Histograms,
        Some(Content::Image(_)) => Kind::Images,
        Some(Content::Audio(_)) => Kind::Audio,
        _ => Kind::Tensors,
    }
}

#[cold]
fn decode_error(offset: u64, error: &dyn std::error::Error) -> ReadError {
    ReadError::Event(EventError::Decode { offset, problem: error.to_string() })
}

impl State {
    #[inline]
    fn note_time(&mut self, time: f64) {
        if !time.is_finite() {
            return;
        }
        if self.start.is_none_or(|start| time < start) {
            self.start = Some(time);
        }
        if self.end.is_none_or(|end| time > end) {
            self.end = Some(time);
        }
    }
}
