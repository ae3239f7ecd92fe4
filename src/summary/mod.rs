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
//! # Views
//! A writer is cheap to clone, and a view is a clone with other settings that writes to the same
//! file, whatever the kind of summary: [`scope`](SummaryWriter::scope) puts a name before tags,
//! [`at`](SummaryWriter::at) gives events a time, [`every`](SummaryWriter::every) and
//! [`keep`](SummaryWriter::keep) log less. [`describe`](SummaryWriter::describe) says what a tag
//! means, [`sub_run`](SummaryWriter::sub_run) opens a file for a run within the run, and a
//! [`disabled`](SummaryWriter::disabled) writer does nothing.
//!
//! # When something fails
//! Values are encoded by the caller and written by a thread. No call panics, waits without end or
//! drops anything silently:
//!
//! - **An error comes back on the next call**, once for each attempt to write, and from
//!   [`flush`](SummaryWriter::flush), [`sync`](SummaryWriter::sync) and
//!   [`close`](SummaryWriter::close) as long as anything is left unwritten. What a call that
//!   returns an error was to log is not taken. [`lost`](SummaryWriter::lost) counts such events,
//!   and those that were taken and could not be written up to the end.
//! - **What was taken is kept** while the disk is full, and tried again every second and with every
//!   flush. Writing goes on at the very byte where it stopped, so the file is whole to its end when
//!   there is room again.
//! - **Memory is bounded**: up to [64 MiB](SummaryWriterBuilder::queue_bytes) wait; then callers
//!   wait for the thread, or get its error.
//! - **A process that is killed** loses at most what it logged within the last
//!   [second](SummaryWriterBuilder::flush_interval), and the time that the last write took.
//!   `flush` returns when all bytes are with the operating system, which a kill cannot touch;
//!   `sync` when they are on the disk, which a power failure cannot touch. The last clone that is
//!   dropped flushes; so does `close`, which can also say that it failed.
//! - **A file that is removed** while it is written would take bytes and forget them (Unix). That
//!   is an error, within a second. What the file held is gone, and `lost` cannot count it. A file
//!   that is moved, or whose directory is, is written on where it is.
//! - **Two writers in one directory** get a file each, of which the later sorts last, and the
//!   second one a [warning](SummaryWriter::warnings) (Unix, where the file system has locks).
//!   TensorBoard wants one writer per run: use `sub_run`.
//! - **Threads** may share a writer and its clones. Events of one thread stay in order.
//! - **A forked process** has no writing thread. There every call that would have to wait returns
//!   [`WriteError::Forked`], and so do `flush` and `close`; up to 64 KiB of events may have been
//!   taken before, in vain. It needs a writer of its own, made after the fork.
//!
//! # Rules of the format
//! - A tag is of one kind for the whole run; it is not empty and has at most 16 KiB. Before a `/`
//!   stands the group that TensorBoard shows it in.
//! - Steps of a tag should increase. They may be any `i64`, and all are written, but TensorBoard's
//!   data server drops earlier points with the same or a later step, and browsers round steps
//!   beyond 2^53.
//! - Scalars are f32: a number beyond its range becomes an infinity. NaN and infinities are shown.
//! - Wall times are finite. A run that goes on in its directory gets a new file; see
//!   [`purge_step`](SummaryWriterBuilder::purge_step).

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
