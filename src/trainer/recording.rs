//! An experiment whose graph is recorded, ready to be looked at or trained.

use super::{About, BuildError, Experiment, HyperParameterError, HyperParameters, Model};
use crate::data::Dataset;
use crate::graph::{Graph, GraphBuilder};

/// The hyper-parameter that says how many examples are held out.
const VALIDATION: &str = "validation";

/// An experiment's graph for some hyper-parameters, and the roles of its nodes.
///
/// ```
/// use runboard::experiments;
/// use runboard::trainer::Recording;
///
/// let experiment = experiments::find("xor_deep").expect("it is in the list");
/// let recording = Recording::new(experiment, experiment.hyper_parameters())?;
/// // 2-10-10-10-1: 2 * 10 + 10, twice 10 * 10 + 10, 10 * 1 + 1
/// assert_eq!(recording.graph.parameter_count(), 261);
/// # Ok::<(), runboard::trainer::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recording {
    /// What the experiment says of itself.
    pub about: About,
    /// The values it was built with.
    pub hyper: HyperParameters,
    /// What will be computed.
    pub graph: Graph,
    /// The roles of its nodes.
    pub model: Model,
    /// How many models are trained unless told otherwise.
    pub models: u64,
}

impl Recording {
    /// Records the graph of an experiment.
    ///
    /// # Errors
    /// As [`Experiment::build`].
    pub fn new(experiment: &dyn Experiment, hyper: HyperParameters) -> Result<Self, BuildError> {
        let mut builder = GraphBuilder::new();
        let model = experiment.build(&mut builder, &hyper)?;
        let (about, models) = (experiment.about(), experiment.models());
        Ok(Recording { about, hyper, graph: builder.finish(), model, models })
    }

    /// Returns a data set as the experiment divides it: if it has the hyper-parameter `validation`, so many
    /// examples are held out and all others trained on ([`Dataset::hold_out`]).
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] if that would leave none of either.
    pub fn divide(&self, data: Dataset) -> Result<Dataset, HyperParameterError> {
        if !self.divides() {
            return Ok(data);
        }
        let count = self.hyper.whole(VALIDATION, 1)?;
        let most = data.train.len() + data.validation.len() - 1;
        let divided = usize::try_from(count).ok().and_then(|count| data.hold_out(count));
        divided.ok_or_else(|| HyperParameterError::BadValue {
            key: VALIDATION.to_owned(),
            got: count.to_string(),
            want: format!("a whole number from 1 to {most}"),
        })
    }

    /// Whether the experiment divides a data set itself, and so holds out too few examples to choose an epoch
    /// by: its last epoch answers, not its best.
    pub(crate) fn divides(&self) -> bool {
        self.hyper.iter().any(|known| known.name == VALIDATION)
    }
}
