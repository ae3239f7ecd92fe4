//! What an experiment must show.

use std::collections::BTreeMap;

use super::Maps;

/// A statement about an outcome, and how often it was found true.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The statement: `accuracy 1.0 and cost below 0.02`.
    pub text: &'static str,
    /// Whether an outcome bears it out.
    pub holds: fn(&Outcome) -> bool,
    /// How many seeds it was tried with, and for how many it held.
    pub seeds: Seeds,
}

/// The seeds 0, 1, 2, ... for which a claim was tried, and those for which it held.
///
/// Measured with the unchanged hyper-parameters; `tests/experiments.rs` measures it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// Held for so many.
    pub held: u32,
    /// Of so many; 0 where it was not measured yet.
    pub of: u32,
}

/// What a finished run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The last value of every scalar, by tag.
    pub metrics: BTreeMap<String, f64>,
    /// The values printed at the end with their names, row major, in the order to print them.
    pub report: Vec<(String, Vec<f32>)>,
    /// The pictures shown at the end, in the order to show them.
    pub maps: Vec<Maps>,
}

impl Outcome {
    /// Adds the metrics that `other` alone has.
    pub(super) fn with(mut self, other: Outcome) -> Self {
        for (tag, value) in other.metrics {
            self.metrics.entry(tag).or_insert(value);
        }
        self
    }

    /// Returns the values printed under a name; none if there is no such name.
    pub fn reported(&self, name: &str) -> &[f32] {
        let found = self.report.iter().find(|(known, _)| known == name);
        found.map(|(_, values)| values.as_slice()).unwrap_or_default()
    }

    /// Returns the pictures shown under a tag, if there are some.
    pub fn maps(&self, tag: &str) -> Option<&Maps> {
        self.maps.iter().find(|maps| maps.tag == tag)
    }

    /// Returns the last value of a scalar; NaN, of which no comparison is true, if there is none.
    pub fn metric(&self, tag: &str) -> f64 {
        self.metrics.get(tag).copied().unwrap_or(f64::NAN)
    }
}
