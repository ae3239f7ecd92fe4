//! Lists of what is not 0 in the rows of a matrix, one for each half of a row.

use std::ops::Range;

use super::super::instruction::Nonzeros;
use super::super::lanes::{Entry, Floats, Isa, Kernel, LANES, LINE, Lanes};
use super::super::part::Part;
use super::super::{Memory, load};
use super::halves::middle_pixel;

/// If more than one of so many is not 0 in the first rows of some, the others have no lists.
const ENOUGH_OF: usize = 2;
/// That many first rows of [`LINE`], which are one part's: so it does not depend on how many parts
/// there are.
const FIRST: usize = 4;
/// More than any row has: there is no list of it.
const NOT_LISTED: u32 = u32::MAX;

/// Of each row of a matrix what is not 0: first how many of all rows, then each row's.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    start: *mut f32,
    rows: usize,
    columns: usize,
}

impl Lists {
    /// Floats that lists of so many rows and columns take.
    pub(super) fn len(rows: usize, columns: usize) -> usize {
        Self::offset(rows) + rows * Self::stride(columns)
    }

    /// Where the first list begins.
    fn offset(rows: usize) -> usize {
        rows.next_multiple_of(LINE)
    }

    /// From one list to the next: whole registers are written, so there is a line more. An odd number of
    /// lines, so that ends of many lists find different places in the first cache.
    fn stride(columns: usize) -> usize {
        (2 * (columns + LINE)).next_multiple_of(LINE) | LINE
    }

    /// Lists at a place that has room for them.
    ///
    /// # Safety
    /// It has, and they are made before they are read.
    pub(super) unsafe fn at(start: *mut f32, rows: usize, columns: usize) -> Self {
        Lists { start, rows, columns }
    }

    /// How many elements of a row are not 0.
    ///
    /// # Safety
    /// The row exists.
    #[inline(always)]
    pub(super) unsafe fn count(&self, row: usize) -> *mut u32 {
        // SAFETY: the caller's.
        unsafe { self.start.cast::<u32>().add(row) }
    }

    /// The list of a row.
    ///
    /// # Safety
    /// The row exists.
    #[inline(always)]
    pub(super) unsafe fn of(&self, row: usize) -> *mut Entry {
        let at = Self::offset(self.rows) + row * Self::stride(self.columns);
        // SAFETY: the caller's.
        unsafe { self.start.add(at).cast() }
    }
}

/// Lists of the first half of each row, and of the second, which is empty if rows are not halved.
#[derive(Clone, Copy)]
pub(super) struct HalfLists {
    halves: [Lists; 2],
    middle: usize,
}

impl HalfLists {
    /// Floats that lists of so many rows and columns take.
    pub(super) fn len(rows: usize, columns: usize) -> usize {
        let middle = middle_pixel(rows, columns);
        Lists::len(rows, middle) + Lists::len(rows, columns - middle)
    }

    /// Lists at a place that has room for them.
    ///
    /// # Safety
    /// It has, and they are made before they are read.
    pub(super) unsafe fn at(start: *mut f32, rows: usize, columns: usize) -> Self {
        let middle = middle_pixel(rows, columns);
        // SAFETY: the caller's.
        unsafe {
            let second = start.add(Lists::len(rows, middle));
            let second = Lists::at(second, rows, columns - middle);
            HalfLists { halves: [Lists::at(start, rows, middle), second], middle }
        }
    }

    /// The lists of a half.
    pub(super) fn half(&self, half: usize) -> Lists {
        self.halves[half]
    }

    /// How many elements are not 0, more than there are if some row was not listed.
    #[inline(always)]
    pub(super) fn total(&self) -> u64 {
        // SAFETY: the rows exist.
        let count = |of: &Lists, row| u64::from(unsafe { *of.count(row) });
        let total = |of: &Lists| (0..of.rows).map(|row| count(of, row)).sum::<u64>();
        self.halves.iter().map(total).sum()
    }

