//! Trains what an [`Experiment`] describes and logs what a lecture shows of it.
//!
//! This is where the graph and the tracker meet: [`describe`] turns the graph into the picture of
//! the Graphs tab, the observer turns fetched values into summaries. [`train`] runs an experiment.

mod claim;
mod error;
mod experiment;
mod hyper_parameters;
mod model;

pub use claim::{Claim, Outcome, Seeds};
pub use error::BuildError;
pub use experiment::{Experiment, Schedule};
pub use hyper_parameters::{HyperParameter, HyperParameterError, HyperParameters, Value};
pub use model::Model;
