//! How the learning rate changes from epoch to epoch.

/// A factor of the learning rate for each epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum RateSchedule {
    /// 1 throughout.
    #[default]
    Constant,
    /// `0.9^(epoch - 1)`: `tf.train.exponential_decay`, once an epoch.
    Exponential,
    /// Halved after every third of the training.
    Step,
    /// Half a cosine from 1 to nearly 0: Loshchilov and Hutter 2017, without restarts.
    Cosine,
}

impl RateSchedule {
    /// All of them, by the names [`RateSchedule::from_name`] knows.
    pub const ALL: &'static [(&'static str, RateSchedule)] = &[
        ("constant", RateSchedule::Constant),
        ("exponential", RateSchedule::Exponential),
        ("step", RateSchedule::Step),
        ("cosine", RateSchedule::Cosine),
    ];

    /// Returns the schedule of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, schedule)| *schedule)
    }

    /// Returns the factor in the epoch `epoch`, the first of which is 0, of `epochs`.
    pub fn factor(self, epoch: u64, epochs: u64) -> f32 {
        let share = epoch as f32 / epochs.max(1) as f32;
        match self {
            RateSchedule::Constant => 1.0,
            RateSchedule::Exponential => 0.9_f32.powi(epoch.min(1_000) as i32),
            RateSchedule::Step => 0.5_f32.powi((3 * epoch / epochs.max(1)).min(2) as i32),
            RateSchedule::Cosine => 0.5 * (1.0 + (share * std::f32::consts::PI).cos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_those_of_the_formulas() {
        let factors = |schedule: RateSchedule, epochs| {
            (0..epochs).map(|epoch| schedule.factor(epoch, epochs)).collect::<Vec<f32>>()
        };
        assert_eq!(factors(RateSchedule::Constant, 3), [1.0; 3]);
        assert_eq!(factors(RateSchedule::Step, 6), [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]);
        // (1 + cos(0)) / 2, (1 + cos(pi / 3)) / 2, (1 + cos(2 pi / 3)) / 2
        let cosine = factors(RateSchedule::Cosine, 3);
        for (got, want) in cosine.iter().zip([1.0, 0.75, 0.25]) {
            assert!((got - want).abs() < 1e-6, "{got}, want {want}");
        }
        let exponential = factors(RateSchedule::Exponential, 3);
        for (got, want) in exponential.iter().zip([1.0, 0.9, 0.81]) {
            assert!((got - want).abs() < 1e-6, "{got}, want {want}");
        }
    }
}
