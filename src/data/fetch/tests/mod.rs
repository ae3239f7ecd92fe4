//! Fetching from a server on loopback, from directories and from what takes npm's place.

mod disk;
mod mirrors;
mod npm;
mod resume;
mod server;
mod sources;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{FetchError, FetchEvent, Fetched, Source, Tried, fetch_from};
use crate::data::catalog::SAMPLE_OF_FILES as SAMPLE;
use crate::data::load::load_info;
use crate::data::{DataHome, load};
use server::{Reply, Request, Server};

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";

/// The files of the sample, packed, by name.
fn packed(name: &str) -> Vec<u8> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/data/mnist_sample");
    fs::read(dir.join(name)).unwrap()
}

/// A fetch into a directory that is new.
struct Trial {
    home: TempDir,
    events: Vec<String>,
    result: Result<Fetched, FetchError>,
}

impl Trial {
    fn of(sources: &[Source]) -> Self {
        Self::into(tempfile::tempdir().unwrap(), sources)
    }

    fn into(home: TempDir, sources: &[Source]) -> Self {
        let mut events = Vec::new();
        let mut event = |event: FetchEvent<'_>| match event {
            FetchEvent::Received { .. } => {}
            FetchEvent::Installed { file } => events.push(file.to_owned()),
            FetchEvent::Failed(Tried { reason, .. }) => events.push(reason.clone()),
            _ => {}
        };
        let result = fetch_from(&SAMPLE, &DataHome::at(home.path()), sources, &mut event);
        Trial { home, events, result }
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join(SAMPLE.name)
    }

    /// Names in the directory, the lock's aside.
    fn left(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.dir()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != ".lock").collect()
    }

    /// All is there, and nothing else.
    fn assert_complete(&self) {
        assert!(self.result.is_ok(), "{:?}", self.result);
        let names = SAMPLE.files().map(|file| file.name.to_owned());
        assert_eq!(self.left(), BTreeSet::from(names));
        let home = DataHome::at(self.home.path());
        let built_in = load("mnist_sample", &home).unwrap();
        assert_eq!(load_info(&SAMPLE, &home).unwrap(), built_in);
    }

    /// What was tried, each with its reason.
    fn tried(&self) -> Vec<String> {
        match &self.result {
            Err(FetchError::Nowhere { tried, .. }) => {
                tried.iter().map(|tried| tried.reason.clone()).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

fn good_server() -> Server {
    Server::start(|_, request| Reply::ranged(&packed(&request.path), request))
}

fn mirror(server: &Server) -> Source {
    Source::Mirror(server.url())
}

fn asked(path: &str, range: Option<usize>) -> Request {
    Request { path: format!("{path}.gz"), range }
}
