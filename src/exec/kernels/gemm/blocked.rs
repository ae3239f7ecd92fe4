//! Products of matrices too large for registers.
//!
//! The result is computed in tiles of some rows and 16 columns, whose sums stay in registers from
//! the first product to the last: Goto and van de Geijn 2008, without their outer loops, for the
//! matrices of a batch fit in the second cache. Every element is the sum of its products in
//! ascending order, whatever thread computes it.

use std::ops::Range;

use super::super::Memory;
use super::super::instruction::Gemm;
use super::super::lanes::{Isa, LANES, LINE};
use super::super::part::Part;
use super::pack;
use super::tile::{COLUMNS, MOST_PANELS, MOST_ROWS, Tile, tiles_of};
use super::{Span, many_rows};

/// Floats of packed columns that are used before the next are packed: they stay in the second cache.
const GROUP: usize = 64 * 1024;
/// Floats of a page.
const PAGE: usize = 1024;
/// Rows that are computed by one part before others may take the next.
const PIECE: usize = 96;

/// Floats each part needs to rearrange matrices in.
pub(super) fn scratch(gemm: &Gemm) -> usize {
    group(gemm) * gemm.k * COLUMNS + packed_rows(gemm)
}

/// Whether panels are read where they lie: of matrices that stay in the second cache, by tiles so high
/// that a panel is gone through a few times only.
fn lie_well<I: Isa>(gemm: &Gemm) -> bool {
    let whole = gemm.n.is_multiple_of(COLUMNS) && gemm.n * gemm.k <= GROUP;
    I::ROWS >= 12 && whole && !gemm.transpose_b
}

/// Panels of columns that are packed at a time.
fn group(gemm: &Gemm) -> usize {
    (GROUP / (gemm.k * COLUMNS)).clamp(1, gemm.n.div_ceil(COLUMNS))
}

/// Floats for packed rows, and one lane more.
fn packed_rows(gemm: &Gemm) -> usize {
    (MOST_ROWS * gemm.k + LANES).next_multiple_of(LINE)
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, span: Span, memory: Memory, part: Part) {
    let product = Product { gemm, span, memory };
    let (panels, group) = (gemm.n.div_ceil(COLUMNS), group(gemm));
    // A part packs what it reads. Of columns each then packs its own; rows are worth more where the
    // columns are few, where `a` must be packed too, and where rows are many: the next product then
    // reads what the part wrote.
    let by_rows = gemm.transpose_a || panels < 2 * part.count || many_rows(gemm);
    if !by_rows {
        for panels in part.pieces(panels, 1, group) {
            product.pack::<I>(panels.clone());
            // Of panels that lie where they are those of a tile are gone through by all rows first: so they
            // come from the second cache once.
            let together = if lie_well::<I>(gemm) { I::PANELS } else { panels.len() };
            for first in panels.clone().step_by(together) {
                product.multiply::<I>(0..gemm.m, first..panels.end.min(first + together));
            }
        }
    } else if panels <= group {
        product.pack::<I>(0..panels);
        for rows in part.pieces(gemm.m, I::ROWS_UNIT, PIECE) {
            product.multiply::<I>(rows, 0..panels);
        }
    } else {
        let rows = part.share(gemm.m, I::ROWS_UNIT);
        for first in (0..panels).step_by(group) {
            let panels = first..panels.min(first + group);
            product.pack::<I>(panels.clone());
            product.multiply::<I>(rows.clone(), panels);
        }
    }
}

/// A product, or some of its sums.
#[derive(Clone, Copy)]
struct Product<'a> {
    gemm: &'a Gemm,
    span: Span,
    memory: Memory,
}

