//! Reading the runs under a log directory, also while they are being written.
//!
//! A [`Logdir`] finds the [`Run`]s and reads them into [`Series`], one for each tag: every point, never a
//! sample. [`Logdir::poll`] reads what is new since the last time.
//!
//! ```
//! use runboard::logdir::Logdir;
//! use runboard::summary::SummaryWriter;
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path();
//! let writer = SummaryWriter::create(path.join("first"))?;
//! writer.add_scalar("cost", 0.5, 0)?;
//! writer.add_scalar("cost", 0.25, 1)?;
//! writer.close()?;
//!
//! let mut logdir = Logdir::new(path);
//! for problem in logdir.poll() {
//!     eprintln!("{problem}");
//! }
//! for run in logdir.runs() {
//!     for (tag, cost) in run.scalars() {
//!         println!("{} {tag} {:?}", run.name(), cost.last());
//!     }
//! }
//! # let cost = logdir.run("first").and_then(|run| run.scalar("cost")).unwrap();
//! # assert_eq!((cost.steps(), cost.values()), (&[0, 1][..], &[0.5, 0.25][..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Runs
//! A run is a directory with at least one file whose name contains `tfevents`. Directories are
//! searched to any depth; symbolic links are followed, unless they lead back to where they are.
//! The files of a run are read in the order of their names.
//!
//! # Damage
//! Nothing in a file makes [`Logdir::poll`] fail: what cannot be read is a [`Problem`] in its
//! answer, told once, and everything else is read.

mod discover;
mod kind;
mod load;
mod problem;
mod projector;
mod restart;
mod run;
mod series;
mod table;
mod take;
mod tensor;
mod text_format;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use kind::Kind;
pub use problem::{Problem, ReadError};
pub use projector::{Embedding, ProjectorConfig};
pub use restart::Restarts;
pub use run::{EventFileInfo, Run};
pub use series::{ScalarSeries, Series};
pub use table::Metadata;
pub use tensor::{Tensor, TensorData};
pub use values::{
    Audio, AudioClip, Graph, Histogram, HistogramSeries, HistogramStatistics, Image, KerasModel,
    MeshContent, MeshPart, PrCurve, Text, TracedRun, Value,
};

use self::load::Wanted;
use crate::types::RunName;

/// The runs under a directory.
///
/// See the [module's documentation](self).
#[derive(Debug)]
pub struct Logdir {
    path: PathBuf,
    wanted: Wanted,
    threads: usize,
    runs: BTreeMap<RunName, Run>,
    /// What discovery complained of last time, so as not to repeat it.
    complaints: Vec<(PathBuf, String)>,
}

/// Says what a [`Logdir`] reads.
#[derive(Debug)]
pub struct LogdirBuilder {
    logdir: Logdir,
}

impl LogdirBuilder {
    /// Reads this kind too; without any such call scalars are read, and with one only what was
    /// asked for.
    pub fn keep(mut self, kind: Kind) -> Self {
        self.logdir.wanted.kinds.insert(kind);
        self
    }

    /// Reads every kind.
    pub fn keep_everything(mut self) -> Self {
        self.logdir.wanted.kinds.extend(Kind::ALL);
        self
    }

    /// Reads scalars and histograms, or scalars alone.
    pub fn histograms(self, histograms: bool) -> Self {
        let scalars = self.keep(Kind::Scalars);
        if histograms { scalars.keep(Kind::Histograms) } else { scalars }
    }

    /// Reads only the given tags.
    pub fn tags<'a>(mut self, tags: impl IntoIterator<Item = &'a str>) -> Self {
        self.logdir.wanted.tags = Some(tags.into_iter().map(str::to_owned).collect());
        self
    }

    /// Says what a step that goes back means; TensorBoard's rule unless told otherwise.
    pub fn restarts(mut self, restarts: Restarts) -> Self {
        self.logdir.wanted.restarts = restarts;
        self
    }

    /// Refuses records longer than `bytes`; [`crate::record::MAX_RECORD_LEN`] unless told otherwise.
    pub fn max_record_len(mut self, bytes: u64) -> Self {
        self.logdir.wanted.max_record_len = bytes;
        self
    }

    /// Reads so many runs at a time; one for each core unless told otherwise.
    pub fn threads(mut self, threads: usize) -> Self {
        self.logdir.threads = threads.max(1);
        self
    }

    /// Returns the log directory, of which nothing is read yet.
    pub fn build(mut self) -> Logdir {
        if self.logdir.wanted.kinds.is_empty() {
            self.logdir.wanted.kinds.insert(Kind::Scalars);
        }
        self.logdir
    }
}

impl Logdir {
    /// Returns the log directory at `path`, which need not exist yet; its scalars will be read.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self::builder(path).build()
    }

    /// Returns a builder, to read other kinds or only some tags.
    pub fn builder(path: impl AsRef<Path>) -> LogdirBuilder {
        let logdir = Logdir {
            path: path.as_ref().to_owned(),
            wanted: Wanted::default(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            runs: BTreeMap::new(),
            complaints: Vec::new(),
        };
        LogdirBuilder { logdir }
    }

    /// Returns the directory's path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Finds new runs and files and reads what is new in all of them.
    ///
    /// Runs whose files are gone are dropped; a run one of whose files became shorter, or another
    /// file, is read anew. No file stays open. Returns what could not be read, each only once; a
    /// log directory that does not exist is one without runs.
    pub fn poll(&mut self) -> Vec<Problem> {
        let found = discover::discover(&self.path);
        let mut problems = Vec::new();
        let complaint = |p: &Problem| (p.path.clone(), p.error.to_string());
        let complaints: Vec<_> = found.problems.iter().map(complaint).collect();
        for (problem, complaint) in found.problems.into_iter().zip(&complaints) {
            if !self.complaints.contains(complaint) {
                problems.push(problem);
            }
        }
        self.complaints = complaints;
        self.runs.retain(|name, run| found.runs.get(name).is_some_and(|f| f.path == run.path()));
        for (name, found) in found.runs {
            let run = self.runs.entry(name.clone()).or_insert_with(|| Run::new(name, found.path));
            run.sync(found.files);
        }
        let changed = self.runs.values_mut().filter(|run| run.has_changed());
        problems.extend(load::read_runs(changed.collect(), &self.wanted, self.threads));
        problems
    }

    /// Returns the runs in the order of their names.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = &Run> {
        self.runs.values()
    }

    /// Returns the run of that name.
    pub fn run(&self, name: &str) -> Option<&Run> {
        self.runs.get(&RunName::from_parts([name]))
    }
}
