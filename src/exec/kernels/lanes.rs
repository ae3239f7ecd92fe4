//! Eight floats at a time, and what instruction sets do with them.
//!
//! Everything is inlined into its caller, so that it is compiled with the caller's instruction set:
//! the same source becomes AVX-512, AVX2 + FMA and portable code.

use std::marker::PhantomData;

use super::{load, store};

/// Number of floats in [`Lanes`].
pub(crate) const LANES: usize = 8;

/// Floats of a line of the cache.
pub(super) const LINE: usize = 16;

/// For each lane which of four it is, or 4 for none.
pub(super) type Winners = [u8; LANES];

/// Eight floats.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(crate) struct Lanes(pub(super) [f32; LANES]);

/// Floats as products take them: lanes, or one register where registers are wider.
pub(super) trait Floats: Copy {
    /// How many they are.
    const COUNT: usize;

    /// Reads them from anywhere.
    ///
    /// # Safety
    /// They must lie within an array of the run.
    unsafe fn load(from: *const f32) -> Self;

    /// Writes them to anywhere.
    ///
    /// # Safety
    /// They must lie within an array of the run.
    unsafe fn store(self, to: *mut f32);

    /// `self * factor + sum`
    fn scaled(self, factor: f32, sum: Self) -> Self;

    /// What is below 0 as 0; NaN stays.
    fn relu(self) -> Self;

    /// `self` where `y` is above 0, elsewhere 0.
    fn where_positive(self, y: Self) -> Self;

    /// Writes what is not 0, with places counted from `first` on, and returns how much that is.
    ///
    /// # Safety
    /// There must be room for as many as they are.
    unsafe fn compress(self, first: u32, to: *mut Entry) -> usize;
}

/// An element of a row that is not 0.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Entry {
    pub(super) place: u32,
    pub(super) value: f32,
}

/// Some lanes, worked on together: two are a line.
pub(super) struct Several<I, const N: usize>([Lanes; N], PhantomData<I>);

impl<I, const N: usize> Clone for Several<I, N> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, const N: usize> Copy for Several<I, N> {}

impl<I: Isa, const N: usize> Floats for Several<I, N> {
    const COUNT: usize = N * LANES;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        let mut lanes = [Lanes::ZERO; N];
        for (i, lanes) in lanes.iter_mut().enumerate() {
            // SAFETY: the caller's.
            *lanes = unsafe { load(from.add(i * LANES)) };
        }
        Several(lanes, PhantomData)
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        for (i, &lanes) in self.0.iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { store(to.add(i * LANES), lanes) };
        }
    }

    #[inline(always)]
    fn scaled(mut self, factor: f32, sum: Self) -> Self {
        for (lanes, sum) in self.0.iter_mut().zip(&sum.0) {
            *lanes = I::scaled(*lanes, factor, *sum);
        }
        self
    }

    #[inline(always)]
    fn relu(mut self) -> Self {
        for lanes in &mut self.0 {
            *lanes = I::relu(*lanes);
        }
        self
    }

    #[inline(always)]
    fn where_positive(mut self, y: Self) -> Self {
        for (lanes, y) in self.0.iter_mut().zip(&y.0) {
            *lanes = I::where_positive(*lanes, *y);
        }
        self
    }

    #[inline(always)]
    unsafe fn compress(self, first: u32, to: *mut Entry) -> usize {
        let mut count = 0;
        for (i, &lanes) in self.0.iter().enumerate() {
            // SAFETY: the caller's.
            count += unsafe { I::compress(lanes, first + (i * LANES) as u32, to.add(count)) };
        }
        count
    }
}

/// The registers of an instruction set, and what is best done with them.
pub(super) trait Registers: Sized {
    /// How it holds the sixteen floats of a line.
    type Line: Floats;

    /// How it holds as many floats as a register has.
    type Register: Floats;

    /// Rows and panels of a tile of a product, at most: their sums find room in the registers.
    const ROWS: usize;
    const PANELS: usize;

    /// Rows of a tile are as many, or a multiple of it, where there are enough.
    const ROWS_UNIT: usize;

    /// Runs a kernel as a function of its own, whose values find room in the registers.
    fn call<K: Kernel>(kernel: K);
}

/// The instruction set code is compiled for; says how to multiply and add.
pub(super) trait Isa: Registers {
    /// `a * b + c`, fused where the instruction set can.
    fn mul_add(a: f32, b: f32, c: f32) -> f32;

    /// `a + b`. Of these the compiler makes halves of lanes where there are many of them, so
    /// instruction sets may say how they are done.
    #[inline(always)]
    fn add(a: Lanes, b: Lanes) -> Lanes {
        a.zip(b, |a, b| a + b)
    }

    /// `a - b`
    #[inline(always)]
    fn sub(a: Lanes, b: Lanes) -> Lanes {
        a.zip(b, |a, b| a - b)
    }

    /// `a * factor + b`
    #[inline(always)]
    fn scaled(a: Lanes, factor: f32, b: Lanes) -> Lanes {
        a.mul_add::<Self>(Lanes::splat(factor), b)
    }

    /// `a * b + c`
    #[inline(always)]
    fn fused(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        a.mul_add::<Self>(b, c)
    }

