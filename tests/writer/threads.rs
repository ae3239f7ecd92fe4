//! One writer in many threads.

use runboard::summary::{SummaryWriter, WriteError};

use crate::{number, values};

fn is_send_and_sync<T: Send + Sync>() {}

#[test]
fn threads_share_a_writer_and_nothing_is_lost_or_torn() {
    is_send_and_sync::<SummaryWriter>();
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::builder(dir.path()).queue_bytes(10_000).create().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let writer = writer.scope(&thread.to_string());
            scope.spawn(move || {
                let mut series = writer.scalar("series");
                for step in 0..2000 {
                    writer.add_scalar("plain", f64::from(step), step).unwrap();
                    series.add(f64::from(step), step).unwrap();
                    if step % 500 == 0 {
                        writer.add_histogram("weights", &[1.0; 100], step).unwrap();
                        writer.flush().unwrap();
                    }
                }
            });
        }
    });
    let path = writer.path().to_owned();
    assert_eq!(writer.lost(), 0);
    writer.close().unwrap();
    let values = values(&path);
    assert_eq!(values.len(), 4 * (2000 + 2000 + 4));
    for thread in 0..4 {
        for kind in ["plain", "series"] {
            let tag = format!("{thread}/{kind}");
            let of_tag = values.iter().filter(|(_, _, value)| value.tag == tag);
            let points: Vec<_> = of_tag.map(|(step, _, value)| (*step, number(value))).collect();
            assert!(points.iter().map(|p| p.0).eq(0..2000), "{tag} out of order");
            assert!(points.iter().all(|(step, value)| *step as f32 == *value));
        }
    }
}

#[test]
fn dropping_the_last_clone_writes_what_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let path = writer.path().to_owned();
    let clone = writer.scope("train");
    writer.add_scalar("a", 1.0, 1).unwrap();
    drop(writer);
    clone.add_scalar("b", 1.0, 1).unwrap();
    drop(clone);
    assert_eq!(values(&path).len(), 2);
}

#[test]
fn closing_one_clone_ends_the_others_which_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let clone = writer.clone();
    writer.close().unwrap();
    let error = clone.add_scalar("a", 1.0, 1).unwrap_err();
    assert!(matches!(error, WriteError::Closed { .. }), "{error}");
    assert_eq!(clone.lost(), 1);
    clone.close().unwrap();
}

#[test]
fn what_was_flushed_or_synced_can_be_read_while_the_writer_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    for step in 1..=20 {
        writer.add_scalar("a", 1.0, step).unwrap();
        if step % 2 == 0 { writer.sync() } else { writer.flush() }.unwrap();
        assert_eq!(values(writer.path()).len(), step as usize);
    }
}
