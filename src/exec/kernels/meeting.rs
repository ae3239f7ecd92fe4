//! Where threads wait for each other, and what they have taken of the work they divide as they go.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Looks before a waiting thread lets others run: some ten microseconds.
const LOOKS_BEFORE_YIELD: u32 = 200;

/// Threads of a team wait for each other here, looking again and again: a wait is mostly shorter than a
/// system call.
pub(super) struct Meeting {
    arrived: AtomicUsize,
    meetings: AtomicUsize,
    taken: Vec<Taken>,
}

/// How many pieces of a part's share are taken, in two stages in turn: a part may begin the next while
/// another still takes pieces of the one before. Apart from those of other parts by the two lines of
/// the cache that processors fetch at a time.
#[derive(Default)]
#[repr(align(128))]
struct Taken([AtomicUsize; 2]);

/// A stage whose work threads divide as they go, or the one before or after it.
#[derive(Clone, Copy, Default)]
pub(super) struct Round(usize);

impl Round {
    pub(super) fn next(self) -> Self {
        Round(1 - self.0)
    }
}

impl Meeting {
    /// Of so many threads.
    pub(super) fn new(count: usize) -> Self {
        let taken = (0..count).map(|_| Taken::default()).collect();
        Meeting { arrived: AtomicUsize::default(), meetings: AtomicUsize::default(), taken }
    }

    /// How many threads meet.
    pub(super) fn count(&self) -> usize {
        self.taken.len()
    }

    /// Gives a part's share its pieces back; to be called before the parts meet and begin a round.
    pub(super) fn open(&self, round: Round, part: usize) {
        self.taken[part].0[round.0].store(0, Ordering::Relaxed);
    }

    /// Takes the next piece of a part's share: the first is 0. They do not end here.
    pub(super) fn take(&self, round: Round, part: usize) -> usize {
        self.taken[part].0[round.0].fetch_add(1, Ordering::Relaxed)
    }

    /// Waits until every thread is here.
    pub(super) fn meet(&self) {
        let meeting = self.meetings.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.count() {
            self.arrived.store(0, Ordering::Relaxed);
            self.meetings.store(meeting.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut looks = 0;
        while self.meetings.load(Ordering::Acquire) == meeting {
            looks += 1;
            if looks < LOOKS_BEFORE_YIELD {
                spin_loop();
            } else {
                thread::yield_now(); // whom we wait for may want this very core
            }
        }
    }
}
