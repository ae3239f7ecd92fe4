//! Times a stretch of steps within an epoch.

use std::time::Instant;

use runboard::summary::WriteError;
use runboard::trainer::{EpochEnd, Look, Observer};

use crate::peak_mebibytes;

/// Measures from the look at the first step to that at the last one.
///
/// The last look is part of it, and computes all that a step does but the update: of 60 steps that
/// makes 1.6 percent too much. There is nothing to compile, and the first step touches all memory, so
/// it is warm-up enough.
#[derive(Default)]
pub(crate) struct Stretch {
    /// When the last look ended.
    looked: Option<Instant>,
    /// From the first look to the last.
    pub seconds: f64,
    /// Of evaluating the test images once.
    pub evaluation: f64,
    /// Of training: as it was before evaluating.
    pub peak_mebibytes: f64,
    /// At the first and the last look.
    pub costs: (f32, f32),
}

impl Observer for Stretch {
    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        let cost = look.printed().unwrap_or(f32::NAN);
        match self.looked {
            None => self.costs.0 = cost,
            Some(first) => {
                self.seconds = first.elapsed().as_secs_f64();
                self.costs.1 = cost;
                self.peak_mebibytes = peak_mebibytes();
            }
        }
        self.looked = Some(Instant::now());
        Ok(())
    }

    fn epoch_ended(&mut self, _: &EpochEnd) -> Result<(), WriteError> {
        // There are no validation images: what passed since the last look is the test's.
        self.evaluation = self.looked.map_or(f64::NAN, |looked| looked.elapsed().as_secs_f64());
        Ok(())
    }
}
