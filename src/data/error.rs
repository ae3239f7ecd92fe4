//! Why a data set cannot be had.

use std::fmt;
use std::path::PathBuf;

use super::IdxError;

/// A data set that cannot be loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum DataError {
    /// No data set has this name; [`DATASETS`](super::DATASETS) lists them.
    Unknown {
        /// The name.
        name: String,
    },
    /// Files are missing: the data set may be fetched.
    NotThere {
        /// The data set.
        name: &'static str,
        /// Where it should be; nothing if the user has no data directory.
        dir: Option<PathBuf>,
        /// The files that are missing.
        missing: Vec<&'static str>,
    },
    /// A file cannot be used; fetching the data set replaces it.
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: IdxError,
    },
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "unknown data set `{name}`"),
            Self::NotThere { name, dir: None, .. } => {
                write!(f, "data set `{name}` is not there: no data directory is known")
            }
            Self::NotThere { name, dir: Some(dir), missing } => write!(
                f,
                "data set `{name}` is not in `{}`: missing {}",
                dir.display(),
                missing.join(", ")
            ),
            Self::File { path, error } => write!(f, "`{}`: {error}", path.display()),
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            _ => None,
        }
    }
}