impl Product<'_> {
    /// Where packed rows of `a` are, and then panels of `b`.
    #[inline(always)]
    fn packed(self) -> (*mut f32, *mut f32) {
        let rows = self.memory.packing;
        // SAFETY: `Program::new` made room for `scratch` floats.
        (rows, unsafe { rows.add(packed_rows(self.gemm)) })
    }

    /// Packs panels of columns, as many as there is room for, unless they are read where they lie.
    #[inline(always)]
    fn pack<I: Isa>(self, panels: Range<usize>) {
        if lie_well::<I>(self.gemm) {
            return;
        }
        let (&Gemm { n, transpose_b, .. }, k) = (self.gemm, self.span.len());
        let b = self.memory.slot(self.gemm.b).cast_const();
        for (place, panel) in panels.enumerate() {
            let column = panel * COLUMNS;
            let width = COLUMNS.min(n - column);
            // SAFETY: columns `column` to `column + width` exist, and the panel has its place. The span
            // lies within `k`; if it is not the whole, `b` is not transposed.
            unsafe {
                let b = b.add(self.span.from * n);
                let to = self.packed().1.add(place * k * COLUMNS);
                if transpose_b {
                    pack::transposed_columns::<I>(b.add(column * k), width, k, to);
                } else {
                    pack::columns(b.add(column), n, width, k, to);
                }
            }
        }
    }

    /// Computes these rows of the panels, which were packed.
    #[inline(always)]
    fn multiply<I: Isa>(self, rows: Range<usize>, panels: Range<usize>) {
        let Product { gemm, span, memory } = self;
        let &Gemm { m, n, transpose_a, .. } = gemm;
        let a = memory.slot(gemm.a).cast_const();
        let bias = span.bias.map(|bias| memory.slot(bias).cast_const());
        let positive = gemm.where_positive.map(|y| memory.slot(y).cast_const());
        let k = span.len();
        let (packed_a, packed_b) = self.packed();
        // Where the first panel is, from one row of it to the next, and from one panel to the next.
        let (b, b_stride, b_panel) = if lie_well::<I>(gemm) {
            // SAFETY: the span lies within `k`, and `b` has these columns.
            let b = unsafe { memory.slot(gemm.b).add(span.from * n + panels.start * COLUMNS) };
            (b, n, COLUMNS)
        } else {
            (packed_b, COLUMNS, k * COLUMNS)
        };
        // Rows that lie pages apart fall on the same places of the first cache, which has eight or more.
        let conflicts = !transpose_a && gemm.k.is_multiple_of(PAGE);
        let most = if conflicts { I::ROWS.min(8) } else { I::ROWS };
        for (row, height) in tiles_of::<I>(rows, most) {
            // SAFETY: rows `row` to `row + height` exist, and have their place.
            let (a, strides) = unsafe {
                if transpose_a {
                    pack::transposed_rows(a.add(span.from * m + row), m, height, k, packed_a);
                    (packed_a.cast_const(), (1, height))
                } else {
                    (a.add(row * gemm.k + span.from), (gemm.k, 1))
                }
            };
            let mut panel = panels.start;
            while panel < panels.end {
                let (place, column) = (panel - panels.start, panel * COLUMNS);
                // Panels that are whole are computed together.
                let together = I::PANELS.min(panels.end - panel).min((n - column) / COLUMNS);
                let width = (together.max(1) * COLUMNS).min(n - column);
                panel += together.max(1);
                // SAFETY: as above.
                unsafe {
                    let at = row * n + column;
                    let mut start = [0.0; MOST_PANELS * COLUMNS];
                    if let Some(bias) = bias {
                        std::ptr::copy_nonoverlapping(bias.add(column), start.as_mut_ptr(), width);
                    }
                    let tile = Tile {
                        k,
                        a,
                        strides,
                        b: b.add(place * b_panel),
                        b_stride,
                        b_panel,
                        times: Tile::ONCE,
                        start: (start.as_ptr(), 0),
                        out: span.out.add(at),
                        stride: n,
                        relu: span.relu,
                        where_positive: positive.map_or(std::ptr::null(), |y| y.add(at)),
                    };
                    match together {
                        0 => tile.compute_beside_others::<I>(height, width),
                        _ => tile.compute::<I>(height, together),
                    }
                }
            }
        }
    }
}
