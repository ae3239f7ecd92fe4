//! What can be wrong with a model while it is being built.

use std::fmt;

use super::HyperParameterError;
use crate::graph::GraphError;

/// A model that cannot be built.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// A node does not fit; a mistake of the experiment.
    Graph(GraphError),
    /// A hyper-parameter has no such value.
    HyperParameter(HyperParameterError),
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

impl From<GraphError> for BuildError {
    fn from(error: GraphError) -> Self {
        Self::Graph(error)
    }
}

impl From<HyperParameterError> for BuildError {
    fn from(error: HyperParameterError) -> Self {
        Self::HyperParameter(error)
    }
}
