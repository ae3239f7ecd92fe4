//! Hyper-parameters: the HParams tab.

use std::collections::BTreeMap;

use prost::Message;

use super::{SummaryWriter, WriteError, encode};
use crate::proto::h_param_info::DataType;
use crate::proto::h_params_plugin_data::Data;
use crate::proto::value::Kind;
use crate::proto::{
    DataClass, HParamInfo, HParamsExperiment, HParamsPluginData, MetricInfo, MetricName,
    SessionEndInfo, SessionStartInfo, SessionStatus, Value,
};
use crate::types::Step;

/// The value of a hyper-parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum HParam {
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
    /// A truth value.
    Bool(bool),
}

impl HParam {
    fn to_value(&self) -> Value {
        Value {
            kind: Some(match self {
                HParam::Number(number) => Kind::NumberValue(*number),
                HParam::Text(text) => Kind::StringValue(text.clone()),
                HParam::Bool(truth) => Kind::BoolValue(*truth),
            }),
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            HParam::Number(_) => DataType::Float64,
            HParam::Text(_) => DataType::String,
            HParam::Bool(_) => DataType::Bool,
        }
    }
}

/// How a run ended, for the HParams tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// As it should.
    Success,
    /// With an error, or interrupted.
    Failure,
}

impl SummaryWriter {
    /// Logs the run's hyper-parameters and names the scalar tags that measure it.
    ///
    /// Once a run, in the run's own file: unlike other writers, none makes an extra run. The last
    /// value of each metric's scalars is shown beside the hyper-parameters.
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add_hparams(
        &self,
        hparams: &[(&str, HParam)],
        metrics: &[&str],
    ) -> Result<(), WriteError> {
        let time = self.now();
        let info = |(name, value): &(&str, HParam)| HParamInfo {
            name: (*name).to_owned(),
            r#type: value.data_type().into(),
            ..Default::default()
        };
        let metric = |tag: &&str| MetricInfo {
            name: Some(MetricName { tag: (*tag).to_owned(), ..Default::default() }),
            ..Default::default()
        };
        let experiment = HParamsExperiment {
            time_created_secs: time.seconds(),
            hparam_infos: hparams.iter().map(info).collect(),
            metric_infos: metrics.iter().map(metric).collect(),
            ..Default::default()
        };
        let named = |(name, value): &(&str, HParam)| ((*name).to_owned(), value.to_value());
        let start = SessionStartInfo {
            hparams: hparams.iter().map(named).collect::<BTreeMap<_, _>>(),
            start_time_secs: time.seconds(),
            ..Default::default()
        };
        let mut values = Vec::new();
        append(&mut values, "_hparams_/experiment", Data::Experiment(experiment));
        append(&mut values, "_hparams_/session_start_info", Data::SessionStartInfo(start));
        self.add_values(&values, Step(0), time)
    }

    /// Logs how the run ended; until then the HParams tab shows its status as unknown.
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn end_session(&self, end: SessionEnd) -> Result<(), WriteError> {
        let status = match end {
            SessionEnd::Success => SessionStatus::StatusSuccess,
            SessionEnd::Failure => SessionStatus::StatusFailure,
        };
        let time = self.now();
        let info = SessionEndInfo { status: status.into(), end_time_secs: time.seconds() };
        let mut values = Vec::new();
        append(&mut values, "_hparams_/session_end_info", Data::SessionEndInfo(info));
        self.add_values(&values, Step(0), time)
    }
}

/// Appends a value that is nothing but metadata, as the tab wants it.
fn append(values: &mut Vec<u8>, tag: &str, data: Data) {
    let content = HParamsPluginData { version: 0, data: Some(data) }.encode_to_vec();
    let metadata = encode::metadata_with("hparams", &content, DataClass::Tensor);
    encode::value(values, &[&encode::tag(tag), &metadata]);
}
