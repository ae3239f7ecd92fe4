//! Threads that run one program together.
//!
//! All of them walk over the same instructions; each computes its part of the results of a large
//! one, and they meet where one needs what another computed. Nothing is queued or allocated in a run.

use std::hint::spin_loop;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::lanes::LINE;

/// Looks before a waiting thread lets others run, and before an idle one goes to sleep: some ten
/// microseconds, and about as long as there is between two steps of a training.
const LOOKS_BEFORE_YIELD: u32 = 200;
const LOOKS_BEFORE_SLEEP: u32 = 40_000;

/// One thread's place among those that run a program.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) index: usize,
    pub(super) count: usize,
    barrier: Option<&'t Barrier>,
}

impl Part<'_> {
    /// The only one.
    pub(super) const WHOLE: Part<'static> = Part { index: 0, count: 1, barrier: None };

    pub(super) fn is_first(self) -> bool {
        self.index == 0
    }

    /// This part's share of `len`, which begins and ends at multiples of `unit` or at the end.
    #[inline(always)]
    pub(super) fn share(self, len: usize, unit: usize) -> Range<usize> {
        if self.count == 1 {
            return 0..len; // without the divisions, which take longer than a small net's loops
        }
        let at = |part: usize| border(len, unit, part, self.count);
        at(self.index)..at(self.index + 1)
    }

    /// This part's share of rows of a batch. If they are many, it is that of the rows whose products
    /// are in the same half of a sum over the batch.
    #[inline(always)]
    pub(super) fn share_of_batch(self, rows: usize) -> Range<usize> {
        self.share(rows, if rows >= 2 * LINE * self.count { LINE } else { 1 })
    }

    /// The halves, 0 and 1, of work in two that this part takes part in, and as which part of them: of
    /// three parts, two share the first.
    #[inline(always)]
    pub(super) fn of_two(self) -> impl Iterator<Item = (usize, Self)> {
        let first = self.count.div_ceil(2);
        let part = |index, count| Part { index, count, barrier: None };
        let halves = match self.index.checked_sub(first) {
            _ if self.count == 1 => [Some(self), Some(self)],
            None => [Some(part(self.index, first)), None],
            Some(index) => [None, Some(part(index, self.count - first))],
        };
        halves.into_iter().enumerate().filter_map(|(half, part)| Some((half, part?)))
    }

    /// Waits until all parts are here; what they wrote before can be read after.
    #[inline(always)]
    pub(super) fn meet(self) {
        if let Some(barrier) = self.barrier {
            barrier.meet(self.count);
        }
    }
}

/// Where the second of two shares begins.
pub(super) fn middle(len: usize, unit: usize) -> usize {
    border(len, unit, 1, 2)
}

/// Where the share of a part of `count` begins.
#[inline(always)]
fn border(len: usize, unit: usize, part: usize, count: usize) -> usize {
    (len.div_ceil(unit) * part / count * unit).min(len)
}

/// Where threads wait for each other, looking again and again: a wait is mostly shorter than a
/// system call.
#[derive(Default)]
struct Barrier {
    arrived: AtomicUsize,
    meetings: AtomicUsize,
}

