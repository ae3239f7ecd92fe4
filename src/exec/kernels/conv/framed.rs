//! Images with zeros around them, so that windows are alike wherever they are.

use super::super::Memory;
use super::super::instruction::{Pooled, Slot, Window};
use super::super::lanes::Isa;
use super::pooled::Unpool;

/// Images of a batch: as they are, or as the gradient by what was pooled.
#[derive(Clone, Copy)]
pub(super) struct Images {
    floats: *const f32,
    /// Of the result of pooling, whose gradient the floats are; null if they are images.
    winners: *const u8,
}

impl Images {
    pub(super) fn new(floats: Slot, unpool: Option<Slot>, memory: Memory) -> Self {
        let winners = unpool.map_or(std::ptr::null(), |winners| memory.slot(winners).cast_const());
        Images { floats: memory.slot(floats).cast_const(), winners: winners.cast() }
    }
}

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

    /// Puts one of the images into its frame; what no window sees is left out.
    ///
    /// # Safety
    /// The image must exist, and the room.
    #[inline(always)]
    pub(super) unsafe fn fill<I: Isa>(&self, images: Images, image: usize, room: *mut f32) {
        let seen = [0, 1].map(|axis| {
            let room = self.size[axis].saturating_sub(self.before[axis]);
            self.image[axis].min(room.div_ceil(self.spread[axis]))
        });
        let channels = self.channels;
        if !images.winners.is_null() {
            let at = image * Pooled::count(self.image) * channels;
            // SAFETY: the caller's.
            return unsafe {
                I::call(Unpool {
                    grads: images.floats.add(at),
                    winners: images.winners.add(at),
                    columns: self.image[1].div_ceil(2),
                    seen,
                    channels,
                    out: room.add(self.before[0] * self.stride() + self.before[1] * channels),
                    stride: self.stride(),
                });
            };
        }
        // SAFETY: the caller's.
        let image = unsafe { images.floats.add(image * self.image[0] * self.image[1] * channels) };
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
