//! What is there of a data set.

use std::io::{self, Read};
use std::path::PathBuf;

use super::catalog::{DatasetInfo, FileInfo};
use super::checksum::Hashed;
use super::idx::unpacked;
use super::{DATASETS, DataError, DataHome, IdxError, load};

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

/// Returns the other data set whose files these are, all four of them, where one's are looked for.
///
/// Some data sets name their files alike, and who has the four of one may name their directory.
pub fn other_data_set(files: &[FileState; 4]) -> Option<&'static DatasetInfo> {
    let is_of = |info: &&DatasetInfo| {
        files.iter().zip(info.files()).all(|(state, file)| match state {
            FileState::Damaged { error: IdxError::Checksum { got, .. }, .. } => *got == file.sha256,
            _ => false,
        })
    };
    DATASETS.iter().find(is_of)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the files of `there` where those of `wanted` are looked for.
    fn files_of(there: &DatasetInfo, wanted: &DatasetInfo) -> [FileState; 4] {
        let mut checksums = there.files().into_iter().zip(wanted.files());
        std::array::from_fn(|_| {
            let (there, wanted) = checksums.next().expect("there are four");
            let error = IdxError::Checksum { got: there.sha256, want: wanted.sha256 };
            FileState::Damaged { path: PathBuf::from(there.name), error }
        })
    }

    #[test]
    fn four_files_of_another_data_set_are_known_and_three_are_not() {
        let [mnist, fashion] = [&DATASETS[0], &DATASETS[1]];
        let mut files = files_of(mnist, fashion);
        assert_eq!(other_data_set(&files).map(|info| info.name), Some("mnist"));
        let other = other_data_set(&files_of(fashion, mnist));
        assert_eq!(other.map(|info| info.name), Some("fashion_mnist"));
        files[2] = FileState::Missing;
        assert!(other_data_set(&files).is_none());
    }
}
