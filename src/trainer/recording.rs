//! An experiment whose graph is recorded, ready to be looked at or trained.

use super::{About, BuildError, Experiment, HyperParameters, Model};
use crate::graph::{Graph, GraphBuilder};

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
}
