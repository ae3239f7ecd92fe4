//! Products of a matrix most of whose elements are 0, as pixels of images are.
//!
//! First lists are made of what is not 0 in each row. A row of the result is then the sum of the rows
//! of `b` that its list names: in the same order as in a dense product, so with the same bits, only
//! that 0 times infinity is not looked at.

use std::ops::Range;

use super::super::instruction::{Gemm, Slot};
use super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::team::Part;
use super::super::{Memory, load, store};

/// Elements from which lists are worth making.
const WORTH_LISTS: usize = 16 * 1024;
/// A product is sparse if at most one of so many elements is not 0.
const ONE_OF: u64 = 3;
/// And if more than one of so many is not 0 in the rows of a part, it makes no more lists.
const ENOUGH_OF: usize = 2;
/// More than any row has: there is no list of it.
const NOT_LISTED: u32 = u32::MAX;
/// Lanes of the result that are summed together.
const WIDTH: usize = 8;
/// Rows of `b` at a time: `WIDTH` lanes of them stay in the first cache.
const BLOCK: usize = 112;

/// Floats of room for the lists of a product's first factor, if it can be computed by them.
pub(crate) fn lists_len(gemm: &Gemm) -> Option<usize> {
    let plain = !gemm.transpose_b && gemm.where_positive.is_none();
    let fits = plain && gemm.n.is_multiple_of(LANES) && gemm.m * gemm.k >= WORTH_LISTS;
    fits.then(|| Lists::offset(gemm.m) + gemm.m * Lists::stride(gemm.k))
}

/// Floats each part needs: how far it is in each list, and a block of `b`.
pub(super) fn scratch(gemm: &Gemm) -> usize {
    Slot::padded(gemm.m) + block_rows(gemm.k) * WIDTH * LANES
}

/// Blocks are as many as they must be, and all about as large.
fn block_rows(k: usize) -> usize {
    k.div_ceil(k.div_ceil(BLOCK).max(1))
}

/// Of each row the places and values of what is not 0: first how many, then places, then values.
#[derive(Clone, Copy)]
struct Lists {
    start: *mut f32,
    rows: usize,
    k: usize,
}

impl Lists {
    /// Where the first list begins.
    fn offset(rows: usize) -> usize {
        rows.next_multiple_of(LANES)
    }

    /// From one list to the next: whole lanes are written, so there is one more.
    fn stride(k: usize) -> usize {
        2 * (k + LANES).next_multiple_of(LANES)
    }

    /// How many elements of a row are not 0.
    ///
    /// # Safety
    /// The row exists.
    #[inline(always)]
    unsafe fn count(&self, row: usize) -> *mut u32 {
        // SAFETY: the caller's.
        unsafe { self.start.cast::<u32>().add(row) }
    }

    /// The places and values of a row.
    ///
    /// # Safety
    /// The row exists.
    #[inline(always)]
    unsafe fn of(&self, row: usize) -> (*mut u32, *mut f32) {
        let stride = Self::stride(self.k);
        // SAFETY: the caller's.
        unsafe {
            let list = self.start.add(Self::offset(self.rows) + row * stride);
            (list.cast(), list.add(stride / 2))
        }
    }
}

fn lists(gemm: &Gemm, memory: Memory) -> Option<Lists> {
    let start = memory.slot(gemm.nonzeros?);
    Some(Lists { start, rows: gemm.m, k: gemm.k })
}

/// Makes the lists of a part's rows.
pub(in super::super) struct MakeLists<'a> {
    pub(in super::super) gemm: &'a Gemm,
    pub(in super::super) memory: Memory,
    pub(in super::super) part: Part<'a>,
}

impl Kernel for MakeLists<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let MakeLists { gemm, memory, part } = self;
        let Some(lists) = lists(gemm, memory) else { return };
        let a = memory.slot(gemm.a).cast_const();
        let (mut listed, mut seen) = (0, 0);
        for row in part.share(gemm.m, LANES).step_by(LANES) {
            let rows = row..(row + LANES).min(gemm.m);
            // SAFETY: the rows exist, and are this part's.
            unsafe {
                if listed * ENOUGH_OF > seen {
                    rows.for_each(|row| *lists.count(row) = NOT_LISTED);
                    continue;
                }
                seen += rows.len() * gemm.k;
                listed += if gemm.transpose_a {
                    of_columns::<I>(lists, a, rows)
                } else {
                    rows.map(|row| of_row::<I>(lists, a, row)).sum::<usize>()
                };
            }
        }
    }
}

