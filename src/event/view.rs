//! Events decoded no further than needed, borrowing from their record.

use std::fmt;
use std::str::Utf8Error;

use prost::DecodeError;
use prost::Message;

use super::wire::{Field, Unusual, next_field};
use crate::proto::{self, Event};

/// An event whose parts are still encoded.
///
/// Made by an [`EventDecoder`]. Fully decoded by [`EventView::to_event`] it is what
/// [`Event::decode`] gives, or fails as that does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventView<'a> {
    /// Seconds since the epoch; a file may hold anything here, also NaN.
    pub wall_time: f64,
    /// The training step.
    pub step: i64,
    /// What happened.
    pub what: What<'a>,
    /// An encoded [`proto::SourceMetadata`].
    pub source: Option<&'a [u8]>,
}

/// What an event is about; bytes are encoded messages.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum What<'a> {
    /// Nothing known.
    Nothing,
    /// The format's version as UTF-8, `brain.Event:2`.
    FileVersion(&'a [u8]),
    /// A [`proto::GraphDef`].
    GraphDef(&'a [u8]),
    /// Values with their tags.
    Summary(SummaryView<'a>),
    /// A [`proto::SessionLog`].
    SessionLog(&'a [u8]),
    /// A [`proto::TaggedRunMetadata`].
    TaggedRunMetadata(&'a [u8]),
    /// TensorFlow's MetaGraphDef.
    MetaGraphDef(&'a [u8]),
}

/// The values of a summary.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SummaryView<'a> {
    // Nearly every event has one value, so that one is decoded once and kept.
    first: Option<ValueView<'a>>,
    rest: &'a [u8],
}

/// A value of a summary.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ValueView<'a> {
    /// The tag's bytes; see [`ValueView::tag`].
    pub tag_bytes: &'a [u8],
    /// An encoded [`proto::SummaryMetadata`].
    pub metadata: Option<&'a [u8]>,
    /// The value, if there is one.
    pub content: Option<Content<'a>>,
}

/// A value; bytes are encoded messages.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// A number, as TensorFlow 1 wrote scalars.
    SimpleValue(f32),
    /// A [`proto::summary::Image`].
    Image(&'a [u8]),
    /// A [`proto::HistogramProto`].
    Histogram(&'a [u8]),
    /// A [`proto::summary::Audio`].
    Audio(&'a [u8]),
    /// A [`proto::TensorProto`].
    Tensor(&'a [u8]),
}

/// Makes [`EventView`]s.
#[derive(Clone, Debug, Default)]
pub struct EventDecoder {
    plain: Vec<u8>,
}

/// Larger events in an unusual form are refused.
///
/// Decoding everything takes up to 200 times the memory of the bytes: two make an empty value.
const MAX_UNUSUAL: usize = 1 << 20;

/// Why a payload is no event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NoEvent {
    /// It is malformed.
    Malformed(DecodeError),
    /// It is not in the form everyone writes, and too large to be given to the general decoder.
    Unusual {
        /// Its length in bytes.
        len: usize,
    },
}

impl fmt::Display for NoEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Unusual { len } => {
                write!(f, "unusual form, length {len}, want at most {MAX_UNUSUAL}")
            }
        }
    }
}

impl std::error::Error for NoEvent {}

impl EventDecoder {
    /// Returns a view of the event in a record's payload.
    ///
    /// Events in the form everyone writes are walked in place. What is rare or wrong (a field
    /// twice, a group, a length beyond the end) is given to prost, which knows how such things are
    /// merged or refused, and written anew in the usual form.
    ///
    /// # Errors
    /// [`NoEvent`], if it is none.
    #[inline]
    pub fn decode<'a>(&'a mut self, payload: &'a [u8]) -> Result<EventView<'a>, NoEvent> {
        match EventView::walk(payload) {
            Ok(view) => Ok(view),
            Err(Unusual) => self.decode_unusual(payload),
        }
    }

    #[cold]
    fn decode_unusual(&mut self, payload: &[u8]) -> Result<EventView<'_>, NoEvent> {
        if payload.len() > MAX_UNUSUAL {
            return Err(NoEvent::Unusual { len: payload.len() });
        }
        let event = Event::decode(payload).map_err(NoEvent::Malformed)?;
        self.plain.clear();
        event.encode(&mut self.plain).expect("a vector grows");
        Ok(EventView::walk(&self.plain).expect("prost writes the usual form"))
    }
}

impl<'a> EventView<'a> {
    #[inline(always)]
    fn walk(payload: &'a [u8]) -> Result<Self, Unusual> {
        let mut rest = payload;
        let mut event = EventView { wall_time: 0.0, step: 0, what: What::Nothing, source: None };
        while !rest.is_empty() {
            let what = match next_field(&mut rest)? {
                (1, Field::Fixed64(bytes)) => {
                    event.wall_time = f64::from_le_bytes(bytes);
                    continue;
                }
                (2, Field::Varint(step)) => {
                    event.step = step as i64;
                    continue;
                }
                (10, Field::Bytes(bytes)) if event.source.is_none() => {
                    event.source = Some(bytes);
                    continue;
                }
                (3, Field::Bytes(bytes)) => What::FileVersion(bytes),
                (4, Field::Bytes(bytes)) => What::GraphDef(bytes),
                (5, Field::Bytes(bytes)) => What::Summary(SummaryView::walk(bytes)?),
                (7, Field::Bytes(bytes)) => What::SessionLog(bytes),
                (8, Field::Bytes(bytes)) => What::TaggedRunMetadata(bytes),
                (9, Field::Bytes(bytes)) => What::MetaGraphDef(bytes),
                (1..=5 | 7..=10, _) => return Err(Unusual),
                _ => continue,
            };
            // Two of them: the last counts, or they are merged.
            if event.what != What::Nothing {
                return Err(Unusual);
            }
            event.what = what;
        }
        Ok(event)
    }

    /// Decodes everything.
    ///
    /// # Errors
    /// prost's, if a part is malformed.
    pub fn to_event(&self) -> Result<Event, DecodeError> {
        use proto::event::What as Full;
        let text =
            |bytes: &[u8]| proto::SourceMetadata::decode(&*string_field(bytes)).map(|s| s.writer);
        let what = match self.what {
            What::Nothing => None,
            What::FileVersion(bytes) => Some(Full::FileVersion(text(bytes)?)),
            What::GraphDef(bytes) => Some(Full::GraphDef(bytes.to_vec())),
            What::Summary(summary) => {
                let value = summary.values().map(|v| v.to_value()).collect::<Result<_, _>>()?;
                Some(Full::Summary(proto::Summary { value }))
            }
            What::SessionLog(bytes) => Some(Full::SessionLog(Message::decode(bytes)?)),
            What::TaggedRunMetadata(bytes) => {
                Some(Full::TaggedRunMetadata(Message::decode(bytes)?))
            }
            What::MetaGraphDef(bytes) => Some(Full::MetaGraphDef(bytes.to_vec())),
        };
        let source_metadata = self.source.map(Message::decode).transpose()?;
        Ok(Event { wall_time: self.wall_time, step: self.step, what, source_metadata })
    }
}

/// A message with one string field, for prost to say what is wrong with the string.
fn string_field(bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![0x0a];
    prost::encoding::encode_varint(bytes.len() as u64, &mut message);
    message.extend_from_slice(bytes);
    message
}

impl<'a> SummaryView<'a> {
    #[inline(always)]
    fn walk(bytes: &'a [u8]) -> Result<Self, Unusual> {
        let mut rest = bytes;
        let first = next_value(&mut rest)?;
        // The values behind the first are looked at now, so that going through them cannot fail.
        let mut ahead = rest;
        while next_value(&mut ahead)?.is_some() {}
        Ok(SummaryView { first, rest })
    }

    /// Returns the values in their order.
    pub fn values(&self) -> impl Iterator<Item = ValueView<'a>> + use<'a> {
        let mut rest = self.rest;
        let behind = std::iter::from_fn(move || next_value(&mut rest).ok().flatten());
        self.first.into_iter().chain(behind)
    }

    /// Returns the value, if there is exactly one.
    #[inline]
    pub fn only(&self) -> Option<ValueView<'a>> {
        self.first.filter(|_| self.rest.is_empty())
    }
}

