//! The numbers a histogram may be of.

use super::BUCKETS;
use super::count::{self, Ranges};

/// A number that [histograms](super::Histogram) count: `f32` or `f64`.
pub trait HistogramValue: Copy + private::Sealed {
    /// Returns the smallest and the largest of some numbers.
    #[doc(hidden)]
    fn extent(values: &[Self]) -> Extent;

    /// Counts finite numbers.
    #[doc(hidden)]
    fn count(values: &[Self], ranges: &Ranges) -> [u64; BUCKETS];

    /// Returns whether it is neither NaN nor infinite.
    #[doc(hidden)]
    fn is_finite(self) -> bool;
}

/// Between what numbers some numbers lie.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub(super) min: f64,
    pub(super) max: f64,
    /// Whether they are all finite, for certain; if not, `min` and `max` mean nothing.
    pub(super) all_finite: bool,
}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

macro_rules! extent {
    ($values:expr, $number:ty) => {{
        // As many lanes as the registers of a processor of 2003 hold, for that is what x86-64 says.
        const LANES: usize = 64 / size_of::<$number>();
        let (mut min, mut max) = ([<$number>::INFINITY; LANES], [<$number>::NEG_INFINITY; LANES]);
        // A sum is finite only if all its terms are; one that overflows is a false alarm.
        let mut sum = [0.0; LANES];
        let mut take = |lane: usize, x: $number| {
            min[lane] = if x < min[lane] { x } else { min[lane] };
            max[lane] = if x > max[lane] { x } else { max[lane] };
            sum[lane] += x;
        };
        let chunks = $values.chunks_exact(LANES);
        let rest = chunks.remainder();
        for chunk in chunks {
            (0..LANES).for_each(|lane| take(lane, chunk[lane]));
        }
        rest.iter().for_each(|x| take(0, *x));
        let min = min.into_iter().fold(<$number>::INFINITY, <$number>::min);
        let max = max.into_iter().fold(<$number>::NEG_INFINITY, <$number>::max);
        let all_finite = sum.iter().all(|sum| sum.is_finite());
        Extent { min: min.into(), max: max.into(), all_finite }
    }};
}

impl HistogramValue for f32 {
    fn extent(values: &[Self]) -> Extent {
        extent!(values, f32)
    }

    fn count(values: &[Self], ranges: &Ranges) -> [u64; BUCKETS] {
        match ranges.for_f32() {
            Some(fast) => count::count(values, |block, to| {
                if !fast.indices(block, to) {
                    ranges.indices(block, to);
                }
            }),
            None => count::count(values, |block, to| ranges.indices(block, to)),
        }
    }

    fn is_finite(self) -> bool {
        self.is_finite()
    }
}

impl HistogramValue for f64 {
    fn extent(values: &[Self]) -> Extent {
        extent!(values, f64)
    }

    fn count(values: &[Self], ranges: &Ranges) -> [u64; BUCKETS] {
        count::count(values, |block, to| ranges.indices(block, to))
    }

    fn is_finite(self) -> bool {
        self.is_finite()
    }
}
