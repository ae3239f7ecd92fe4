//! The linear maps of F(4x4, 3x3), Lavin and Gray 2016, along one axis.
//!
//! `Y = A' [(G g G') * (B' d B)] A` is the 4x4 result of a 3x3 filter `g` over 6x6 of an image `d`,
//! with 36 multiplications instead of 144. The gradient by the filter is the transposed of it:
//! `G' [(B' d B) * (A dY A')] G`.
//!
//! These are values of polynomials at the points 0, 1, -1, 2, -2 and infinity. Where an image ends
//! with three or two results, fewer points do: all but -2, all but 2 and -2. `G` divides the value at
//! a point `a` by the product of `a - b` over the other points `b`, which are then fewer, so `B'` of
//! such tiles is multiplied by what was divided by too much: the same transformed filter serves all.

use super::super::super::lanes::{Isa, Lanes};

/// Side of the result's tile, of the filter, and of what a tile of the result sees.
pub(super) const TILE: usize = 4;
pub(super) const SIZE: usize = 3;
pub(super) const SEEN: usize = TILE + SIZE - 1;
/// Products of a tile.
pub(super) const POINTS: usize = SEEN * SEEN;

/// Results of the last tile along an axis of so many; one is computed as two.
pub(super) fn results_of_last(positions: usize) -> usize {
    match positions % TILE {
        0 => TILE,
        left => left.max(2),
    }
}

/// The places of the points that tiles of so many results take.
#[inline(always)]
pub(super) fn points(results: usize) -> impl Iterator<Item = usize> + Clone {
    let places: &[usize] = match results {
        TILE => &[0, 1, 2, 3, 4, 5],
        3 => &[0, 1, 2, 3, 5],
        _ => &[0, 1, 2, 5],
    };
    places.iter().copied()
}

#[inline(always)]
fn times(a: Lanes, factor: f32) -> Lanes {
    a.map(|a| a * factor)
}

/// `both!(SIZE, [map, ys, out_ys], [map, xs, out_xs], |y, x| load, |y, x, lanes| store)` applies a map
/// to the columns of what is loaded and then another to the rows of that, and stores the results that
/// are asked for. Maps take `SIZE` lanes, zeros of what is not loaded.
///
/// A macro, for closures and functions that are passed are compiled apart, without the caller's
/// instruction set.
macro_rules! both {
    ($size:expr, [$down:expr, $ys:expr, $out_ys:expr], [$along:expr, $xs:expr, $out_xs:expr],
     |$y:ident, $x:ident| $load:expr, |$out_y:ident, $out_x:ident, $lanes:ident| $store:expr $(,)?) => {
        let mut half = [$down([Lanes::ZERO; $size]); $size]; // by column
        for $x in $xs {
            let mut column = [Lanes::ZERO; $size];
            for $y in $ys {
                column[$y] = $load;
            }
            half[$x] = $down(column);
        }
        for $out_y in $out_ys {
            let mut line = [Lanes::ZERO; $size];
            for x in $xs {
                line[x] = half[x][$out_y];
            }
            let line = $along(line);
            for $out_x in $out_xs {
                let $lanes = line[$out_x];
                $store;
            }
        }
    };
}

pub(super) use both;

/// Calls a kernel that is compiled for each number of rows and columns of results.
macro_rules! call_for {
    ($results:expr, $kernel:ident $fields:tt) => {
        match $results {
            [4, 4] => I::call($kernel::<4, 4> $fields),
            [4, 3] => I::call($kernel::<4, 3> $fields),
            [4, _] => I::call($kernel::<4, 2> $fields),
            [3, 4] => I::call($kernel::<3, 4> $fields),
            [3, 3] => I::call($kernel::<3, 3> $fields),
            [3, _] => I::call($kernel::<3, 2> $fields),
            [_, 4] => I::call($kernel::<2, 4> $fields),
            [_, 3] => I::call($kernel::<2, 3> $fields),
            [_, _] => I::call($kernel::<2, 2> $fields),
        }
    };
}

pub(super) use call_for;

/// `B' d`, of a tile of `RESULTS`.
#[inline(always)]
pub(super) fn image<I: Isa, const RESULTS: usize>(d: [Lanes; SEEN]) -> [Lanes; SEEN] {
    let e = I::sub(d[3], d[1]);
    match RESULTS {
        TILE => {
            let a = I::scaled(d[2], -4.0, d[4]);
            let b = I::scaled(d[1], -4.0, d[3]);
            let c = I::sub(d[4], d[2]);
            [
                I::scaled(d[0], 4.0, I::scaled(d[2], -5.0, d[4])),
                I::add(a, b),
                I::sub(a, b),
                I::scaled(e, 2.0, c),
                I::scaled(e, -2.0, c),
                I::scaled(d[1], 4.0, I::scaled(d[3], -5.0, d[5])),
            ]
        }
        // Without -2 the divisors are 2, -2, -6 and 6 instead of 4, -6, -6 and 24.
        3 => [
            I::scaled(e, 2.0, times(I::sub(d[0], d[2]), 4.0)),
            times(I::sub(e, I::add(d[1], d[2])), 3.0),
            I::scaled(d[1], 2.0, I::scaled(d[2], -3.0, d[3])),
            times(e, 4.0),
            Lanes::ZERO,
            I::scaled(e, -2.0, I::sub(d[4], d[2])),
        ],
        // Without 2 too they are -1, 2 and 2.
        _ => [
            times(I::sub(d[0], d[2]), 4.0),
            times(I::add(d[1], d[2]), -3.0),
            times(I::sub(d[1], d[2]), 3.0),
            Lanes::ZERO,
            Lanes::ZERO,
            e,
        ],
    }
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

/// `A' m`, of a tile of `RESULTS`.
#[inline(always)]
pub(super) fn result<I: Isa, const RESULTS: usize>(m: [Lanes; SEEN]) -> [Lanes; TILE] {
    let (sum, difference) = (I::add(m[1], m[2]), I::sub(m[1], m[2]));
    match RESULTS {
        TILE => {
            let (far_sum, far_difference) = (I::add(m[3], m[4]), I::sub(m[3], m[4]));
            [
                I::add(I::add(m[0], sum), far_sum),
                I::scaled(far_difference, 2.0, difference),
                I::scaled(far_sum, 4.0, sum),
                I::add(I::scaled(far_difference, 8.0, difference), m[5]),
            ]
        }
        3 => [
            I::add(I::add(m[0], sum), m[3]),
            I::scaled(m[3], 2.0, difference),
            I::add(I::scaled(m[3], 4.0, sum), m[5]),
            Lanes::ZERO,
        ],
        _ => [I::add(m[0], sum), I::add(difference, m[5]), Lanes::ZERO, Lanes::ZERO],
    }
}

/// `A y`, of a tile of `RESULTS`.
#[inline(always)]
pub(super) fn result_gradient<I: Isa, const RESULTS: usize>(y: [Lanes; TILE]) -> [Lanes; SEEN] {
    match RESULTS {
        TILE => {
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
        3 => {
            let even = I::add(y[0], y[2]);
            let far = I::scaled(y[1], 2.0, I::scaled(y[2], 4.0, y[0]));
            [y[0], I::add(even, y[1]), I::sub(even, y[1]), far, Lanes::ZERO, y[2]]
        }
        _ => [y[0], I::add(y[0], y[1]), I::sub(y[0], y[1]), Lanes::ZERO, Lanes::ZERO, y[1]],
    }
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
