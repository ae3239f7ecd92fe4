//! Keeping the files of long runs small.

/// Which values of a tag are kept: at first all, then every second, every fourth, and so on.
///
/// Each rate for `keep` values, so a million values leave about `keep * log2(1,000,000 / keep)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thinning {
    /// Values since the last one that was kept.
    since: u64,
    /// Every so many one is kept.
    rate: u64,
    /// How many were kept at this rate.
    kept: u32,
}

impl Default for Thinning {
    fn default() -> Self {
        Thinning { since: 0, rate: 1, kept: 0 }
    }
}

impl Thinning {
    /// Counts a value and returns whether it is kept.
    pub(super) fn next(&mut self, keep: u32) -> bool {
        let kept = self.is_next();
        if kept {
            self.since = 0;
            self.kept += 1;
            if self.kept >= keep {
                self.kept = 0;
                self.rate = self.rate.saturating_mul(2);
            }
        }
        self.since += 1;
        kept
    }

    /// Returns whether the next value will be kept.
    pub(super) fn is_next(&self) -> bool {
        // The first one of all is not preceded by any.
        self.since == 0 || self.since >= self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rate_is_half_of_the_one_before() {
        // Three at each rate: 0 1 2 | 4 6 8 | 12 16 20 | 28 36 44 | 60 ...
        let mut thinning = Thinning::default();
        let kept: Vec<u32> = (0..61).filter(|_| thinning.next(3)).collect();
        assert_eq!(kept, [0, 1, 2, 4, 6, 8, 12, 16, 20, 28, 36, 44, 60]);
    }
}
