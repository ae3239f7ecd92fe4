//! Trains what an [`Experiment`] describes and logs what a lecture shows of it.
//!
//! This is where the graph and the tracker meet: [`describe`] turns the graph into the picture of
//! the Graphs tab, [`Summaries`] turns fetched values into summaries. [`Recording::train`] runs an
//! experiment and lets [`Observer`]s see it.

mod claim;
mod console;
mod describe;
mod error;
mod experiment;
mod hyper_parameters;
mod model;
mod nan_watch;
mod observer;
mod provenance;
mod recording;
mod run_dir;
mod run_record;
mod summaries;
mod train;

pub use claim::{Claim, Outcome, Seeds};
pub use console::Console;
pub use describe::describe;
pub use error::{BuildError, TrainError};
pub use experiment::{About, Experiment, Schedule};
pub use hyper_parameters::{HyperParameter, HyperParameterError, HyperParameters, Value};
pub use model::Model;
pub use nan_watch::NanWatch;
pub use observer::{Look, Observer, Start};
pub use provenance::Provenance;
pub use recording::Recording;
pub use run_dir::{RunDir, RunDirError};
#[cfg(feature = "cli")]
pub(crate) use run_record::hyper_json;
pub use run_record::{RUN_RECORD, RunRecord, Status};
pub use summaries::Summaries;
pub use train::{RunOptions, Trained};
