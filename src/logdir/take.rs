//! From events to the points of series.

use prost::Message;

use super::load::Wanted;
use super::run::State;
use super::table::{Points, Slot, Table};
use super::values::{self, Encoded, Point};
use super::{Kind, Metadata, ReadError, Restarts};
use crate::event::{Content, EventDecoder, EventError, EventView, ScalarEvent, ValueView, What};
use crate::proto::session_log::SessionStatus;
use crate::proto::{SessionLog, SummaryMetadata, TaggedRunMetadata};

/// Takes events into the series of a run.
pub(super) struct Taker<'a> {
    pub(super) table: &'a mut Table,
    pub(super) state: &'a mut State,
    pub(super) wanted: &'a Wanted,
}

impl Taker<'_> {
    /// Takes the event in a record's payload.
    #[inline]
    pub(super) fn event(
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
