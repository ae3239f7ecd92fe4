//! Mirrors that have the files, and mirrors that do not.

use super::server::{Reply, Server, unreachable_url};
use super::*;
use crate::data::DATASETS;

#[test]
fn all_files_come_from_the_first_mirror_each_asked_for_once() {
    let server = good_server();
    let trial = Trial::of(&[mirror(&server)]);
    trial.assert_complete();
    let names = SAMPLE.files().map(|file| file.name);
    assert_eq!(trial.events, names);
    assert_eq!(server.requests(), names.map(|name| asked(name, None)));
    let fetched = Fetched { files: names.to_vec(), dir: Some(trial.dir()) };
    assert_eq!(trial.result.unwrap(), fetched);
}

#[test]
fn progress_counts_to_the_length_that_the_server_says() {
    let server = good_server();
    let home = tempfile::tempdir().unwrap();
    let mut last = Vec::new();
    let mut event = |event: FetchEvent<'_>| match event {
        FetchEvent::Asked { .. } => last.push((0, None)),
        FetchEvent::Received { bytes, of } => *last.last_mut().unwrap() = (bytes, of),
        _ => {}
    };
    fetch_from(&SAMPLE, &DataHome::at(home.path()), &[mirror(&server)], &mut event).unwrap();
    let lens = SAMPLE.files().map(|file| packed(&format!("{}.gz", file.name)).len() as u64);
    assert_eq!(last, lens.map(|len| (len, Some(len))));
}

#[test]
fn a_mirror_with_other_content_is_left_for_the_next() {
    // Black images are idx, but not the sample's.
    let mut black = b"\0\0\x08\x03\0\0\x01\x90\0\0\0\x1c\0\0\0\x1c".to_vec();
    black.resize(SAMPLE.files()[0].bytes as usize, 0);
    // sha256sum of these bytes.
    let got = "4bce49928c204c1d3c49b0d03e6ff3aae76a92a19b31363b50ce392d37f2b359";
    let wrong = Server::start(move |_, _| Reply::whole(&black));
    let good = good_server();
    let trial = Trial::of(&[mirror(&wrong), mirror(&good)]);
    trial.assert_complete();
    let want = SAMPLE.files()[0].sha256;
    assert_eq!(trial.events[0], format!("SHA-256 mismatch: got {got}, want {want}"));
    assert_eq!((wrong.requests().len(), good.requests().len()), (1, 4));
}

#[test]
fn mirrors_that_are_down_or_lack_the_file_are_left_for_the_next() {
    let lacks = Server::start(|_, _| Reply::status("404 Not Found"));
    let good = good_server();
    let down = Source::Mirror(unreachable_url());
    let trial = Trial::of(&[down, mirror(&lacks), mirror(&good)]);
    trial.assert_complete();
    assert!(trial.events[0].contains("refused"), "{}", trial.events[0]);
    assert_eq!(trial.events[1], "the server says 404 Not Found");
}

#[test]
fn a_mirror_that_speaks_no_tls_is_left_for_the_next() {
    let server = good_server();
    let secure = server.url().replace("http://", "https://");
    let trial = Trial::of(&[Source::Mirror(secure), mirror(&server)]);
    trial.assert_complete();
    assert!(trial.events[0].contains("end of file"), "{}", trial.events[0]);
}

#[test]
fn a_page_in_place_of_the_file_is_refused_however_long() {
    let page = Server::start(|_, _| Reply::whole(b"<!DOCTYPE html>"));
    let endless = Server::start(|_, _| Reply::whole(&vec![b' '; 1 << 20]));
    let trial = Trial::of(&[mirror(&page), mirror(&endless)]);
    let tried = trial.tried();
    assert_eq!(tried[0], "truncated: got 15 bytes, want 313616");
    assert_eq!(tried[1], "got more than 379152 bytes, want fewer"); // 313616 + 64 Ki
    assert_eq!(trial.left(), BTreeSet::new());
}

#[test]
#[ignore = "needs MNIST in RUNBOARD_TEST_MNIST"]
fn the_real_files_come_over_the_net_and_load() {
    let from = std::env::var_os("RUNBOARD_TEST_MNIST").expect("it names a directory");
    let from = PathBuf::from(from);
    let server = Server::start(move |_, request| {
        Reply::ranged(&fs::read(from.join(&request.path)).unwrap(), request)
    });
    let home = tempfile::tempdir().unwrap();
    let home = DataHome::at(home.path());
    let start = std::time::Instant::now();
    fetch_from(&DATASETS[0], &home, &[mirror(&server)], &mut |_| {}).unwrap();
    println!("fetched in {:?}", start.elapsed());
    assert_eq!(load("mnist", &home).unwrap().train.len(), 55_000);
}
