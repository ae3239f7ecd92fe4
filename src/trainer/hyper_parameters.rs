//! The named values of an experiment that `--set` can change.

use std::fmt;

use super::RateSchedule;
use crate::graph::Initializer;
use crate::nn::{Activation, Optimizer};

/// A hyper-parameter's value; its kind is that of the default.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A finite number.
    Number(f64),
    /// A word.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Text(text) => text.fmt(f),
        }
    }
}

/// One named value.
#[derive(Clone, Debug, PartialEq)]
pub struct HyperParameter {
    /// The key of `--set KEY=VALUE`.
    pub name: String,
    /// The value now.
    pub value: Value,
}

/// A key or value that an experiment does not know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HyperParameterError {
    /// There is no hyper-parameter of that name.
    UnknownKey {
        /// The name asked for.
        key: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The hyper-parameter cannot have that value.
    BadValue {
        /// Its name.
        key: String,
        /// The value given.
        got: String,
        /// What it takes: `a number`, `one of sigmoid, relu`.
        want: String,
    },
}

impl fmt::Display for HyperParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { key, .. } => write!(f, "unknown hyper-parameter `{key}`"),
            Self::BadValue { key, got, want } => {
                write!(f, "hyper-parameter `{key}`: got `{got}`, want {want}")
            }
        }
    }
}

impl std::error::Error for HyperParameterError {}

/// The hyper-parameters of an experiment, in the order it lists them.
///
/// ```
/// use runboard::trainer::HyperParameters;
///
/// let mut hyper = HyperParameters::new().text("activation", "sigmoid").number("learning_rate", 0.1);
/// hyper.set("learning_rate", "0.5")?;
/// assert_eq!(hyper.get_number("learning_rate"), 0.5);
/// let error = hyper.set("learning_rate", "fast").unwrap_err();
/// assert_eq!(error.to_string(), "hyper-parameter `learning_rate`: got `fast`, want a number");
///
/// let slower = hyper.number("learning_rate", 0.01);
/// assert_eq!((slower.get_number("learning_rate"), slower.iter().count()), (0.01, 2));
/// # Ok::<(), runboard::trainer::HyperParameterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HyperParameters(Vec<HyperParameter>);

impl HyperParameters {
    /// Returns none.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a number and its default; one that is there gets another default.
    pub fn number(self, name: &str, default: f64) -> Self {
        self.with(name, Value::Number(default))
    }

    /// Adds a word and its default; one that is there gets another default.
    pub fn text(self, name: &str, default: &str) -> Self {
        self.with(name, Value::Text(default.to_owned()))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        match self.0.iter_mut().find(|known| known.name == name) {
            Some(known) => known.value = value,
            None => self.0.push(HyperParameter { name: name.to_owned(), value }),
        }
        self
    }

    /// Returns them in order.
    pub fn iter(&self) -> impl Iterator<Item = &HyperParameter> {
        self.0.iter()
    }

