//! The hyper-parameters of a run, whoever wrote it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::cli::ls::run_record;
use crate::logdir::{Logdir, Run};
use crate::proto::HParamsPluginData;
use crate::proto::h_params_plugin_data::Data;
use crate::proto::value::Kind;

/// The tag under which TensorBoard's format has the hyper-parameters of a run.
const SESSION_START: &str = "_hparams_/session_start_info";

/// Hyper-parameters by name, as text, and the name of the run they are of.
pub(super) struct Hyper {
    pub(super) owner: String,
    pub(super) values: BTreeMap<String, String>,
}

/// Returns what a run was made with; if it does not say so itself, what one above it says.
///
/// For a training may log into runs below its own, as `train` and `validation`. Of a run of this
/// program it is what `run.json` says, with `seed` and `experiment`; of others the HParams tab's.
pub(super) fn hyper(logdir: &Logdir, run: &Run) -> Option<Hyper> {
    let mut owner = run.name().as_str();
    loop {
        let path = owner.split('/').fold(logdir.path().to_owned(), |path, part| path.join(part));
        let logged = || logdir.run(owner).and_then(logged);
        if let Some(values) = recorded(&run_record(&path)).or_else(logged) {
            return Some(Hyper { owner: owner.to_owned(), values });
        }
        owner = owner.rsplit_once('/')?.0;
    }
}

fn recorded(record: &Json) -> Option<BTreeMap<String, String>> {
    let hyper = record["hyper_parameters"].as_object()?;
    let of_the_run = ["seed", "experiment"].into_iter();
    let of_the_run = of_the_run.filter_map(|key| Some((key, text(&record[key])?)));
    let hyper = hyper.iter().filter_map(|(key, value)| Some((key.as_str(), text(value)?)));
    // One named like what every run has is the more telling.
    Some(of_the_run.chain(hyper).map(|(key, value)| (key.to_owned(), value)).collect())
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(match (number.as_u64(), number.as_f64()) {
            (None, Some(number)) => number.to_string(), // 1.0 is 1
            _ => number.to_string(),
        }),
        Json::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn logged(run: &Run) -> Option<BTreeMap<String, String>> {
    let (_, latest) = run.series::<HParamsPluginData>(SESSION_START)?.last()?;
    let Some(Data::SessionStartInfo(start)) = &latest.data else {
        return None;
    };
    let pair = |(key, value): (&String, &crate::proto::Value)| {
        let text = match value.kind.as_ref()? {
            Kind::NumberValue(number) => number.to_string(),
            Kind::StringValue(text) => text.clone(),
            Kind::BoolValue(truth) => truth.to_string(),
            _ => return None,
        };
        Some((key.clone(), text))
    };
    Some(start.hparams.iter().filter_map(pair).collect())
}
