//! The thread that writes what the queue holds.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::chunks;
use super::queue::Shared;
use super::sink::Sink;

/// The thread is woken for this many bytes, for larger writes are hardly faster.
pub(super) const ENOUGH: usize = 256 << 10;

/// How long callers shall find memory that is ready while the disk stalls, and how much at most.
const READY_FOR: Duration = Duration::from_millis(250);
const READY_CHUNKS: std::ops::RangeInclusive<usize> = 4..=64;

/// The writing side of a queue.
pub(super) struct WritingThread {
    shared: Arc<Shared>,
    sink: Box<dyn Sink>,
    /// Taken from the queue; the first chunk's bytes from `written` on are still to be written.
    pending: VecDeque<Vec<u8>>,
    written: usize,
}

/// Tells those who wait when the thread ends, however it ends.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if std::thread::panicking() {
            let error = Arc::new(io::Error::other("the writing thread has panicked"));
            state.failure = Some(error.clone());
            state.outcome = Some(error);
        }
        state.ended = true;
        state.closed = true;
        self.0.done.notify_all();
    }
}

impl WritingThread {
    pub(super) fn new(shared: Arc<Shared>, sink: Box<dyn Sink>) -> Self {
        WritingThread { shared, sink, pending: VecDeque::new(), written: 0 }
    }

    pub(super) fn run(mut self, interval: Duration) {
        let shared = self.shared.clone();
        let _ended = Ended(shared.clone());
        let mut last_round = Instant::now();
        let mut backs_off = false;
        self.prepare(*READY_CHUNKS.start());
        let mut state = shared.lock();
        loop {
            let asked_for = state.asked > state.finished || state.short_of_room || state.closed;
            // While the disk is full, once an interval is often enough unless someone waits.
            let enough = state.chunks.bytes() >= ENOUGH && !backs_off;
            let wait = interval.saturating_sub(last_round.elapsed());
            if !(asked_for || enough || wait.is_zero()) {
                state.sleeping = true;
                state = match shared.work.wait_timeout(state, wait) {
                    Ok((state, _)) => state,
                    Err(poison) => poison.into_inner().0,
                };
                state.sleeping = false;
                continue;
            }
            let (asked, last) = (state.asked, state.closed);
            let sync = std::mem::take(&mut state.sync);
            state.short_of_room = false;
            let new = state.chunks.bytes();
            state.chunks.take(&mut self.pending);
            state.taken += new;
            drop(state);

            let result = self.write().and_then(|()| if sync { self.sink.sync() } else { Ok(()) });
            let per_second = new as f64 / last_round.elapsed().as_secs_f64().max(1e-3);
            last_round = Instant::now();
            backs_off = result.is_err();
            if !last {
                let ready = per_second * READY_FOR.as_secs_f64() / chunks::CHUNK as f64;
                self.prepare((ready as usize).clamp(*READY_CHUNKS.start(), *READY_CHUNKS.end()));
            }

            state = shared.lock();
            state.finished = asked;
            state.outcome = result.err().map(Arc::new);
            if state.outcome.is_some() {
                state.failure = state.outcome.clone();
            }
            if last {
                shared.lost.fetch_add(self.unwritten_records(), Ordering::Relaxed);
                return;
            }
            if state.waiters > 0 {
                shared.done.notify_all();
            }
        }
    }

    /// Sees to it that so many spare chunks wait, whose memory is really there.
    fn prepare(&mut self, count: usize) {
        let (missing, size) = self.shared.lock().chunks.keep(count);
        for _ in 0..missing {
            let chunk = chunks::touched(size);
            drop(self.shared.lock().chunks.give_back(chunk));
        }
    }

    /// Writes what is pending; after a failure the rest stays so.
    fn write(&mut self) -> io::Result<()> {
        // Before, so that what is pending stays so; and after, for what was just written.
        self.sink.check()?;
        while let Some(chunk) = self.pending.front() {
            while self.written < chunk.len() {
                match self.sink.write(&chunk[self.written..]) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(count) => self.written += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            self.written = 0;
            let chunk = self.pending.pop_front().expect("it was in front");
            let mut state = self.shared.lock();
            state.taken -= chunk.len();
            let too_many = state.chunks.give_back(chunk);
            if state.waiters > 0 {
                self.shared.done.notify_all();
            }
            drop(state);
            drop(too_many);
        }
        self.sink.check()
    }

    /// How many of the records taken are not whole in the file.
    fn unwritten_records(&self) -> u64 {
        let mut count = 0;
        let mut written = self.written;
        for chunk in &self.pending {
            let mut end = 0;
            while let Some(len) = chunk.get(end..end + 8) {
                let len = u64::from_le_bytes(len.try_into().expect("eight bytes"));
                end += len as usize + crate::record::OVERHEAD;
                count += u64::from(end > written);
            }
            written = 0;
        }
        count
    }
}
