//! Mean and standard deviation, and how they are written.

use crate::cli::metric::number;

/// What several runs came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statistics {
    pub(super) n: usize,
    pub(super) mean: f64,
    /// Of the sample (n - 1); there is none of one run.
    pub(super) std: Option<f64>,
}

impl Statistics {
    pub(super) fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let std = (n > 1).then(|| (squares / (n - 1) as f64).sqrt());
        Statistics { n, mean, std }
    }

    /// The mean and the deviation, with as many digits as the deviation leaves a meaning to.
    pub(super) fn parts(&self) -> (String, Option<String>) {
        let finite = |std: &f64| self.mean.is_finite() && std.is_finite();
        let std = self.std.filter(finite);
        let size = self.mean.abs().max(std.unwrap_or(0.0));
        if !self.mean.is_finite() || size == 0.0 {
            return (number(self.mean as f32), std.map(|_| "0".to_owned()));
        }
        if !(1e-3..1e6).contains(&size) {
            return (format!("{:.2e}", self.mean), std.map(|std| format!("{std:.1e}")));
        }
        // Four digits of the number, unless the second digit of the deviation comes before.
        let digits = |value: f64, count: i32| count - 1 - value.log10().floor() as i32;
        let decimals = match std {
            Some(std) if std > 0.0 => digits(std, 2).min(digits(size, 4)),
            _ => digits(size, 4),
        };
        let decimals = usize::try_from(decimals).unwrap_or(0);
        (format!("{:.decimals$}", self.mean), std.map(|std| format!("{std:.decimals$}")))
    }

    /// `0.9742 ± 0.0012`
    pub(super) fn text(&self) -> String {
        match self.parts() {
            (mean, Some(std)) => format!("{mean} ± {std}"),
            (mean, None) => mean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        // By hand: the mean of 2, 4, 4, 4, 5, 5, 7, 9 is 5, the squares sum up to 32, 32 / 7.
        let statistics = Statistics::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!((statistics.n, statistics.mean), (8, 5.0));
        assert!((statistics.std.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-15);
        assert_eq!(Statistics::of(&[3.0]), Statistics { n: 1, mean: 3.0, std: None });
        assert!(Statistics::of(&[3.0, f64::NAN]).mean.is_nan());
    }

    #[test]
    fn digits_end_where_the_deviation_begins() {
        let text = |mean: f64, std: f64| Statistics { n: 2, mean, std: Some(std) }.text();
        assert_eq!(text(0.974_21, 0.001_234), "0.9742 ± 0.0012");
        assert_eq!(text(0.97, 0.1), "0.97 ± 0.10");
        assert_eq!(text(414.3, 12.1), "414 ± 12");
        assert_eq!(text(0.012_344, 0.000_42), "0.01234 ± 0.00042");
        assert_eq!(text(2.6e-6, 1.1e-6), "2.60e-6 ± 1.1e-6");
        assert_eq!(text(1.0, 0.0), "1.000 ± 0.000");
        assert_eq!(text(0.0, 0.0), "0 ± 0");
        assert_eq!(Statistics::of(&[0.25]).text(), "0.2500");
        assert_eq!(Statistics::of(&[f64::NAN, 1.0]).text(), "NaN");
    }
}
