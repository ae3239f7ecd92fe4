//! Lists of what is not 0 in the rows of a matrix.

use std::ops::Range;

use super::super::instruction::Nonzeros;
use super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::team::Part;
use super::super::{Memory, load};

/// If more than one of so many is not 0 in the rows of a part, it makes no more lists.
const ENOUGH_OF: usize = 2;
/// More than any row has: there is no list of it.
const NOT_LISTED: u32 = u32::MAX;

/// Of each row the places and values of what is not 0: first how many, then places, then values.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    start: *mut f32,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Lists {
    /// Floats that lists of so many rows and columns take.
    pub(super) fn len(rows: usize, columns: usize) -> usize {
        Self::offset(rows) + rows * Self::stride(columns)
    }

    /// Where the first list begins.
    fn offset(rows: usize) -> usize {
        rows.next_multiple_of(LANES)
    }

    /// From one list to the next: whole lanes are written, so there is one more.
    fn stride(columns: usize) -> usize {
        2 * (columns + LANES).next_multiple_of(LANES)
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

    /// The places and values of a row.
    ///
    /// # Safety
    /// The row exists.
    #[inline(always)]
    pub(super) unsafe fn of(&self, row: usize) -> (*mut u32, *mut f32) {
        let stride = Self::stride(self.columns);
        // SAFETY: the caller's.
        unsafe {
            let list = self.start.add(Self::offset(self.rows) + row * stride);
            (list.cast(), list.add(stride / 2))
        }
    }

    /// How many elements are not 0, more than there are if some row was not listed.
    #[inline(always)]
    pub(super) fn total(&self) -> u64 {
        // SAFETY: the rows exist.
        (0..self.rows).map(|row| u64::from(unsafe { *self.count(row) })).sum()
    }

    /// Makes lists of columns, in which elements are in the order of rows.
    ///
    /// # Safety
    /// The columns exist, `to` has room for the lists of all, and all rows are listed.
    #[inline(always)]
    pub(super) unsafe fn turn(&self, columns: Range<usize>, to: *mut f32) -> Lists {
        // SAFETY: the caller's; a row's places are columns, and each comes once.
        unsafe {
            let turned = Lists::at(to, self.columns, self.rows);
            std::ptr::write_bytes(turned.count(columns.start), 0, columns.len());
            for row in 0..self.rows {
                let (places, values) = self.of(row);
                let places = std::slice::from_raw_parts(places, *self.count(row) as usize);
                let reach = |end: usize| places.partition_point(|&column| (column as usize) < end);
                for at in reach(columns.start)..reach(columns.end) {
                    let column = places[at] as usize;
                    let count = turned.count(column);
                    let list = turned.of(column);
                    *list.0.add(*count as usize) = row as u32;
                    *list.1.add(*count as usize) = *values.add(at);
                    *count += 1;
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
        let lists = unsafe { Lists::at(memory.slot(lists), rows, columns) };
        let x = memory.slot(x).cast_const();
        let (mut listed, mut seen) = (0, 0);
        for row in part.share(rows, LANES) {
            // SAFETY: the row exists, and is this part's.
            unsafe {
                if listed * ENOUGH_OF > seen {
                    *lists.count(row) = NOT_LISTED;
                } else {
                    seen += columns;
                    listed += list::<I>(lists, x, row);
                }
            }
        }
    }
}

/// Makes the list of a row of `x`, and returns how long it is.
///
/// # Safety
/// It exists.
#[inline(always)]
unsafe fn list<I: Isa>(lists: Lists, x: *const f32, row: usize) -> usize {
    let columns = lists.columns;
    let whole = columns - columns % LANES;
    // SAFETY: the caller's. A list has room for a whole row and one lane more; what is read beyond a
    // row lies in the next one or in the padding.
    unsafe {
        let (x, (places, values)) = (x.add(row * columns), lists.of(row));
        let mut count = 0;
        for start in (0..whole).step_by(LANES) {
            let lanes = load(x.add(start));
            count += I::compress(lanes, start as u32, places.add(count), values.add(count));
        }
        if whole < columns {
            let mut lanes: Lanes = load(x.add(whole));
            lanes.0[columns - whole..].fill(0.0);
            count += I::compress(lanes, whole as u32, places.add(count), values.add(count));
        }
        *lists.count(row) = count as u32;
        count
    }
}
