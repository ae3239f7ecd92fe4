//! `experiment data`: fetches data sets and shows what is there of them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::arguments::{DataCommand, DataHomeArguments};
use super::download::Download;
use super::failure::Failure;
use super::run::quoted;
use super::suggest::closest;
use super::table;
use crate::data::{
    self, DATASETS, DataError, DataHome, Dataset, DatasetInfo, FetchError, Fetched, FileInfo,
    FileState,
};

pub(super) fn data(command: &DataCommand) -> Result<String, Failure> {
    match command {
        DataCommand::Fetch { name, home } => fetch(name, &home.home()),
        DataCommand::Status { name, home, json } => status(name.as_deref(), &home.home(), *json),
    }
}

impl DataHomeArguments {
    /// The directory named, or the user's.
    pub(super) fn home(&self) -> DataHome {
        self.data_dir.as_ref().map_or_else(DataHome::of_user, DataHome::at)
    }
}

/// Loads a data set; fetches it first if it is not there.
pub(super) fn obtain(name: &str, home: &DataHome, quiet: bool) -> Result<Dataset, Failure> {
    match data::load(name, home) {
        Err(DataError::NotThere { .. }) => {
            fetch_with_progress(name, home, quiet)?;
            data::load(name, home)
        }
        loaded => loaded,
    }
    .map_err(|error| not_loaded(name, home, error))
}

fn fetch(name: &str, home: &DataHome) -> Result<String, Failure> {
    let Fetched { files, dir } = fetch_with_progress(name, home, false)?;
    Ok(match (files.len(), dir) {
        (_, None) => format!("{name} is built in\n"),
        (0, Some(_)) => format!("{name} is there already\n"),
        (count, Some(dir)) => {
            let plural = if count == 1 { "" } else { "s" };
            format!("{name}: {count} file{plural} in {}\n", dir.display())
        }
    })
}

fn fetch_with_progress(name: &str, home: &DataHome, quiet: bool) -> Result<Fetched, Failure> {
    let mut download = Download::new(quiet);
    let fetched = data::fetch(name, home, &mut |event| download.tell(&event));
    download.clear();
    fetched.map_err(|error| not_fetched(name, home, error))
}

fn not_fetched(name: &str, home: &DataHome, error: FetchError) -> Failure {
    let message = error.to_string();
    match error {
        FetchError::Unknown(error) => not_loaded(name, home, error),
        FetchError::Nowhere { .. } => Failure::failed(message).hint(
            "put the four idx files, plain or .gz, into a directory and name it with `--data-dir`; \
             `mnist_sample` needs none",
        ),
        FetchError::Disk { path, source } => {
            Failure::failed(message).hint(not_written(&path, source.kind()))
        }
        _ => Failure::failed(message).hint("name a directory with `--data-dir`"),
    }
}

/// What helps where something cannot be written for that reason.
fn not_written(path: &Path, reason: ErrorKind) -> String {
    let other = "another directory is named with `--data-dir`";
    match reason {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            format!("is the disk full? {other}")
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            match path.ancestors().find(|path| path.exists() && !path.is_dir()) {
                Some(file) => format!("`{}` is no directory; {other}", file.display()),
                None => other.to_owned(),
            }
        }
        _ => other.to_owned(),
    }
}

fn not_loaded(name: &str, home: &DataHome, error: DataError) -> Failure {
    let message = error.to_string();
    match error {
        DataError::Unknown { .. } => {
            let failure = Failure::usage(message);
            let names = DATASETS.iter().map(|info| info.name);
            failure.hint(match closest(name, names.clone()) {
                Some(known) => format!("did you mean `{known}`? see `experiment data status`"),
                None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
            })
        }
        DataError::File { .. } => Failure::failed(message)
            .hint(format!("`{}` replaces what is damaged", fetch_command(name, home))),
        _ => Failure::failed(message).hint(format!("`{}`", fetch_command(name, home))),
    }
}

/// What fetches a data set into that directory.
fn fetch_command(name: &str, home: &DataHome) -> String {
    match home.path() {
        // The user's own needs no name.
        Some(dir) if *home != DataHome::of_user() => {
            format!("experiment data fetch {name} --data-dir {}", quoted(dir))
        }
        _ => format!("experiment data fetch {name}"),
    }
}

