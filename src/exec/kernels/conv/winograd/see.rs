//! What tiles see, transformed.

use std::ops::Range;

use super::super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::super::{load, store};
use super::transform::{SEEN, SIZE, both, image, points};

/// Transforms what one tile of so many rows and columns of results sees into some lines of points.
pub(super) struct See<const DOWN: usize, const ALONG: usize> {
    pub(super) lines: Range<usize>,
    pub(super) from: *const f32,
    /// From one row of the image to the next.
    pub(super) stride: usize,
    pub(super) channels: usize,
    pub(super) to: *mut f32,
    /// From one point to the next.
    pub(super) points: usize,
}

impl<const DOWN: usize, const ALONG: usize> Kernel for See<DOWN, ALONG> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let lines = points(DOWN).filter(|line| self.lines.contains(line));
        for channel in (0..self.channels).step_by(LANES) {
            both!(
                SEEN,
                [image::<I, DOWN>, 0..DOWN + SIZE - 1, lines.clone()],
                [image::<I, ALONG>, 0..ALONG + SIZE - 1, points(ALONG)],
                // SAFETY: the tile sees these, and channels are whole lanes.
                |y, x| unsafe {
                    load(self.from.add(y * self.stride + x * self.channels + channel))
                },
                // SAFETY: every point has a place for the tile.
                |y, x, lanes| unsafe {
                    store(self.to.add((y * SEEN + x) * self.points + channel), lanes);
                },
            );
        }
    }
}
