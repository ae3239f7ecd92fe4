//! The innermost loop of products: some rows of a result by one or two panels of 16 columns, whose sums
//! stay in registers.
//!
//! How many, an instruction set says: of 16 registers of eight floats 6 rows of a panel take 12 for sums,
//! two for `b` and one for `a`; of 32 of sixteen floats 12 rows of two panels take 24, two and one.

use std::ops::Range;

use super::super::lanes::{Floats, Isa, Kernel, LANES};

/// Columns of a panel: a line.
pub(in super::super) const COLUMNS: usize = 2 * LANES;
/// Rows of a tile, at most, and its panels.
pub(in super::super) const MOST_ROWS: usize = 12;
pub(in super::super) const MOST_PANELS: usize = 2;

/// Divides rows into tiles, as few as can be and about as high as each other: where each begins, and
/// how many rows it has.
#[inline(always)]
pub(in super::super) fn tiles<I: Isa>(rows: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    tiles_of::<I>(rows, I::ROWS)
}

/// As [`tiles`], of at most so many rows.
#[inline(always)]
pub(in super::super) fn tiles_of<I: Isa>(
    rows: Range<usize>,
    most: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let height = match rows.len().div_ceil(most) {
        0 => most,
        count => rows.len().div_ceil(count).next_multiple_of(I::ROWS_UNIT),
    };
    rows.clone().step_by(height).map(move |row| (row, height.min(rows.end - row)))
}

/// A tile of the result and where its factors are.
#[derive(Clone, Copy)]
pub(in super::super) struct Tile {
    pub(in super::super) k: usize,
    pub(in super::super) a: *const f32,
    /// From one row of `a` to the next, and from one column to the next.
    pub(in super::super) strides: (usize, usize),
    /// `[k, COLUMNS]`
    pub(in super::super) b: *const f32,
    /// From one row of `b` to the next: [`COLUMNS`] of a packed panel.
    pub(in super::super) b_stride: usize,
    /// From one panel of `b` to the next; of all else it is [`COLUMNS`].
    pub(in super::super) b_panel: usize,
    /// How often `k` columns are gone through, and how far `a` and `b` move in between.
    pub(in super::super) times: (usize, usize, usize),
    /// What the sums begin with, and from one row of that to the next: 0 where it is the same.
    pub(in super::super) start: (*const f32, usize),
    pub(in super::super) out: *mut f32,
    pub(in super::super) stride: usize,
    /// Sums below 0 become 0.
    pub(in super::super) relu: bool,
    /// Laid out as `out`: sums are 0 where this is not above 0. Null if there is no such thing.
    pub(in super::super) where_positive: *const f32,
}

impl Tile {
    /// How often and how far of a plain product.
    pub(in super::super) const ONCE: (usize, usize, usize) = (1, 0, 0);

    /// Computes `height` rows of a panel, or of two.
    ///
    /// # Safety
    /// They must exist.
    #[inline(always)]
    pub(in super::super) unsafe fn compute<I: Isa>(self, height: usize, panels: usize) {
        debug_assert!(height <= I::ROWS && panels <= I::PANELS, "a tile of {height} by {panels}");
        match (height, panels) {
            (0, _) => {}
            (1, 1) => I::call(Rows::<1, 1>(self)),
            (2, 1) => I::call(Rows::<2, 1>(self)),
            (3, 1) => I::call(Rows::<3, 1>(self)),
            (4, 1) => I::call(Rows::<4, 1>(self)),
            (5, 1) if I::ROWS == 6 => I::call(Rows::<5, 1>(self)),
            (6, 1) if I::ROWS == 6 => I::call(Rows::<6, 1>(self)),
            (8, 1) if I::ROWS == 12 => I::call(Rows::<8, 1>(self)),
            (12, 1) if I::ROWS == 12 => I::call(Rows::<12, 1>(self)),
            (1, 2) if I::PANELS == 2 => I::call(Rows::<1, 2>(self)),
            (2, 2) if I::PANELS == 2 => I::call(Rows::<2, 2>(self)),
            (3, 2) if I::PANELS == 2 => I::call(Rows::<3, 2>(self)),
            (4, 2) if I::PANELS == 2 => I::call(Rows::<4, 2>(self)),
            (8, 2) if I::PANELS == 2 => I::call(Rows::<8, 2>(self)),
            (12, 2) if I::PANELS == 2 => I::call(Rows::<12, 2>(self)),
            _ => {
                let whole = height / I::ROWS_UNIT * I::ROWS_UNIT;
                // SAFETY: the caller's.
                unsafe {
                    self.compute::<I>(whole, panels);
                    self.below(whole).compute::<I>(height - whole, panels);
                }
            }
        }
    }

