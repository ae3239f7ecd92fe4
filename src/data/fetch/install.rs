//! A file gets its name only when it is whole.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::error::Failed;
use crate::data::catalog::FileInfo;
use crate::data::checksum::Hashed;
use crate::data::idx::unpacked;

/// Unpacks `packed`, gzip or not, as a file of a data set in `dir`, if that is what it is.
pub(super) fn install(packed: impl Read, file: &FileInfo, dir: &Path) -> Result<(), Failed> {
    let part = Part(dir.join(format!("{}.part", file.name)));
    part.fill(packed, file)?;
    let path = dir.join(file.name);
    fs::rename(&part.0, &path).map_err(Failed::disk(path))
}

/// A file that is being written; removed unless it got its name.
struct Part(PathBuf);

impl Part {
    fn fill(&self, packed: impl Read, file: &FileInfo) -> Result<(), Failed> {
        let mut to = File::create(&self.0).map_err(Failed::disk(&self.0))?;
        let mut from = Hashed::new(unpacked(packed).map_err(Failed::source)?);
        let mut buffer = vec![0; 128 << 10];
        let mut got = 0;
        // One byte more than there should be is enough to know.
        while got <= file.bytes {
            let count = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failed::source(crate::data::IdxError::from(error))),
            };
            to.write_all(&buffer[..count]).map_err(Failed::disk(&self.0))?;
            got += count as u64;
        }
        file.matches(got, from.checksum()).map_err(Failed::source)?;
        // The name must not be on the disk before the bytes are.
        to.sync_all().map_err(Failed::disk(&self.0))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the renaming there is none.
        let _ = fs::remove_file(&self.0);
    }
}
