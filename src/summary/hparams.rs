//! Hyper-parameters: the HParams tab.

use std::collections::BTreeMap;

use prost::Message;

use super::kind::{Kind, numbers, refused};
use super::{SummaryWriter, WriteError};
use crate::proto::h_param_info::DataType as HParamType;
use crate::proto::h_params_plugin_data::Data;
use crate::proto::value;
use crate::proto::{
    DataClass, DataType, HParamInfo, HParamsExperiment, HParamsPluginData, ListValue, MetricInfo,
    MetricName, SessionEndInfo, SessionStartInfo, SessionStatus, Value,
};
use crate::types::{Step, WallTime};

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
                HParam::Number(number) => value::Kind::NumberValue(*number),
                HParam::Text(text) => value::Kind::StringValue(text.clone()),
                HParam::Bool(truth) => value::Kind::BoolValue(*truth),
            }),
        }
    }

    fn data_type(&self) -> HParamType {
        match self {
            HParam::Number(_) => HParamType::Float64,
            HParam::Text(_) => HParamType::String,
            HParam::Bool(_) => HParamType::Bool,
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

/// What the HParams tab is to know of a run; [`SummaryWriter::add_hparams_session`] logs it.
#[derive(Clone, Debug)]
#[must_use = "a session is logged by `add_hparams_session`"]
pub struct HParamsSession<'a> {
    hparams: &'a [(&'a str, HParam)],
    metrics: &'a [&'a str],
    group: &'a str,
    domains: BTreeMap<&'a str, &'a [HParam]>,
}

impl<'a> HParamsSession<'a> {
    /// Returns a session with these hyper-parameters, each with its name.
    pub fn new(hparams: &'a [(&'a str, HParam)]) -> Self {
        HParamsSession { hparams, metrics: &[], group: "", domains: BTreeMap::new() }
    }

    /// Sets the scalar tags that measure the run, whose last values are shown.
    pub fn metrics(mut self, tags: &'a [&'a str]) -> Self {
        self.metrics = tags;
        self
    }

    /// Sets the group: runs of one are repetitions, of which the tab shows the mean.
    pub fn group(mut self, name: &'a str) -> Self {
        self.group = name;
        self
    }

    /// Sets all values that a hyper-parameter takes in the experiment, for the tab's filters.
    pub fn domain(mut self, hparam: &'a str, values: &'a [HParam]) -> Self {
        self.domains.insert(hparam, values);
        self
    }

    /// Returns whether the run says which columns the tab's table has.
    fn names_columns(&self) -> bool {
        !(self.metrics.is_empty() && self.domains.is_empty())
    }

    /// Returns the columns of the tab's table.
    fn experiment(&self, time: WallTime) -> HParamsExperiment {
        let info = |(name, value): &(&str, HParam)| HParamInfo {
            name: (*name).to_owned(),
            r#type: value.data_type().into(),
            domain_discrete: self
                .domains
                .get(name)
                .map(|values| ListValue { values: values.iter().map(HParam::to_value).collect() }),
            ..Default::default()
        };
        let metric = |tag: &&str| MetricInfo {
            name: Some(MetricName { tag: (*tag).to_owned(), ..Default::default() }),
            ..Default::default()
        };
        HParamsExperiment {
            time_created_secs: time.seconds(),
            hparam_infos: self.hparams.iter().map(info).collect(),
            metric_infos: self.metrics.iter().map(metric).collect(),
            ..Default::default()
        }
    }

    /// Returns the row.
    fn start(&self, time: WallTime) -> SessionStartInfo {
        let named = |(name, value): &(&str, HParam)| ((*name).to_owned(), value.to_value());
        SessionStartInfo {
            hparams: self.hparams.iter().map(named).collect(),
            group_name: self.group.to_owned(),
            start_time_secs: time.seconds(),
            ..Default::default()
        }
    }
}

