//! The bounded queue between those who log and the thread that writes.
//!
//! Callers append whole records to a chunk of memory under a lock; the thread takes the chunks, and
//! never holds the lock while it writes. Whoever waits does so for the thread, and the thread tells
//! everybody at the end of each round whether it succeeded, so nobody waits for a disk that fails.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, TryLockError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::WriteError;
use super::chunks::Chunks;
use super::sink::Sink;
use super::writing_thread::{ENOUGH, WritingThread};

/// How much may wait, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes; a caller waits for the thread when more would wait.
    pub(super) bytes: usize,
    /// The thread writes at least this often.
    pub(super) interval: Duration,
}

/// A bounded queue of records and the thread that writes them.
pub(super) struct Queue {
    path: PathBuf,
    limits: Limits,
    /// The process that the thread belongs to; a fork has the queue but not the thread.
    process: u32,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What callers and the thread have in common.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Wakes the thread.
    pub(super) work: Condvar,
    /// Wakes callers that wait for room or for a flush.
    pub(super) done: Condvar,
    /// Events that were refused or will not be written.
    pub(super) lost: AtomicU64,
}

pub(super) struct State {
    /// Whole records, not yet taken by the thread.
    pub(super) chunks: Chunks,
    /// Bytes the thread has taken and not yet written.
    pub(super) taken: usize,
    /// The last failure, until some call has told it.
    pub(super) failure: Option<Arc<io::Error>>,
    /// How the last round ended; a round writes all that waits.
    pub(super) outcome: Option<Arc<io::Error>>,
    /// Rounds asked for, and the last of them that is finished.
    pub(super) asked: u64,
    pub(super) finished: u64,
    /// Whether the round asked for is to reach the disk.
    pub(super) sync: bool,
    /// Whether a caller waits for room.
    pub(super) short_of_room: bool,
    /// How many callers wait.
    pub(super) waiters: usize,
    /// Whether the thread waits.
    pub(super) sleeping: bool,
    pub(super) closed: bool,
    /// Whether the thread has ended.
    pub(super) ended: bool,
}

impl Queue {
    pub(super) fn new(path: PathBuf, sink: Box<dyn Sink>, limits: Limits) -> io::Result<Self> {
        // Shorter would keep a processor busy, and the longest duration is beyond the clock.
        let shortest = Duration::from_millis(1);
        let interval = limits.interval.clamp(shortest, Duration::from_secs(24 * 60 * 60));
        let mut queue = Self::without_thread(path, limits);
        let writing = WritingThread::new(queue.shared.clone(), sink);
        let name = "runboard-writer".to_owned();
        let thread = std::thread::Builder::new().name(name).spawn(move || writing.run(interval))?;
        queue.thread = Mutex::new(Some(thread));
        Ok(queue)
    }

