//! Threads that run one program together.
//!
//! All of them walk over the same instructions, each as its [`Part`]. Nothing is queued or allocated in
//! a run.

use std::hint::spin_loop;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::meeting::Meeting;
use super::part::Part;

/// Looks before an idle thread goes to sleep: about as long as there is between two steps of a training.
const LOOKS_BEFORE_SLEEP: u32 = 40_000;

/// What a team is to do: call `work` with each part and `argument`.
#[derive(Clone, Copy)]
struct Job {
    work: unsafe fn(*const (), Part),
    argument: *const (),
}

// SAFETY: `Team::run` lets the argument be shared between threads only while it waits for them.
unsafe impl Send for Job {}

struct Shared {
    job: Mutex<Option<Job>>,
    /// Counts jobs; workers look at it without the lock.
    jobs: AtomicUsize,
    over: AtomicBool,
    meeting: Meeting,
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
            job: Mutex::new(None),
            jobs: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            meeting: Meeting::new(size),
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
        self.shared.meeting.count()
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
        let part = Part::of_team(index, &self.meeting);
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
    use super::super::meeting::Round;
    use super::*;

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
    fn every_piece_is_done_once_by_whoever_is_first() {
        const LEN: usize = 103;
        let team = Team::new(3).unwrap();
        for _ in 0..50 {
            // Three stages in a job; the first thread is late for each, so that others help it.
            let done: [[AtomicUsize; LEN]; 3] = [const { [const { AtomicUsize::new(0) }; LEN] }; 3];
            let helped = AtomicUsize::new(0);
            team.run(&|part: Part| {
                let mut round = Round::default();
                for stage in &done {
                    round = round.next();
                    let own = part.share(LEN, 4);
                    let part = part.meet_to_divide(round);
                    let late = part.is_first();
                    for piece in part.pieces(LEN, 4, 8) {
                        if late {
                            thread::sleep(std::time::Duration::from_micros(200));
                        }
                        helped
                            .fetch_add(usize::from(!own.contains(&piece.start)), Ordering::Relaxed);
                        stage[piece].iter().for_each(|done| {
                            done.fetch_add(1, Ordering::Relaxed);
                        });
                    }
                }
            });
            assert!(done.iter().flatten().all(|done| done.load(Ordering::Relaxed) == 1));
            assert!(helped.into_inner() > 0);
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
