//! The quantities that run through the whole tracker.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// The training step a value belongs to.
///
/// TensorBoard's browser shows steps up to 2^53 exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step(pub i64);

macro_rules! step_from {
    ($($integer:ty),*) => {
        $(impl From<$integer> for Step {
            fn from(step: $integer) -> Self {
                Step(i64::try_from(step).unwrap_or(i64::MAX))
            }
        })*
    };
}

step_from!(i32, u32, i64, u64, usize);

/// Seconds since the Unix epoch, UTC; always finite.
///
/// A NaN among them would make TensorBoard's data server ignore the rest of the file.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct WallTime(f64);

impl WallTime {
    /// Returns the time, or `None` if it is not finite.
    pub fn new(seconds: f64) -> Option<Self> {
        seconds.is_finite().then_some(WallTime(seconds))
    }

    /// Returns the time it is now.
    pub fn now() -> Self {
        // A clock before 1970 is a broken clock; its events are then of 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // `as_secs_f64` divides, which takes longer; the difference is far below the clock's own.
        WallTime(since.as_secs() as f64 + f64::from(since.subsec_nanos()) * 1e-9)
    }

    /// Returns the seconds since the epoch.
    pub fn seconds(self) -> f64 {
        self.0
    }
}

/// The name of a run: its directory relative to the log directory, with `/` between parts.
///
/// The log directory itself is the run `.`, as in TensorBoard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunName(String);

impl RunName {
    /// Returns the name made of a path's parts; none of them makes `.`.
    pub fn from_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let name = parts.into_iter().collect::<Vec<_>>().join("/");
        RunName(if name.is_empty() { ".".to_owned() } else { name })
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_time_is_finite() {
        assert_eq!(WallTime::new(f64::NAN), None);
        assert_eq!(WallTime::new(f64::INFINITY), None);
        assert_eq!(WallTime::new(0.5).map(WallTime::seconds), Some(0.5));
    }

    #[test]
    fn a_step_beyond_the_formats_range_is_its_largest() {
        assert_eq!(Step::from(u64::MAX), Step(i64::MAX));
        assert_eq!(Step::from(7_usize), Step(7));
    }
}
