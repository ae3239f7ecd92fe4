//! Trains what an [`Experiment`] describes and logs what a lecture shows of it.
//!
//! This is where the graph and the tracker meet: [`describe`] turns the graph into the picture of
//! the Graphs tab, [`Summaries`] turns fetched values into summaries. [`Recording::train`] runs an
//! experiment and lets [`Observer`]s see it.

mod augment;
mod batches;
mod checkpoint;
mod checkpoint_dir;
mod checkpoint_error;
mod claim;
mod classifier;
mod console;
mod describe;
mod ensemble;
mod error;
mod evaluation;
mod experiment;
mod fit;
mod hyper_parameters;
mod lsuv;
mod maps;
mod model;
mod moving_average;
mod nan_watch;
mod observer;
mod pictures;
mod plans;
mod predictor;
mod provenance;
mod rate_schedule;
mod recording;
mod run_dir;
mod run_record;
mod summaries;
mod train;
mod training;

pub use augment::Augmentation;
pub use checkpoint::{Best, Checkpoint, Position};
pub use checkpoint_dir::CheckpointDir;
pub use checkpoint_error::CheckpointError;
pub use claim::{Claim, Outcome, Seeds};
pub use classifier::Images;
pub use console::Console;
pub use describe::describe;
pub use ensemble::{EnsembleEpoch, train_ensemble};
pub use error::{BuildError, TrainError};
pub use evaluation::Evaluation;
pub use experiment::{About, Experiment, Schedule};
pub use fit::{Fit, FitOptions};
pub use hyper_parameters::{HyperParameter, HyperParameterError, HyperParameters, Value};
pub use maps::{Characters, Maps};
pub use model::Model;
pub use nan_watch::NanWatch;
pub use observer::{EpochEnd, Look, Observer, Start};
pub use pictures::Pictures;
pub use predictor::{Prediction, Predictor};
pub use provenance::Provenance;
pub use rate_schedule::RateSchedule;
pub use recording::Recording;
#[cfg(feature = "cli")]
pub(crate) use run_dir::normalised;
pub use run_dir::{RunDir, RunDirError};
pub(crate) use run_record::hyper_json;
pub use run_record::{RUN_RECORD, RunRecord, Status};
#[cfg(feature = "cli")]
pub(crate) use run_record::{RUN_RECORD_DRAFT, write_run_record};
pub use summaries::Summaries;
pub use train::{RunOptions, Trained};
pub use training::Training;
