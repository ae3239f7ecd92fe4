//! Finding the runs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use super::{Problem, ReadError};
use crate::event::is_event_file;
use crate::types::RunName;

/// What is under a log directory.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) runs: BTreeMap<RunName, FoundRun>,
    pub(super) problems: Vec<Problem>,
}

#[derive(Debug)]
pub(super) struct FoundRun {
    pub(super) path: PathBuf,
    pub(super) files: BTreeMap<OsString, Stamp>,
}

/// What tells that a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    modified: Option<SystemTime>,
}

/// Finds all runs; a root that does not exist holds none.
pub(super) fn discover(root: &Path) -> Found {
    let mut found = Found::default();
    let mut walk = Walk { found: &mut found, parts: Vec::new(), ancestors: Vec::new() };
    match fs::canonicalize(root) {
        Ok(canonical) => walk.directory(root, canonical),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => walk.problem(root, error),
    }
    found
}

struct Walk<'a> {
    found: &'a mut Found,
    /// The directory's name relative to the root, part by part.
    parts: Vec<String>,
    /// Where the directories on the way here really are.
    ancestors: Vec<PathBuf>,
}

impl Walk<'_> {
    fn problem(&mut self, path: &Path, error: io::Error) {
        let error = ReadError::Io(error);
        self.found.problems.push(Problem { path: path.to_owned(), error });
    }

    fn directory(&mut self, path: &Path, canonical: PathBuf) {
        let entries = match fs::read_dir(path).and_then(|entries| entries.collect()) {
            Ok(entries) => entries,
            Err(error) => return self.problem(path, error),
        };
        let mut entries: Vec<fs::DirEntry> = entries;
        entries.sort_by_cached_key(fs::DirEntry::file_name);
        let mut files = BTreeMap::new();
        self.ancestors.push(canonical);
        for entry in entries {
            self.entry(&entry, &mut files);
        }
        self.ancestors.pop();
        if files.is_empty() {
            return;
        }
        let name = RunName::from_parts(self.parts.iter().map(String::as_str));
        let path = path.to_owned();
        match self.found.runs.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(FoundRun { path, files });
            }
            Entry::Occupied(_) => {
                self.found.problems.push(Problem { path, error: ReadError::NameTaken });
            }
        }
    }

    fn entry(&mut self, entry: &fs::DirEntry, files: &mut BTreeMap<OsString, Stamp>) {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(kind) = entry.file_type() else { return };
        let is_link = kind.is_symlink();
        let is_event_file = is_event_file(&name);
        if !is_link && !kind.is_dir() && !is_event_file {
            return;
        }
        // A link that leads nowhere, and what vanished meanwhile, is not there.
        let Ok(metadata) = fs::metadata(&path) else { return };
        if metadata.is_file() && is_event_file {
            files.insert(name, Stamp { size: metadata.len(), modified: metadata.modified().ok() });
        } else if metadata.is_dir() {
            let here = self.ancestors.last().map(|here| here.join(&name));
            let canonical = if is_link { fs::canonicalize(&path).ok() } else { here };
            let Some(canonical) = canonical else { return };
            if self.ancestors.contains(&canonical) {
                return;
            }
            self.parts.push(name.to_string_lossy().into_owned());
            self.directory(&path, canonical);
            self.parts.pop();
        }
    }
}