impl SummaryWriter {
    /// Logs the run's hyper-parameters and names the scalar tags that measure it.
    ///
    /// Once a run, in the run's own file: unlike other writers, none makes an extra run. The last
    /// value of each metric's scalars is shown beside the hyper-parameters; of all scalars, if no
    /// run of the log directory names metrics.
    ///
    /// ```
    /// use runboard::summary::{HParam, SessionEnd, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let hparams = [("rate", HParam::Number(0.1)), ("optimizer", HParam::Text("adam".into()))];
    /// writer.add_hparams(&hparams, &["accuracy"])?;
    /// writer.add_scalar("accuracy", 0.97, 1000)?;
    /// writer.end_session(SessionEnd::Success)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add_hparams(
        &self,
        hparams: &[(&str, HParam)],
        metrics: &[&str],
    ) -> Result<(), WriteError> {
        self.add_hparams_session(&HParamsSession::new(hparams).metrics(metrics))
    }

    /// Logs hyper-parameters and metrics as [`SummaryWriter::add_hparams`], with a group and domains.
    ///
    /// TensorBoard takes the columns of its table from the first run it finds that names metrics or
    /// domains. If none does, it has a column for every hyper-parameter and scalar tag of all runs,
    /// which suits a log directory of different experiments.
    ///
    /// ```
    /// use runboard::summary::{HParam, HParamsSession, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let hparams = [("rate", HParam::Number(0.1)), ("seed", HParam::Number(3.0))];
    /// let rates = [HParam::Number(0.1), HParam::Number(0.01)];
    /// let session = HParamsSession::new(&hparams).metrics(&["accuracy"]);
    /// writer.add_hparams_session(&session.group("rate 0.1").domain("rate", &rates))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if a domain is of a name that is no hyper-parameter or has values of
    /// another type; else as for other summaries.
    pub fn add_hparams_session(&self, session: &HParamsSession<'_>) -> Result<(), WriteError> {
        for (name, values) in &session.domains {
            let hparam = session.hparams.iter().find(|(known, _)| known == name);
            let Some((_, hparam)) = hparam else {
                return Err(refused(name, "got a domain, but no such hyper-parameter"));
            };
            let other = |value: &&HParam| value.data_type() != hparam.data_type();
            if let Some(value) = values.iter().find(other) {
                let problem = format!("got {value:?} in the domain of {hparam:?}");
                return Err(refused(name, problem));
            }
        }
        let time = self.now();
        let start = session.start(time);
        let mut values = Vec::new();
        if session.names_columns() {
            let experiment = session.experiment(time);
            append(&mut values, "_hparams_/experiment", Data::Experiment(experiment));
        }
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

/// Appends a value that is nothing but metadata and an empty tensor.
///
/// The tab does not look at the tensor, but without one TensorBoard's Python loader lists a series
/// that it does not have, and answers nothing but errors.
fn append(values: &mut Vec<u8>, tag: &str, data: Data) {
    let content = HParamsPluginData { version: 0, data: Some(data) }.encode_to_vec();
    let kind = Kind { plugin: "hparams", content: &content, class: DataClass::Tensor };
    kind.append(values, tag, &numbers(DataType::DtFloat, &[0], Vec::new()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_of_the_hyper_parameters_name_and_type() {
        let dir = tempfile::tempdir().unwrap();
        let writer = SummaryWriter::create(dir.path()).unwrap();
        let hparams = [("rate", HParam::Number(0.1))];
        let problem = |name, values: &[HParam]| {
            let session = HParamsSession::new(&hparams).domain(name, values);
            writer.add_hparams_session(&session).unwrap_err().to_string()
        };
        assert_eq!(problem("rat", &[]), "summary `rat`: got a domain, but no such hyper-parameter");
        assert_eq!(
            problem("rate", &[HParam::Bool(true)]),
            "summary `rate`: got Bool(true) in the domain of Number(0.1)"
        );
    }
}