fn status(name: Option<&str>, home: &DataHome, as_json: bool) -> Result<String, Failure> {
    let find = |name| data::find(name).map_err(|error| not_loaded(name, home, error));
    let one = name.map(find).transpose()?;
    let infos = DATASETS.iter().filter(|info| one.is_none_or(|one| one.name == info.name));
    let all: Vec<Status> = infos.map(|info| Status::of(info, home)).collect();
    if as_json {
        let dir = home.path().map(|path| path.display().to_string());
        let all: Vec<Json> = all.iter().map(Status::to_json).collect();
        return Ok(format!("{}\n", json!({ "data_dir": dir, "data_sets": all })));
    }
    let headings = ["data set", "status", "train / validation / test", "where"];
    let table = table::render(&headings, all.iter().map(Status::row));
    // What is wrong is too long for a table.
    Ok(all.iter().flat_map(Status::problems).fold(table, |text, line| text + &line + "\n"))
}

/// A data set and what is there of it.
struct Status<'a> {
    info: &'a DatasetInfo,
    /// Where it is, or would be.
    dir: Option<PathBuf>,
    /// Of what is built in, none.
    files: Vec<(&'a FileInfo, FileState)>,
    /// The data set whose files were found where those of this one might be, and where that is.
    other: Option<(&'static DatasetInfo, PathBuf)>,
}

impl<'a> Status<'a> {
    fn of(info: &'a DatasetInfo, home: &DataHome) -> Self {
        if info.is_built_in() {
            return Status { info, dir: None, files: Vec::new(), other: None };
        }
        let states = data::status(info, home);
        let other = data::other_data_set(&states);
        let files: Vec<_> = info.files().into_iter().zip(states).collect();
        let found = files.iter().find_map(|(_, state)| match state {
            FileState::Valid { path } | FileState::Damaged { path, .. } => path.parent(),
            _ => None,
        });
        let found = found.map(Path::to_owned);
        let (other, found) = match other {
            Some(_) => (other.zip(found), None),
            None => (None, found),
        };
        let dir = found.or_else(|| home.dir(info.name));
        Status { info, dir, files, other }
    }

    /// In a word, or two.
    fn word(&self) -> &'static str {
        let any = |is: fn(&FileState) -> bool| self.files.iter().any(|(_, state)| is(state));
        if self.info.is_built_in() {
            "built in"
        } else if self.other.is_some() {
            "missing"
        } else if any(|state| matches!(state, FileState::Damaged { .. })) {
            "damaged"
        } else if !any(|state| matches!(state, FileState::Missing)) {
            "there"
        } else if any(|state| matches!(state, FileState::Valid { .. })) {
            "incomplete"
        } else {
            "missing"
        }
    }

    /// What is wrong, in lines.
    fn problems(&self) -> Vec<String> {
        if let Some((other, dir)) = &self.other {
            let (this, other) = (self.info.name, other.name);
            return vec![format!("`{}`: the files of `{other}`, not of `{this}`", dir.display())];
        }
        let problem = |(_, state): &(&FileInfo, FileState)| match state {
            FileState::Damaged { path, error } => Some(format!("`{}`: {error}", path.display())),
            _ => None,
        };
        self.files.iter().filter_map(problem).collect()
    }

    fn row(&self) -> [String; 4] {
        let DatasetInfo { name, train, validation, test, .. } = self.info;
        let counts = format!("{train} / {validation} / {test}");
        let dir = self.dir.as_ref().map(|dir| dir.display().to_string());
        [(*name).to_owned(), self.word().to_owned(), counts, dir.unwrap_or_default()]
    }

    fn to_json(&self) -> Json {
        let files = self.files.iter().map(|(file, state)| {
            let (word, path, problem) = match state {
                FileState::Valid { path } => ("there", Some(path), None),
                FileState::Damaged { path, error } => ("damaged", Some(path), Some(error)),
                _ => ("missing", None, None),
            };
            json!({
                "file": file.name,
                "status": word,
                "path": path.map(|path| path.display().to_string()),
                "problem": problem.map(ToString::to_string),
                "sha256": file.sha256.to_string(),
            })
        });
        json!({
            "name": self.info.name,
            "about": self.info.about,
            "status": self.word(),
            "train": self.info.train,
            "validation": self.info.validation,
            "test": self.info.test,
            "dir": self.dir.as_ref().map(|dir| dir.display().to_string()),
            "files": files.collect::<Vec<Json>>(),
        })
    }
}
