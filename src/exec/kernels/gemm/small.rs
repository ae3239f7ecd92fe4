//! Products of matrices whose rows fit in registers.

use super::super::instruction::Gemm;
use super::super::lanes::{Isa, LANES, Lanes};
use super::super::{Memory, load, store};

/// Rows of the result computed together, so that multiply-adds of one hide another's latency.
const ROWS: usize = 4;

/// A product whose rows fit in two registers.
#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, memory: Memory) {
    let a = memory.slot(gemm.a).cast_const();
    let mut b = memory.slot(gemm.b).cast_const();
    if gemm.transpose_b {
        transpose(b, memory.packing, gemm.n, gemm.k);
        b = memory.packing;
    }
    let bias = match gemm.bias {
        Some(bias) => memory.slot(bias).cast_const(),
        None => std::ptr::null(),
    };
    let strides = if gemm.transpose_a { (1, gemm.m) } else { (gemm.k, 1) };
    let out = memory.slot(gemm.out);
    if gemm.n <= LANES {
        rows::<I, 1>(gemm, strides, a, b, bias, out);
    } else {
        rows::<I, 2>(gemm, strides, a, b, bias, out);
    }
    if let Some(positive) = gemm.where_positive {
        let positive = memory.slot(positive).cast_const();
        for i in (0..gemm.m * gemm.n).step_by(LANES) {
            // SAFETY: both hold the result's floats and a lane of padding.
            unsafe {
                let out = out.add(i);
                store(out, I::where_positive(load(out), load(positive.add(i))));
            }
        }
    }
}

/// `to[j][i] = from[i][j]` of `rows` rows.
#[inline(always)]
fn transpose(from: *const f32, to: *mut f32, rows: usize, columns: usize) {
    for i in 0..rows {
        for j in 0..columns {
            // SAFETY: both hold `rows * columns` floats.
            unsafe { *to.add(j * rows + i) = *from.add(i * columns + j) };
        }
    }
}

/// Computes rows of `V` lanes, in ascending order.
///
/// The lanes of a row that reach beyond its end are overwritten by the next row; those of the last
/// row stay within the slot's padding.
#[inline(always)]
fn rows<I: Isa, const V: usize>(
    gemm: &Gemm,
    (row_stride, column_stride): (usize, usize),
    a: *const f32,
    b: *const f32,
    bias: *const f32,
    out: *mut f32,
) {
    let mut first = [Lanes::ZERO; V];
    if !bias.is_null() {
        for (v, lanes) in first.iter_mut().enumerate() {
            // SAFETY: a bias has `n` floats and its slot a lane of padding.
            *lanes = unsafe { load(bias.add(v * LANES)) };
        }
    }
    let mut row = 0;
    while row + ROWS <= gemm.m {
        // SAFETY: rows `row` to `row + ROWS` exist.
        unsafe {
            let a = a.add(row * row_stride);
            tile::<I, V, ROWS>(gemm, row_stride, column_stride, a, b, first, out.add(row * gemm.n))
        };
        row += ROWS;
    }
    while row < gemm.m {
        // SAFETY: row `row` exists.
        unsafe {
            let a = a.add(row * row_stride);
            tile::<I, V, 1>(gemm, row_stride, column_stride, a, b, first, out.add(row * gemm.n))
        };
        row += 1;
    }
}

/// Computes `R` rows.
///
/// # Safety
/// They must exist in `a` and `out`.
#[inline(always)]
unsafe fn tile<I: Isa, const V: usize, const R: usize>(
    gemm: &Gemm,
    row_stride: usize,
    column_stride: usize,
    a: *const f32,
    b: *const f32,
    first: [Lanes; V],
    out: *mut f32,
) {
    let mut sums = [first; R];
    for k in 0..gemm.k {
        let mut line = [Lanes::ZERO; V];
        for (v, lanes) in line.iter_mut().enumerate() {
            // SAFETY: row `k` of `b` exists; its last lanes reach into the slot's padding.
            *lanes = unsafe { load(b.add(k * gemm.n + v * LANES)) };
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: element `(r, k)` of `a` exists.
            let factor = Lanes::splat(unsafe { *a.add(r * row_stride + k * column_stride) });
            for (sum, line) in sums.iter_mut().zip(line) {
                *sum = factor.mul_add::<I>(line, *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (v, &sum) in sums.iter().enumerate() {
            let sum = if gemm.relu { I::relu(sum) } else { sum };
            // SAFETY: see `rows`.
            unsafe { store(out.add(r * gemm.n + v * LANES), sum) };
        }
    }
}
