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
