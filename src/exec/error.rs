//! What can be wrong with a plan or its feeds.

use std::fmt;

use super::NotFinite;

/// A plan that cannot be compiled or run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExecError {
    /// A value has no elements, as with a batch of 0.
    Empty {
        /// The node.
        node: String,
        /// Its sizes.
        sizes: Vec<usize>,
    },
    /// A placeholder was given a value of the wrong size.
    Feed {
        /// The placeholder.
        node: String,
        /// Sizes of the value.
        got: Vec<usize>,
        /// Sizes of the placeholder in this plan.
        want: Vec<usize>,
    },
    /// The plan does not use what was fed, or the node is no placeholder.
    NotFed {
        /// The node.
        node: String,
    },
    /// A placeholder got no value before the plan was run.
    Unfed {
        /// The placeholder.
        node: String,
    },
    /// A value is NaN or infinite, where that can mean nothing.
    NotFinite(NotFinite),
    /// There is no such memory.
    Memory {
        /// What needs it, with a verb: `the variables take`.
        what: String,
        /// How many bytes; those that `u64` holds if there are more.
        bytes: u64,
    },
}

impl ExecError {
    /// Not as much memory as `what` takes, in floats.
    pub(super) fn memory(what: impl Into<String>, floats: usize) -> Self {
        let bytes = (floats as u64).saturating_mul(size_of::<f32>() as u64);
        Self::Memory { what: what.into(), bytes }
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { node, sizes } => {
                write!(f, "`{node}`: a value of {sizes:?} has no elements")
            }
            Self::Feed { node, got, want } => {
                write!(f, "`{node}`: fed a value of {got:?}, want {want:?}")
            }
            Self::NotFed { node } => write!(f, "`{node}`: this plan takes no feed for it"),
            Self::Unfed { node } => write!(f, "`{node}`: no value was fed before the run"),
            Self::NotFinite(found) => found.fmt(f),
            Self::Memory { what, bytes } => {
                let gib = *bytes as f64 / f64::from(1 << 30);
                write!(f, "{what} {gib:.1} GiB of memory, more than there is")
            }
        }
    }
}

impl std::error::Error for ExecError {}

impl From<NotFinite> for ExecError {
    fn from(found: NotFinite) -> Self {
        Self::NotFinite(found)
    }
}
