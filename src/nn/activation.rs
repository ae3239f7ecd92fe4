//! What a layer's sums are passed through.

use crate::graph::{GraphBuilder, GraphError, NodeId};

/// A function applied to each of a layer's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activation {
    /// The sums themselves.
    Linear,
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `max(x, 0)`
    Relu,
}

impl Activation {
    /// All of them, by the names [`Activation::from_name`] knows.
    pub const ALL: &'static [(&'static str, Activation)] = &[
        ("linear", Activation::Linear),
        ("sigmoid", Activation::Sigmoid),
        ("tanh", Activation::Tanh),
        ("relu", Activation::Relu),
    ];

    /// Returns the activation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, activation)| *activation)
    }

    /// Adds the activation of `x`; the shape stays.
    ///
    /// # Errors
    /// None today.
    pub fn add(self, g: &mut GraphBuilder, x: NodeId) -> Result<NodeId, GraphError> {
        match self {
            Activation::Linear => Ok(x),
            Activation::Sigmoid => g.sigmoid(x),
            Activation::Tanh => g.tanh(x),
            Activation::Relu => g.relu(x),
        }
    }
}
