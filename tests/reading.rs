//! Reading log directories: what is found, while it grows, and when it is damaged.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use prost::Message;
use runboard::logdir::{Kind, Logdir, Restarts, Run};
use runboard::proto::event::What;
use runboard::proto::session_log::SessionStatus;
use runboard::proto::summary::{Value, value};
use runboard::proto::{Event, SessionLog, Summary};
use runboard::record::append_record;

fn scalar(tag: &str, step: i64, number: f32) -> Vec<u8> {
    let content = Some(value::Value::SimpleValue(number));
    let value = vec![Value { tag: tag.to_owned(), value: content, ..Default::default() }];
    event(step, What::Summary(Summary { value }))
}

fn event(step: i64, what: What) -> Vec<u8> {
    let event =
        Event { wall_time: 1e9 + step as f64, step, what: Some(what), ..Default::default() };
    event.encode_to_vec()
}

fn version() -> Vec<u8> {
    event(0, What::FileVersion("brain.Event:2".to_owned()))
}

fn start(step: i64) -> Vec<u8> {
    let log = SessionLog { status: SessionStatus::Start.into(), ..Default::default() };
    event(step, What::SessionLog(log))
}

fn records(payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    payloads.iter().for_each(|payload| append_record(&mut file, payload));
    file
}

fn write(path: PathBuf, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn messages(logdir: &mut Logdir) -> Vec<String> {
    logdir.poll().iter().map(ToString::to_string).collect()
}

fn points(run: &Run, tag: &str) -> Vec<(i64, f32)> {
    run.scalar(tag).unwrap().iter().map(|(step, _, &value)| (step, value)).collect()
}

fn names(logdir: &Logdir) -> Vec<&str> {
    logdir.runs().map(|run| run.name().as_str()).collect()
}

#[test]
fn runs_are_the_directories_with_event_files() {
    let dir = tempfile::tempdir().unwrap();
    let file = records(&[scalar("cost", 0, 0.5)]);
    for run in ["", "a", "a/b/c", "실험/일", "empty-name"] {
        write(dir.path().join(run).join("events.out.tfevents.1"), &file);
    }
    write(dir.path().join("d/notes.txt"), b"no events");
    write(dir.path().join("e/.tfevents"), b"");
    let mut logdir = Logdir::new(dir.path());
    assert_eq!(messages(&mut logdir), [""; 0]);
    assert_eq!(names(&logdir), [".", "a", "a/b/c", "e", "empty-name", "실험/일"]);
    assert_eq!(points(logdir.run("실험/일").unwrap(), "cost"), [(0, 0.5)]);
    assert_eq!(logdir.run("a").unwrap().start_time().unwrap().seconds(), 1e9);
    assert_eq!(logdir.run("e").unwrap().start_time(), None);
}

#[test]
fn a_log_directory_may_come_into_being_later() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("runs");
    let mut logdir = Logdir::new(&path);
    assert!(logdir.poll().is_empty() && logdir.runs().len() == 0);
    write(path.join("one/tfevents"), &records(&[scalar("cost", 0, 0.5)]));
    assert!(logdir.poll().is_empty());
    assert_eq!(names(&logdir), ["one"]);
    fs::remove_dir_all(path.join("one")).unwrap();
    assert!(logdir.poll().is_empty() && logdir.runs().len() == 0);
}

#[test]
fn a_file_instead_of_a_log_directory_is_told_once() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path().join("tfevents"), b"");
    let mut logdir = Logdir::new(dir.path().join("tfevents"));
    assert_eq!(messages(&mut logdir).len(), 1);
    assert_eq!(messages(&mut logdir), [""; 0]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = records(&[scalar("cost", 0, 0.5)]);
    write(dir.path().join("a/tfevents"), &file);
    write(elsewhere.path().join("b/tfevents"), &file);
    symlink(elsewhere.path(), dir.path().join("linked")).unwrap();
    symlink(dir.path(), dir.path().join("a/loop")).unwrap();
    symlink(elsewhere.path(), elsewhere.path().join("b/loop")).unwrap();
    symlink("nowhere", dir.path().join("a/dangling.tfevents")).unwrap();
    let mut logdir = Logdir::new(dir.path());
    assert_eq!(messages(&mut logdir), [""; 0]);
    assert_eq!(names(&logdir), ["a", "linked/b"]);
}

