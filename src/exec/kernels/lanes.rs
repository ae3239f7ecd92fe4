//! Eight floats at a time, and the functions of one float that they are mapped through.
//!
//! Every function is branch-free and inlined into its caller, so that it is compiled with the
//! caller's instruction set: the same source becomes AVX2 + FMA code and portable code.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, __m256i, _CMP_GT_OQ, _CMP_NEQ_UQ, _mm256_add_epi32, _mm256_add_ps, _mm256_and_ps,
    _mm256_cmp_ps, _mm256_fmadd_ps, _mm256_load_si256, _mm256_max_ps, _mm256_movemask_ps,
    _mm256_permute2f128_ps, _mm256_permutevar8x32_ps, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_ps, _mm256_unpackhi_ps,
    _mm256_unpacklo_ps,
};

/// Number of floats in [`Lanes`].
pub(crate) const LANES: usize = 8;

/// Floats of a line of the cache.
pub(super) const LINE: usize = 16;

/// Eight floats.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(crate) struct Lanes(pub(super) [f32; LANES]);

/// The instruction set code is compiled for; says how to multiply and add.
pub(super) trait Isa {
    /// `a * b + c`, fused where the instruction set can.
    fn mul_add(a: f32, b: f32, c: f32) -> f32;

    /// `a + b`. Of these four the compiler makes halves of lanes where there are many of them, so
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

/// AVX2 with FMA.
#[cfg(target_arch = "x86_64")]
pub(super) struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Isa for Avx2 {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }

    #[inline(always)]
    fn add(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: as in `call`, for all four.
        unsafe { _mm256_add_ps(a.into(), b.into()) }.into()
    }

    #[inline(always)]
    fn sub(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: see above.
        unsafe { _mm256_sub_ps(a.into(), b.into()) }.into()
    }

    #[inline(always)]
    fn scaled(a: Lanes, factor: f32, b: Lanes) -> Lanes {
        // SAFETY: see above.
        unsafe { _mm256_fmadd_ps(a.into(), _mm256_set1_ps(factor), b.into()) }.into()
    }

    #[inline(always)]
    fn relu(x: Lanes) -> Lanes {
        // SAFETY: see above. Of a NaN the second is taken.
        unsafe { _mm256_max_ps(_mm256_set1_ps(0.0), x.into()) }.into()
    }

    #[inline(always)]
    fn where_positive(x: Lanes, y: Lanes) -> Lanes {
        // SAFETY: see above.
        unsafe {
            let above = _mm256_cmp_ps::<_CMP_GT_OQ>(y.into(), _mm256_set1_ps(0.0));
            _mm256_and_ps(above, x.into())
        }
        .into()
    }

    #[inline(always)]
    unsafe fn compress(x: Lanes, first: u32, places: *mut u32, values: *mut f32) -> usize {
        // SAFETY: see above, and the caller's.
        unsafe {
            let x: __m256 = x.into();
            // NaN is not 0.
            let mask = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(x, _mm256_set1_ps(0.0)));
            let order: __m256i = _mm256_load_si256((&raw const ORDERS[mask as usize]).cast());
            _mm256_storeu_ps(values, _mm256_permutevar8x32_ps(x, order));
            let at = _mm256_add_epi32(order, _mm256_set1_epi32(first as i32));
            _mm256_storeu_si256(places.cast(), at);
            mask.count_ones() as usize
        }
    }

    #[inline(always)]
    fn transposed(rows: [Lanes; LANES]) -> [Lanes; LANES] {
        // A loop, for functions that are passed lose the instruction set.
        let mut r = [__m256::from(Lanes::ZERO); LANES];
        for (r, row) in r.iter_mut().zip(rows) {
            *r = row.into();
        }
        // Pairs of rows, then pairs of pairs, within halves of lanes; then halves change places.
        // SAFETY: see above.
        unsafe {
            let (a0, a1) = (_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpackhi_ps(r[0], r[1]));
            let (a2, a3) = (_mm256_unpacklo_ps(r[2], r[3]), _mm256_unpackhi_ps(r[2], r[3]));
            let (a4, a5) = (_mm256_unpacklo_ps(r[4], r[5]), _mm256_unpackhi_ps(r[4], r[5]));
            let (a6, a7) = (_mm256_unpacklo_ps(r[6], r[7]), _mm256_unpackhi_ps(r[6], r[7]));
            let (b0, b1) = (_mm256_shuffle_ps(a0, a2, 0x44), _mm256_shuffle_ps(a0, a2, 0xee));
            let (b2, b3) = (_mm256_shuffle_ps(a1, a3, 0x44), _mm256_shuffle_ps(a1, a3, 0xee));
            let (b4, b5) = (_mm256_shuffle_ps(a4, a6, 0x44), _mm256_shuffle_ps(a4, a6, 0xee));
            let (b6, b7) = (_mm256_shuffle_ps(a5, a7, 0x44), _mm256_shuffle_ps(a5, a7, 0xee));
            [
                _mm256_permute2f128_ps(b0, b4, 0x20).into(),
                _mm256_permute2f128_ps(b1, b5, 0x20).into(),
                _mm256_permute2f128_ps(b2, b6, 0x20).into(),
                _mm256_permute2f128_ps(b3, b7, 0x20).into(),
                _mm256_permute2f128_ps(b0, b4, 0x31).into(),
                _mm256_permute2f128_ps(b1, b5, 0x31).into(),
                _mm256_permute2f128_ps(b2, b6, 0x31).into(),
                _mm256_permute2f128_ps(b3, b7, 0x31).into(),
            ]
        }
    }

    #[inline(always)]
    fn call<K: Kernel>(kernel: K) {
        #[target_feature(enable = "avx2,fma")]
        #[inline(never)]
        fn with_features<K: Kernel>(kernel: K) {
            kernel.run::<Avx2>();
        }
        // SAFETY: only code that was chosen because the processor has both is of this type.
        unsafe { with_features(kernel) }
    }
}

