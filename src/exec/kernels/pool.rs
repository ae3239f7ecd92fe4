//! Pooling: the largest element or the mean of each window of an image, and their gradients.
//!
//! Parts have images of their own. Channels are computed in whole lanes; lanes that reach beyond the
//! last channel are written as far as the channels go, for what follows may be another part's.

use std::ops::Range;

use super::instruction::{Axis, Pool, PoolFunction};
use super::lanes::{Isa, Kernel, LANES, Lanes};
use super::part::Part;
use super::{Memory, load, store};

#[inline(always)]
pub(super) fn run<I: Isa>(pool: &Pool, memory: Memory, part: Part) {
    for image in part.share(pool.batch, 1) {
        // SAFETY: `Program::new` checked that there are `batch` images of both sizes.
        let large = |slot| unsafe { memory.slot(slot).add(image * pool.elements()) };
        // SAFETY: as above.
        let small = |slot| unsafe { memory.slot(slot).add(image * pool.results()) };
        let of = Image { pool, apart: pool.axes.iter().all(Axis::is_apart) };
        match pool.function {
            PoolFunction::Max { images } => {
                of.call::<I, _>(Max { x: large(images), out: small(pool.out) });
            }
            PoolFunction::Avg { images } => {
                of.call::<I, _>(Avg { x: large(images), out: small(pool.out) });
            }
            PoolFunction::MaxGrad { images, result, grad, relu } => of.call::<I, _>(MaxGrad {
                relu,
                x: large(images),
                result: small(result),
                grad: small(grad),
                out: large(pool.out),
            }),
            PoolFunction::AvgGrad { grad } => {
                of.call::<I, _>(AvgGrad { grad: small(grad), out: large(pool.out) });
            }
        }
    }
}

const HALF: usize = LANES / 2;

/// Where a window lies along an axis.
#[derive(Clone)]
struct Reach {
    /// What it covers.
    window: Range<usize>,
    /// What no other window's `own` has: all of an axis is some window's if windows are apart.
    own: Range<usize>,
}

impl Axis {
    #[inline(always)]
    fn reach(&self, position: usize) -> Reach {
        let start = |position: usize| (position * self.stride).saturating_sub(self.before);
        let end = position * self.stride + self.window - self.before;
        let own_start = if position == 0 { 0 } else { start(position) };
        let own_end = if position + 1 == self.positions { self.len } else { start(position + 1) };
        Reach { window: start(position)..end.min(self.len), own: own_start..own_end }
    }

    /// Whether the axis is pairs and nothing else: the windows of most nets.
    fn is_pairs(&self) -> bool {
        (self.window, self.stride, self.before) == (2, 2, 0) && self.len == 2 * self.positions
    }

    fn is_apart(&self) -> bool {
        self.stride >= self.window
    }
}

/// Lanes of one window; all of them are channels if `WHOLE`.
#[derive(Clone)]
struct Window<'a, const PAIRS: bool, const WHOLE: bool> {
    of: Image<'a>,
    rows: Reach,
    columns: Reach,
    /// The place among the results.
    result: usize,
    channel: usize,
}

impl<const PAIRS: bool, const WHOLE: bool> Window<'_, PAIRS, WHOLE> {
    /// Writes those of the lanes that are channels.
    ///
    /// # Safety
    /// They must lie within an array of the run.
    #[inline(always)]
    unsafe fn put(&self, to: *mut f32, lanes: Lanes) {
        if WHOLE {
            // SAFETY: the caller's.
            return unsafe { store(to, lanes) };
        }
        let len = self.of.pool.channels - self.channel;
        if len >= HALF {
            // The first four and the last four, which may be some of the same.
            let from = lanes.0.as_ptr();
            // SAFETY: the caller's; `len` is below that of the lanes.
            unsafe {
                std::ptr::copy_nonoverlapping(from, to, HALF);
                let last = len - HALF;
                std::ptr::copy_nonoverlapping(from.add(last), to.add(last), HALF);
            }
            return;
        }
        for (i, value) in lanes.0.into_iter().enumerate().take(len) {
            // SAFETY: the caller's.
            unsafe { *to.add(i) = value };
        }
    }

    /// Adds those of the lanes that are channels to what is there.
    ///
    /// # Safety
    /// They must lie within an array of the run.
    #[inline(always)]
    unsafe fn add(&self, to: *mut f32, lanes: Lanes) {
        if WHOLE {
            // SAFETY: the caller's.
            return unsafe { store(to, load(to).zip(lanes, |a, b| a + b)) };
        }
        let len = self.of.pool.channels - self.channel;
        for (i, value) in lanes.0.into_iter().enumerate().take(len) {
            // SAFETY: the caller's.
            unsafe { *to.add(i) += value };
        }
    }

    /// The number of elements.
    #[inline(always)]
    fn count(&self) -> f32 {
        (self.rows.window.len() * self.columns.window.len()) as f32
    }

    /// The places of two rows of two columns.
    #[inline(always)]
    fn pairs(&self) -> [usize; 4] {
        let first = self.of.at(self.rows.window.start, self.columns.window.start, self.channel);
        let below = first + self.of.pool.axes[1].len * self.of.pool.channels;
        [first, first + self.of.pool.channels, below, below + self.of.pool.channels]
    }

    /// Does something with the place of each element.
    #[inline(always)]
    fn each(&self, mut f: impl FnMut(usize)) {
        if PAIRS {
            return self.pairs().into_iter().for_each(f);
        }
        for row in self.rows.window.clone() {
            for column in self.columns.window.clone() {
                f(self.of.at(row, column, self.channel));
            }
        }
    }

    /// Does something with the place of each element that the window owns; says if it covers it.
    #[inline(always)]
    fn each_own(&self, mut f: impl FnMut(usize, bool)) {
        if PAIRS {
            return self.pairs().into_iter().for_each(|at| f(at, true));
        }
        for row in self.rows.own.clone() {
            for column in self.columns.own.clone() {
                let covered =
                    self.rows.window.contains(&row) && self.columns.window.contains(&column);
                f(self.of.at(row, column, self.channel), covered);
            }
        }
    }
}

