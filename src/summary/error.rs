//! What can go wrong while logging.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

/// Something that could not be logged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The event file could not be created or written; it is tried again with every later flush.
    Io {
        /// The event file, or the directory it should have been created in.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The writer was closed before.
    Closed {
        /// The event file.
        path: PathBuf,
    },
    /// The process is a fork of the one that created the writer; it needs a writer of its own.
    Forked {
        /// The event file, which only the first process writes.
        path: PathBuf,
    },
    /// A wall time is NaN or infinite, which no event may have.
    WallTime {
        /// The time.
        seconds: f64,
    },
    /// A sub-run's name leads out of the run's directory.
    RunName {
        /// The name.
        name: String,
    },
    /// A value cannot be logged; others can.
    Value {
        /// The tag it was to be logged under.
        tag: String,
        /// What is wrong with it: got and want.
        problem: String,
    },
}

impl WriteError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source: Arc::new(source) }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "cannot write `{}`: {source}", path.display()),
            Self::Closed { path } => {
                write!(f, "cannot write `{}`: the writer is closed", path.display())
            }
            Self::Forked { path } => {
                write!(f, "cannot write `{}`: it is another process's file", path.display())
            }
            Self::WallTime { seconds } => {
                write!(f, "wall time {seconds}, want a finite number of seconds since 1970")
            }
            Self::RunName { name } => {
                write!(f, "run name `{name}`, want a relative path without `.` and `..`")
            }
            Self::Value { tag, problem } => write!(f, "summary `{tag}`: {problem}"),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Something that should not be, but keeps nobody from logging.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Another writer writes to the same directory.
    ///
    /// Each has its own file, but TensorBoard's Python loader does not go back to the older one,
    /// and if both log one tag, then its data server drops points of both.
    OtherWriter {
        /// The other's event file.
        path: PathBuf,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherWriter { path } => {
                write!(f, "another writer writes to the same run: `{}`", path.display())
            }
        }
    }
}
