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
    /// U(-l, l), l = sqrt(6 / (fan_in + fan_out)), of a `[fan_in, fan_out]` kernel; of a filter
    /// `[rows, columns, in, out]` fan_in is rows * columns * in, and fan_out rows * columns * out.
    ///
    /// Glorot and Bengio 2010, eq. 16; `tf.glorot_uniform_initializer`. Suits tanh and linear
    /// layers; for ReLU see [`Initializer::HeNormal`].
    XavierUniform,
    /// N(0, sqrt(2 / fan_in)) of a `[fan_in, fan_out]` kernel or a filter, as above.
    ///
    /// He et al. 2015, eq. 10. Suits ReLU layers.
    HeNormal,
    /// Orthonormal columns of a `[fan_in, fan_out]` kernel, or rows where they are fewer.
    ///
    /// Saxe et al. 2014; `tf.orthogonal_initializer`. What leads up to the last axis is one.
    Orthonormal,
    /// As [`Initializer::Orthonormal`], then scaled by the trainer so that the layer gives variance
    /// 1 for the first batch.
    ///
    /// Mishkin and Matas 2016: layer-sequential unit variance.
    Lsuv,
    /// These numbers, row major; as many as the variable has.
    Values(Vec<f32>),
}

impl Initializer {
    /// Zeros.
    pub const ZEROS: Self = Self::Constant(0.0);
    /// N(0, 1), the lectures' `tf.random_normal` with its defaults.
    pub const STANDARD_NORMAL: Self = Self::Normal { mean: 0.0, stddev: 1.0 };

    /// The names [`Initializer::from_name`] knows.
    pub const NAMES: &'static [&'static str] =
        &["zeros", "normal", "uniform", "xavier", "he", "lsuv", "orthonormal"];

    /// Returns the initializer of that name, with the lectures' parameters: N(0, 1), U(-1, 1).
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "zeros" => Some(Self::ZEROS),
            "normal" => Some(Self::STANDARD_NORMAL),
            "uniform" => Some(Self::Uniform { low: -1.0, high: 1.0 }),
            "xavier" => Some(Self::XavierUniform),
            "he" => Some(Self::HeNormal),
            "lsuv" => Some(Self::Lsuv),
            "orthonormal" => Some(Self::Orthonormal),
            _ => None,
        }
    }

    /// Says what is wrong with the parameters for a variable of these sizes, if anything.
    pub(crate) fn problem(&self, sizes: &[usize]) -> Option<String> {
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
            Self::Orthonormal | Self::Lsuv if sizes.len() < 2 => {
                Some(format!("{self} initial values are a matrix, got {sizes:?}"))
            }
            Self::Values(values) if values.len() != sizes.iter().product::<usize>() => {
                let elements: usize = sizes.iter().product();
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
            Self::Orthonormal => f.write_str("orthonormal"),
            Self::Lsuv => f.write_str("LSUV"),
            Self::Values(values) => write!(f, "{} given values", values.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_and_a_vector_is_no_orthonormal_matrix() {
        for name in Initializer::NAMES {
            assert_eq!(Initializer::from_name(name).unwrap().problem(&[2, 3]), None, "{name}");
        }
        let problem = Initializer::Orthonormal.problem(&[3]);
        assert_eq!(problem.as_deref(), Some("orthonormal initial values are a matrix, got [3]"));
    }
}
