//! The functions of one float that lanes are mapped through.
//!
//! Every function is branch-free and inlined into its caller, so that it is compiled with the
//! caller's instruction set.

use super::lanes::Isa;

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
    use super::super::lanes::Portable;
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