/// Something done with each window.
trait Work: Copy {
    /// # Safety
    /// Windows must be those of the image that the pointers were made for.
    unsafe fn window<const PAIRS: bool, const WHOLE: bool>(self, window: &Window<PAIRS, WHOLE>);

    /// Done before the first window, where windows overlap.
    ///
    /// # Safety
    /// As [`Work::window`].
    unsafe fn before_overlapping(self, _of: Image) {}
}

/// The images' sizes.
#[derive(Clone, Copy)]
struct Image<'a> {
    pool: &'a Pool,
    /// Whether windows do not overlap.
    apart: bool,
}

impl Image<'_> {
    fn call<I: Isa, W: Work>(self, work: W) {
        if self.pool.axes.iter().all(Axis::is_pairs) {
            I::call(Walk::<W, true> { of: self, work });
        } else {
            I::call(Walk::<W, false> { of: self, work });
        }
    }

    /// The place of a pixel's channel.
    #[inline(always)]
    fn at(self, row: usize, column: usize, channel: usize) -> usize {
        (row * self.pool.axes[1].len + column) * self.pool.channels + channel
    }
}

/// Work on all windows of an image, which are pairs of rows and columns if `PAIRS`.
struct Walk<'a, W, const PAIRS: bool> {
    of: Image<'a>,
    work: W,
}

impl<W: Work, const PAIRS: bool> Kernel for Walk<'_, W, PAIRS> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Walk { of, work } = self;
        let ([down, along], channels) = (of.pool.axes, of.pool.channels);
        if !PAIRS && !of.apart {
            // SAFETY: see `run`.
            unsafe { work.before_overlapping(of) };
        }
        let whole = channels - channels % LANES;
        let reach = |axis: &Axis, position: usize| {
            let pair = 2 * position..2 * position + 2;
            if PAIRS { Reach { window: pair.clone(), own: pair } } else { axis.reach(position) }
        };
        for row in 0..down.positions {
            for column in 0..along.positions {
                let (rows, columns) = (reach(&down, row), reach(&along, column));
                let at = (row * along.positions + column) * channels;
                let window = Window::<PAIRS, true> { of, rows, columns, result: at, channel: 0 };
                let mut window = window;
                while window.channel < whole {
                    // SAFETY: see `run`.
                    unsafe { work.window(&window) };
                    window.channel += LANES;
                    window.result += LANES;
                }
                if whole < channels {
                    let Window { rows, columns, result, channel, .. } = window;
                    let rest = Window::<PAIRS, false> { of, rows, columns, result, channel };
                    // SAFETY: as above.
                    unsafe { work.window(&rest) };
                }
            }
        }
    }
}

/// The largest element; NaN if there is one.
#[derive(Clone, Copy)]
struct Max {
    x: *const f32,
    out: *mut f32,
}

