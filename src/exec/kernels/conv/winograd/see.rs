//! What tiles see, transformed.

use std::ops::Range;

use super::super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::super::{load, store};
use super::transform::{SEEN, both, image};

/// Transforms what one tile sees into some lines of points.
pub(super) struct See {
    pub(super) lines: Range<usize>,
    pub(super) from: *const f32,
    /// From one row of the image to the next.
    pub(super) stride: usize,
    pub(super) channels: usize,
    pub(super) to: *mut f32,
    /// From one point to the next.
    pub(super) points: usize,
}

impl Kernel for See {
    #[inline(always)]
    fn run<I: Isa>(self) {
        for channel in (0..self.channels).step_by(LANES) {
            both!(
                image::<I>,
                SEEN,
                // SAFETY: the tile sees these, and channels are whole lanes.
                |y, x| unsafe {
                    load(self.from.add(y * self.stride + x * self.channels + channel))
                },
                self.lines.clone(),
                // SAFETY: every point has a place for the tile.
                |y, x, lanes| unsafe {
                    store(self.to.add((y * SEEN + x) * self.points + channel), lanes);
                },
            );
        }
    }
}