#[inline(always)]
fn next_value<'a>(rest: &mut &'a [u8]) -> Result<Option<ValueView<'a>>, Unusual> {
    while !rest.is_empty() {
        match next_field(rest)? {
            (1, Field::Bytes(bytes)) => return ValueView::walk(bytes).map(Some),
            (1, _) => return Err(Unusual),
            _ => {}
        }
    }
    Ok(None)
}

impl<'a> ValueView<'a> {
    #[inline(always)]
    fn walk(bytes: &'a [u8]) -> Result<Self, Unusual> {
        let mut rest = bytes;
        let mut value = ValueView::default();
        let mut tagged = false;
        while !rest.is_empty() {
            let content = match next_field(&mut rest)? {
                (1, Field::Bytes(bytes)) if !tagged => {
                    value.tag_bytes = bytes;
                    tagged = true;
                    continue;
                }
                (9, Field::Bytes(bytes)) if value.metadata.is_none() => {
                    value.metadata = Some(bytes);
                    continue;
                }
                (2, Field::Fixed32(bytes)) => Content::SimpleValue(f32::from_le_bytes(bytes)),
                (4, Field::Bytes(bytes)) => Content::Image(bytes),
                (5, Field::Bytes(bytes)) => Content::Histogram(bytes),
                (6, Field::Bytes(bytes)) => Content::Audio(bytes),
                (8, Field::Bytes(bytes)) => Content::Tensor(bytes),
                (1 | 2 | 4 | 5 | 6 | 8 | 9, _) => return Err(Unusual),
                _ => continue,
            };
            if value.content.is_some() {
                return Err(Unusual);
            }
            value.content = Some(content);
        }
        Ok(value)
    }

    /// Returns the tag.
    ///
    /// # Errors
    /// If it is not UTF-8.
    pub fn tag(&self) -> Result<&'a str, Utf8Error> {
        std::str::from_utf8(self.tag_bytes)
    }

    /// Decodes everything.
    ///
    /// # Errors
    /// prost's, if a part is malformed.
    pub fn to_value(&self) -> Result<proto::summary::Value, DecodeError> {
        use proto::summary::value::Value as Full;
        let mut value = proto::summary::Value::decode(&*string_field(self.tag_bytes))?;
        value.metadata = self.metadata.map(Message::decode).transpose()?;
        value.value = match self.content {
            None => None,
            Some(Content::SimpleValue(number)) => Some(Full::SimpleValue(number)),
            Some(Content::Image(bytes)) => Some(Full::Image(Message::decode(bytes)?)),
            Some(Content::Histogram(bytes)) => Some(Full::Histo(Message::decode(bytes)?)),
            Some(Content::Audio(bytes)) => Some(Full::Audio(Message::decode(bytes)?)),
            Some(Content::Tensor(bytes)) => Some(Full::Tensor(Message::decode(bytes)?)),
        };
        Ok(value)
    }
}
