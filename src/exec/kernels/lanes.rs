//! Eight floats at a time, and what instruction sets do with them.
//!
//! Everything is inlined into its caller, so that it is compiled with the caller's instruction set:
//! the same source becomes AVX2 + FMA code and portable code.

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

/// The instruction set code is compiled for; says how to multiply and add.
pub(super) trait Isa {
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
    fn scaled(a: Lanes, factor: f32, b: Lanes) -> Lanes
    where
        Self: Sized,
    {
        a.mul_add::<Self>(Lanes::splat(factor), b)
    }

    /// `a * b + c`
    #[inline(always)]
    fn fused(a: Lanes, b: Lanes, c: Lanes) -> Lanes
    where
        Self: Sized,
    {
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
    unsafe fn compress(x: Lanes, first: u32, places: *mut u32, values: *mut f32) -> usize {
        let mut count = 0;
        for (place, value) in x.0.into_iter().enumerate() {
            // SAFETY: the caller's.
            unsafe {
                *places.add(count) = first + place as u32;
                *values.add(count) = value;
            }
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

    /// Runs a kernel as a function of its own, whose values find room in the registers.
    fn call<K: Kernel>(kernel: K);
}

/// Code that is worth a function of its own; `run` must always be inlined.
pub(super) trait Kernel {
    fn run<I: Isa>(self);
}

/// Whatever the target guarantees.
pub(super) struct Portable;

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

    #[inline(never)]
    fn call<K: Kernel>(kernel: K) {
        kernel.run::<Portable>();
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