#[test]
fn polling_goes_on_at_every_truncation_point() {
    let payloads = [version(), scalar("cost", 1, 0.5), scalar("cost", 2, 0.25)];
    let file = records(&payloads);
    for cut in 0..=file.len() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.out.tfevents.1");
        write(path.clone(), &file[..cut]);
        let mut logdir = Logdir::new(dir.path());
        assert_eq!(messages(&mut logdir), [""; 0], "cut at byte {cut}");
        append(&path, &file[cut..]);
        assert_eq!(messages(&mut logdir), [""; 0], "cut at byte {cut}");
        assert_eq!(points(logdir.run(".").unwrap(), "cost"), [(1, 0.5), (2, 0.25)]);
        let run = logdir.run(".").unwrap();
        let info = run.event_files().next().unwrap();
        assert_eq!((info.bytes_read(), info.size()), (file.len() as u64, file.len() as u64));
    }
}

#[test]
fn a_damaged_value_costs_that_value_alone_and_is_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = records(&[version()]).len();
    let mut file = records(&[version(), scalar("cost", 1, 0.5), scalar("cost", 2, 0.25)]);
    file[first + 14] ^= 1;
    let path = dir.path().join("events.out.tfevents.1");
    write(path.clone(), &file);
    let mut logdir = Logdir::new(dir.path());
    let told = messages(&mut logdir);
    assert_eq!(told.len(), 1);
    let start = format!("`{}`: record at byte {first}: data checksum mismatch: ", path.display());
    assert!(told[0].starts_with(&start), "{told:?}");
    append(&path, &records(&[scalar("cost", 3, 0.125)]));
    assert_eq!(messages(&mut logdir), [""; 0]);
    assert_eq!(points(logdir.run(".").unwrap(), "cost"), [(2, 0.25), (3, 0.125)]);
}

#[test]
fn a_damaged_length_ends_its_file_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let first = records(&[scalar("cost", 1, 0.5)]);
    let broken = dir.path().join("a/1.tfevents");
    write(broken.clone(), &[&first[..], &[1; 40]].concat());
    write(dir.path().join("a/2.tfevents"), &records(&[scalar("cost", 2, 0.25)]));
    write(dir.path().join("b/tfevents"), &first);
    let mut logdir = Logdir::new(dir.path());
    let told = messages(&mut logdir);
    assert!(told.len() == 1 && told[0].contains("length checksum mismatch"), "{told:?}");
    append(&broken, &records(&[scalar("cost", 9, 9.0)]));
    assert_eq!(messages(&mut logdir), [""; 0]);
    assert_eq!(points(logdir.run("a").unwrap(), "cost"), [(1, 0.5), (2, 0.25)]);
    assert_eq!(points(logdir.run("b").unwrap(), "cost"), [(1, 0.5)]);
    let broken: Vec<_> = logdir.run("a").unwrap().event_files().map(|f| f.is_broken()).collect();
    assert_eq!(broken, [true, false]);
}

#[test]
fn a_record_that_holds_no_event_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let file = records(&[scalar("cost", 1, 0.5), b"\x09no".to_vec(), scalar("cost", 2, 0.25)]);
    write(dir.path().join("tfevents"), &file);
    let mut logdir = Logdir::new(dir.path());
    let told = messages(&mut logdir);
    assert!(told.len() == 1 && told[0].contains("record at byte 42: no event: "), "{told:?}");
    assert_eq!(points(logdir.run(".").unwrap(), "cost"), [(1, 0.5), (2, 0.25)]);
}

