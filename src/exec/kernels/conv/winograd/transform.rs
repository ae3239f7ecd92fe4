//! The linear maps of F(4x4, 3x3), Lavin and Gray 2016, along one axis.
//!
//! `Y = A' [(G g G') * (B' d B)] A` is the 4x4 result of a 3x3 filter `g` over 6x6 of an image `d`,
//! with 36 multiplications instead of 144. The gradient by the filter is the transposed of it:
//! `G' [(B' d B) * (A dY A')] G`.

use super::super::super::lanes::{Isa, Lanes};

/// Side of the result's tile, of the filter, and of what a tile of the result sees.
pub(super) const TILE: usize = 4;
pub(super) const SIZE: usize = 3;
pub(super) const SEEN: usize = TILE + SIZE - 1;
/// Products of a tile.
pub(super) const POINTS: usize = SEEN * SEEN;

#[inline(always)]
fn times(a: Lanes, factor: f32) -> Lanes {
    a.map(|a| a * factor)
}

/// `both!(map, SIZE, |y, x| load, rows, |y, x, lanes| store)` applies a map to the columns of what is
/// loaded and then to the rows of that, some of them, and stores the results.
///
/// A macro, for closures and functions that are passed are compiled apart, without the caller's
/// instruction set.
macro_rules! both {
    ($map:expr, $size:expr, |$y:ident, $x:ident| $load:expr, $rows:expr,
     |$out_y:ident, $out_x:ident, $lanes:ident| $store:expr $(,)?) => {
        let mut half = [$map([Lanes::ZERO; $size]); $size]; // by column
        for ($x, half) in half.iter_mut().enumerate() {
            let mut column = [Lanes::ZERO; $size];
            for ($y, lanes) in column.iter_mut().enumerate() {
                *lanes = $load;
            }
            *half = $map(column);
        }
        for $out_y in $rows {
            let mut line = [Lanes::ZERO; $size];
            for (lanes, half) in line.iter_mut().zip(&half) {
                *lanes = half[$out_y];
            }
            for ($out_x, $lanes) in $map(line).into_iter().enumerate() {
                $store;
            }
        }
    };
}

pub(super) use both;

/// `B' d`
#[inline(always)]
pub(super) fn image<I: Isa>(d: [Lanes; SEEN]) -> [Lanes; SEEN] {
    let a = I::scaled(d[2], -4.0, d[4]);
    let b = I::scaled(d[1], -4.0, d[3]);
    let c = I::sub(d[4], d[2]);
    let e = I::sub(d[3], d[1]);
    [
        I::scaled(d[0], 4.0, I::scaled(d[2], -5.0, d[4])),
        I::add(a, b),
        I::sub(a, b),
        I::scaled(e, 2.0, c),
        I::scaled(e, -2.0, c),
        I::scaled(d[1], 4.0, I::scaled(d[3], -5.0, d[5])),
    ]
}

/// `G g`
#[inline(always)]
pub(super) fn filter<I: Isa>(g: [Lanes; SIZE]) -> [Lanes; SEEN] {
    let ends = I::add(g[0], g[2]);
    let wide = I::scaled(g[2], 4.0, g[0]);
    [
        times(g[0], 0.25),
        times(I::add(ends, g[1]), -1.0 / 6.0),
        times(I::sub(ends, g[1]), -1.0 / 6.0),
        times(I::scaled(g[1], 2.0, wide), 1.0 / 24.0),
        times(I::scaled(g[1], -2.0, wide), 1.0 / 24.0),
        g[2],
    ]
}

/// `A' m`
#[inline(always)]
pub(super) fn result<I: Isa>(m: [Lanes; SEEN]) -> [Lanes; TILE] {
    let (sum, difference) = (I::add(m[1], m[2]), I::sub(m[1], m[2]));
    let (far_sum, far_difference) = (I::add(m[3], m[4]), I::sub(m[3], m[4]));
    [
        I::add(I::add(m[0], sum), far_sum),
        I::scaled(far_difference, 2.0, difference),
        I::scaled(far_sum, 4.0, sum),
        I::add(I::scaled(far_difference, 8.0, difference), m[5]),
    ]
}

/// `A y`
#[inline(always)]
pub(super) fn result_gradient<I: Isa>(y: [Lanes; TILE]) -> [Lanes; SEEN] {
    let (even, odd) = (I::add(y[0], y[2]), I::add(y[1], y[3]));
    let far_even = I::scaled(y[2], 4.0, y[0]);
    let far_odd = I::scaled(y[3], 4.0, y[1]);
    [
        y[0],
        I::add(even, odd),
        I::sub(even, odd),
        I::scaled(far_odd, 2.0, far_even),
        I::scaled(far_odd, -2.0, far_even),
        y[3],
    ]
}

/// `G' u`
#[inline(always)]
pub(super) fn filter_gradient<I: Isa>(u: [Lanes; SEEN]) -> [Lanes; SIZE] {
    let near = I::add(u[1], u[2]);
    let far = I::add(u[3], u[4]);
    let sixth = times(near, -1.0 / 6.0);
    [
        I::scaled(u[0], 0.25, I::scaled(far, 1.0 / 24.0, sixth)),
        I::scaled(I::sub(u[2], u[1]), 1.0 / 6.0, times(I::sub(u[3], u[4]), 1.0 / 12.0)),
        I::add(I::scaled(far, 1.0 / 6.0, sixth), u[5]),
    ]
}
