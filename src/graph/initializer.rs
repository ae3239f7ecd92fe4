//! How a variable gets its first value; the drawing itself is done by `exec`.

use std::fmt;

/// The distribution a variable's first value is drawn from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Initializer {
    /// The same number everywhere.
    Constant(f32),
    /// N(mean, stddev); `tf.random_normal`.
    Normal {
        /// The mean.
        mean: f32,
        /// The standard deviation, not negative.
        stddev: f32,
    },
    /// U(low, high); `tf.random_uniform`.
    Uniform {
        /// Inclusive lower bound.
        low: f32,
        /// Exclusive upper bound, above `low`.
        high: f32,
    },
    /// U(-l, l), l = sqrt(6 / (fan_in + fan_out)), of a `[fan_in, fan_out]` kernel.
    ///
    /// Glorot and Bengio 2010, eq. 16; `tf.glorot_uniform_initializer`. Suits tanh and linear
    /// layers; for ReLU see [`Initializer::HeNormal`].
    XavierUniform,
    /// N(0, sqrt(2 / fan_in)) of a `[fan_in, fan_out]` kernel.
    ///
    /// He et al. 2015, eq. 10. Suits ReLU layers.
    HeNormal,
    /// These numbers, row major; as many as the variable has.
    Values(Vec<f32>),
}

impl Initializer {
    /// Zeros.
    pub const ZEROS: Self = Self::Constant(0.0);
    /// N(0, 1), the lectures' `tf.random_normal` with its defaults.
    pub const STANDARD_NORMAL: Self = Self::Normal { mean: 0.0, stddev: 1.0 };

    /// The names [`Initializer::from_name`] knows.
    pub const NAMES: &'static [&'static str] = &["zeros", "normal", "uniform", "xavier", "he"];

    /// Returns the initializer of that name, with the lectures' parameters: N(0, 1), U(-1, 1).
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "zeros" => Some(Self::ZEROS),
            "normal" => Some(Self::STANDARD_NORMAL),
            "uniform" => Some(Self::Uniform { low: -1.0, high: 1.0 }),
            "xavier" => Some(Self::XavierUniform),
            "he" => Some(Self::HeNormal),
            _ => None,
        }
    }

    /// Says what is wrong with the parameters for a variable of this many elements, if anything.
    pub(crate) fn problem(&self, elements: usize) -> Option<String> {
        match self {
            Self::Constant(value) if !value.is_finite() => {
                Some(format!("initial value is {value}, want a finite number"))
            }
            Self::Normal { mean, stddev }
                if !(mean.is_finite() && stddev.is_finite() && *stddev >= 0.0) =>
            {
                Some(format!("standard deviation is {stddev}, want a finite number of at least 0"))
            }
            Self::Uniform { low, high } if !(low.is_finite() && high.is_finite() && low < high) => {
                Some(format!("bounds are {low} and {high}, want low below high"))
            }
            Self::Values(values) if values.len() != elements => {
                Some(format!("got {} initial values, want {elements}", values.len()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Initializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(value) => write!(f, "{value}"),
            Self::Normal { mean, stddev } => write!(f, "N({mean}, {stddev})"),
            Self::Uniform { low, high } => write!(f, "U({low}, {high})"),
            Self::XavierUniform => f.write_str("Xavier uniform"),
            Self::HeNormal => f.write_str("He normal"),
            Self::Values(values) => write!(f, "{} given values", values.len()),
        }
    }
}
