//! Into which range each number falls, at a fraction of a nanosecond each.
//!
//! The definition is `floor((x - min) / width)` in f64. Most numbers are nowhere near an edge, and
//! for them f32, four to a register, tells the same; a block with a number near an edge is done
//! again in f64. All loops are plain enough to be vectorised by the compiler for any x86-64 or ARM;
//! with AVX2 they would be faster still, but then counting itself, one number at a time, remains.

use super::BUCKETS;

/// How many numbers lie in each range.
pub(super) type Counts = [u64; BUCKETS];

/// How many numbers are looked at together.
const BLOCK: usize = 64;

/// Consecutive numbers often fall into one range, and an increment waits for the one before it, so
/// they take turns with so many tables.
const TABLES: usize = 8;

/// So few numbers are counted before the tables would be emptied and added up.
const FEW: usize = 4 * BLOCK;

const LAST: f64 = (BUCKETS - 1) as f64;

/// Equal ranges between two numbers.
#[derive(Clone, Copy, Debug)]
pub struct Ranges {
    min: f64,
    width: f64,
    /// 1, or 0.5 where the distance of the two is more than a number can be; and its inverse.
    scale: f64,
    unscale: f64,
}

impl Ranges {
    /// Divides `[min, max]`.
    pub(super) fn new(min: f64, max: f64) -> Self {
        let scale = if (max - min).is_finite() { 1.0 } else { 0.5 };
        let min = min * scale;
        let width = (max * scale - min) / BUCKETS as f64;
        Ranges { min, width, scale, unscale: 1.0 / scale }
    }

    /// The left edge of a range.
    pub(super) fn left(&self, index: usize) -> f64 {
        (self.min + self.width * index as f64) * self.unscale
    }

    /// Finds the ranges of some numbers.
    pub(super) fn indices<N: Copy + Into<f64>>(&self, values: &[N], to: &mut [u32]) {
        // A number of this size has no digits behind the point, so adding it rounds, to the nearest
        // whole number, which the lowest bits then are.
        const WHOLE: f64 = (1_u64 << 52) as f64;
        for (x, index) in values.iter().zip(to) {
            let t = ((*x).into() * self.scale - self.min) / self.width;
            let t = if t < LAST { t } else { LAST };
            let nearest = t + WHOLE - WHOLE;
            let floor = if nearest > t { nearest - 1.0 } else { nearest };
            *index = (floor + WHOLE).to_bits() as u32;
        }
    }

    /// The same for f32, unless the numbers are too large or too small for it.
    pub(super) fn for_f32(&self) -> Option<RangesF32> {
        let range = self.width * BUCKETS as f64;
        let fits = range > 1e-30 && range < 1e38 && self.scale == 1.0;
        fits.then_some(RangesF32 { min: self.min as f32, per_width: (1.0 / self.width) as f32 })
    }
}

/// Equal ranges, as far as f32 can tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct RangesF32 {
    min: f32,
    per_width: f32,
}

impl RangesF32 {
    /// How near to an edge is too near.
    ///
    /// The difference, the factor and the product are each off by 2^-24 of themselves at most, so
    /// `t <= 30` by 30 * 3 * 2^-24, and three further sums by 2^-20 each: 8.3e-6 together.
    const NEAR: f32 = 1.0 / 16384.0; // 6.1e-5

    /// Finds the ranges of some numbers; `false` if for some of them one must look closer.
    pub(super) fn indices(self, values: &[f32], to: &mut [u32]) -> bool {
        const WHOLE: f32 = (1_u32 << 23) as f32;
        const LAST: f32 = BUCKETS as f32 - 1.0;
        let mut differ = 0;
        for (&x, index) in values.iter().zip(to) {
            // Half less rounds to what is below. The first and the last range have but one edge
            // with a neighbour, for there is nothing beyond `min` and `max`.
            let t = (x - self.min) * self.per_width - 0.5;
            let t = if t < LAST { t } else { LAST };
            let t = if t > 0.0 { t } else { 0.0 };
            let (low, high) = (t - Self::NEAR + WHOLE, t + Self::NEAR + WHOLE);
            *index = high.to_bits() & 31;
            differ |= low.to_bits() ^ high.to_bits();
        }
        differ == 0
    }
}