    /// What is below 0 as 0; NaN stays.
    #[inline(always)]
    fn relu(x: Lanes) -> Lanes {
        x.map(|x| if x < 0.0 { 0.0 } else { x })
    }

    /// `x` where `y` is above 0, elsewhere 0.
    #[inline(always)]
    fn where_positive(x: Lanes, y: Lanes) -> Lanes {
        x.zip(y, |x, y| if y > 0.0 { x } else { 0.0 })
    }

    /// The largest of four; NaN if there is one.
    #[inline(always)]
    fn largest([first, others @ ..]: [Lanes; 4]) -> Lanes {
        let larger = |a: f32, b: f32| if a > b || a.is_nan() { a } else { b };
        others.into_iter().fold(first, |largest, x| largest.zip(x, larger))
    }

    /// Which of four is the first that is the largest, or 4 if that is not above 0.
    #[inline(always)]
    fn winners(x: [Lanes; 4], largest: Lanes) -> Winners {
        let mut winners = [4; LANES];
        for (lane, winner) in winners.iter_mut().enumerate() {
            for (place, x) in x.iter().enumerate().rev() {
                if x.0[lane] == largest.0[lane] && largest.0[lane] > 0.0 {
                    *winner = place as u8;
                }
            }
        }
        winners
    }

    /// `x` for the winners among four, 0 for the others.
    #[inline(always)]
    fn given(winners: Winners, x: Lanes) -> [Lanes; 4] {
        let mut given = [Lanes::ZERO; 4];
        for (place, given) in given.iter_mut().enumerate() {
            for (lane, &winner) in winners.iter().enumerate() {
                given.0[lane] = if usize::from(winner) == place { x.0[lane] } else { 0.0 };
            }
        }
        given
    }

    /// `x` where there is a winner, elsewhere 0.
    #[inline(always)]
    fn of_winners(winners: Winners, x: Lanes) -> Lanes {
        let mut of_winners = x;
        for (x, winner) in of_winners.0.iter_mut().zip(winners) {
            *x = if winner < 4 { *x } else { 0.0 };
        }
        of_winners
    }

    /// For each lane that of four floats which is its winner, any if it has none.
    ///
    /// # Safety
    /// The four must exist.
    #[inline(always)]
    unsafe fn picked(winners: Winners, four: *const [f32; 4]) -> Lanes {
        // SAFETY: the caller's.
        let four = unsafe { four.read_unaligned() };
        Lanes(winners.map(|winner| four[usize::from(winner % 4)]))
    }

    /// Writes what is not 0, with places counted from `first` on, and returns how much that is.
    ///
    /// # Safety
    /// There must be room for whole lanes.
    #[inline(always)]
    unsafe fn compress(x: Lanes, first: u32, to: *mut Entry) -> usize {
        let mut count = 0;
        for (place, value) in x.0.into_iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { *to.add(count) = Entry { place: first + place as u32, value } };
            count += usize::from(value != 0.0);
        }
        count
    }

    /// The transposed of a square.
    #[inline(always)]
    fn transposed(rows: [Lanes; LANES]) -> [Lanes; LANES] {
        let mut columns = [Lanes::ZERO; LANES];
        for (row, lanes) in rows.iter().enumerate() {
            for (column, value) in columns.iter_mut().zip(lanes.0) {
                column.0[row] = value;
            }
        }
        columns
    }
}

/// Code that is worth a function of its own; `run` must always be inlined.
pub(super) trait Kernel {
    fn run<I: Isa>(self);
}

/// Whatever the target guarantees.
pub(super) struct Portable;

impl Registers for Portable {
    type Line = Several<Self, 2>;
    type Register = Several<Self, 1>;
    const ROWS: usize = 6;
    const PANELS: usize = 1;
    const ROWS_UNIT: usize = 6;

    #[inline(never)]
    fn call<K: Kernel>(kernel: K) {
        kernel.run::<Portable>();
    }
}

impl Isa for Portable {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        // Without FMA in hardware `f32::mul_add` is a slow library call.
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            a.mul_add(b, c)
        } else {
            a * b + c
        }
    }
}

impl Lanes {
    pub(crate) const ZERO: Lanes = Lanes([0.0; LANES]);

    #[inline(always)]
    pub(super) fn splat(value: f32) -> Self {
        Lanes([value; LANES])
    }

    #[inline(always)]
    pub(super) fn map(self, f: impl Fn(f32) -> f32) -> Self {
        let mut out = [0.0; LANES];
        for (out, x) in out.iter_mut().zip(self.0) {
            *out = f(x);
        }
        Lanes(out)
    }

    #[inline(always)]
    pub(super) fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let mut out = [0.0; LANES];
        for (out, (a, b)) in out.iter_mut().zip(self.0.into_iter().zip(other.0)) {
            *out = f(a, b);
        }
        Lanes(out)
    }

    /// `self * b + c`
    #[inline(always)]
    pub(super) fn mul_add<I: Isa>(self, b: Self, c: Self) -> Self {
        let mut out = c.0;
        for (out, (a, b)) in out.iter_mut().zip(self.0.into_iter().zip(b.0)) {
            *out = I::mul_add(a, b, *out);
        }
        Lanes(out)
    }

    /// The sum in a fixed order: halves, quarters, pairs.
    #[inline(always)]
    pub(super) fn sum(self) -> f32 {
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}
