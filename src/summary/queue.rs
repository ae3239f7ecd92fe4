//! The thread that writes: callers append whole records to a buffer, the thread empties it.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::WriteError;

/// Where the bytes go; a file, or a test's stand-in.
pub(super) trait Sink: Write + Send {
    /// Forces what was written to the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// How much may wait, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes; a caller waits for the thread when more would wait.
    pub(super) bytes: usize,
    /// The thread writes at least this often.
    pub(super) interval: Duration,
}

/// The thread is woken for this many bytes, for larger writes are hardly faster.
const ENOUGH: usize = 256 << 10;

/// A bounded queue of records and the thread that writes them.
pub(super) struct Queue {
    path: PathBuf,
    limits: Limits,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes the thread.
    work: Condvar,
    /// Wakes callers that wait for room or for a flush.
    done: Condvar,
}

#[derive(Default)]
struct State {
    /// Whole records, not yet taken by the thread.
    waiting: Vec<u8>,
    /// Bytes the thread has taken and not yet written.
    taken: usize,
    /// The first failure since the last one that was handed out.
    failure: Option<Arc<io::Error>>,
    /// Rounds asked for and finished: a round writes all that waits.
    asked: u64,
    finished: u64,
    /// Whether the round asked for is to reach the disk.
    sync: bool,
    /// Whether a caller waits for room.
    full: bool,
    /// Events that were refused.
    lost: u64,
    closed: bool,
}

