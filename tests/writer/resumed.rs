//! Runs that go on in a directory with earlier files.

use std::path::{Path, PathBuf};

use runboard::event::Clock;
use runboard::proto::event::What;
use runboard::summary::SummaryWriter;
use runboard::types::WallTime;

use crate::{events, tags};

/// The steps of a file's `SessionLog START`.
fn starts(path: &Path) -> Vec<i64> {
    let is_start =
        |what: &Option<What>| matches!(what, Some(What::SessionLog(log)) if log.status == 1);
    events(path).into_iter().filter(|event| is_start(&event.what)).map(|event| event.step).collect()
}

fn close(writer: SummaryWriter) -> PathBuf {
    let path = writer.path().to_owned();
    writer.close().unwrap();
    path
}

#[test]
fn a_new_run_starts_at_step_zero() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    assert!(!writer.resumed());
    writer.add_scalar("cost", 1.0, 100).unwrap();
    assert_eq!(starts(&close(writer)), [0]);
}

#[test]
fn a_run_that_goes_on_says_from_which_step_its_earlier_files_do_not_count() {
    let dir = tempfile::tempdir().unwrap();
    close(SummaryWriter::create(dir.path()).unwrap());
    let writer = SummaryWriter::builder(dir.path()).purge_step(50).create().unwrap();
    assert!(writer.resumed() && writer.warnings().is_empty());
    writer.add_scalar("cost", 1.0, 60).unwrap();
    let path = close(writer);
    // Twice, for readers take the first of a run for its beginning.
    assert_eq!(starts(&path), [50, 50]);
    assert_eq!(events(&path).len(), 4);
}

#[test]
fn without_a_step_to_go_on_from_that_of_the_first_scalar_counts() {
    let dir = tempfile::tempdir().unwrap();
    close(SummaryWriter::create(dir.path()).unwrap());
    let log_first: [fn(&SummaryWriter); 3] = [
        |writer| writer.add_scalar("cost", 1.0, 70).unwrap(),
        |writer| writer.scalar("cost").add(1.0, 70).unwrap(),
        |writer| {
            let mut batch = writer.step(70);
            batch.scalar("cost", 1.0);
            batch.add().unwrap();
        },
    ];
    for log in log_first {
        let writer = SummaryWriter::create(dir.path()).unwrap();
        // Of the whole run, and said to be of step 0 each time it goes on.
        writer.add_text("about", "again", 0).unwrap();
        log(&writer);
        writer.add_scalar("cost", 1.0, 80).unwrap();
        let path = close(writer);
        assert_eq!(starts(&path), [70, 70]);
        assert_eq!(tags(&path).len(), 3);
    }
}

#[test]
fn files_sort_in_the_order_they_were_created_in_whatever_the_clock_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for seconds in [1.7e9, 1.7e9, 1.7e9 + 0.9, 1.6e9, 1.7e9 + 1.0, 1.8e9] {
        let clock = Clock::Fixed(WallTime::new(seconds).unwrap());
        paths.push(close(SummaryWriter::builder(dir.path()).clock(clock).create().unwrap()));
    }
    assert!(paths.is_sorted() && paths.windows(2).all(|pair| pair[0] != pair[1]), "{paths:?}");
}

#[cfg(unix)]
#[test]
fn two_writers_in_one_directory_have_two_files_and_the_second_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let first = SummaryWriter::create(dir.path()).unwrap();
    let second = SummaryWriter::create(dir.path()).unwrap();
    first.add_scalar("a", 1.0, 1).unwrap();
    second.add_scalar("b", 1.0, 1).unwrap();
    let warnings: Vec<_> = second.warnings().iter().map(ToString::to_string).collect();
    let want = format!("another writer writes to the same run: `{}`", first.path().display());
    assert_eq!(warnings, [want]);
    assert!(first.warnings().is_empty());
    let (first, second) = (close(first), close(second));
    assert_eq!(tags(&first), [("a".to_owned(), 1)]);
    assert_eq!(tags(&second), [("b".to_owned(), 1)]);
    assert!(SummaryWriter::create(dir.path()).unwrap().warnings().is_empty(), "both are closed");
}
