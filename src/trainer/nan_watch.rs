//! Notices numbers that are none.

use super::{Look, Observer};
use crate::summary::WriteError;

/// Keeps the first logged number that was NaN or infinite, and its step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NanWatch {
    first: Option<(String, u64, f32)>,
}

impl NanWatch {
    /// Returns a watch that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the tag, step and value of the first number that was not finite.
    pub fn first(&self) -> Option<(&str, u64, f32)> {
        self.first.as_ref().map(|(tag, step, value)| (tag.as_str(), *step, *value))
    }
}

impl Observer for NanWatch {
    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        if self.first.is_none() {
            let found = look.scalars().find(|(_, value)| !value.is_finite());
            self.first = found.map(|(tag, value)| (tag.to_owned(), look.step(), value));
        }
        Ok(())
    }
}