#[test]
fn many_problems_of_one_file_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path().join("tfevents"), &records(&vec![b"\x09no".to_vec(); 1000]));
    let told = messages(&mut Logdir::new(dir.path()));
    assert_eq!(told.len(), 21);
    assert!(told[20].ends_with("and 980 more problems"), "{}", told[20]);
}

#[test]
fn a_file_that_became_shorter_or_another_is_read_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tfevents");
    let at = |time: f64| Event { wall_time: time, ..Default::default() }.encode_to_vec();
    write(path.clone(), &records(&[at(1.0), scalar("cost", 1, 0.5), scalar("cost", 2, 0.25)]));
    let mut logdir = Logdir::new(dir.path());
    assert_eq!(messages(&mut logdir), [""; 0]);
    write(path.clone(), &records(&[at(1.0), scalar("cost", 7, 7.0)]));
    let told = messages(&mut logdir);
    assert!(told.len() == 1 && told[0].contains("replaced: "), "{told:?}");
    assert_eq!(points(logdir.run(".").unwrap(), "cost"), [(7, 7.0)]);
    let longer = [at(2.0), scalar("cost", 8, 8.0), scalar("cost", 9, 9.0), scalar("b", 1, 0.0)];
    write(path, &records(&longer));
    assert_eq!(messages(&mut logdir).len(), 1);
    assert_eq!(points(logdir.run(".").unwrap(), "cost"), [(8, 8.0), (9, 9.0)]);
}

#[test]
fn a_vanished_file_takes_its_points_along() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path().join("1.tfevents"), &records(&[scalar("cost", 1, 0.5)]));
    write(dir.path().join("2.tfevents"), &records(&[scalar("cost", 2, 0.25)]));
    let mut logdir = Logdir::new(dir.path());
    logdir.poll();
    fs::remove_file(dir.path().join("1.tfevents")).unwrap();
    assert_eq!(messages(&mut logdir), [""; 0]);
    assert_eq!(points(logdir.run(".").unwrap(), "cost"), [(2, 0.25)]);
}

/// Steps 0 to 9, and after a restart 5 to 7 in a second file.
fn restarted(restarts: Restarts, told: bool) -> Vec<i64> {
    let dir = tempfile::tempdir().unwrap();
    let mut first = if told { vec![version(), start(0)] } else { Vec::new() };
    first.extend((0..10).map(|step| scalar("cost", step, 0.0)));
    let mut second = if told { vec![version(), start(5)] } else { Vec::new() };
    second.extend((5..8).map(|step| scalar("cost", step, 1.0)));
    write(dir.path().join("1.tfevents"), &records(&first));
    write(dir.path().join("2.tfevents"), &records(&second));
    let mut logdir = Logdir::builder(dir.path()).restarts(restarts).build();
    assert_eq!(messages(&mut logdir), [""; 0]);
    logdir.run(".").unwrap().scalar("cost").unwrap().steps().to_vec()
}

#[test]
fn a_restart_is_seen_as_tensorboard_sees_it() {
    // FORMAT of TensorBoard 2.21, as measured: 8 points, with either loader if the writer told.
    let eight = [0, 1, 2, 3, 4, 5, 6, 7];
    assert_eq!(restarted(Restarts::LaterWins, true), eight);
    assert_eq!(restarted(Restarts::LaterWins, false), eight);
    assert_eq!(restarted(Restarts::SessionStart, true), eight);
    assert_eq!(restarted(Restarts::SessionStart, false), eight);
    assert_eq!(restarted(Restarts::KeepAll, true).len(), 13);
}

#[test]
fn only_what_is_asked_for_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path().join("tfevents"), &records(&[scalar("a", 1, 0.5), scalar("b", 1, 0.5)]));
    let mut logdir = Logdir::builder(dir.path()).tags(["b"]).build();
    assert_eq!(messages(&mut logdir), [""; 0]);
    let run = logdir.run(".").unwrap();
    assert!(run.scalar("a").is_none() && run.scalar("b").is_some());
    let tags: Vec<_> = run.tags().collect();
    assert_eq!(tags, [("a", Kind::Scalars), ("b", Kind::Scalars)]);
}
