//! The checkpoints of a run: those of the last epochs, and that of the best.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::checkpoint::{Checkpoint, State};
use super::{CheckpointError, Recording};

/// The directory below a run's own.
const NAME: &str = "checkpoints";
const BEST: &str = "best.safetensors";

/// Where a run keeps its checkpoints, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointDir {
    path: PathBuf,
    keep: usize,
}

impl CheckpointDir {
    /// Returns that of the run in `run_dir`, which keeps the last `keep`, at least 1, and the best.
    pub fn of_run(run_dir: &Path, keep: usize) -> Self {
        CheckpointDir { path: run_dir.join(NAME), keep: keep.max(1) }
    }

    /// Returns the files of single epochs, the last first.
    pub fn epochs(&self) -> Vec<(u64, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.path) else { return Vec::new() };
        let mut found: Vec<(u64, PathBuf)> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let name = path.file_name()?.to_str()?;
                let number = name.strip_prefix("epoch-")?.strip_suffix(".safetensors")?;
                Some((number.parse().ok()?, path))
            })
            .collect();
        found.sort_by_key(|(epoch, _)| std::cmp::Reverse(*epoch));
        found
    }

    /// Returns the file of the best epoch, if there is one.
    pub fn best(&self) -> Option<PathBuf> {
        Some(self.path.join(BEST)).filter(|path| path.is_file())
    }

    /// Saves a training after an epoch, and removes what is then too old.
    ///
    /// # Errors
    /// [`CheckpointError::Io`]; what was saved before is untouched.
    pub(crate) fn save(&self, recording: &Recording, state: &State) -> Result<(), CheckpointError> {
        let position = state.position;
        let file = |name: &str| self.path.join(name);
        let failed = |path: &Path, source: io::Error| CheckpointError::Io {
            path: path.to_owned(),
            source: source.into(),
        };
        fs::create_dir_all(&self.path).map_err(|source| failed(&self.path, source))?;
        let last = file(&format!("epoch-{:04}.safetensors", position.epoch));
        let write = |path: &Path| {
            let written = Checkpoint::write(path, recording, state);
            written.map_err(|source| failed(path, source))
        };
        write(&last)?;
        if position.best.is_some_and(|best| best.epoch == position.epoch) {
            write(&file(BEST))?;
        }
        for (_, old) in self.epochs().into_iter().skip(self.keep) {
            fs::remove_file(&old).map_err(|source| failed(&old, source))?;
        }
        Ok(())
    }

    /// Reads the checkpoint of the last epoch, or of the epoch `at`.
    ///
    /// One that is damaged is passed over for the one before it.
    ///
    /// # Errors
    /// [`CheckpointError::None`] if there is none, else why the last cannot be used.
    pub fn last(
        &self,
        recording: &Recording,
        seed: u64,
        at: Option<u64>,
    ) -> Result<Checkpoint, CheckpointError> {
        let mut first_error = None;
        for (epoch, path) in self.epochs() {
            if at.is_some_and(|at| at != epoch) {
                continue;
            }
            match Checkpoint::read(&path, recording, seed) {
                Err(error @ CheckpointError::Damaged { .. }) => {
                    first_error.get_or_insert(error);
                }
                result => return result,
            }
        }
        Err(first_error.unwrap_or_else(|| CheckpointError::None { dir: self.path.clone() }))
    }
}
