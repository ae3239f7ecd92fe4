//! Sums over axes, in an order that depends on the shape alone.

use std::ops::Range;

use super::instruction::Sum;
use super::lanes::{Isa, Kernel, LANES, Lanes};
use super::part::Part;
use super::{Memory, load};

#[inline(always)]
pub(super) fn run<I: Isa>(sum: &Sum, memory: Memory, part: Part) {
    let (x, out) = (memory.slot(sum.x).cast_const(), memory.slot(sum.out));
    if sum.inner == 1 {
        for outer in part.share(sum.outer, 1) {
            // SAFETY: `x` has `outer * count` floats, `out` has `outer`.
            unsafe {
                *out.add(outer) = of_line(x.add(outer * sum.count), sum.count) / sum.divisor;
            }
        }
    } else if sum.outer == 1 {
        // SAFETY: the columns are those of `x` and `out`; a part's are whole lanes.
        I::call(unsafe { Columns::new(sum, part.share(sum.inner, LANES), x, out) });
    } else {
        for outer in part.share(sum.outer, 1) {
            // SAFETY: `x` has `outer * count * inner` floats, `out` has `outer * inner`.
            I::call(unsafe {
                let x = x.add(outer * sum.count * sum.inner);
                Columns::new(sum, 0..sum.inner, x, out.add(outer * sum.inner))
            });
        }
    }
}

/// The sum of `count` floats side by side, by four chains of lanes.
///
/// # Safety
/// They must exist.
#[inline(always)]
unsafe fn of_line(x: *const f32, count: usize) -> f32 {
    let mut sums = [Lanes::ZERO; 4];
    let whole = count - count % (4 * LANES);
    for start in (0..whole).step_by(4 * LANES) {
        for (chain, sum) in sums.iter_mut().enumerate() {
            // SAFETY: `start + 32 <= count`.
            let lanes = unsafe { load(x.add(start + chain * LANES)) };
            *sum = sum.zip(lanes, |a, b| a + b);
        }
    }
    let mut rest = 0.0;
    for i in whole..count {
        // SAFETY: `i < count`.
        rest += unsafe { *x.add(i) };
    }
    let [a, b, c, d] = sums;
    let pairs = a.zip(b, |a, b| a + b).zip(c.zip(d, |c, d| c + d), |x, y| x + y);
    pairs.sum() + rest
}

/// Rows that are added up before their sum is added to that of earlier ones: the error of a sum
/// grows with its terms, and a batch of images has a hundred thousand rows.
const ROWS: usize = 512;

/// The sums of `count` rows in some columns.
struct Columns<'a> {
    sum: &'a Sum,
    columns: Range<usize>,
    x: *const f32,
    out: *mut f32,
}

impl<'a> Columns<'a> {
    /// # Safety
    /// The rows must exist, and a lane of padding behind the last one; the columns begin a lane.
    #[inline(always)]
    unsafe fn new(sum: &'a Sum, columns: Range<usize>, x: *const f32, out: *mut f32) -> Self {
        Columns { sum, columns, x, out }
    }

    /// Sums `N` lanes of columns from `first` on: several at a time, so that rows are read in order.
    ///
    /// # Safety
    /// The first `columns` of them must exist.
    #[inline(always)]
    unsafe fn lanes<const N: usize>(&self, first: usize, columns: usize) {
        let (sum, mut totals) = (self.sum, [Lanes::ZERO; N]);
        let mut rows = 0..sum.count;
        while !rows.is_empty() {
            let mut sums = [Lanes::ZERO; N];
            for row in rows.by_ref().take(ROWS) {
                for (place, sum_of) in sums.iter_mut().enumerate() {
                    let column = first + place * LANES;
                    // SAFETY: the row exists; its last lanes reach into the next or the padding.
                    let x = unsafe { load(self.x.add(row * sum.inner + column)) };
                    *sum_of = sum_of.zip(x, |a, b| a + b);
                }
            }
            for (total, sum) in totals.iter_mut().zip(sums) {
                *total = total.zip(sum, |a, b| a + b);
            }
        }
        for (place, total) in totals.into_iter().enumerate() {
            let value = total.map(|x| x / sum.divisor);
            let len = LANES.min(columns - place * LANES);
            // SAFETY: the caller's. What follows may be another part's.
            unsafe {
                let to = self.out.add(first + place * LANES);
                std::ptr::copy_nonoverlapping(value.0.as_ptr(), to, len);
            }
        }
    }
}

impl Kernel for Columns<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Range { start: mut first, end } = self.columns;
        while first < end {
            let left = end - first;
            // SAFETY: see `new`.
            let done = unsafe {
                if left >= 4 * LANES {
                    self.lanes::<4>(first, 4 * LANES);
                    4
                } else if left >= 2 * LANES {
                    self.lanes::<2>(first, 2 * LANES);
                    2
                } else {
                    self.lanes::<1>(first, left);
                    1
                }
            };
            first += done * LANES;
        }
    }
}
