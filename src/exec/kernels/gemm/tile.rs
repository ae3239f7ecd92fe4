//! The innermost loop of products: 6 rows and 16 columns of a result, whose sums stay in registers.

use super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::{load, store};

/// Rows and columns of a tile: 12 sums, two lanes of `b` and one of `a` are 15 of 16 registers.
pub(in super::super) const ROWS: usize = 6;
pub(in super::super) const COLUMNS: usize = 2 * LANES;

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

    /// Computes `height` rows of all columns.
    ///
    /// # Safety
    /// They must exist.
    #[inline(always)]
    pub(in super::super) unsafe fn compute<I: Isa>(self, height: usize) {
        match height {
            6 => I::call(Rows::<6>(self)),
            5 => I::call(Rows::<5>(self)),
            4 => I::call(Rows::<4>(self)),
            3 => I::call(Rows::<3>(self)),
            2 => I::call(Rows::<2>(self)),
            _ => I::call(Rows::<1>(self)),
        }
    }

    /// Computes `height` rows of `width` columns, and touches none beside them: they may be another
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
        let mut start = [0.0; ROWS * COLUMNS];
        let mut apart = [0.0; ROWS * COLUMNS];
        // SAFETY: the caller's; the arrays hold a whole tile.
        unsafe {
            for row in 0..height {
                let (from, to) = (self.start.0.add(row * self.start.1), row * COLUMNS);
                std::ptr::copy_nonoverlapping(from, start.as_mut_ptr().add(to), width);
            }
            let start = (start.as_ptr(), COLUMNS);
            let (out, stride) = (apart.as_mut_ptr(), COLUMNS);
            let mut positive = [0.0; ROWS * COLUMNS];
            let mut where_positive = self.where_positive;
            if !where_positive.is_null() {
                for row in 0..height {
                    let (from, to) = (where_positive.add(row * self.stride), row * COLUMNS);
                    std::ptr::copy_nonoverlapping(from, positive.as_mut_ptr().add(to), width);
                }
                where_positive = positive.as_ptr();
            }
            Tile { start, out, stride, where_positive, ..self }.compute::<I>(height);
            for row in 0..height {
                let (from, to) = (&apart[row * COLUMNS], self.out.add(row * self.stride));
                std::ptr::copy_nonoverlapping(from, to, width);
            }
        }
    }
}

/// `R` rows of a tile; they exist.
struct Rows<const R: usize>(Tile);

impl<const R: usize> Kernel for Rows<R> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        // SAFETY: whoever makes a tile says that its rows exist.
        unsafe { rows::<I, R>(&self.0) }
    }
}

/// Computes `R` rows.
///
/// # Safety
/// They must exist.
#[inline(always)]
pub(in super::super) unsafe fn rows<I: Isa, const R: usize>(tile: &Tile) {
    let &Tile { k, strides: (down, along), b_stride, times: (times, a_step, b_step), .. } = tile;
    let &Tile { start, out, stride, relu, where_positive, .. } = tile;
    let mut sums = [[Lanes::ZERO; 2]; R];
    for (row, sums) in sums.iter_mut().enumerate() {
        // SAFETY: two lanes are there.
        *sums = unsafe {
            let start = start.0.add(row * start.1);
            [load(start), load(start.add(LANES))]
        };
    }
    for time in 0..times {
        // SAFETY: the caller's, as for all below.
        let (a, b) = unsafe { (tile.a.add(time * a_step), tile.b.add(time * b_step)) };
        for k in 0..k {
            // SAFETY: row `k` of the panel and the elements `(0..R, k)` of `a` exist.
            unsafe {
                let line = b.add(k * b_stride);
                let (left, right) = (load(line), load(line.add(LANES)));
                let a = a.add(k * along);
                for (row, sums) in sums.iter_mut().enumerate() {
                    let factor = *a.add(row * down);
                    sums[0] = I::scaled(left, factor, sums[0]);
                    sums[1] = I::scaled(right, factor, sums[1]);
                }
            }
        }
    }
    if relu {
        for sums in &mut sums {
            *sums = [I::relu(sums[0]), I::relu(sums[1])];
        }
    }
    if !where_positive.is_null() {
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the rows exist, as in `out`.
            unsafe {
                let y = where_positive.add(row * stride);
                sums[0] = I::where_positive(sums[0], load(y));
                sums[1] = I::where_positive(sums[1], load(y.add(LANES)));
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        // SAFETY: the rows exist.
        unsafe {
            let out = out.add(row * stride);
            store(out, sums[0]);
            store(out.add(LANES), sums[1]);
        }
    }
}
