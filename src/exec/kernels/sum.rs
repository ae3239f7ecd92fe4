//! Sums over axes, in an order that depends on the shape alone.

use std::ops::Range;

use super::instruction::Sum;
use super::lanes::{LANES, Lanes};
use super::team::Part;
use super::{Memory, load, store};

#[inline(always)]
pub(super) fn run(sum: &Sum, memory: Memory, part: Part) {
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
        unsafe { of_rows(sum, part.share(sum.inner, LANES), x, out) };
    } else if part.is_first() {
        for outer in 0..sum.outer {
            // SAFETY: `x` has `outer * count * inner` floats, `out` has `outer * inner`.
            unsafe {
                let x = x.add(outer * sum.count * sum.inner);
                of_rows(sum, 0..sum.inner, x, out.add(outer * sum.inner));
            }
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

/// The sum of `count` rows in some columns, a few lanes of all rows at a time.
///
/// Rows are written in ascending order: lanes beyond the end of one are overwritten by the next.
///
/// # Safety
/// The rows must exist, and a lane of padding behind the last one.
#[inline(always)]
unsafe fn of_rows(sum: &Sum, columns: Range<usize>, x: *const f32, out: *mut f32) {
    for column in columns.step_by(LANES) {
        let mut total = Lanes::ZERO;
        for row in 0..sum.count {
            // SAFETY: the row exists; its last lanes reach into the next or into the padding.
            let lanes = unsafe { load(x.add(row * sum.inner + column)) };
            total = total.zip(lanes, |a, b| a + b);
        }
        let divisor = sum.divisor;
        // SAFETY: as above.
        unsafe { store(out.add(column), total.map(|x| x / divisor)) };
    }
}