/// For each set of lanes their places, one after another, the others behind.
#[cfg(target_arch = "x86_64")]
static ORDERS: [Order; 256] = {
    let mut orders = [Order([0; LANES]); 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut lane, mut count) = (0, 0);
        while lane < LANES {
            if mask >> lane & 1 == 1 {
                orders[mask].0[count] = lane as u32;
                count += 1;
            }
            lane += 1;
        }
        mask += 1;
    }
    orders
};

#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
#[repr(C, align(32))]
struct Order([u32; LANES]);

#[cfg(target_arch = "x86_64")]
impl From<Lanes> for __m256 {
    #[inline(always)]
    fn from(lanes: Lanes) -> Self {
        // SAFETY: both are eight floats.
        unsafe { std::mem::transmute(lanes.0) }
    }
}

#[cfg(target_arch = "x86_64")]
impl From<__m256> for Lanes {
    #[inline(always)]
    fn from(lanes: __m256) -> Self {
        // SAFETY: both are eight floats.
        Lanes(unsafe { std::mem::transmute::<__m256, [f32; LANES]>(lanes) })
    }
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

/// Adding and subtracting this rounds to the nearest whole number (up to 2^22).
const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23

/// `e^x`, off by at most 2 units in the last place; inf above 88.7, 0 below -87.3.
///
/// Cody and Waite's reduction to |r| <= ln(2) / 2, then the polynomial of Cephes' `expf`.
#[inline(always)]
pub(super) fn exp<I: Isa>(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4; // few bits: n * LN2_HIGH is exact
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let clamped = x.clamp(-87.5, 88.8);
    let shifted = I::mul_add(clamped, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = I::mul_add(n, -LN2_HIGH, clamped);
    let r = I::mul_add(n, -LN2_LOW, r);
    let mut p = 1.987_569_1e-4;
    p = I::mul_add(p, r, 1.398_199_9e-3);
    p = I::mul_add(p, r, 8.333_452e-3);
    p = I::mul_add(p, r, 4.166_579_6e-2);
    p = I::mul_add(p, r, 1.666_666_5e-1);
    p = I::mul_add(p, r, 0.5);
    let p = I::mul_add(p, r * r, r) + 1.0;
    // The low bits of `shifted` are n; two factors, for 2^128 is no float but 2^127 * 2 is.
    let n = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    let half = ((n as i32) >> 1) as u32;
    let power = |n: u32| f32::from_bits(n.wrapping_add(127) << 23);
    let scaled = p * power(half) * power(n.wrapping_sub(half));
    let low = if x < -87.33 { 0.0 } else { scaled };
    let high = if x > 88.72 { f32::INFINITY } else { low };
    if x.is_nan() { x } else { high }
}

/// `e^x - 1`, off by a few units in the last place, near 0 too.
///
/// Up to ln(2) / 2 the polynomial of [`exp`] before 1 is added.
#[inline(always)]
pub(super) fn exp_minus_1<I: Isa>(x: f32) -> f32 {
    let far = exp::<I>(x) - 1.0;
    let mut p = 1.987_569_1e-4;
    p = I::mul_add(p, x, 1.398_199_9e-3);
    p = I::mul_add(p, x, 8.333_452e-3);
    p = I::mul_add(p, x, 4.166_579_6e-2);
    p = I::mul_add(p, x, 1.666_666_5e-1);
    p = I::mul_add(p, x, 0.5);
    let near = I::mul_add(p, x * x, x);
    if x.abs() < 0.346 { near } else { far }
}

/// Natural logarithm, off by at most 2 units in the last place; -inf at 0, NaN below.
///
/// The polynomial of Cephes' `logf` on [sqrt(1/2), sqrt(2)].
#[inline(always)]
pub(super) fn log<I: Isa>(x: f32) -> f32 {
    // Subnormal numbers are scaled up to where the exponent can be read.
    let tiny = x < f32::MIN_POSITIVE;
    let scaled = if tiny { x * 8_388_608.0 } else { x };
    let bias = if tiny { 127.0 + 22.0 } else { 126.0 };
    let bits = scaled.to_bits();
    let mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f00_0000); // [0.5, 1)
    let exponent = (bits >> 23) as i32 as f32 - bias;
    let small = mantissa < std::f32::consts::FRAC_1_SQRT_2;
    let e = if small { exponent - 1.0 } else { exponent };
    let m = if small { mantissa + mantissa } else { mantissa } - 1.0;
    let z = m * m;
    let mut p = 7.037_683_6e-2;
    p = I::mul_add(p, m, -1.151_461e-1);
    p = I::mul_add(p, m, 1.167_699_9e-1);
    p = I::mul_add(p, m, -1.242_014_1e-1);
    p = I::mul_add(p, m, 1.424_932_3e-1);
    p = I::mul_add(p, m, -1.666_805_7e-1);
    p = I::mul_add(p, m, 2.000_071_5e-1);
    p = I::mul_add(p, m, -2.499_999_4e-1);
    p = I::mul_add(p, m, 3.333_333e-1);
    let y = p * m * z;
    let y = I::mul_add(e, -2.121_944_4e-4, y);
    let y = I::mul_add(z, -0.5, y);
    let finite = I::mul_add(e, 0.693_359_4, m + y);
    let or_infinite = if x == f32::INFINITY { x } else { finite };
    let or_zero = if x == 0.0 { f32::NEG_INFINITY } else { or_infinite };
    if x >= 0.0 { or_zero } else { f32::NAN }
}

/// `1 / (1 + e^-x)`
#[inline(always)]
pub(super) fn sigmoid<I: Isa>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<I>(-x))
}