impl Barrier {
    fn meet(&self, count: usize) {
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

/// What a team is to do: call `work` with each part and `argument`.
#[derive(Clone, Copy)]
struct Job {
    work: unsafe fn(*const (), Part),
    argument: *const (),
}

// SAFETY: `Team::run` lets the argument be shared between threads only while it waits for them.
unsafe impl Send for Job {}

struct Shared {
    size: usize,
    job: Mutex<Option<Job>>,
    /// Counts jobs; workers look at it without the lock.
    jobs: AtomicUsize,
    over: AtomicBool,
    barrier: Barrier,
}

/// Threads that wait for programs to run; they end with the team.
pub(crate) struct Team {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held while a job is done: a second caller waits here.
    turn: Mutex<()>,
}

impl std::fmt::Debug for Team {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Team of {}", self.size())
    }
}

impl Team {
    /// Starts threads, so that with the caller's there are `size`.
    ///
    /// # Errors
    /// What the system says if it has no more threads; those that were started end.
    pub(crate) fn new(size: usize) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            size,
            job: Mutex::new(None),
            jobs: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            barrier: Barrier::default(),
        });
        let mut team = Team { shared, workers: Vec::new(), turn: Mutex::new(()) };
        for index in 1..size {
            let shared = team.shared.clone();
            let builder = thread::Builder::new().name(format!("runboard-{index}"));
            team.workers.push(builder.spawn(move || shared.work(index))?);
        }
        Ok(team)
    }

    /// Threads that work, the caller's among them.
    pub(crate) fn size(&self) -> usize {
        self.shared.size
    }

    /// Calls `work` on all threads at once, each with its part, and waits for all.
    pub(super) fn run<F: Fn(Part) + Sync>(&self, work: &F) {
        unsafe fn call<F: Fn(Part) + Sync>(work: *const (), part: Part) {
            // SAFETY: `argument` below is a `&F` that outlives the job.
            unsafe { (*work.cast::<F>())(part) }
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let argument = std::ptr::from_ref(work).cast();
        *self.shared.job() = Some(Job { work: call::<F>, argument });
        self.shared.jobs.fetch_add(1, Ordering::Release);
        self.workers.iter().for_each(|worker| worker.thread().unpark());
        // SAFETY: as above.
        unsafe { self.shared.take_part(0, Job { work: call::<F>, argument }) };
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        self.shared.jobs.fetch_add(1, Ordering::Release);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker does not panic: see `AbortOnPanic`.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn job(&self) -> MutexGuard<'_, Option<Job>> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a worker does all its life.
    fn work(&self, index: usize) {
        let mut seen = 0;
        loop {
            seen = self.wait_for_job(seen);
            if self.over.load(Ordering::Acquire) {
                return;
            }
            let job = *self.job();
            if let Some(job) = job {
                // SAFETY: the job's caller waits at the last meeting, so its argument lives.
                unsafe { self.take_part(index, job) };
            }
        }
    }

    /// Does one part of a job, and meets the others when it is done.
    ///
    /// # Safety
    /// The argument must live.
    unsafe fn take_part(&self, index: usize, job: Job) {
        let part = Part { index, count: self.size, barrier: Some(&self.barrier) };
        let guard = AbortOnPanic;
        // SAFETY: the caller's.
        unsafe { (job.work)(job.argument, part) };
        part.meet();
        std::mem::forget(guard);
    }

    /// Waits until jobs have been counted beyond `seen`; returns how many there are.
    fn wait_for_job(&self, seen: usize) -> usize {
        let mut looks = 0;
        loop {
            let jobs = self.jobs.load(Ordering::Acquire);
            if jobs != seen {
                return jobs;
            }
            looks += 1;
            if looks < LOOKS_BEFORE_SLEEP {
                spin_loop();
            } else {
                thread::park();
            }
        }
    }
}

/// Ends the process when it is dropped: a thread that unwinds would leave the others waiting.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_disjoint_and_cover_everything() {
        for (len, unit, count) in [(100, 8, 2), (7, 8, 3), (0, 4, 2), (64, 1, 5), (17, 16, 2)] {
            let part = |index| Part { index, count, barrier: None };
            let shares: Vec<_> = (0..count).map(|i| part(i).share(len, unit)).collect();
            assert_eq!(shares[0].start, 0);
            assert_eq!(shares[count - 1].end, len);
            for pair in shares.windows(2) {
                assert_eq!(pair[0].end, pair[1].start);
                assert!(pair[0].end.is_multiple_of(unit) || pair[0].end == len);
            }
        }
    }

    #[test]
    fn every_half_is_done_by_all_its_parts_and_no_other() {
        for count in 1..=5 {
            for half in 0..2 {
                let of = |index| Part { index, count, barrier: None }.of_two();
                let parts: Vec<Part> =
                    (0..count).flat_map(of).filter(|of| of.0 == half).map(|of| of.1).collect();
                assert!(parts.iter().all(|part| part.count == parts.len()));
                assert!(parts.iter().enumerate().all(|(index, part)| part.index == index));
                assert!(!parts.is_empty());
            }
        }
    }

    #[test]
    fn every_part_sees_what_all_wrote_before_a_meeting() {
        let team = Team::new(3).unwrap();
        let counts: Vec<AtomicUsize> = (0..3).map(|_| AtomicUsize::new(0)).collect();
        for round in 1..=200 {
            team.run(&|part: Part| {
                counts[part.index].fetch_add(1, Ordering::Relaxed);
                part.meet();
                for count in &counts {
                    assert_eq!(count.load(Ordering::Relaxed), round);
                }
            });
        }
    }

    #[test]
    fn two_callers_take_turns() {
        let team = Team::new(2).unwrap();
        let (busy, ran) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        team.run(&|part: Part| {
                            if part.is_first() {
                                assert!(!busy.swap(true, Ordering::Relaxed));
                            }
                            ran.fetch_add(1, Ordering::Relaxed);
                            part.meet();
                            if part.is_first() {
                                busy.store(false, Ordering::Relaxed);
                            }
                        });
                    }
                });
            }
        });
        assert_eq!(ran.into_inner(), 400);
    }
}