impl Work for Max {
    #[inline(always)]
    unsafe fn window<const PAIRS: bool, const WHOLE: bool>(self, window: &Window<PAIRS, WHOLE>) {
        let mut max = Lanes::splat(f32::NEG_INFINITY);
        window.each(|at| {
            // SAFETY: the pixel exists; lanes beyond it are the next or the padding.
            let x = unsafe { load(self.x.add(at)) };
            max = max.zip(x, |a, b| if a > b || a.is_nan() { a } else { b });
        });
        // SAFETY: the result has a place for each window.
        unsafe { window.put(self.out.add(window.result), max) };
    }
}

/// The mean of the elements.
#[derive(Clone, Copy)]
struct Avg {
    x: *const f32,
    out: *mut f32,
}

impl Work for Avg {
    #[inline(always)]
    unsafe fn window<const PAIRS: bool, const WHOLE: bool>(self, window: &Window<PAIRS, WHOLE>) {
        let (count, mut sum) = (window.count(), Lanes::ZERO);
        window.each(|at| {
            // SAFETY: as in `Max`.
            let x = unsafe { load(self.x.add(at)) };
            sum = sum.zip(x, |a, b| a + b);
        });
        // SAFETY: as in `Max`.
        unsafe { window.put(self.out.add(window.result), sum.map(|x| x / count)) };
    }
}

/// Gives the gradient to the first of the largest elements, or to the first NaN.
#[derive(Clone, Copy)]
struct MaxGrad {
    /// Elements are what a ReLU gave, and the gradient by what it was given is asked for: it is 0
    /// of an element that is, so of a window whose largest is.
    relu: bool,
    x: *const f32,
    result: *const f32,
    grad: *const f32,
    out: *mut f32,
}

impl Work for MaxGrad {
    #[inline(always)]
    unsafe fn window<const PAIRS: bool, const WHOLE: bool>(self, window: &Window<PAIRS, WHOLE>) {
        let at = window.result;
        // SAFETY: both have a place for each window; lanes beyond are the next or the padding.
        let (max, mut left) = unsafe { (load(self.result.add(at)), load(self.grad.add(at))) };
        if self.relu {
            left = max.zip(left, |max, left| and(mask(max > 0.0).to_bits(), left));
        }
        let next = |at: usize| {
            // SAFETY: as in `Max`.
            let x = unsafe { load(self.x.add(at)) };
            // Bits: of choices between floats the compiler makes branches, one for each.
            let takes = x.zip(max, |x, max| mask((x == max) | x.is_nan()));
            let given = takes.zip(left, |takes, left| and(takes.to_bits(), left));
            left = takes.zip(left, |takes, left| and(!takes.to_bits(), left));
            given
        };
        // SAFETY: the image exists.
        unsafe { give(self.out, window, next) };
    }

    #[inline(always)]
    unsafe fn before_overlapping(self, of: Image) {
        // SAFETY: the image has as many elements.
        unsafe { std::ptr::write_bytes(self.out, 0, of.pool.elements()) };
    }
}

/// All bits or none.
#[inline(always)]
fn mask(truth: bool) -> f32 {
    f32::from_bits(u32::from(truth).wrapping_neg())
}

#[inline(always)]
fn and(mask: u32, x: f32) -> f32 {
    f32::from_bits(mask & x.to_bits())
}

/// Gives each element its share of the gradient.
#[derive(Clone, Copy)]
struct AvgGrad {
    grad: *const f32,
    out: *mut f32,
}

impl Work for AvgGrad {
    #[inline(always)]
    unsafe fn window<const PAIRS: bool, const WHOLE: bool>(self, window: &Window<PAIRS, WHOLE>) {
        let count = window.count();
        // SAFETY: as in `MaxGrad`.
        let share = unsafe { load(self.grad.add(window.result)) }.map(|grad| grad / count);
        // SAFETY: the image exists.
        unsafe { give(self.out, window, |_| share) };
    }

    #[inline(always)]
    unsafe fn before_overlapping(self, of: Image) {
        // SAFETY: the image has as many elements.
        unsafe { std::ptr::write_bytes(self.out, 0, of.pool.elements()) };
    }
}

/// Writes what `next` says of each element of a window, and zeros to what no window covers; adds
/// it where windows overlap.
///
/// # Safety
/// `out` must be an image.
#[inline(always)]
unsafe fn give<const PAIRS: bool, const WHOLE: bool>(
    out: *mut f32,
    window: &Window<PAIRS, WHOLE>,
    mut next: impl FnMut(usize) -> Lanes,
) {
    if PAIRS || window.of.apart {
        window.each_own(|at, covered| {
            let given = if covered { next(at) } else { Lanes::ZERO };
            // SAFETY: the caller's.
            unsafe { window.put(out.add(at), given) };
        });
    } else {
        // SAFETY: the caller's.
        window.each(|at| unsafe { window.add(out.add(at), next(at)) });
    }
}
