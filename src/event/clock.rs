//! Where the time of an event comes from.

use crate::types::WallTime;

/// Tells the time; tests pass a clock that stands still.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// Always the same time.
    Fixed(WallTime),
}

impl Clock {
    /// Returns the time.
    pub fn now(self) -> WallTime {
        match self {
            Clock::System => WallTime::now(),
            Clock::Fixed(time) => time,
        }
    }
}