/// Counts numbers, given how to find the ranges of a block of them.
pub(super) fn count<N>(values: &[N], indices: impl Fn(&[N], &mut [u32])) -> Counts {
    let mut counts = [0; BUCKETS];
    let mut index = [0; BLOCK];
    if values.len() <= FEW {
        for block in values.chunks(BLOCK) {
            let index = &mut index[..block.len()];
            indices(block, index);
            index.iter().for_each(|index| counts[(*index as usize).min(BUCKETS - 1)] += 1);
        }
        return counts;
    }
    // So many that no count overflows.
    for values in values.chunks(1 << 30) {
        let mut tables = [[0_u32; 32]; TABLES];
        for block in values.chunks(BLOCK) {
            let index = &mut index[..block.len()];
            indices(block, index);
            let groups = index.chunks_exact(TABLES);
            let rest = groups.remainder();
            for group in groups {
                for (table, index) in tables.iter_mut().zip(group) {
                    table[*index as usize & 31] += 1;
                }
            }
            rest.iter().for_each(|index| tables[0][*index as usize & 31] += 1);
        }
        for table in tables {
            counts.iter_mut().zip(table).for_each(|(count, more)| *count += u64::from(more));
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::histogram::HistogramValue;

    /// The definition, one number at a time.
    fn by_definition(values: &[f32], min: f64, max: f64) -> Counts {
        let width = (max - min) / BUCKETS as f64;
        let mut counts = [0; BUCKETS];
        for &x in values {
            counts[(((f64::from(x) - min) / width).floor() as usize).min(BUCKETS - 1)] += 1;
        }
        counts
    }

    fn check(values: &[f32], what: &str) {
        let extent = <f32 as HistogramValue>::extent(values);
        let (min, max) = (extent.min, extent.max);
        let want = by_definition(values, min, max);
        assert_eq!(<f32 as HistogramValue>::count(values, &Ranges::new(min, max)), want, "{what}");
        let wide: Vec<f64> = values.iter().map(|x| f64::from(*x)).collect();
        assert_eq!(<f64 as HistogramValue>::count(&wide, &Ranges::new(min, max)), want, "{what}");
    }

    /// A small generator, good enough to scatter numbers.
    fn random(state: &mut u64) -> u32 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*state >> 32) as u32
    }

    #[test]
    fn counts_are_those_of_the_definition_for_numbers_of_any_size() {
        let mut state = 7;
        for round in 0..400 {
            let (count, exponent) = (1 + random(&mut state) % 700, random(&mut state) % 250);
            let scale = 2_f32.powi(exponent as i32 - 140);
            let offset = (random(&mut state) % 5) as f32 * scale;
            let values: Vec<f32> = (0..count)
                .map(|_| (random(&mut state) as f32 / u32::MAX as f32 - 0.5) * scale + offset)
                .collect();
            if values.iter().any(|x| *x != values[0]) {
                check(&values, &format!("round {round}, scale {scale}"));
            }
        }
    }

    #[test]
    fn counts_are_those_of_the_definition_for_any_bits() {
        let mut state = 8;
        for round in 0..400 {
            let values: Vec<f32> = (0..300)
                .map(|_| f32::from_bits(random(&mut state)))
                .filter(|x| x.abs() < 1e36)
                .collect();
            check(&values, &format!("round {round}"));
        }
    }

    #[test]
    fn counts_are_those_of_the_definition_on_and_beside_every_edge() {
        for (min, max) in [(-1.0_f32, 1.0), (0.0, 30.0), (0.1, 0.7), (-3e-20, 1e-21), (1e30, 3e30)]
        {
            let width = (f64::from(max) - f64::from(min)) / BUCKETS as f64;
            let edge = |i: usize| (f64::from(min) + width * i as f64) as f32;
            let near = |x: f32| [x, x.next_up(), x.next_down(), x.next_up().next_up()];
            let mut values: Vec<f32> = (1..BUCKETS).flat_map(|i| near(edge(i))).collect();
            values.extend([min, max]);
            check(&values, &format!("from {min} to {max}"));
            // With every number of the block too near and with one only.
            for value in values.clone() {
                let mut values = vec![(min + max) / 2.0 + (max - min) / 77.0; 70];
                values.extend([value, min, max]);
                check(&values, &format!("{value} from {min} to {max}"));
            }
        }
    }

    #[test]
    fn f64_is_counted_over_its_whole_range() {
        let values = [f64::MIN, f64::MAX / 100.0, f64::MAX, f64::MIN / 2.0];
        let ranges = Ranges::new(f64::MIN, f64::MAX);
        let counts = <f64 as HistogramValue>::count(&values, &ranges);
        // A quarter of the way is in the eighth of thirty ranges, just over half in the sixteenth.
        let taken: Vec<_> = (0..BUCKETS).filter(|i| counts[*i] == 1).collect();
        assert_eq!(taken, [0, 7, 15, 29]);
        assert!(ranges.left(15).abs() < 1e293 && ranges.left(29).is_finite());
    }
}
