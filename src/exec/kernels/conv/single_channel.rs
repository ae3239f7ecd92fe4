//! Filters of 3 by 3 over images of one channel whose results are pooled: first layers.
//!
//! Four sums at a time become one result. On the way back three of the four gradients of a window
//! are 0, so they are never laid out: of the four pixels that a tap of the filter meets, each filter
//! takes the one its winner met.

use super::super::Memory;
use super::super::instruction::{Conv, FilterGradient, Window};
use super::super::lanes::{Isa, Kernel, LANES, LINE, Lanes, Winners};
use super::super::part::Part;
use super::super::{load, store};
use super::framed::{Framed, Images};
use super::pooled::{BEYOND, Results};

const SIZE: usize = 3;
const TAPS: usize = SIZE * SIZE;

/// Pixels a window meets at a tap.
type Met = [f32; 4];

/// Whether a convolution is of this kind.
pub(super) fn fits(conv: &Conv) -> bool {
    is_such(&conv.window) && conv.pooled.is_some() && !conv.turned
}

/// Whether a gradient is of this kind.
pub(super) fn fits_gradient(gradient: &FilterGradient) -> bool {
    is_such(&gradient.window) && gradient.unpool.is_some()
}

pub(super) fn is_such(window: &Window) -> bool {
    let moves_one_by_one = window.strides == [1; 2] && window.spread == [1; 2];
    window.size == [SIZE; 2] && window.channels == 1 && moves_one_by_one
}

/// The image and what filters see beyond it; the last windows may lack their second row or column,
/// and filters see as far as if they had it.
fn framed(window: &Window) -> Framed {
    Framed::new(window, window.positions.map(|positions| positions + SIZE))
}

/// Floats each part of a convolution needs.
pub(super) fn scratch(conv: &Conv) -> usize {
    framed(&conv.window).len()
}

/// Floats each part of a gradient needs.
pub(super) fn scratch_of_gradient(gradient: &FilterGradient) -> usize {
    let met = gradient.grads() * TAPS * size_of::<Met>() / size_of::<f32>();
    framed(&gradient.window).len().next_multiple_of(LANES) + met
}

/// Parts take lines of windows.
#[inline(always)]
pub(super) fn run<I: Isa>(conv: &Conv, memory: Memory, part: Part) {
    let (window, filters) = (&conv.window, conv.filters);
    let down = window.positions[0].div_ceil(2);
    let lines = part.share(conv.batch * down, 1);
    if lines.is_empty() {
        return;
    }
    let (framed, frame) = (framed(window), memory.packing);
    // SAFETY: `Program::new` made room for `scratch` floats.
    unsafe { framed.clear(frame) };
    let images = Images::new(conv.images, None, memory);
    let filter = memory.slot(conv.filter).cast_const();
    let bias = conv.bias.map_or(std::ptr::null(), |bias| memory.slot(bias).cast_const());
    let to = Results::new(conv, memory);
    let mut filled = usize::MAX;
    for line in lines {
        let (image, row) = (line / down, 2 * (line % down));
        // SAFETY: the image exists, and so many results of a line.
        unsafe {
            if image != filled {
                framed.fill::<I>(images, image, frame);
                filled = image;
            }
            I::call(Line {
                seen: frame.add(row * framed.stride()),
                stride: framed.stride(),
                below: row + 1 < window.positions[0],
                columns: window.positions[1],
                filter,
                bias,
                filters,
                to: to.add(line * window.positions[1].div_ceil(2) * filters),
            });
        }
    }
}

/// A line of windows.
struct Line {
    /// What the first sees, and from one row of that to the next.
    seen: *const f32,
    stride: usize,
    /// Whether windows have a second row.
    below: bool,
    columns: usize,
    /// `[TAPS, filters]`
    filter: *const f32,
    /// Null where there is none.
    bias: *const f32,
    filters: usize,
    to: Results,
}

impl Kernel for Line {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let windows = self.columns.div_ceil(2);
        for filter in (0..self.filters).step_by(LANES) {
            let mut window = 0;
            while window + 3 <= windows {
                self.windows::<I, 3>(window, filter);
                window += 3;
            }
            for window in window..windows {
                self.windows::<I, 1>(window, filter);
            }
        }
    }
}