/// Makes the list of a row of `a`, and returns how long it is.
///
/// # Safety
/// It exists.
#[inline(always)]
unsafe fn of_row<I: Isa>(lists: Lists, a: *const f32, row: usize) -> usize {
    let k = lists.k;
    let whole = k - k % LANES;
    // SAFETY: the caller's. A list has room for a whole row and one lane more; what is read beyond a
    // row lies in the next one or in the padding.
    unsafe {
        let (a, (places, values)) = (a.add(row * k), lists.of(row));
        let mut count = 0;
        for start in (0..whole).step_by(LANES) {
            let x = load(a.add(start));
            count += I::compress(x, start as u32, places.add(count), values.add(count));
        }
        if whole < k {
            let mut x = load(a.add(whole));
            x.0[k - whole..].fill(0.0);
            count += I::compress(x, whole as u32, places.add(count), values.add(count));
        }
        *lists.count(row) = count as u32;
        count
    }
}

/// Makes the lists of some rows, at most [`LANES`], of a matrix that is stored as its transpose, and
/// returns how long they are together.
///
/// # Safety
/// They exist.
#[inline(always)]
unsafe fn of_columns<I: Isa>(lists: Lists, a: *const f32, rows: Range<usize>) -> usize {
    let (k, stride) = (lists.k, lists.rows);
    let mut counts = [0; LANES];
    for start in (0..k).step_by(LANES) {
        let mut square = [Lanes::ZERO; LANES];
        for (i, lanes) in square[..LANES.min(k - start)].iter_mut().enumerate() {
            // SAFETY: as in `of_row`.
            *lanes = unsafe { load(a.add((start + i) * stride + rows.start)) };
        }
        let square = I::transposed(square);
        for ((row, count), x) in rows.clone().zip(&mut counts).zip(square) {
            // SAFETY: as in `of_row`.
            unsafe {
                let (places, values) = lists.of(row);
                *count += I::compress(x, start as u32, places.add(*count), values.add(*count));
            }
        }
    }
    for (row, count) in rows.zip(counts) {
        // SAFETY: the caller's.
        unsafe { *lists.count(row) = count as u32 };
    }
    counts.into_iter().sum()
}

/// Whether there are lists and they are short.
pub(super) fn suits(gemm: &Gemm, memory: Memory) -> bool {
    lists(gemm, memory).is_some_and(|lists| {
        // SAFETY: the rows exist; their lists were made before.
        let count = |row| u64::from(unsafe { *lists.count(row) });
        (0..gemm.m).map(count).sum::<u64>() * ONE_OF <= (gemm.m * gemm.k) as u64
    })
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, memory: Memory, part: Part) {
    let Some(lists) = lists(gemm, memory) else { return };
    let share = part.share(gemm.n, WIDTH * LANES);
    let mut column = share.start;
    while column < share.end {
        let sums = Sums { gemm, memory, lists, column };
        let lanes = match (share.end - column) / LANES {
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

/// Columns of the result from `column` on.
#[derive(Clone, Copy)]
struct Sums<'a> {
    gemm: &'a Gemm,
    memory: Memory,
    lists: Lists,
    column: usize,
}

/// `V` lanes of columns; they exist.
struct Panel<'a, const V: usize>(Sums<'a>);

impl<const V: usize> Kernel for Panel<'_, V> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Sums { gemm, memory, .. } = self.0;
        let reached: *mut u32 = memory.packing.cast();
        // SAFETY: `Program::new` made room for `scratch` floats.
        unsafe {
            std::ptr::write_bytes(reached, 0, gemm.m);
            let block = memory.packing.add(Slot::padded(gemm.m));
            let rows = block_rows(gemm.k);
            for first in (0..gemm.k).step_by(rows) {
                let rows = first..(first + rows).min(gemm.k);
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
        let Sums { gemm, memory, column, .. } = self.0;
        let b = memory.slot(gemm.b).cast_const();
        for (place, row) in rows.enumerate() {
            for v in 0..V {
                // SAFETY: the caller's.
                unsafe {
                    let from = b.add(row * gemm.n + column + v * LANES);
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
        let Sums { gemm, memory, lists, column } = self.0;
        let out = memory.slot(gemm.out);
        let first = rows.start == 0;
        let relu = gemm.relu && rows.end == gemm.k;
        let mut start = [Lanes::ZERO; V];
        if let Some(bias) = gemm.bias {
            for (v, lanes) in start.iter_mut().enumerate() {
                // SAFETY: a bias has all columns.
                *lanes = unsafe { load(memory.slot(bias).add(column + v * LANES)) };
            }
        }
        for row in 0..gemm.m {
            // SAFETY: the row exists, and its list names rows of `b`.
            unsafe {
                let out = out.add(row * gemm.n + column);
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
