//! What can be wrong with an idx file.

use std::{fmt, io};

use super::{Checksum, DATASETS};

/// An idx file that cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum IdxError {
    /// Reading failed; it may be tried again.
    Io(io::Error),
    /// The file is gzip, and damaged.
    Gzip(io::Error),
    /// The file is of another kind.
    Magic {
        /// The first four bytes.
        got: u32,
        /// 2051 of images, 2049 of labels.
        want: u32,
    },
    /// The file ends too early. Of a .gz file, the bytes are those unpacked.
    Truncated {
        /// Bytes in the file.
        got: u64,
        /// Bytes that its first ones promise.
        want: u64,
    },
    /// There is more behind the last image or label.
    Trailing {
        /// Bytes that the first ones promise.
        want: u64,
    },
    /// There are more or fewer images or labels than this file of the data set has.
    Count {
        /// How many the file says it has.
        got: u32,
        /// How many it must have.
        want: u32,
    },
    /// The images are of another size.
    ImageSize {
        /// Height and width in the file.
        got: (u32, u32),
        /// Height and width of the data set.
        want: (u32, u32),
    },
    /// A label is none of the classes.
    Label {
        /// Which label, from 0.
        index: usize,
        /// The label.
        got: u8,
        /// How many classes there are.
        classes: usize,
    },
    /// The content is not that of the data set.
    Checksum {
        /// SHA-256 of the file, unpacked.
        got: Checksum,
        /// SHA-256 of the data set's file, unpacked.
        want: Checksum,
    },
}

/// Plain files do not fail with these kinds: they are what is said of damaged gzip.
impl From<io::Error> for IdxError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match error.kind() {
            InvalidData | InvalidInput | UnexpectedEof => IdxError::Gzip(error),
            _ => IdxError::Io(error),
        }
    }
}

impl fmt::Display for IdxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Gzip(error) => write!(f, "damaged gzip: {error}"),
            Self::Magic { got, want } => {
                write!(f, "not the idx file expected: got magic number {got}, want {want}")
            }
            Self::Truncated { got, want } => {
                write!(f, "truncated: got {got} bytes, want {want}")
            }
            Self::Trailing { want } => {
                write!(f, "bytes behind the end: got more than {want} bytes, want {want}")
            }
            Self::Count { got, want } => write!(f, "wrong count: got {got}, want {want}"),
            Self::ImageSize { got, want } => write!(
                f,
                "wrong size of images: got {} x {}, want {} x {}",
                got.0, got.1, want.0, want.1
            ),
            Self::Label { index, got, classes } => {
                write!(f, "label {index} is out of range: got {got}, want less than {classes}")
            }
            Self::Checksum { got, want } => {
                write!(f, "SHA-256 mismatch: got {got}, want {want}")?;
                // Directories are mixed up more often than bits.
                match DATASETS.iter().find(|info| info.files().iter().any(|f| f.sha256 == *got)) {
                    Some(other) => write!(f, "; it is a file of `{}`", other.name),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for IdxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) | Self::Gzip(error) => Some(error),
            _ => None,
        }
    }
}
