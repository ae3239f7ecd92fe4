//! Images with zeros around them, so that windows are alike wherever they are.

use super::super::instruction::Window;

/// An image with a frame: room that is filled anew for each image.
#[derive(Clone, Copy)]
pub(super) struct Framed {
    /// Rows and columns with the frame.
    size: [usize; 2],
    image: [usize; 2],
    spread: [usize; 2],
    before: [usize; 2],
    channels: usize,
}

impl Framed {
    /// The image of `window`, with a frame of `size` altogether.
    pub(super) fn new(window: &Window, size: [usize; 2]) -> Self {
        let Window { image, before, spread, channels, .. } = *window;
        Framed { size, image, spread, before, channels }
    }

    /// What the results of a convolution are, with a frame below and to the right.
    pub(super) fn results(window: &Window, filters: usize, size: [usize; 2]) -> Self {
        let (image, channels) = (window.positions, filters);
        Framed { size, image, spread: [1; 2], before: [0; 2], channels }
    }

    /// Floats it needs.
    pub(super) fn len(&self) -> usize {
        self.size[0] * self.size[1] * self.channels
    }

    /// Floats from one row to the next.
    pub(super) fn stride(&self) -> usize {
        self.size[1] * self.channels
    }

    /// Makes the frame.
    ///
    /// # Safety
    /// There must be room.
    #[inline(always)]
    pub(super) unsafe fn clear(&self, room: *mut f32) {
        // SAFETY: the caller's.
        unsafe { std::ptr::write_bytes(room, 0, self.len()) };
    }

    /// Copies an image into its frame; what no window sees is left out.
    ///
    /// # Safety
    /// The image must exist, and the room.
    #[inline(always)]
    pub(super) unsafe fn fill(&self, image: *const f32, room: *mut f32) {
        let seen = [0, 1].map(|axis| {
            let room = self.size[axis].saturating_sub(self.before[axis]);
            self.image[axis].min(room.div_ceil(self.spread[axis]))
        });
        let channels = self.channels;
        for row in 0..seen[0] {
            let place = row * self.spread[0] + self.before[0];
            // SAFETY: the frame has these rows and columns.
            unsafe {
                let from = image.add(row * self.image[1] * channels);
                let to = room.add(place * self.stride() + self.before[1] * channels);
                if self.spread[1] == 1 {
                    std::ptr::copy_nonoverlapping(from, to, seen[1] * channels);
                    continue;
                }
                for column in 0..seen[1] {
                    let to = to.add(column * self.spread[1] * channels);
                    std::ptr::copy_nonoverlapping(from.add(column * channels), to, channels);
                }
            }
        }
    }
}