    /// Changes one, read as the kind its default has.
    ///
    /// # Errors
    /// [`HyperParameterError`] if there is none of that name, or it takes a number and gets none.
    /// Whether a word is known shows when the model is built.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), HyperParameterError> {
        let known = || self.0.iter().map(|parameter| parameter.name.clone()).collect();
        let Some(place) = self.0.iter().position(|parameter| parameter.name == key) else {
            return Err(HyperParameterError::UnknownKey { key: key.to_owned(), known: known() });
        };
        self.0[place].value = match self.0[place].value {
            Value::Text(_) => Value::Text(value.to_owned()),
            Value::Number(_) => match value.parse::<f64>() {
                Ok(number) if number.is_finite() => Value::Number(number),
                _ => return Err(bad(key, value, "a number")),
            },
        };
        Ok(())
    }

    /// Returns a number.
    ///
    /// # Panics
    /// If the experiment has no number of that name: a mistake of the experiment.
    pub fn get_number(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Number(number) => *number,
            Value::Text(_) => panic!("hyper-parameter `{name}` is no number"),
        }
    }

    /// Returns a word.
    ///
    /// # Panics
    /// If the experiment has no word of that name: a mistake of the experiment.
    pub fn get_text(&self, name: &str) -> &str {
        match self.value(name) {
            Value::Text(text) => text,
            Value::Number(_) => panic!("hyper-parameter `{name}` is no word"),
        }
    }

    /// Returns the activation that the word `name` names: `linear`, `sigmoid`, `tanh`, `relu`,
    /// `leaky_relu`, `very_leaky_relu`, `elu`, `selu` or `maxout`.
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] if it names none.
    pub fn activation(&self, name: &str) -> Result<Activation, HyperParameterError> {
        let known: Vec<&str> = Activation::ALL.iter().map(|(name, _)| *name).collect();
        self.named(name, Activation::from_name, &known)
    }

    /// Returns the initializer that the word `name` names: `zeros`, `normal` (N(0, 1)),
    /// `uniform` (U(-1, 1)), `xavier`, `he`, `lsuv` or `orthonormal`.
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] if it names none.
    pub fn initializer(&self, name: &str) -> Result<Initializer, HyperParameterError> {
        self.named(name, Initializer::from_name, Initializer::NAMES)
    }

    /// Returns the optimiser that the word `name` names, `sgd`, `momentum`, `rmsprop` or `adam`, with the number `learning_rate`.
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] if it names none, or the rate is not above 0 or beyond f32.
    pub fn optimizer(&self, name: &str) -> Result<Optimizer, HyperParameterError> {
        let given = self.get_number("learning_rate");
        let rate = given as f32;
        if !(rate > 0.0 && rate.is_finite()) {
            let want = "a number above 0 that f32 can hold";
            return Err(bad("learning_rate", &given.to_string(), want));
        }
        self.named(name, |word| Optimizer::from_name(word, rate), Optimizer::NAMES)
    }

    /// Returns the learning-rate schedule that the word `name` names.
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] if it names none.
    pub fn rate_schedule(&self, name: &str) -> Result<RateSchedule, HyperParameterError> {
        let known: Vec<&str> = RateSchedule::ALL.iter().map(|(name, _)| *name).collect();
        self.named(name, RateSchedule::from_name, &known)
    }

    /// Returns a whole number of at least `least`.
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] if it is another number.
    pub fn whole(&self, name: &str, least: u64) -> Result<u64, HyperParameterError> {
        let number = self.get_number(name);
        let whole = number as u64;
        if whole as f64 == number && whole >= least && number < 1e15 {
            return Ok(whole);
        }
        Err(bad(name, &number.to_string(), &format!("a whole number of at least {least}")))
    }

    /// Returns a number in a range.
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] if it is outside.
    pub fn number_in(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<f64>,
    ) -> Result<f64, HyperParameterError> {
        let number = self.get_number(name);
        if range.contains(&number) {
            return Ok(number);
        }
        let want = format!("a number from {} to {}", range.start(), range.end());
        Err(bad(name, &number.to_string(), &want))
    }

    /// Returns a number in a range, 0 if the experiment has no such hyper-parameter.
    pub(super) fn number_in_or_0(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<f64>,
    ) -> Result<f64, HyperParameterError> {
        if self.has(name) { self.number_in(name, range) } else { Ok(0.0) }
    }

    /// Returns a whole number, 0 if the experiment has no such hyper-parameter.
    pub(super) fn whole_or_0(&self, name: &str) -> Result<u64, HyperParameterError> {
        if self.has(name) { self.whole(name, 0) } else { Ok(0) }
    }

    fn has(&self, name: &str) -> bool {
        self.iter().any(|known| known.name == name)
    }

    /// Returns the sizes that a word lists, as in `256,256`; none of an empty word.
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] if one is no number from 1 to 65,536.
    pub fn sizes(&self, name: &str) -> Result<Vec<usize>, HyperParameterError> {
        let word = self.get_text(name);
        if word.trim().is_empty() {
            return Ok(Vec::new());
        }
        let size = |part: &str| part.trim().parse().ok().filter(|size| (1..=65_536).contains(size));
        let sizes: Option<Vec<usize>> = word.split(',').map(size).collect();
        sizes.ok_or_else(|| bad(name, word, "numbers from 1 to 65536 joined by commas"))
    }

    fn named<T>(
        &self,
        name: &str,
        find: impl FnOnce(&str) -> Option<T>,
        known: &[&str],
    ) -> Result<T, HyperParameterError> {
        let word = self.get_text(name);
        find(word).ok_or_else(|| bad(name, word, &format!("one of {}", known.join(", "))))
    }

    fn value(&self, name: &str) -> &Value {
        let found = self.0.iter().find(|parameter| parameter.name == name);
        &found.unwrap_or_else(|| panic!("there is no hyper-parameter `{name}`")).value
    }
}

fn bad(key: &str, got: &str, want: &str) -> HyperParameterError {
    HyperParameterError::BadValue {
        key: key.to_owned(),
        got: got.to_owned(),
        want: want.to_owned(),
    }
}
