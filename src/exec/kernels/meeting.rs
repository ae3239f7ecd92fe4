//! Where threads wait for each other.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Looks before a waiting thread lets others run: some ten microseconds.
const LOOKS_BEFORE_YIELD: u32 = 200;

/// Threads of a team wait for each other here, looking again and again: a wait is mostly shorter than a
/// system call.
#[derive(Default)]
pub(super) struct Meeting {
    arrived: AtomicUsize,
    meetings: AtomicUsize,
}

impl Meeting {
    pub(super) fn meet(&self, count: usize) {
        let meeting = self.meetings.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == count {
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
