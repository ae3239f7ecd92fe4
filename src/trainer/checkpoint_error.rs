//! What can be wrong with checkpoints.

use std::path::PathBuf;
use std::sync::Arc;
use std::{error, fmt, io};

/// A checkpoint that cannot be written or used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The system does not let it be read or written.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The file is cut off, or no safetensors file at all.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The file is of another version of the format; another version of this crate may read it.
    Version {
        /// The file.
        path: PathBuf,
        /// What the file says it is.
        got: String,
        /// What can be read.
        want: u64,
    },
    /// The file is that of another model, or of the same before it was changed.
    Foreign {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the file has.
        got: String,
        /// What the model wants.
        want: String,
    },
    /// There is none.
    None {
        /// Where it would be.
        dir: PathBuf,
    },
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "checkpoint `{}`: {source}", path.display()),
            Self::Damaged { path, problem } => {
                write!(f, "checkpoint `{}` is damaged: {problem}", path.display())
            }
            Self::Version { path, got, want } => write!(
                f,
                "checkpoint `{}` is of another version of the format: got {got}, want {want}",
                path.display()
            ),
            Self::Foreign { path, what, got, want } => write!(
                f,
                "checkpoint `{}` is of another model: {what}: got {got}, want {want}",
                path.display()
            ),
            Self::None { dir } => write!(f, "no checkpoint in `{}`", dir.display()),
        }
    }
}

impl error::Error for CheckpointError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
