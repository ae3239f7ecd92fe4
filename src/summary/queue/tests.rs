use std::io::Write;
use std::sync::mpsc;

use super::*;
use crate::record::{OVERHEAD, RecordReader, append_record};

/// What a stand-in for a disk does with a write.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Works,
    Panics,
}

/// A disk with room for so many bytes.
#[derive(Clone)]
struct Disk(Arc<Mutex<(Vec<u8>, usize, Mood)>>);

impl Disk {
    fn with_room(room: usize) -> Self {
        Disk(Arc::new(Mutex::new((Vec::new(), room, Mood::Works))))
    }

    fn make_room(&self, room: usize) {
        self.0.lock().unwrap().1 = room;
    }

    fn content(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }

    fn payloads(&self) -> Vec<Vec<u8>> {
        let content = self.content();
        let mut reader = RecordReader::new(&content[..]);
        let mut payloads = Vec::new();
        while let Some(payload) = reader.next_record().unwrap() {
            payloads.push(payload.to_vec());
        }
        assert_eq!(reader.offset(), content.len() as u64, "the last record is torn");
        payloads
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.0.lock().unwrap();
        if disk.2 == Mood::Panics {
            drop(disk);
            panic!("as a test wants");
        }
        let count = bytes.len().min(disk.1 - disk.0.len());
        if count == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.0.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Disk {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn limits(bytes: usize) -> Limits {
    Limits { bytes, interval: Duration::from_secs(3600) }
}

fn queue(disk: &Disk, bytes: usize) -> Queue {
    Queue::new(PathBuf::from("events"), Box::new(disk.clone()), limits(bytes)).unwrap()
}

/// Eight of a letter as a record, which has 24 bytes.
fn record(letter: u8) -> Vec<u8> {
    let mut record = Vec::new();
    append_record(&mut record, &[letter; 8]);
    assert_eq!(record.len(), 8 + OVERHEAD);
    record
}

#[test]
fn a_full_disk_is_told_once_and_nothing_taken_is_lost_when_there_is_room_again() {
    let disk = Disk::with_room(30);
    let queue = queue(&disk, 1 << 20);
    queue.push(&record(b'a')).unwrap();
    queue.push(&record(b'b')).unwrap();
    let error = queue.flush(false).unwrap_err();
    assert!(error.to_string().starts_with("cannot write `events`: "), "{error}");
    assert_eq!(disk.content().len(), 30, "the second record is torn");
    queue.push(&record(b'c')).unwrap();
    assert!(queue.flush(false).is_err(), "still full");
    disk.make_room(1000);
    queue.flush(false).unwrap();
    assert_eq!(disk.payloads(), [[b'a'; 8], [b'b'; 8], [b'c'; 8]]);
    queue.close().unwrap();
    assert_eq!(queue.lost(), 0);
}

#[test]
fn a_failure_comes_back_on_the_next_call_which_is_counted_as_lost() {
    let disk = Disk::with_room(0);
    let queue = queue(&disk, 24);
    queue.push(&record(b'a')).unwrap();
    // The queue is full: the second call waits for the thread, and hears of its failure.
    let error = queue.push(&record(b'b')).unwrap_err();
    assert!(matches!(error, WriteError::Io { .. }), "{error}");
    assert_eq!(queue.lost(), 1);
    assert!(queue.close().is_err(), "the first record is still unwritten");
    assert_eq!(queue.lost(), 2, "and will never be written");
}

#[test]
fn a_disk_that_stays_full_fails_every_call_and_stops_none() {
    let disk = Disk::with_room(24);
    let queue = queue(&disk, 48);
    let results: Vec<_> = (0..100).map(|_| queue.push(&record(b'a')).is_ok()).collect();
    // One may be written before the third comes, and two wait; each of the others was refused.
    let taken = results.iter().filter(|ok| **ok).count();
    assert!((2..=3).contains(&taken), "{taken} were taken");
    assert_eq!(queue.lost(), 100 - taken as u64);
    assert!(queue.close().is_err());
    assert_eq!((queue.lost(), disk.payloads().len()), (99, 1));
}

#[test]
fn every_thread_that_flushes_to_a_full_disk_hears_of_it() {
    let queue = queue(&Disk::with_room(0), 1 << 20);
    queue.push(&record(b'a')).unwrap();
    std::thread::scope(|scope| {
        let flushes: Vec<_> = (0..4).map(|_| scope.spawn(|| queue.flush(false))).collect();
        assert!(flushes.into_iter().all(|flush| flush.join().unwrap().is_err()));
    });
}

#[test]
fn a_closed_queue_takes_nothing_more_and_can_be_closed_again() {
    let disk = Disk::with_room(100);
    let queue = queue(&disk, 1 << 20);
    queue.push(&record(b'a')).unwrap();
    queue.close().unwrap();
    assert!(matches!(queue.push(&record(b'b')), Err(WriteError::Closed { .. })));
    assert!(matches!(queue.flush(false), Err(WriteError::Closed { .. })));
    queue.close().unwrap();
    assert_eq!((disk.payloads().len(), queue.lost()), (1, 1));
}

#[test]
fn closing_wakes_those_who_wait_for_room() {
    let disk = Disk::with_room(usize::MAX);
    for _ in 0..50 {
        let queue = queue(&disk, 24);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| while queue.push(&record(b'a')).is_ok() {});
            }
            queue.push(&record(b'b')).unwrap();
            queue.close().unwrap();
        });
    }
}

