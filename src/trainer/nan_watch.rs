//! Notices numbers that are none.

use super::{Look, Observer};
use crate::exec::NotFinite;
use crate::summary::WriteError;

/// Keeps the first logged number that was NaN or infinite, and its step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NanWatch {
    first: Option<(String, u64, f32)>,
    origin: Option<NotFinite>,
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

    /// Returns where that began.
    pub fn origin(&self) -> Option<&NotFinite> {
        self.origin.as_ref()
    }
}

impl Observer for NanWatch {
    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        if self.first.is_none() {
            let found = look.scalars().enumerate().find(|(_, (_, value))| !value.is_finite());
            if let Some((place, (tag, value))) = found {
                self.first = Some((tag.to_owned(), look.step(), value));
                self.origin = look.check_scalar(place).err();
            }
        }
        Ok(())
    }
}
