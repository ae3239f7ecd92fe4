//! Max pooling as part of convolutions: of what they compute, before it goes to memory, and of
//! gradients the way back, on their way from memory.
//!
//! Windows are two by two and lie side by side; pixels are whole lanes. See `Pooled`.

use super::super::instruction::Conv;
use super::super::lanes::{Isa, Kernel, LANES, Lanes, Winners};
use super::super::{Memory, load, store};

/// What stands for pixels beyond the image: never the largest that is above 0.
pub(super) const BEYOND: Lanes = Lanes([f32::NEG_INFINITY; LANES]);

/// Where lanes of a result go, and who won them.
#[derive(Clone, Copy)]
pub(super) struct Results {
    pub(super) out: *mut f32,
    /// Null if nobody asks.
    pub(super) winners: *mut u8,
}

impl Results {
    /// Where the results of a convolution begin.
    pub(super) fn new(conv: &Conv, memory: Memory) -> Self {
        let winners = conv.pooled.and_then(|pooled| pooled.winners);
        let winners = winners.map_or(std::ptr::null_mut(), |winners| memory.slot(winners));
        Results { out: memory.slot(conv.out), winners: winners.cast() }
    }

    /// # Safety
    /// So far on both must exist.
    #[inline(always)]
    pub(super) unsafe fn add(self, floats: usize) -> Self {
        let Results { out, winners } = self;
        // SAFETY: the caller's.
        unsafe {
            let winners = if winners.is_null() { winners } else { winners.add(floats) };
            Results { out: out.add(floats), winners }
        }
    }

    /// Writes the ReLU of the largest of a window, row by row.
    ///
    /// # Safety
    /// There must be room for lanes.
    #[inline(always)]
    pub(super) unsafe fn put<I: Isa>(self, window: [Lanes; 4]) {
        let largest = I::largest(window);
        // SAFETY: the caller's.
        unsafe {
            store(self.out, I::relu(largest));
            if !self.winners.is_null() {
                let winners = I::winners(window, largest);
                self.winners.cast::<Winners>().write_unaligned(winners);
            }
        }
    }
}

/// Pools two rows of pixels to one.
pub(super) struct PoolRows {
    /// The second is null where there is none.
    pub(super) rows: [*const f32; 2],
    pub(super) columns: usize,
    pub(super) channels: usize,
    pub(super) to: Results,
}

impl Kernel for PoolRows {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let PoolRows { rows, columns, channels, to } = self;
        for column in (0..columns).step_by(2) {
            for channel in (0..channels).step_by(LANES) {
                let at = column * channels + channel;
                let mut window = [BEYOND; 4];
                for (pair, row) in window.as_chunks_mut().0.iter_mut().zip(rows) {
                    let [left, right] = pair;
                    if row.is_null() {
                        continue;
                    }
                    // SAFETY: the row has these pixels.
                    unsafe {
                        *left = load(row.add(at));
                        if column + 1 < columns {
                            *right = load(row.add(at + channels));
                        }
                    }
                }
                // SAFETY: there is a result for every window.
                unsafe { to.add(column / 2 * channels + channel).put::<I>(window) };
            }
        }
    }
}

/// Gives gradients to the winners of their windows, and zeros to the others.
pub(super) struct Unpool {
    pub(super) grads: *const f32,
    pub(super) winners: *const u8,
    /// Windows side by side.
    pub(super) columns: usize,
    /// Rows and columns of pixels that are written.
    pub(super) seen: [usize; 2],
    pub(super) channels: usize,
    pub(super) out: *mut f32,
    /// From one row of pixels to the next.
    pub(super) stride: usize,
}

impl Kernel for Unpool {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Unpool { grads, winners, columns, seen: [down, along], channels, out, stride } = self;
        for row in (0..down).step_by(2) {
            for column in (0..along).step_by(2) {
                let at = (row / 2 * columns + column / 2) * channels;
                let (beside, below) = (column + 1 < along, row + 1 < down);
                for channel in (0..channels).step_by(LANES) {
                    // SAFETY: there are gradient and winners of every window, and room for pixels.
                    unsafe {
                        let winners = winners.add(at + channel).cast::<Winners>().read_unaligned();
                        let grad = load(grads.add(at + channel));
                        let [first, second, third, fourth] = I::given(winners, grad);
                        let out = out.add(row * stride + column * channels + channel);
                        store(out, first);
                        if beside {
                            store(out.add(channels), second);
                        }
                        if below {
                            store(out.add(stride), third);
                        }
                        if beside && below {
                            store(out.add(stride + channels), fourth);
                        }
                    }
                }
            }
        }
    }
}