impl Queue {
    pub(super) fn new(path: PathBuf, sink: Box<dyn Sink>, limits: Limits) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
        });
        let thread = std::thread::Builder::new().name("runboard-writer".to_owned()).spawn({
            let shared = shared.clone();
            move || Thread { shared, sink, pending: Vec::new(), written: 0 }.run(limits.interval)
        })?;
        Ok(Queue { path, limits, shared, thread: Mutex::new(Some(thread)) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes one event's record.
    pub(super) fn push(&self, record: &[u8]) -> Result<(), WriteError> {
        let mut state = self.lock();
        // A record larger than the whole queue is let in alone.
        while state.waiting.len() + state.taken + record.len() > self.limits.bytes
            && state.waiting.len() + state.taken > 0
            && state.failure.is_none()
            && !state.closed
        {
            state.full = true;
            self.shared.work.notify_one();
            state = self.shared.done.wait(state).unwrap_or_else(|poison| poison.into_inner());
        }
        if let Err(error) = self.hand_out_failure(&mut state) {
            state.lost += 1;
            return Err(error);
        }
        let before = state.waiting.len();
        state.waiting.extend_from_slice(record);
        if before < ENOUGH && state.waiting.len() >= ENOUGH {
            self.shared.work.notify_one();
        }
        Ok(())
    }

    /// Returns when all that was taken is written, or the attempt has failed.
    pub(super) fn flush(&self, sync: bool) -> Result<(), WriteError> {
        let mut state = self.lock();
        if state.closed {
            return self.hand_out_failure(&mut state);
        }
        state.asked += 1;
        state.sync |= sync;
        let round = state.asked;
        self.shared.work.notify_one();
        while state.finished < round {
            state = self.shared.done.wait(state).unwrap_or_else(|poison| poison.into_inner());
        }
        self.hand_out_failure(&mut state)
    }

    /// Writes what is left and ends the thread.
    pub(super) fn close(&self) -> Result<(), WriteError> {
        let flushed = self.flush(false);
        let thread = self.thread.lock().unwrap_or_else(|poison| poison.into_inner()).take();
        if let Some(thread) = thread {
            self.lock().closed = true;
            self.shared.work.notify_one();
            // The thread catches nothing and panics at nothing; there is no payload to pass on.
            let _ = thread.join();
            self.shared.done.notify_all();
        }
        flushed
    }

    pub(super) fn lost(&self) -> u64 {
        self.lock().lost
    }

    fn hand_out_failure(&self, state: &mut State) -> Result<(), WriteError> {
        let path = || self.path.clone();
        match state.failure.take() {
            Some(source) => Err(WriteError::Io { path: path(), source }),
            None if state.closed => Err(WriteError::Closed { path: path() }),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // Nobody is left to be told; `close` tells.
        let _ = self.close();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between statements; a panic elsewhere while it was locked is no reason
        // to stop logging.
        self.state.lock().unwrap_or_else(|poison| poison.into_inner())
    }
}

/// The writing side.
struct Thread {
    shared: Arc<Shared>,
    sink: Box<dyn Sink>,
    /// Taken from the queue; the bytes from `written` on are still to be written.
    pending: Vec<u8>,
    written: usize,
}

impl Thread {
    fn run(mut self, interval: Duration) {
        let shared = self.shared.clone();
        let mut due = Instant::now() + interval;
        let mut state = shared.lock();
        loop {
            let round = state.asked > state.finished;
            let ready = state.waiting.len() >= ENOUGH && state.failure.is_none();
            let wait = due.saturating_duration_since(Instant::now());
            if !(round || ready || state.full || state.closed || wait.is_zero()) {
                state = match shared.work.wait_timeout(state, wait) {
                    Ok((state, _)) => state,
                    Err(poison) => poison.into_inner().0,
                };
                continue;
            }
            let (asked, sync) = (state.asked, std::mem::take(&mut state.sync));
            if self.pending.is_empty() {
                std::mem::swap(&mut self.pending, &mut state.waiting);
            } else {
                // After a failure: what came since goes behind what is left.
                self.pending.append(&mut state.waiting);
            }
            state.taken = self.pending.len() - self.written;
            state.full = false;
            let last = state.closed;
            drop(state);

            let result = self.write().and_then(|()| if sync { self.sink.sync() } else { Ok(()) });

            state = shared.lock();
            state.taken = self.pending.len() - self.written;
            state.finished = asked;
            if let Err(error) = result {
                state.failure = Some(Arc::new(error));
            }
            shared.done.notify_all();
            due = Instant::now() + interval;
            if last {
                return;
            }
        }
    }

    /// Writes what is pending; after a failure the rest stays so.
    fn write(&mut self) -> io::Result<()> {
        while self.written < self.pending.len() {
            match self.sink.write(&self.pending[self.written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.pending.clear();
        self.written = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(Vec<u8>, usize)>>);

    impl Disk {
        fn with_room(room: usize) -> Self {
            Disk(Arc::new(Mutex::new((Vec::new(), room))))
        }

        fn make_room(&self, room: usize) {
            self.0.lock().unwrap().1 = room;
        }

        fn content(&self) -> Vec<u8> {
            self.0.lock().unwrap().0.clone()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (content, room) = &mut *self.0.lock().unwrap();
            let count = bytes.len().min(*room - content.len());
            if count == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            content.extend_from_slice(&bytes[..count]);
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

    fn queue(disk: &Disk, bytes: usize) -> Queue {
        let limits = Limits { bytes, interval: Duration::from_secs(3600) };
        Queue::new(PathBuf::from("events"), Box::new(disk.clone()), limits).unwrap()
    }

    #[test]
    fn a_full_disk_is_told_once_and_nothing_taken_is_lost_when_there_is_room_again() {
        let disk = Disk::with_room(10);
        let queue = queue(&disk, 1 << 20);
        queue.push(b"aaaaaaaa").unwrap();
        queue.push(b"bbbbbbbb").unwrap();
        let error = queue.flush(false).unwrap_err();
        assert!(error.to_string().starts_with("cannot write `events`: "), "{error}");
        assert_eq!(disk.content(), b"aaaaaaaabb", "the second record is torn");
        queue.push(b"cccccccc").unwrap();
        assert!(queue.flush(false).is_err(), "still full");
        disk.make_room(1000);
        queue.flush(false).unwrap();
        assert_eq!(disk.content(), b"aaaaaaaabbbbbbbbcccccccc");
        queue.close().unwrap();
        assert_eq!(queue.lost(), 0);
    }

    #[test]
    fn a_failure_comes_back_on_the_next_call_which_is_counted_as_lost() {
        let disk = Disk::with_room(0);
        let queue = queue(&disk, 4);
        queue.push(b"aaaa").unwrap();
        // The queue is full: the second call waits for the thread, and hears of its failure.
        let error = queue.push(b"bbbb").unwrap_err();
        assert!(matches!(error, WriteError::Io { .. }), "{error}");
        assert_eq!(queue.lost(), 1);
        assert!(queue.close().is_err(), "the first record is still unwritten");
    }

    #[test]
    fn a_closed_queue_takes_nothing_more() {
        let disk = Disk::with_room(100);
        let queue = queue(&disk, 1 << 20);
        queue.push(b"aaaa").unwrap();
        queue.close().unwrap();
        assert!(matches!(queue.push(b"bbbb"), Err(WriteError::Closed { .. })));
        assert_eq!(disk.content(), b"aaaa");
    }

    #[test]
    fn many_threads_fill_a_small_queue_and_every_record_arrives_whole() {
        let disk = Disk::with_room(usize::MAX);
        let queue = queue(&disk, 64);
        std::thread::scope(|scope| {
            for byte in b'a'..=b'd' {
                let queue = &queue;
                scope.spawn(move || (0..500).for_each(|_| queue.push(&[byte; 8]).unwrap()));
            }
        });
        queue.close().unwrap();
        let content = disk.content();
        assert_eq!(content.len(), 4 * 500 * 8);
        assert!(content.chunks(8).all(|record| record.iter().all(|byte| *byte == record[0])));
    }
}
