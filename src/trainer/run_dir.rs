//! The directory of a run: one of its own, below the log directory.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::{fmt, fs};

use chrono::{DateTime, Local};
use unicode_normalization::UnicodeNormalization;

use crate::types::RunName;

/// A directory that was just made for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    /// Where it is.
    pub path: PathBuf,
    /// What TensorBoard calls the run: the path below the log directory.
    pub name: RunName,
}

/// A run directory that cannot be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunDirError {
    /// The name is no path below the log directory.
    Name {
        /// The name.
        name: String,
    },
    /// The directory is there already; runs do not share one.
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// The system does not let it be made.
    Io {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for RunDirError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name } => write!(
                f,
                "run name `{name}`: want names joined by `/`, none of them empty, `.` or `..`, \
                 without control characters and `\\`"
            ),
            Self::Exists { path } => {
                write!(f, "run directory `{}` is there already", path.display())
            }
            Self::Io { path, source } => {
                write!(f, "cannot make run directory `{}`: {source}", path.display())
            }
        }
    }
}

impl std::error::Error for RunDirError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl RunDir {
    /// Makes the directory of the run `name` below `logdir`.
    ///
    /// Any Unicode name will do; it is normalised (NFC), so that a name typed on one system is
    /// found on another.
    ///
    /// # Errors
    /// [`RunDirError`] if the name leads out of `logdir`, the directory exists, or cannot be made.
    pub fn create_named(logdir: &Path, name: &str) -> Result<Self, RunDirError> {
        Self::create(logdir, &normalised(name)?)
    }

    /// Returns the directory of the run `name` below `logdir`, which is there.
    ///
    /// # Errors
    /// [`RunDirError::Name`] if the name leads out of `logdir`, [`RunDirError::Io`] if there is no
    /// such directory.
    pub fn open(logdir: &Path, name: &str) -> Result<Self, RunDirError> {
        let name = normalised(name)?;
        let path = below(logdir, &name);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                Ok(RunDir { path, name: RunName::from_parts(name.split('/')) })
            }
            Ok(_) => Err(RunDirError::Io { path, source: ErrorKind::NotADirectory.into() }),
            Err(source) => Err(RunDirError::Io { path, source }),
        }
    }

    /// Makes a new directory `<experiment>/<YYYYMMDD-HHMMSS>` below `logdir`.
    ///
    /// A second one of the same second ends in `-2`, the next in `-3`.
    ///
    /// # Errors
    /// As [`RunDir::create_named`].
    pub fn create_dated(
        logdir: &Path,
        experiment: &str,
        now: DateTime<Local>,
    ) -> Result<Self, RunDirError> {
        let first = format!("{experiment}/{}", now.format("%Y%m%d-%H%M%S"));
        let mut name = first.clone();
        for count in 2.. {
            match Self::create_named(logdir, &name) {
                Err(RunDirError::Exists { .. }) => name = format!("{first}-{count}"),
                result => return result,
            }
        }
        unreachable!("a number is free")
    }

    fn create(logdir: &Path, name: &str) -> Result<Self, RunDirError> {
        let path = below(logdir, name);
        let parent = path.parent().unwrap_or(logdir);
        let made = fs::create_dir_all(parent).and_then(|()| fs::create_dir(&path));
        match made {
            Ok(()) => Ok(RunDir { path, name: RunName::from_parts(name.split('/')) }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {
                Err(RunDirError::Exists { path })
            }
            Err(source) => Err(RunDirError::Io { path, source }),
        }
    }
}

/// Returns a name as directories have it (NFC), if it leads nowhere but below the log directory.
pub(crate) fn normalised(name: &str) -> Result<String, RunDirError> {
    let normalised: String = name.nfc().collect();
    match normalised.split('/').all(is_plain) {
        true => Ok(normalised),
        false => Err(RunDirError::Name { name: name.to_owned() }),
    }
}

fn below(logdir: &Path, name: &str) -> PathBuf {
    name.split('/').fold(logdir.to_owned(), |path, part| path.join(part))
}

/// Whether a part of a name is the name of one directory, on every system.
fn is_plain(part: &str) -> bool {
    let mut components = Path::new(part).components();
    let one = matches!(components.next(), Some(Component::Normal(name)) if name == part);
    one && components.next().is_none() && !part.contains(|c: char| c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn two_runs_of_one_second_get_two_directories() {
        let logdir = tempfile::tempdir().unwrap();
        let now = Local.with_ymd_and_hms(2026, 11, 25, 20, 0, 5).unwrap();
        let make = || RunDir::create_dated(logdir.path(), "xor_deep", now).unwrap();
        assert_eq!(make().name.as_str(), "xor_deep/20261125-200005");
        assert_eq!(make().name.as_str(), "xor_deep/20261125-200005-2");
        assert_eq!(make().name.as_str(), "xor_deep/20261125-200005-3");
    }

    #[test]
    fn no_name_leads_out_of_the_logdir() {
        let logdir = tempfile::tempdir().unwrap();
        for name in
            ["", "..", "../up", "a/../../b", "/abs", "a//b", "a/", ".", "a\\b", "a\0", "a\n"]
        {
            let error = RunDir::create_named(logdir.path(), name).unwrap_err();
            assert!(matches!(error, RunDirError::Name { .. }), "{name:?}: {error}");
        }
        assert_eq!(fs::read_dir(logdir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_korean_name_is_composed() {
        let logdir = tempfile::tempdir().unwrap();
        // "실" as its three letters (NFD), as a Mac hands it over.
        let decomposed = "\u{1109}\u{1175}\u{11af}험 1";
        let run = RunDir::create_named(logdir.path(), decomposed).unwrap();
        assert_eq!(run.name.as_str(), "실험 1");
        assert!(logdir.path().join("실험 1").is_dir());
        let again = RunDir::create_named(logdir.path(), "실험 1").unwrap_err();
        assert!(matches!(again, RunDirError::Exists { .. }), "{again}");
    }

    #[test]
    fn a_logdir_that_is_a_file_is_an_error_naming_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = RunDir::create_named(&file, "a").unwrap_err();
        assert!(matches!(error, RunDirError::Io { .. }), "{error}");
    }
}
