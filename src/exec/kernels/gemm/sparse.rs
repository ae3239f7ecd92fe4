//! Products of a matrix most of whose elements are 0, as pixels of images are.
//!
//! Of each row there is a list of what is not 0. A row of the result is then the sum of the rows of `b`
//! that its list names: in the same order as in a dense product, so with the same bits, only that 0
//! times infinity is not looked at and a bias of -0 stays if nothing is added.

use std::ops::Range;

use super::super::instruction::{Gemm, Slot};
use super::super::lanes::{Isa, Kernel, LANES, LINE, Lanes};
use super::super::part::Part;
use super::super::{Memory, load, store};
use super::lists::{HalfLists, Lists};
use super::tile::COLUMNS;
use super::{Span, many_rows};

/// Elements from which lists are worth making, and from which sums are worth halving.
pub(super) const WORTH_LISTS: usize = 16 * 1024;
/// A product is sparse if at most one of so many elements is not 0.
const ONE_OF: u64 = 3;
/// Lanes of the result that are summed together.
const WIDTH: usize = 8;
/// Rows of `b` at a time: `WIDTH` lanes of them stay in the first cache.
const BLOCK: usize = 112;

/// Whether a product can be computed by lists, and is large enough.
pub(crate) fn takes_lists(gemm: &Gemm) -> bool {
    let plain = !gemm.transpose_b && gemm.where_positive.is_none();
    let wide = gemm.n >= COLUMNS && gemm.n.is_multiple_of(LANES);
    plain && wide && gemm.m * gemm.k >= WORTH_LISTS
}

/// Floats each part needs: how far it is in each list, a block of `b`, and lists of its own where
/// those of `a` go by its columns.
pub(super) fn scratch(gemm: &Gemm) -> usize {
    turned_at(gemm) + if gemm.transpose_a { Lists::len(gemm.m, gemm.k) } else { 0 }
}

/// Where the block of `b` begins.
fn block_at(gemm: &Gemm) -> usize {
    Slot::padded(gemm.m)
}

/// Where lists of columns begin.
fn turned_at(gemm: &Gemm) -> usize {
    block_at(gemm) + BLOCK.min(gemm.k) * WIDTH * LANES
}

/// Rows of a block: at most [`BLOCK`]. Blocks are as few as they can be, and all about as large.
fn block_rows(k: usize) -> usize {
    k.div_ceil(k.div_ceil(BLOCK).max(1))
}

/// The lists of what is not 0 in `a` as it is stored.
fn lists(gemm: &Gemm, memory: Memory) -> Option<HalfLists> {
    let (rows, columns) = if gemm.transpose_a { (gemm.k, gemm.m) } else { (gemm.m, gemm.k) };
    // SAFETY: `Program::new` checked that there is room.
    gemm.nonzeros.map(|lists| unsafe { HalfLists::at(memory.slot(lists), rows, columns) })
}

/// Whether there are lists and they are short.
pub(super) fn suits(gemm: &Gemm, memory: Memory) -> bool {
    let short = |lists: HalfLists| lists.total() * ONE_OF <= (gemm.m * gemm.k) as u64;
    lists(gemm, memory).is_some_and(short)
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, span: Span, memory: Memory, part: Part) {
    let Some(lists) = lists(gemm, memory) else { return };
    let (mut rows, mut columns) = (0..gemm.m, 0..gemm.n);
    let lists = if gemm.transpose_a {
        // A part lists the columns of `a` whose sums it computes.
        rows = part.share(gemm.m, LINE);
        if rows.is_empty() {
            return;
        }
        // SAFETY: `Program::new` made room for `scratch` floats, and `suits` said that all rows are
        // listed.
        unsafe { lists.turn(rows.clone(), memory.packing.add(turned_at(gemm))) }
    } else if many_rows(gemm) {
        rows = part.share(gemm.m, LINE);
        lists.half(span.half)
    } else {
        columns = part.share(gemm.n, WIDTH * LANES);
        lists.half(span.half)
    };
    let mut column = columns.start;
    while column < columns.end {
        let sums = Sums { gemm, span, memory, lists, rows: (rows.start, rows.end), column };
        let lanes = match (columns.end - column) / LANES {
            WIDTH.. => call::<I, WIDTH>(sums),
            4.. => call::<I, 4>(sums),
            2.. => call::<I, 2>(sums),
            _ => call::<I, 1>(sums),
        };
        column += lanes * LANES;
    }
}

