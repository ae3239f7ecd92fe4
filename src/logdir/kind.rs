//! The kinds of data a run can hold.

use std::fmt;

/// A kind of data, as TensorBoard's dashboards divide it.
///
/// The first value of a tag decides of which kind the tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Numbers.
    Scalars,
    /// Distributions of numbers.
    Histograms,
    /// Anything else.
    Tensors,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 3] = [Kind::Scalars, Kind::Histograms, Kind::Tensors];

    /// Returns the name: that of the dashboard's plugin, where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Scalars => "scalars",
            Kind::Histograms => "histograms",
            Kind::Tensors => "tensors",
        }
    }

    /// Returns the kind of what a plugin shows.
    pub(super) fn of_plugin(plugin: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == plugin).unwrap_or(Kind::Tensors)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