/// Hyperbolic tangent, off by a few units in the last place.
///
/// As in Cephes' `tanhf`: a polynomial up to 0.625, `1 - 2 / (e^2x + 1)` beyond.
#[inline(always)]
pub(super) fn tanh<I: Isa>(x: f32) -> f32 {
    let magnitude = x.abs();
    let far = (1.0 - 2.0 / (exp::<I>(magnitude + magnitude) + 1.0)).copysign(x);
    let z = x * x;
    let mut p = -5.704_988_7e-3;
    p = I::mul_add(p, z, 2.063_908_6e-2);
    p = I::mul_add(p, z, -5.373_971_5e-2);
    p = I::mul_add(p, z, 1.333_144_2e-1);
    p = I::mul_add(p, z, -3.333_328e-1);
    let near = I::mul_add(p * z, x, x);
    if magnitude > 0.625 { far } else { near }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst_relative_error(f: fn(f32) -> f32, exact: fn(f64) -> f64, from: f32, to: f32) -> f64 {
        let step = (to - from) / 100_000.0;
        let error = |i: i32| {
            let x = from + step * i as f32;
            let want = exact(f64::from(x));
            ((f64::from(f(x)) - want) / want.abs().max(f64::from(f32::MIN_POSITIVE))).abs()
        };
        (0..100_000).map(error).fold(0.0, f64::max)
    }

    #[test]
    fn functions_are_right_to_a_few_units_in_the_last_place() {
        let ulp = f64::from(f32::EPSILON);
        type Case = (fn(f32) -> f32, fn(f64) -> f64, f32, f32);
        let cases: [Case; 6] = [
            (exp::<Portable>, f64::exp, -87.0, 88.0),
            (exp_minus_1::<Portable>, f64::exp_m1, -20.0, 1e-3),
            (log::<Portable>, f64::ln, 1e-30, 1e-3),
            (log::<Portable>, f64::ln, 1.5, 1e9),
            (sigmoid::<Portable>, |x| 1.0 / (1.0 + (-x).exp()), -80.0, 80.0),
            (tanh::<Portable>, f64::tanh, -10.0, 10.0),
        ];
        for (i, (f, exact, from, to)) in cases.into_iter().enumerate() {
            let error = worst_relative_error(f, exact, from, to) / ulp;
            assert!(error < 4.0, "case {i}: {error} units in the last place");
        }
    }

    #[test]
    fn edges_are_those_of_ieee() {
        assert_eq!(exp::<Portable>(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp::<Portable>(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp::<Portable>(0.0), 1.0);
        assert!(exp::<Portable>(f32::NAN).is_nan());
        assert_eq!(log::<Portable>(0.0), f32::NEG_INFINITY);
        assert_eq!(log::<Portable>(1.0), 0.0);
        assert_eq!(log::<Portable>(f32::INFINITY), f32::INFINITY);
        assert!(log::<Portable>(-1.0).is_nan());
        assert!(log::<Portable>(f32::NAN).is_nan());
        let subnormal = f32::from_bits(1); // 2^-149
        assert!((log::<Portable>(subnormal) + 103.278_93).abs() < 1e-4);
        assert_eq!(sigmoid::<Portable>(f32::NEG_INFINITY), 0.0);
        assert_eq!(sigmoid::<Portable>(200.0), 1.0);
        assert_eq!(tanh::<Portable>(f32::INFINITY), 1.0);
        assert_eq!(tanh::<Portable>(-50.0), -1.0);
        assert!(tanh::<Portable>(f32::NAN).is_nan());
    }
}
