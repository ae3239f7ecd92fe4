//! Products of a matrix most of whose elements are 0, as pixels of images are.
//!
//! Of each row there is a list of what is not 0. A row of the result is then the sum of the rows of `b`
//! that its list names: in the same order as in a dense product, so with the same bits, only that 0
//! times infinity is not looked at and a bias of -0 stays if nothing is added.

use std::marker::PhantomData;
use std::ops::Range;

use super::super::Memory;
use super::super::instruction::{Gemm, Slot};
use super::super::lanes::{Entry, Floats, Isa, Kernel, LANES, LINE, Several};
use super::super::part::Part;
use super::lists::{HalfLists, Lists};
use super::tile::COLUMNS;
use super::{Span, many_rows};

/// Elements from which lists are worth making, and from which sums are worth halving.
pub(super) const WORTH_LISTS: usize = 16 * 1024;
/// A product is sparse if at most one of so many elements is not 0.
const ONE_OF: u64 = 3;
/// Registers of sums of a row of the result: as many as hide how long an addition takes.
const WIDTH: usize = 8;
/// Floats of `b` that are packed at a time: they stay in the first cache.
const BLOCK: usize = 7 * 1024;

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
    block_at(gemm) + BLOCK
}

/// Rows of a block of `columns` columns: no more than it has room for. Blocks are as few as they can be,
/// and all about as large.
fn block_rows(k: usize, columns: usize) -> usize {
    k.div_ceil(k.div_ceil(BLOCK / columns).max(1))
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
        columns = part.share(gemm.n, WIDTH * I::Register::COUNT);
        lists.half(span.half)
    };
    let mut column = columns.start;
    while column < columns.end {
        let sums = Sums { gemm, span, memory, lists, rows: (rows.start, rows.end), column };
        column += match (columns.end - column) / I::Register::COUNT {
            WIDTH.. => call::<I, I::Register, WIDTH>(sums),
            4.. => call::<I, I::Register, 4>(sums),
            2.. => call::<I, I::Register, 2>(sums),
            1 => call::<I, I::Register, 1>(sums),
            _ => call::<I, Several<I, 1>, 1>(sums),
        };
    }
}

/// Computes some columns, and returns how many.
#[inline(always)]
fn call<I: Isa, F: Floats, const V: usize>(sums: Sums) -> usize {
    I::call(Panel::<F, V>(sums, PhantomData));
    V * F::COUNT
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

/// `V` registers of columns; they exist.
struct Panel<'a, F, const V: usize>(Sums<'a>, PhantomData<F>);

impl<F: Floats, const V: usize> Kernel for Panel<'_, F, V> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Sums { gemm, span, memory, .. } = self.0;
        let reached: *mut u32 = memory.packing.cast();
        // SAFETY: `Program::new` made room for `scratch` floats.
        unsafe {
            std::ptr::write_bytes(reached, 0, gemm.m);
            let block = memory.packing.add(block_at(gemm));
            let rows = block_rows(span.len(), V * F::COUNT);
            for first in (0..span.len()).step_by(rows) {
                let rows = first..(first + rows).min(span.len());
                self.pack(rows.clone(), block);
                self.add(rows, block, reached);
            }
        }
    }
}

impl<F: Floats, const V: usize> Panel<'_, F, V> {
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
                    let from = b.add((span.from + row) * gemm.n + column + v * F::COUNT);
                    F::load(from).store(block.add((place * V + v) * F::COUNT));
                }
            }
        }
    }

    /// Adds to all rows of the result what packed rows of `b` have to add.
    ///
    /// # Safety
    /// They are packed, and `reached` says how far each list was gone through.
    #[inline(always)]
    unsafe fn add(&self, rows: Range<usize>, block: *const f32, reached: *mut u32) {
        let Sums { gemm, span, memory, lists, rows: of, column } = self.0;
        let first = rows.start == 0;
        let relu = span.relu && rows.end == span.len();
        let zeros = [0.0; COLUMNS];
        // SAFETY: no register is longer.
        let mut start = [unsafe { F::load(zeros.as_ptr()) }; V];
        if let Some(bias) = span.bias {
            for (v, line) in start.iter_mut().enumerate() {
                // SAFETY: a bias has all columns.
                *line = unsafe { F::load(memory.slot(bias).add(column + v * F::COUNT)) };
            }
        }
        for row in of.0..of.1 {
            // SAFETY: the row exists, and its list names rows of `b`.
            unsafe {
                let out = span.out.add(row * gemm.n + column);
                let mut sums = start;
                if !first {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = F::load(out.add(v * F::COUNT));
                    }
                }
                let (count, list) = (*lists.count(row) as usize, lists.of(row));
                let mut at = *reached.add(row) as usize;
                while at < count {
                    let Entry { place, value } = *list.add(at);
                    let place = place as usize;
                    if place >= rows.end {
                        break;
                    }
                    let b = block.add((place - rows.start) * V * F::COUNT);
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = F::load(b.add(v * F::COUNT)).scaled(value, *sum);
                    }
                    at += 1;
                }
                *reached.add(row) = at as u32;
                for (v, &sum) in sums.iter().enumerate() {
                    let sum = if relu { sum.relu() } else { sum };
                    sum.store(out.add(v * F::COUNT));
                }
            }
        }
    }
}
