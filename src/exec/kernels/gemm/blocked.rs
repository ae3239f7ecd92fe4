//! Products of matrices too large for registers.
//!
//! The result is computed in tiles of 6 rows and 16 columns, whose 12 sums stay in registers from
//! the first product to the last: Goto and van de Geijn 2008, without their outer loops, for the
//! matrices of a batch fit in the second cache. Every element is the sum of its products in
//! ascending order, whatever thread computes it.

use super::super::Memory;
use super::super::instruction::Gemm;
use super::super::lanes::{Isa, LANES};
use super::super::part::Part;
use super::pack;
use super::tile::{COLUMNS, ROWS, Tile};
use super::{Span, many_rows};

/// Floats of packed columns that are used before the next are packed: a quarter of the second cache.
const GROUP: usize = 32 * 1024;

/// Floats each part needs to rearrange matrices in.
pub(super) fn scratch(gemm: &Gemm) -> usize {
    group(gemm) * gemm.k * COLUMNS + packed_rows(gemm)
}

/// Panels of columns that are packed at a time.
fn group(gemm: &Gemm) -> usize {
    (GROUP / (gemm.k * COLUMNS)).clamp(1, gemm.n.div_ceil(COLUMNS))
}

/// Floats for packed rows, and one lane more.
fn packed_rows(gemm: &Gemm) -> usize {
    (ROWS * gemm.k + LANES).next_multiple_of(LANES)
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, span: Span, memory: Memory, part: Part) {
    let panels = gemm.n.div_ceil(COLUMNS);
    // A part packs what it reads. Of columns each then packs its own; rows are worth more where the
    // columns are few, where `a` must be packed too, and where rows are many: the next product then
    // reads what the part wrote.
    let (rows, panels) = if gemm.transpose_a || panels < 2 * part.count || many_rows(gemm) {
        (part.share(gemm.m, ROWS), 0..panels)
    } else {
        (0..gemm.m, part.share(panels, 1))
    };
    if rows.is_empty() {
        return;
    }
    let (a, b) = (memory.slot(gemm.a).cast_const(), memory.slot(gemm.b).cast_const());
    let from = if gemm.transpose_a { span.from * gemm.m } else { span.from };
    // SAFETY: the span lies within `k`; if it is not the whole, `b` is not transposed.
    let (a, b) = unsafe { (a.add(from), b.add(span.from * gemm.n)) };
    let (bias, out) = (span.bias.map(|bias| memory.slot(bias).cast_const()), span.out);
    let positive = gemm.where_positive.map(|y| memory.slot(y).cast_const());
    let packed_rows = packed_rows(gemm);
    let packed_a = memory.packing;
    let k = span.len();
    let mut first = panels.start;
    while first < panels.end {
        let count = group(gemm).min(panels.end - first);
        // SAFETY: `Program::new` made room for `scratch` floats.
        let packed_b = unsafe { packed_a.add(packed_rows) };
        for panel in 0..count {
            let column = (first + panel) * COLUMNS;
            let width = COLUMNS.min(gemm.n - column);
            // SAFETY: columns `column` to `column + width` exist, and the panel has its place.
            unsafe {
                let to = packed_b.add(panel * k * COLUMNS);
                if gemm.transpose_b {
                    pack::transposed_columns::<I>(b.add(column * k), width, k, to);
                } else {
                    pack::columns(b.add(column), gemm.n, width, k, to);
                }
            }
        }
        for row in rows.clone().step_by(ROWS) {
            let height = ROWS.min(rows.end - row);
            // SAFETY: rows `row` to `row + height` exist, and six have their place.
            let (a, strides) = unsafe {
                if gemm.transpose_a {
                    pack::transposed_rows(a.add(row), gemm.m, k, packed_a);
                    (packed_a.cast_const(), (1, ROWS))
                } else {
                    (a.add(row * gemm.k), (gemm.k, 1))
                }
            };
            for panel in 0..count {
                let column = (first + panel) * COLUMNS;
                let width = COLUMNS.min(gemm.n - column);
                // SAFETY: as above.
                unsafe {
                    let b = packed_b.add(panel * k * COLUMNS);
                    let place = row * gemm.n + column;
                    let mut start = [0.0; COLUMNS];
                    if let Some(bias) = bias {
                        std::ptr::copy_nonoverlapping(bias.add(column), start.as_mut_ptr(), width);
                    }
                    let tile = Tile {
                        k,
                        a,
                        strides,
                        b,
                        b_stride: COLUMNS,
                        times: Tile::ONCE,
                        start: (start.as_ptr(), 0),
                        out: out.add(place),
                        stride: gemm.n,
                        relu: span.relu,
                        where_positive: positive.map_or(std::ptr::null(), |y| y.add(place)),
                    };
                    if width == COLUMNS {
                        tile.compute::<I>(height);
                    } else {
                        tile.compute_beside_others::<I>(height, width);
                    }
                }
            }
        }
        first += count;
    }
}