impl Line {
    /// Computes lanes of filters of some windows side by side: as many sums as registers hold.
    #[inline(always)]
    fn windows<I: Isa, const N: usize>(&self, first: usize, filter: usize) {
        // SAFETY: the bias has these filters.
        let start = match self.bias.is_null() {
            true => Lanes::ZERO,
            false => unsafe { load(self.bias.add(filter)) },
        };
        let mut windows = [[start; 4]; N];
        for tap in 0..TAPS {
            // SAFETY: every tap has these filters, and the frame every pixel that they meet.
            unsafe {
                let factors = load(self.filter.add(tap * self.filters + filter));
                let seen = self.seen.add(tap / SIZE * self.stride + tap % SIZE + 2 * first);
                for (i, window) in windows.iter_mut().enumerate() {
                    for (place, sum) in window.iter_mut().enumerate() {
                        let pixel = *seen.add(place / 2 * self.stride + 2 * i + place % 2);
                        *sum = I::scaled(factors, pixel, *sum);
                    }
                }
            }
        }
        for (i, mut window) in windows.into_iter().enumerate() {
            let beside = 2 * (first + i) + 1 < self.columns;
            for (place, lanes) in window.iter_mut().enumerate() {
                if place % 2 == 1 && !beside || place / 2 == 1 && !self.below {
                    *lanes = BEYOND;
                }
            }
            // SAFETY: there is a result for every window.
            unsafe { self.to.add((first + i) * self.filters + filter).put::<I>(window) };
        }
    }
}

/// Parts take filters, and see all images.
#[inline(always)]
pub(super) fn filter_gradient<I: Isa>(gradient: &FilterGradient, memory: Memory, part: Part) {
    let own = part.share(gradient.filters, LINE);
    if own.is_empty() {
        return;
    }
    let (framed, filters, windows) = (framed(&gradient.window), gradient.filters, gradient.grads());
    let image = memory.packing;
    // SAFETY: `Program::new` made room for `scratch_of_gradient` floats.
    let met = unsafe {
        framed.clear(image);
        image.add(framed.len().next_multiple_of(LANES)).cast::<Met>()
    };
    let images = Images::new(gradient.images, None, memory);
    let grads = memory.slot(gradient.grad).cast_const();
    let winners = memory.slot(gradient.unpool.expect("winners")).cast_const().cast::<u8>();
    let out = memory.slot(gradient.out);
    let columns = gradient.window.positions[1].div_ceil(2);
    for place in 0..gradient.batch {
        // SAFETY: the image exists, with gradients and winners of every window.
        unsafe {
            framed.fill::<I>(images, place, image);
            I::call(Meet { image, stride: framed.stride(), columns, windows, met });
            for filter in own.clone().step_by(LANES) {
                let at = place * windows * filters + filter;
                let (grads, winners) = (grads.add(at), winners.add(at));
                let out = out.add(filter);
                let is_first = place == 0;
                I::call(Sum { met, windows, grads, winners, filters, is_first, out });
            }
        }
    }
}

/// Lays out which pixels windows meet at every tap.
struct Meet {
    image: *const f32,
    stride: usize,
    /// Windows side by side, and all of them.
    columns: usize,
    windows: usize,
    /// `[windows, TAPS]`
    met: *mut Met,
}

impl Kernel for Meet {
    #[inline(always)]
    fn run<I: Isa>(self) {
        for window in 0..self.windows {
            let (row, column) = (window / self.columns, window % self.columns);
            for tap in 0..TAPS {
                let (row, column) = (2 * row + tap / SIZE, 2 * column + tap % SIZE);
                // SAFETY: the frame has these, and `met` every tap of every window.
                unsafe {
                    let upper = self.image.add(row * self.stride + column).cast::<[f32; 2]>();
                    let lower = upper.cast::<f32>().add(self.stride).cast::<[f32; 2]>();
                    let to = self.met.add(window * TAPS + tap).cast::<[f32; 2]>();
                    to.write_unaligned(upper.read_unaligned());
                    to.add(1).write_unaligned(lower.read_unaligned());
                }
            }
        }
    }
}

/// Adds up, for lanes of filters and every tap, gradients times what their winners met.
struct Sum {
    met: *const Met,
    windows: usize,
    grads: *const f32,
    winners: *const u8,
    filters: usize,
    /// Whether the sums begin with 0, not with what is there.
    is_first: bool,
    /// `[TAPS, filters]`
    out: *mut f32,
}

impl Kernel for Sum {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let mut sums = [Lanes::ZERO; TAPS];
        if !self.is_first {
            for (tap, sum) in sums.iter_mut().enumerate() {
                // SAFETY: every tap has these filters.
                *sum = unsafe { load(self.out.add(tap * self.filters)) };
            }
        }
        for window in 0..self.windows {
            let at = window * self.filters;
            // SAFETY: every window has a gradient, a winner and what it met.
            unsafe {
                let winners = self.winners.add(at).cast::<Winners>().read_unaligned();
                let grad = I::of_winners(winners, load(self.grads.add(at)));
                let met = self.met.add(window * TAPS);
                for (tap, sum) in sums.iter_mut().enumerate() {
                    *sum = I::fused(I::picked(winners, met.add(tap)), grad, *sum);
                }
            }
        }
        for (tap, &sum) in sums.iter().enumerate() {
            // SAFETY: every tap has these filters.
            unsafe { store(self.out.add(tap * self.filters), sum) };
        }
    }
}
