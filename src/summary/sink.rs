//! Where the bytes of an event file go.

use std::fs::File;
use std::io::{self, Write};
#[cfg(not(unix))]
use std::path::PathBuf;

/// What the writing thread writes to: a file, or a stand-in for a disk that stalls or fills up.
pub trait Sink: Write + Send {
    /// Forces what was written to the disk.
    ///
    /// # Errors
    /// What the system says.
    fn sync(&mut self) -> io::Result<()>;

    /// Fails if what is written could not be found again.
    ///
    /// # Errors
    /// That the file is gone.
    fn check(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An event file.
#[derive(Debug)]
pub(super) struct FileSink {
    file: File,
    #[cfg(not(unix))]
    path: PathBuf,
}

impl FileSink {
    #[cfg(unix)]
    pub(super) fn new(file: File, _path: &std::path::Path) -> Self {
        FileSink { file }
    }

    #[cfg(not(unix))]
    pub(super) fn new(file: File, path: &std::path::Path) -> Self {
        FileSink { file, path: path.to_owned() }
    }

    /// Whether no name leads to the file any more. A file that was moved still has one.
    #[cfg(unix)]
    fn is_removed(&self) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        Ok(self.file.metadata()?.nlink() == 0)
    }

    #[cfg(not(unix))]
    fn is_removed(&self) -> io::Result<bool> {
        Ok(!self.path.try_exists()?)
    }
}

impl Write for FileSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for FileSink {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The system goes on taking what is written to a removed file, and forgets it at its close.
    fn check(&mut self) -> io::Result<()> {
        if self.is_removed()? {
            let problem = "the file was removed while it was written";
            return Err(io::Error::new(io::ErrorKind::NotFound, problem));
        }
        Ok(())
    }
}
