//! What could not be read.

use std::path::PathBuf;
use std::{fmt, io};

use crate::event::EventError;

/// Something that could not be read, and where.
#[derive(Debug)]
pub struct Problem {
    /// The file or directory.
    pub path: PathBuf,
    /// What is wrong with it.
    pub error: ReadError,
}

/// Why something could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// A directory cannot be listed, or a file not opened; it is tried again.
    Io(io::Error),
    /// Two directories have the same name once what is not UTF-8 is replaced: this one is left out.
    NameTaken,
    /// A record is damaged or holds no event. If [`EventError::is_recoverable`], the file was read
    /// on behind it.
    Event(EventError),
    /// A value is not what its tag or plugin promise; it is left out.
    Value {
        /// Where the record begins.
        offset: u64,
        /// The tag.
        tag: String,
        /// What is wrong.
        problem: String,
    },
    /// The file became shorter, or another file: its run is read anew.
    Replaced {
        /// How far the file was read.
        read: u64,
        /// Its size now.
        size: u64,
    },
    /// More problems of this file that are not told one by one.
    More {
        /// How many.
        count: u64,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NameTaken => write!(f, "another directory has the same name as UTF-8"),
            Self::Event(error) => error.fmt(f),
            Self::Value { offset, tag, problem } => {
                write!(f, "record at byte {offset}: `{tag}`: {problem}")
            }
            Self::Replaced { read, size } => {
                write!(f, "replaced: {read} bytes were read, now it has {size}; reading it anew")
            }
            Self::More { count } => write!(f, "and {count} more problems"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Event(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