#[inline(always)]
fn call<I: Isa, const V: usize>(sums: Sums) -> usize {
    I::call(Panel::<V>(sums));
    V
}

/// Rows of the result and its columns from `column` on.
#[derive(Clone, Copy)]
struct Sums<'a> {
    gemm: &'a Gemm,
    span: Span,
    memory: Memory,
    lists: Lists,
    rows: (usize, usize),
    column: usize,
}

/// `V` lanes of columns; they exist.
struct Panel<'a, const V: usize>(Sums<'a>);

impl<const V: usize> Kernel for Panel<'_, V> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Sums { gemm, span, memory, .. } = self.0;
        let reached: *mut u32 = memory.packing.cast();
        // SAFETY: `Program::new` made room for `scratch` floats.
        unsafe {
            std::ptr::write_bytes(reached, 0, gemm.m);
            let block = memory.packing.add(block_at(gemm));
            let rows = block_rows(span.len());
            for first in (0..span.len()).step_by(rows) {
                let rows = first..(first + rows).min(span.len());
                self.pack(rows.clone(), block);
                self.add::<I>(rows, block, reached);
            }
        }
    }
}

impl<const V: usize> Panel<'_, V> {
    /// Packs rows of `b`.
    ///
    /// # Safety
    /// They exist, and have room.
    #[inline(always)]
    unsafe fn pack(&self, rows: Range<usize>, block: *mut f32) {
        let Sums { gemm, span, memory, column, .. } = self.0;
        let b = memory.slot(gemm.b).cast_const();
        for (place, row) in rows.enumerate() {
            for v in 0..V {
                // SAFETY: the caller's.
                unsafe {
                    let from = b.add((span.from + row) * gemm.n + column + v * LANES);
                    store(block.add((place * V + v) * LANES), load(from));
                }
            }
        }
    }

    /// Adds to all rows of the result what packed rows of `b` have to add.
    ///
    /// # Safety
    /// They are packed, and `reached` says how far each list was gone through.
    #[inline(always)]
    unsafe fn add<I: Isa>(&self, rows: Range<usize>, block: *const f32, reached: *mut u32) {
        let Sums { gemm, span, memory, lists, rows: of, column } = self.0;
        let first = rows.start == 0;
        let relu = span.relu && rows.end == span.len();
        let mut start = [Lanes::ZERO; V];
        if let Some(bias) = span.bias {
            for (v, lanes) in start.iter_mut().enumerate() {
                // SAFETY: a bias has all columns.
                *lanes = unsafe { load(memory.slot(bias).add(column + v * LANES)) };
            }
        }
        for row in of.0..of.1 {
            // SAFETY: the row exists, and its list names rows of `b`.
            unsafe {
                let out = span.out.add(row * gemm.n + column);
                let mut sums = start;
                if !first {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = load(out.add(v * LANES));
                    }
                }
                let (count, (places, values)) = (*lists.count(row) as usize, lists.of(row));
                let mut at = *reached.add(row) as usize;
                while at < count {
                    let place = *places.add(at) as usize;
                    if place >= rows.end {
                        break;
                    }
                    let (b, x) = (block.add((place - rows.start) * V * LANES), *values.add(at));
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = I::scaled(load(b.add(v * LANES)), x, *sum);
                    }
                    at += 1;
                }
                *reached.add(row) = at as u32;
                for (v, &sum) in sums.iter().enumerate() {
                    store(out.add(v * LANES), if relu { I::relu(sum) } else { sum });
                }
            }
        }
    }
}