    /// What is left of a tile below its first rows.
    ///
    /// # Safety
    /// These must exist.
    #[inline(always)]
    unsafe fn below(self, rows: usize) -> Self {
        let positive = self.where_positive;
        // SAFETY: the caller's.
        unsafe {
            Tile {
                a: self.a.add(rows * self.strides.0),
                start: (self.start.0.add(rows * self.start.1), self.start.1),
                out: self.out.add(rows * self.stride),
                where_positive: match positive.is_null() {
                    true => positive,
                    false => positive.add(rows * self.stride),
                },
                ..self
            }
        }
    }

    /// Computes `height` rows of `width` columns of a panel, and touches none beside them: they may be another
    /// part's.
    ///
    /// # Safety
    /// They must exist.
    #[inline(always)]
    pub(in super::super) unsafe fn compute_beside_others<I: Isa>(
        self,
        height: usize,
        width: usize,
    ) {
        let mut start = [0.0; MOST_ROWS * COLUMNS];
        let mut apart = [0.0; MOST_ROWS * COLUMNS];
        // SAFETY: the caller's; the arrays hold a whole tile.
        unsafe {
            for row in 0..height {
                let (from, to) = (self.start.0.add(row * self.start.1), row * COLUMNS);
                std::ptr::copy_nonoverlapping(from, start.as_mut_ptr().add(to), width);
            }
            let start = (start.as_ptr(), COLUMNS);
            let (out, stride) = (apart.as_mut_ptr(), COLUMNS);
            let mut positive = [0.0; MOST_ROWS * COLUMNS];
            let mut where_positive = self.where_positive;
            if !where_positive.is_null() {
                for row in 0..height {
                    let (from, to) = (where_positive.add(row * self.stride), row * COLUMNS);
                    std::ptr::copy_nonoverlapping(from, positive.as_mut_ptr().add(to), width);
                }
                where_positive = positive.as_ptr();
            }
            Tile { start, out, stride, where_positive, ..self }.compute::<I>(height, 1);
            for row in 0..height {
                let (from, to) = (&apart[row * COLUMNS], self.out.add(row * self.stride));
                std::ptr::copy_nonoverlapping(from, to, width);
            }
        }
    }
}

/// `R` rows of `P` panels; they exist.
struct Rows<const R: usize, const P: usize>(Tile);

impl<const R: usize, const P: usize> Kernel for Rows<R, P> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        // SAFETY: whoever makes a tile says that its rows exist.
        unsafe { rows::<I, R, P>(&self.0) }
    }
}

/// Computes `R` rows of `P` panels.
///
/// # Safety
/// They must exist.
#[inline(always)]
pub(in super::super) unsafe fn rows<I: Isa, const R: usize, const P: usize>(tile: &Tile) {
    let &Tile { k, strides: (down, along), b_stride, b_panel, .. } = tile;
    let &Tile { times: (times, a_step, b_step), start, out, .. } = tile;
    let &Tile { stride, relu, where_positive, .. } = tile;
    // SAFETY: the caller's, as for all below.
    let mut sums = [[unsafe { I::Line::load(start.0) }; P]; R];
    for (row, sums) in sums.iter_mut().enumerate() {
        for (panel, sum) in sums.iter_mut().enumerate() {
            // SAFETY: a line is there for every row and panel.
            *sum = unsafe { I::Line::load(start.0.add(row * start.1 + panel * COLUMNS)) };
        }
    }
    for time in 0..times {
        // SAFETY: see above.
        let (a, b) = unsafe { (tile.a.add(time * a_step), tile.b.add(time * b_step)) };
        for k in 0..k {
            // SAFETY: row `k` of the panels and the elements `(0..R, k)` of `a` exist.
            unsafe {
                let b = b.add(k * b_stride);
                let mut lines = [I::Line::load(b); P];
                for (panel, line) in lines.iter_mut().enumerate().skip(1) {
                    *line = I::Line::load(b.add(panel * b_panel));
                }
                let a = a.add(k * along);
                for (row, sums) in sums.iter_mut().enumerate() {
                    let factor = *a.add(row * down);
                    for (sum, line) in sums.iter_mut().zip(&lines) {
                        *sum = line.scaled(factor, *sum);
                    }
                }
            }
        }
    }
    if relu {
        for sum in sums.as_flattened_mut() {
            *sum = sum.relu();
        }
    }
    if !where_positive.is_null() {
        for (row, sums) in sums.iter_mut().enumerate() {
            for (panel, sum) in sums.iter_mut().enumerate() {
                let at = row * stride + panel * COLUMNS;
                // SAFETY: the rows exist, as in `out`.
                *sum = unsafe { sum.where_positive(I::Line::load(where_positive.add(at))) };
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (panel, sum) in sums.iter().enumerate() {
            // SAFETY: the rows exist.
            unsafe { sum.store(out.add(row * stride + panel * COLUMNS)) };
        }
    }
}
