//! Writing summaries: what TensorBoard shows of a run.
//!
//! A [`SummaryWriter`] writes one event file in one directory, which TensorBoard shows as one run.
//! The methods are named and ordered as tensorboardX's: tag, value, step.
//!
//! ```
//! use runboard::summary::SummaryWriter;
//!
//! # let dir = tempfile::tempdir()?;
//! # let dir = dir.path();
//! let writer = SummaryWriter::create(dir)?;
//! for step in 0..100 {
//!     writer.add_scalar("cost", 1.0 / (1.0 + step as f64), step)?;
//! }
//! writer.add_histogram("weights", &[0.1, -0.2, 0.3], 100)?;
//! writer.add_text("about", "a *first* run", 0)?;
//! writer.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When writing fails
//! Values are encoded by the caller and written by a thread, within a second. If the disk is full
//! or the directory is gone, the next call returns the error, once, and what that call was to log
//! is not taken; [`SummaryWriter::lost`] counts such events. What was taken before is kept and
//! tried again, from the byte where writing stopped, so the file stays readable.
//! [`SummaryWriter::flush`] and [`SummaryWriter::close`] return an error as long as anything is
//! left unwritten.
//!
//! # Rules of the format
//! A tag is of one kind for the whole run. Steps of a tag should increase: TensorBoard drops
//! earlier points with the same or a later step.

mod audio;
mod batch;
mod builder;
mod check;
mod chunks;
mod custom_scalars;
mod describe;
mod embedding;
mod encode;
mod encoded_image;
mod error;
mod graph;
mod histogram;
mod hparams;
mod image;
mod image_boxes;
mod image_grid;
mod kind;
mod mesh;
mod png;
mod pr_curve;
mod projector;
mod queue;
mod rewrite;
mod run_file;
mod run_metadata;
mod scalar;
mod sink;
mod sub_run;
mod tensor;
mod text;
mod thinning;
mod video;
mod view;
mod writer;
mod writing_thread;

pub use audio::Audio;
pub use batch::StepBatch;
pub use builder::SummaryWriterBuilder;
pub use custom_scalars::{Chart, Margin};
pub use describe::Description;
pub use embedding::Embedding;
pub use error::{Warning, WriteError};
pub use graph::{GraphAttribute, GraphNode};
pub use histogram::{BUCKETS, Histogram, HistogramValue};
pub use hparams::{HParam, HParamsSession, SessionEnd};
pub use image::{Image, Images, Pixels};
pub use image_boxes::BoundingBox;
pub use mesh::Mesh;
pub use pr_curve::PrCurve;
pub use run_metadata::NodeStats;
pub use scalar::ScalarSeries;
#[doc(hidden)]
pub use sink::Sink;
pub use tensor::{Tensor, TensorData};
pub use video::Video;
pub use writer::SummaryWriter;
