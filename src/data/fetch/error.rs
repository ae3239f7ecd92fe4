//! Why a data set cannot be fetched.

use std::path::PathBuf;
use std::{fmt, io};

use crate::data::DataError;

/// A data set that cannot be fetched.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// No data set has this name.
    Unknown(DataError),
    /// The user has no data directory, and none is named.
    NoHome,
    /// The data directory cannot be written: the disk is full, or it is somebody else's. What was
    /// half written has been removed.
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// All sources failed. What has come of a file is kept, and the next time continued.
    Nowhere {
        /// The data set.
        name: &'static str,
        /// All that was tried, in order.
        tried: Vec<Tried>,
    },
}

/// A source that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// An address, a directory or a command.
    pub source: String,
    /// Why it failed.
    pub reason: String,
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(error) => error.fmt(f),
            Self::NoHome => write!(f, "no data directory is known"),
            Self::Disk { path, source } => write!(f, "cannot write `{}`: {source}", path.display()),
            Self::Nowhere { name, tried } => {
                write!(f, "data set `{name}` cannot be fetched; tried")?;
                tried
                    .iter()
                    .try_for_each(|Tried { source, reason }| write!(f, "\n  {source}: {reason}"))
            }
        }
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Why a file has not come from a source.
#[derive(Debug)]
pub(super) enum Failed {
    /// The source has it not, or wrongly: the next may be tried.
    Source(String),
    /// The data directory cannot be written: no other source helps.
    Disk(PathBuf, io::Error),
}

impl Failed {
    pub(super) fn source(reason: impl fmt::Display) -> Self {
        Failed::Source(reason.to_string())
    }

    pub(super) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Failed::Disk(path, source)
    }
}
