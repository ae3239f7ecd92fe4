//! Finds the experiment and hyper-parameters a command line asks for.

use super::failure::Failure;
use super::suggest::closest;
use crate::trainer::{BuildError, Experiment, HyperParameterError, Recording};

/// Records the experiment `name` with `KEY=VALUE`s changed.
pub(super) fn select(
    experiments: &[&dyn Experiment],
    name: &str,
    set: &[String],
) -> Result<Recording, Failure> {
    let Some(experiment) = experiments.iter().find(|known| known.about().name == name) else {
        let failure = Failure::usage(format!("unknown experiment `{name}`"));
        let names = experiments.iter().map(|known| known.about().name);
        return Err(failure.hint(match closest(name, names) {
            Some(known) => format!("did you mean `{known}`? see `experiment list`"),
            None => "see `experiment list`".to_owned(),
        }));
    };
    let mut hyper = experiment.hyper_parameters();
    for pair in set {
        let Some((key, value)) = pair.split_once('=') else {
            let failure = Failure::usage(format!("`--set {pair}`: want KEY=VALUE"));
            return Err(failure.hint("as in `--set learning_rate=0.5`"));
        };
        hyper.set(key.trim(), value.trim()).map_err(bad_hyper_parameter)?;
    }
    Recording::new(*experiment, hyper).map_err(|error| match error {
        BuildError::HyperParameter(error) => bad_hyper_parameter(error),
        error => {
            let failure = Failure::failed(format!("cannot build `{name}`: {error}"));
            // Without any it is a mistake of the experiment, which no option mends.
            if set.is_empty() {
                return failure;
            }
            failure.hint("these hyper-parameters do not fit; `experiment list` shows the lecture's")
        }
    })
}

/// Checks that `--epochs` and `--set epochs=` do not say different things.
pub(super) fn check_epochs(set: &[String], epochs: u64) -> Result<(), Failure> {
    let of_set = set.iter().filter_map(|pair| pair.split_once('='));
    let Some((_, other)) = of_set.rev().find(|(key, _)| key.trim() == "epochs") else {
        return Ok(());
    };
    if other.trim().parse() == Ok(epochs as f64) {
        return Ok(());
    }
    let message = format!("`--epochs {epochs}` and `--set epochs={}` differ", other.trim());
    Err(Failure::usage(message).hint("they are the same: give one of them"))
}

pub(super) fn bad_hyper_parameter(error: HyperParameterError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        HyperParameterError::UnknownKey { known, .. } if known.is_empty() => {
            failure.hint("it has none")
        }
        HyperParameterError::UnknownKey { key, known } => {
            let meant = closest(&key, known.iter().map(String::as_str));
            let meant = meant.map(|known| format!("did you mean `{known}`? ")).unwrap_or_default();
            failure.hint(format!("{meant}it has: {}", known.join(", ")))
        }
        HyperParameterError::BadValue { .. } => {
            failure.hint("`experiment list` shows the lecture's value of every hyper-parameter")
        }
    }
}