    fn without_thread(path: PathBuf, limits: Limits) -> Self {
        let state = State {
            chunks: Chunks::new(limits.bytes),
            taken: 0,
            failure: None,
            outcome: None,
            asked: 0,
            finished: 0,
            sync: false,
            short_of_room: false,
            waiters: 0,
            sleeping: false,
            closed: false,
            ended: false,
        };
        let (work, done) = (Condvar::new(), Condvar::new());
        let lost = AtomicU64::new(0);
        let shared = Arc::new(Shared { state: Mutex::new(state), work, done, lost });
        Queue { path, limits, process: std::process::id(), shared, thread: Mutex::new(None) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes one event's record.
    pub(super) fn push(&self, record: &[u8]) -> Result<(), WriteError> {
        self.push_with(record.len(), |to| to.extend_from_slice(record))
    }

    /// Takes one event's record, of at most `len` bytes, which `encode` appends.
    pub(super) fn push_with(
        &self,
        len: usize,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), WriteError> {
        let mut state = match self.shared.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poison)) => poison.into_inner(),
            Err(TryLockError::WouldBlock) => {
                // A fork may have copied the lock while someone else held it.
                self.check_process()?;
                self.shared.lock()
            }
        };
        let plain = state.failure.is_none() && !state.closed && state.chunks.fits(len);
        if !plain || !self.has_room(&state, len) {
            state = self.make_room(state, len)?;
        }
        encode(state.chunks.filling());
        Ok(())
    }

    /// Returns whether `len` more bytes may wait. A record larger than the queue is let in alone.
    fn has_room(&self, state: &State, len: usize) -> bool {
        let waiting = state.chunks.bytes() + state.taken;
        waiting + len <= self.limits.bytes || waiting == 0
    }

    /// Waits until a record of `len` bytes may be taken, or nothing can be taken any more.
    #[cold]
    fn make_room<'s>(
        &'s self,
        mut state: MutexGuard<'s, State>,
        len: usize,
    ) -> Result<MutexGuard<'s, State>, WriteError> {
        self.check_process()?;
        while state.failure.is_none() && !state.closed && !self.has_room(&state, len) {
            state.short_of_room = true;
            state = self.wait(state);
        }
        if let Err(error) = self.tell_failure(&mut state) {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
            return Err(error);
        }
        if !state.chunks.fits(len) {
            state.chunks.next(len);
            if state.sleeping && state.chunks.bytes() >= ENOUGH {
                state.sleeping = false;
                self.shared.work.notify_one();
            }
        }
        Ok(state)
    }

    /// Returns when all that was taken is written, or the attempt has failed.
    pub(super) fn flush(&self, sync: bool) -> Result<(), WriteError> {
        self.check_process()?;
        let mut state = self.shared.lock();
        if state.closed {
            return self.tell_failure(&mut state);
        }
        self.finish_round(state, sync)
    }

    /// Writes what is left and ends the thread; does nothing the second time.
    pub(super) fn close(&self) -> Result<(), WriteError> {
        self.check_process()?;
        let mut state = self.shared.lock();
        // From here on nothing is taken, so the round asked for is the last one.
        state.closed = true;
        let written = self.finish_round(state, false);
        let thread = self.thread.lock().unwrap_or_else(|poison| poison.into_inner()).take();
        // Should it have panicked, then the round has failed and said so.
        let _ = thread.map(JoinHandle::join);
        written
    }

    /// Has the thread do a round, and tells how it ended or what failed before.
    fn finish_round<'s>(
        &'s self,
        mut state: MutexGuard<'s, State>,
        sync: bool,
    ) -> Result<(), WriteError> {
        state.asked += 1;
        state.sync |= sync;
        let round = state.asked;
        while state.finished < round && !state.ended {
            state = self.wait(state);
        }
        // The outcome may be of a later round, which wrote this one's records too.
        let failure = state.failure.take().or_else(|| state.outcome.clone());
        failure.map_or(Ok(()), |source| Err(WriteError::Io { path: self.path.clone(), source }))
    }

    /// Wakes the thread and waits for it to have done something.
    fn wait<'s>(&'s self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.waiters += 1;
        state.sleeping = false;
        self.shared.work.notify_one();
        state = self.shared.done.wait(state).unwrap_or_else(|poison| poison.into_inner());
        state.waiters -= 1;
        state
    }

    pub(super) fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    fn tell_failure(&self, state: &mut State) -> Result<(), WriteError> {
        let path = || self.path.clone();
        match state.failure.take() {
            Some(source) => Err(WriteError::Io { path: path(), source }),
            None if state.closed => Err(WriteError::Closed { path: path() }),
            None => Ok(()),
        }
    }

    fn check_process(&self) -> Result<(), WriteError> {
        if std::process::id() != self.process {
            return Err(WriteError::Forked { path: self.path.clone() });
        }
        Ok(())
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let thread = self.thread.get_mut().unwrap_or_else(|poison| poison.into_inner());
        if thread.is_none() {
            return; // closed before, or the thread could not be started
        }
        // Nobody is left to be told; `close` tells.
        if let Err(WriteError::Forked { .. }) = self.close() {
            // Here is no such thread, and not even its handle may be let go.
            let thread = self.thread.get_mut().unwrap_or_else(|poison| poison.into_inner());
            std::mem::forget(thread.take());
        }
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between statements; a panic elsewhere while it was locked is no reason
        // to stop logging.
        self.state.lock().unwrap_or_else(|poison| poison.into_inner())
    }
}

#[cfg(test)]
mod tests;