#[test]
fn many_threads_fill_a_small_queue_and_every_record_arrives_whole_and_in_order() {
    let disk = Disk::with_room(usize::MAX);
    let queue = queue(&disk, 100);
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let queue = &queue;
            scope.spawn(move || {
                for count in 0..500_u64 {
                    let mut record = Vec::new();
                    append_record(&mut record, &(thread << 32 | count).to_le_bytes());
                    queue.push(&record).unwrap();
                    if count % 100 == thread {
                        queue.flush(thread == 0).unwrap();
                    }
                }
            });
        }
    });
    queue.close().unwrap();
    let mut next = [0; 4];
    for payload in disk.payloads() {
        let number = u64::from_le_bytes(payload.try_into().unwrap());
        let (thread, count) = ((number >> 32) as usize, number & 0xffff_ffff);
        assert_eq!(count, next[thread]);
        next[thread] += 1;
    }
    assert_eq!(next, [500; 4]);
}

#[test]
fn a_record_larger_than_the_queue_is_let_in_alone() {
    let disk = Disk::with_room(usize::MAX);
    let queue = queue(&disk, 100);
    let mut large = Vec::new();
    append_record(&mut large, &[7; 1000]);
    for _ in 0..3 {
        queue.push(&record(b'a')).unwrap();
        queue.push(&large).unwrap();
    }
    queue.close().unwrap();
    let lengths: Vec<_> = disk.payloads().iter().map(Vec::len).collect();
    assert_eq!(lengths, [8, 1000, 8, 1000, 8, 1000]);
}

#[test]
fn a_panic_in_the_thread_is_an_error_and_no_wait_without_end() {
    let disk = Disk::with_room(usize::MAX);
    let queue = queue(&disk, 24);
    disk.0.lock().unwrap().2 = Mood::Panics;
    queue.push(&record(b'a')).unwrap();
    let error = queue.flush(false).unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(queue.push(&record(b'b')).is_err());
    assert!(queue.close().is_err());
}

#[test]
fn the_shortest_and_the_longest_interval_are_intervals() {
    for interval in [Duration::ZERO, Duration::MAX] {
        let disk = Disk::with_room(usize::MAX);
        let limits = Limits { bytes: 1 << 20, interval };
        let queue = Queue::new(PathBuf::new(), Box::new(disk.clone()), limits).unwrap();
        queue.push(&record(b'a')).unwrap();
        queue.close().unwrap();
        assert_eq!(disk.payloads().len(), 1);
    }
}

#[test]
fn in_a_forked_process_nothing_waits_for_the_thread_it_has_not() {
    let mut queue = Queue::without_thread(PathBuf::from("events"), limits(100));
    queue.process = std::process::id().wrapping_add(1); // as if this were the child
    let (done, outcome) = mpsc::channel();
    let child = std::thread::spawn(move || {
        let shared = queue.shared.clone();
        let held = shared.lock(); // by a thread that the child has not either
        done.send(queue.push(&record(b'a'))).unwrap();
        drop(held);
        (0..4).for_each(|_| queue.push(&record(b'a')).unwrap());
        done.send(queue.push(&record(b'a'))).unwrap();
        done.send(queue.flush(false)).unwrap();
        done.send(queue.close()).unwrap();
    });
    for _ in 0..4 {
        let result = outcome.recv_timeout(Duration::from_secs(10)).expect("it waits");
        assert!(matches!(result, Err(WriteError::Forked { .. })), "{result:?}");
    }
    child.join().unwrap();
}

#[test]
fn all_that_was_logged_is_written_within_the_interval_without_being_asked() {
    let disk = Disk::with_room(usize::MAX);
    let limits = Limits { bytes: 1 << 20, interval: Duration::from_millis(5) };
    let queue = Queue::new(PathBuf::new(), Box::new(disk.clone()), limits).unwrap();
    for count in 1..=3 {
        queue.push(&record(b'a')).unwrap();
        let start = std::time::Instant::now();
        while disk.payloads().len() < count {
            assert!(start.elapsed() < Duration::from_secs(10), "record {count} is not written");
            std::thread::yield_now();
        }
    }
}
