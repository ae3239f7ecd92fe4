//! What can go wrong with a training.

use std::fmt;

use std::io;
use std::sync::Arc;

use super::{CheckpointError, HyperParameterError};
use crate::exec::{ExecError, NotFinite};
use crate::graph::GraphError;
use crate::summary::WriteError;

/// A model that cannot be built.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// A node does not fit; a mistake of the experiment.
    Graph(GraphError),
    /// A hyper-parameter has no such value.
    HyperParameter(HyperParameterError),
}

/// A training that ended before its time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TrainError {
    /// The model cannot be built.
    Build(BuildError),
    /// A plan cannot be compiled or fed; a mistake of the experiment.
    Exec(ExecError),
    /// The run could not be logged; what was written before can be read.
    Write(WriteError),
    /// A checkpoint could not be written or used.
    Checkpoint(CheckpointError),
    /// The data is not what the model takes.
    Data {
        /// The data set.
        name: String,
        /// Got and want.
        problem: String,
    },
    /// A number became NaN or infinite, so that there is nothing left to learn from.
    Diverged {
        /// The number.
        what: String,
        /// The last step that was trained.
        step: u64,
        /// What it became.
        value: f32,
        /// Where that began.
        origin: NotFinite,
    },
    /// The system has no more threads.
    Threads {
        /// How many were asked for.
        wanted: usize,
        /// What the system said.
        source: Arc<io::Error>,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Graph(error) => error.fmt(f),
            Self::HyperParameter(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {}

impl fmt::Display for TrainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::Exec(error) => error.fmt(f),
            Self::Write(error) => error.fmt(f),
            Self::Checkpoint(error) => error.fmt(f),
            Self::Data { name, problem } => write!(f, "data set `{name}`: {problem}"),
            Self::Diverged { what, step, value, origin } => {
                write!(f, "`{what}` became {value} at step {step}; {origin}")
            }
            Self::Threads { wanted, source } => {
                write!(f, "cannot start {wanted} threads: {source}")
            }
        }
    }
}

impl std::error::Error for TrainError {}

macro_rules! from {
    ($($source:ty => $variant:ident of $error:ty,)*) => {
        $(impl From<$source> for $error {
            fn from(error: $source) -> Self {
                Self::$variant(error)
            }
        })*
    };
}

from! {
    GraphError => Graph of BuildError,
    HyperParameterError => HyperParameter of BuildError,
    BuildError => Build of TrainError,
    ExecError => Exec of TrainError,
    WriteError => Write of TrainError,
    CheckpointError => Checkpoint of TrainError,
}
