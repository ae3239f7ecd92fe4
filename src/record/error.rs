//! What can be wrong with a file of records.

use std::{fmt, io};

use super::MaskedCrc;

/// A record that cannot be read. Offsets are those of the record's first byte.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecordError {
    /// Reading failed; it may be tried again.
    Io {
        /// Where the record being read begins.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The length is damaged: nothing behind it can be found any more.
    LengthChecksum {
        /// Where the record begins.
        offset: u64,
        /// Checksum of the length bytes.
        got: MaskedCrc,
        /// Checksum in the file.
        want: MaskedCrc,
    },
    /// The length is above the limit: the record is not read, and nothing behind it.
    TooLong {
        /// Where the record begins.
        offset: u64,
        /// Length of the payload.
        len: u64,
        /// The longest that is read.
        limit: u64,
    },
    /// The payload is damaged; the next record can be read.
    DataChecksum {
        /// Where the record begins.
        offset: u64,
        /// Checksum of the payload.
        got: MaskedCrc,
        /// Checksum in the file.
        want: MaskedCrc,
    },
}

impl RecordError {
    /// Returns whether the reader can go on behind the damage.
    pub fn is_recoverable(&self) -> bool {
        matches!(self, Self::DataChecksum { .. } | Self::Io { .. })
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { offset, source } => write!(f, "record at byte {offset}: {source}"),
            Self::LengthChecksum { offset, got, want } => write!(
                f,
                "record at byte {offset}: length checksum mismatch: got {got:?}, want {want:?}"
            ),
            Self::TooLong { offset, len, limit } => {
                write!(f, "record at byte {offset}: length {len}, want at most {limit}")
            }
            Self::DataChecksum { offset, got, want } => write!(
                f,
                "record at byte {offset}: data checksum mismatch: got {got:?}, want {want:?}"
            ),
        }
    }
}

impl std::error::Error for RecordError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
