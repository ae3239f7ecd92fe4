//! What is there of a data set.

use std::io::{self, Read};
use std::path::PathBuf;

use super::catalog::{DatasetInfo, FileInfo};
use super::checksum::Hashed;
use super::idx::unpacked;
use super::{DataError, DataHome, IdxError, load};

/// What a file of a data set is like.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileState {
    /// It is not there.
    Missing,
    /// It is there, and its SHA-256 is right.
    Valid {
        /// Where it is, perhaps as .gz.
        path: PathBuf,
    },
    /// It is there, and cannot be used.
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        error: IdxError,
    },
}

/// Returns the state of the files of a data set, in the order of [`DatasetInfo::files`].
///
/// Every file is read and its checksum compared. What is built in has no files to look at.
pub fn status(info: &DatasetInfo, home: &DataHome) -> [FileState; 4] {
    info.files().map(|file| state(info, file, home))
}

/// Returns the state of one file.
pub(super) fn state(info: &DatasetInfo, file: &FileInfo, home: &DataHome) -> FileState {
    match load::open(info, file, home) {
        Ok(None) => FileState::Missing,
        Ok(Some((path, open))) => match check(open, file) {
            Ok(()) => FileState::Valid { path },
            Err(error) => FileState::Damaged { path, error },
        },
        Err(DataError::File { path, error }) => FileState::Damaged { path, error },
        Err(_) => FileState::Missing,
    }
}

fn check(bytes: impl Read, file: &FileInfo) -> Result<(), IdxError> {
    let mut hashed = Hashed::new(unpacked(bytes)?);
    let mut limited = hashed.by_ref().take(file.bytes + 1);
    let got = io::copy(&mut limited, &mut io::sink())?;
    file.matches(got, hashed.checksum())
}
