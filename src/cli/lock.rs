//! Locks by which processes know of each other what they are at.
//!
//! The system takes a lock off when the last process that holds it ends, however it ends. The file
//! that is locked stays: who removed it could do so just before another process locks it, and a
//! third one would make a file of that name and lock that.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// The name of a run's lock, in its directory: it is moved with it, and no event file.
pub(super) const RUN_LOCK: &str = ".lock";

/// The file that is locked while a run is trained.
pub(super) fn of_run(run_dir: &Path) -> PathBuf {
    run_dir.join(RUN_LOCK)
}

/// Returns a lock, which is held until the file and its copies are closed; `None` if somebody else
/// has it.
pub(super) fn take(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    // Who only looks whether it is taken has it for a moment: `is_taken`.
    for _ in 0..5 {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether somebody has a lock; `None` if nobody ever had, or its file system knows no locks.
pub(super) fn is_taken(path: &Path) -> Option<bool> {
    match File::open(path).ok()?.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}
