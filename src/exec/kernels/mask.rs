//! Random masks: which elements dropout keeps.
//!
//! An element's fate is a hash of the seed, the run, the mask and the element's place, so it does not
//! depend on the order of computing, and the state of the generator is a count of runs.

use super::instruction::Draw;
use super::lanes::LANES;

/// Draws from the Bernoulli distribution, scaled so that the mean is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mask {
    /// Tells the masks of a graph apart.
    pub(crate) number: u64,
    /// The probability of `1 / keep_prob`; else the element is 0.
    pub(crate) keep_prob: f32,
}

impl Mask {
    /// Writes `len` elements from `position` on to a register; the last lane is filled up.
    #[inline(always)]
    pub(super) fn fill(&self, draw: Draw, position: usize, len: usize, to: *mut f32) {
        let key = mix(mix(mix(draw.seed) ^ draw.run) ^ self.number);
        let (first, second) = (key as u32, (key >> 32) as u32);
        let scale = 1.0 / self.keep_prob;
        for i in (0..len).step_by(LANES) {
            for lane in 0..LANES {
                let place = (position + i + lane) as u32;
                let bits = hash(hash(place ^ first).wrapping_add(second));
                // The upper 24 bits, exact in f32: uniform in [0, 1).
                let uniform = (bits >> 8) as f32 * (1.0 / 16_777_216.0);
                let kept = if uniform < self.keep_prob { scale } else { 0.0 };
                // SAFETY: a register is whole lanes, and `len` is at most its block.
                unsafe { *to.add(i + lane) = kept };
            }
        }
    }
}

/// The finaliser of SplitMix64: Steele, Lea and Flood 2014.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A permutation of 32 bits in which every bit depends on all: `lowbias32`, Wellons 2018.
#[inline(always)]
fn hash(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEN: usize = 1 << 16;

    fn drawn(seed: u64, run: u64, number: u64, keep_prob: f32) -> Vec<f32> {
        let mut values = vec![f32::NAN; LEN];
        Mask { number, keep_prob }.fill(Draw { seed, run }, 0, LEN, values.as_mut_ptr());
        values
    }

    #[test]
    fn the_share_kept_is_the_probability() {
        for keep_prob in [0.1, 0.5, 0.7, 0.9] {
            let kept = drawn(1, 2, 3, keep_prob).iter().filter(|&&x| x > 0.0).count();
            let share = kept as f64 / LEN as f64;
            // Five standard deviations of a binomial share, sqrt(p (1 - p) / n).
            let p = f64::from(keep_prob);
            let allowed = 5.0 * (p * (1.0 - p) / LEN as f64).sqrt();
            assert!((share - p).abs() < allowed, "{share} instead of {p}");
        }
        assert!(drawn(1, 2, 3, 1.0).iter().all(|&x| x == 1.0));
    }

    #[test]
    fn masks_of_neighbouring_seeds_runs_and_numbers_are_independent() {
        let base = drawn(1, 2, 3, 0.5);
        for (seed, run, number) in [(2, 2, 3), (1, 3, 3), (1, 2, 4), (2, 1, 3)] {
            let other = drawn(seed, run, number, 0.5);
            let equal = base.iter().zip(&other).filter(|(a, b)| a == b).count();
            let share = equal as f64 / LEN as f64;
            assert!((share - 0.5).abs() < 5.0 * 0.5 / (LEN as f64).sqrt(), "{share} are equal");
        }
        // And elements of those beside them.
        for distance in [1, 8, 512] {
            let equal = base.iter().zip(&base[distance..]).filter(|(a, b)| a == b).count();
            let share = equal as f64 / (LEN - distance) as f64;
            assert!((share - 0.5).abs() < 5.0 * 0.5 / (LEN as f64).sqrt(), "{share} are equal");
        }
    }

    #[test]
    fn an_element_does_not_depend_on_where_a_block_begins() {
        let whole = drawn(5, 6, 7, 0.7);
        let mut part = vec![0.0; 64];
        let mask = Mask { number: 7, keep_prob: 0.7 };
        mask.fill(Draw { seed: 5, run: 6 }, 131, 64, part.as_mut_ptr());
        assert_eq!(part, whole[131..195]);
    }
}