    /// Makes lists of columns, in which elements are in the order of rows.
    ///
    /// # Safety
    /// The columns exist, `to` has room for the lists of all, and all rows are listed.
    #[inline(always)]
    pub(super) unsafe fn turn(&self, columns: Range<usize>, to: *mut f32) -> Lists {
        let [first, second] = &self.halves;
        // SAFETY: the caller's; a row's places are columns, and each comes once.
        unsafe {
            let turned = Lists::at(to, first.columns + second.columns, first.rows);
            std::ptr::write_bytes(turned.count(columns.start), 0, columns.len());
            for (half, start) in [(first, 0), (second, self.middle)] {
                let end = start + half.columns;
                if columns.start >= end || columns.end <= start {
                    continue;
                }
                for row in 0..half.rows {
                    let count = *half.count(row) as usize;
                    let list = std::slice::from_raw_parts(half.of(row), count);
                    let column = |of: &Entry| start + of.place as usize;
                    let reach = |end: usize| list.partition_point(|of| column(of) < end);
                    for of in &list[reach(columns.start)..reach(columns.end)] {
                        let (count, turned) = (turned.count(column(of)), turned.of(column(of)));
                        *turned.add(*count as usize) = Entry { place: row as u32, value: of.value };
                        *count += 1;
                    }
                }
            }
            turned
        }
    }
}

/// Makes the lists of a part's rows.
pub(in super::super) struct MakeLists<'a> {
    pub(in super::super) nonzeros: &'a Nonzeros,
    pub(in super::super) memory: Memory,
    pub(in super::super) part: Part<'a>,
}

impl Kernel for MakeLists<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let MakeLists { nonzeros: &Nonzeros { x, rows, columns, lists }, memory, part } = self;
        // SAFETY: `Program::new` checked that there is room.
        let lists = unsafe { HalfLists::at(memory.slot(lists), rows, columns) };
        let x = memory.slot(x).cast_const();
        // SAFETY: the second half begins in the middle, and no other part has these rows of a half.
        unsafe {
            if lists.middle == columns {
                make::<I>(lists.half(0), x, columns, part.share(rows, LINE));
                make::<I>(lists.half(1), x, columns, part.share(rows, LINE));
                return;
            }
            for (half, part) in part.of_two() {
                let x = x.add(half * lists.middle);
                make::<I>(lists.half(half), x, columns, part.share(rows, LINE));
            }
        }
    }
}

/// Makes the lists of some rows, the first of all of which is at `x`; they are `stride` apart.
///
/// # Safety
/// The rows exist, and are this part's.
#[inline(always)]
unsafe fn make<I: Isa>(lists: Lists, x: *const f32, stride: usize, rows: Range<usize>) {
    let (mut listed, mut seen) = (0, 0);
    for row in rows {
        if row.is_multiple_of(LINE) {
            (listed, seen) = (0, 0);
        }
        // SAFETY: the caller's.
        unsafe {
            if row % LINE >= FIRST && listed * ENOUGH_OF > seen {
                *lists.count(row) = NOT_LISTED;
            } else {
                seen += lists.columns;
                listed += list::<I>(lists, x.add(row * stride), row);
            }
        }
    }
}

/// Makes the list of a row, which lies at `x`, and returns how long it is.
///
/// # Safety
/// It exists.
#[inline(always)]
unsafe fn list<I: Isa>(lists: Lists, x: *const f32, row: usize) -> usize {
    let columns = lists.columns;
    // SAFETY: the caller's. A list has room for a whole row and one register more; what is read beyond a
    // row lies in the next one or in the padding.
    unsafe {
        let (list, mut at, mut count) = (lists.of(row), 0, 0);
        while columns - at >= I::Register::COUNT {
            count += I::Register::load(x.add(at)).compress(at as u32, list.add(count));
            at += I::Register::COUNT;
        }
        while at < columns {
            let mut lanes: Lanes = load(x.add(at));
            if columns - at < LANES {
                lanes.0[columns - at..].fill(0.0);
            }
            count += I::compress(lanes, at as u32, list.add(count));
            at += LANES;
        }
        *lists.count(row) = count as u32;
        count
    }
}
