//! Products of a transposed matrix whose results have few columns: the gradients of the last layer's
//! weights.
//!
//! Of a tile's 16 columns most would be computed for nothing, so the transposed result is: its rows
//! are few, its columns many, and the first factor lies as a tile reads its second. Every element is
//! the sum of the same products in the same order.

use super::super::Memory;
use super::super::instruction::Gemm;
use super::super::lanes::Isa;
use super::super::part::Part;
use super::Span;
use super::pack;
use super::tile::{COLUMNS, MOST_ROWS, Tile, tiles};

/// Whether a product is computed by its transpose.
pub(super) fn suits(gemm: &Gemm) -> bool {
    let plain = gemm.bias.is_none() && !gemm.relu && gemm.where_positive.is_none();
    plain && gemm.transpose_a && !gemm.transpose_b && gemm.n < COLUMNS && gemm.m >= 2 * COLUMNS
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, span: Span, memory: Memory, part: Part) {
    let (&Gemm { m, n, .. }, k, out) = (gemm, span.len(), span.out);
    let (a, b) = (memory.slot(gemm.a).cast_const(), memory.slot(gemm.b).cast_const());
    // SAFETY: the span lies within `k`.
    let (a, b) = unsafe { (a.add(span.from * m), b.add(span.from * n)) };
    let zeros = [0.0; COLUMNS];
    let mut sums = [0.0; MOST_ROWS * COLUMNS];
    for column in part.share(m, COLUMNS).step_by(COLUMNS) {
        let width = COLUMNS.min(m - column);
        // SAFETY: columns `column` to `column + width` of `a` exist, `Program::new` made room to
        // pack some, and rows of the result are this part's.
        unsafe {
            let mut panel = (a.add(column), m);
            if width < COLUMNS {
                pack::columns(panel.0, m, width, k, memory.packing);
                panel = (memory.packing.cast_const(), COLUMNS);
            }
            for (row, height) in tiles::<I>(0..n) {
                let tile = Tile {
                    k,
                    a: b.add(row),
                    strides: (1, n),
                    b: panel.0,
                    b_stride: panel.1,
                    b_panel: 0,
                    times: Tile::ONCE,
                    start: (zeros.as_ptr(), 0),
                    out: sums.as_mut_ptr(),
                    stride: COLUMNS,
                    relu: false,
                    where_positive: std::ptr::null(),
                };
                tile.compute::<I>(height, 1);
                for (place, line) in sums.chunks_exact(COLUMNS).take(height).enumerate() {
                    for (i, &sum) in line[..width].iter().enumerate() {
                        *out.add((column + i) * n + row + place) = sum;
                    }
                }
            }
        }
    }
}
