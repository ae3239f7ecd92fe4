//! Rearranges matrices so that the innermost loop reads them from one end to the other.

use super::super::lanes::{Isa, LANES, Lanes};
use super::super::{load, prefetch, store};
use super::tile::COLUMNS;

/// Rows from the one that is packed to the one that is asked for, of rows so long that a page holds
/// few of them: processors do not see those coming.
const AHEAD: usize = 12;
const LONG: usize = 256;

/// Packs `columns` columns, at most [`COLUMNS`], of a row-major `[k, stride]` matrix; zeros behind.
///
/// # Safety
/// `from` must have them, and a lane of padding at its end; `to` holds `k * COLUMNS` floats.
#[inline(always)]
pub(in super::super) unsafe fn columns(
    from: *const f32,
    stride: usize,
    columns: usize,
    k: usize,
    to: *mut f32,
) {
    for row in 0..k {
        // SAFETY: the caller's; a whole panel's last lane ends where the row does or before.
        unsafe {
            let (from, to) = (from.add(row * stride), to.add(row * COLUMNS));
            if columns == COLUMNS {
                if stride >= LONG {
                    // Both lines of the cache: rows begin anywhere.
                    prefetch(from.wrapping_add(AHEAD * stride));
                    prefetch(from.wrapping_add(AHEAD * stride + COLUMNS - 1));
                }
                store(to, load(from));
                store(to.add(LANES), load(from.add(LANES)));
            } else {
                std::ptr::copy_nonoverlapping(from, to, columns);
                for column in columns..COLUMNS {
                    *to.add(column) = 0.0;
                }
            }
        }
    }
}

/// Packs `columns` columns, at most [`COLUMNS`], of a matrix stored as its transpose `[_, k]`.
///
/// # Safety
/// `from` must have them as rows of `k` floats; `to` holds `k * COLUMNS` floats.
#[inline(always)]
pub(in super::super) unsafe fn transposed_columns<I: Isa>(
    from: *const f32,
    columns: usize,
    k: usize,
    to: *mut f32,
) {
    let mut column = 0;
    let whole = k - k % LANES;
    // Eight rows at a time, eight floats of each: a square that is turned within registers.
    while column + LANES <= columns {
        for start in (0..whole).step_by(LANES) {
            let mut square = [Lanes::ZERO; LANES];
            for (row, lanes) in square.iter_mut().enumerate() {
                // SAFETY: `start + LANES <= k`.
                *lanes = unsafe { load(from.add((column + row) * k + start)) };
            }
            for (row, lanes) in I::transposed(square).into_iter().enumerate() {
                // SAFETY: row `start + row` of the panel exists.
                unsafe { store(to.add((start + row) * COLUMNS + column), lanes) };
            }
        }
        for row in column..column + LANES {
            // SAFETY: these exist.
            unsafe { scatter(from.add(row * k), whole..k, to.add(row)) };
        }
        column += LANES;
    }
    for row in column..COLUMNS {
        // SAFETY: rows below `columns` exist.
        unsafe {
            if row < columns {
                scatter(from.add(row * k), 0..k, to.add(row));
            } else {
                (0..k).for_each(|i| *to.add(i * COLUMNS + row) = 0.0);
            }
        }
    }
}

/// `to[i * COLUMNS] = from[i]`
#[inline(always)]
unsafe fn scatter(from: *const f32, range: std::ops::Range<usize>, to: *mut f32) {
    for i in range {
        // SAFETY: the caller's.
        unsafe { *to.add(i * COLUMNS) = *from.add(i) };
    }
}

/// Packs `rows` rows of a matrix stored as its transpose `[k, stride]`, one after another by `k`.
///
/// # Safety
/// `from` must have them, and a lane of padding at its end; `to` holds `k * rows` floats and a lane.
#[inline(always)]
pub(in super::super) unsafe fn transposed_rows(
    from: *const f32,
    stride: usize,
    rows: usize,
    k: usize,
    to: *mut f32,
) {
    for i in 0..k {
        for lane in (0..rows).step_by(LANES) {
            // SAFETY: what is read and written beyond the rows is overwritten or never read.
            unsafe { store(to.add(i * rows + lane), load(from.add(i * stride + lane))) };
        }
    }
}
