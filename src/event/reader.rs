//! Reading the events of a file.

use std::fmt;
use std::io::Read;

use prost::Message;

use crate::proto::Event;
use crate::record::{RecordError, RecordReader};

/// An event that cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum EventError {
    /// The record is damaged.
    Record(RecordError),
    /// The record is whole but holds no event; the next one can be read.
    Decode {
        /// Where the record begins.
        offset: u64,
        /// What the decoder said.
        problem: String,
    },
}

impl EventError {
    /// Returns whether the reader can go on behind the damage.
    pub fn is_recoverable(&self) -> bool {
        match self {
            Self::Record(error) => error.is_recoverable(),
            Self::Decode { .. } => true,
        }
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(error) => error.fmt(f),
            Self::Decode { offset, problem } => {
                write!(f, "record at byte {offset}: no event: {problem}")
            }
        }
    }
}

impl std::error::Error for EventError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Record(error) => Some(error),
            Self::Decode { .. } => None,
        }
    }
}

/// Reads one event after another, also from a file that still grows.
#[derive(Debug)]
pub struct EventReader<R> {
    records: RecordReader<R>,
}

impl<R: Read> EventReader<R> {
    /// Returns a reader that begins at the source's next byte.
    pub fn new(source: R) -> Self {
        EventReader { records: RecordReader::new(source) }
    }

    /// Returns the next event, or `None` if no whole one is there yet.
    ///
    /// # Errors
    /// [`EventError`]; see [`EventError::is_recoverable`] on going on.
    pub fn next_event(&mut self) -> Result<Option<Event>, EventError> {
        let offset = self.records.offset();
        match self.records.next_record().map_err(EventError::Record)? {
            None => Ok(None),
            Some(payload) => Event::decode(payload)
                .map(Some)
                .map_err(|error| EventError::Decode { offset, problem: error.to_string() }),
        }
    }
}
