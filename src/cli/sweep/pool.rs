//! Runs trials side by side.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::plan::Plan;
use super::state::State;
use super::trial::{self, Ran};

/// How many trials run at a time unless told otherwise.
pub(super) fn default_jobs() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Runs those of `tasks` whose state `wanted` accepts, `jobs` at a time, in their order.
///
/// `ended` hears of each as it ends. Once `stop` is true no other is begun, and those that run are
/// asked to end.
pub(super) fn run(
    plan: &Plan,
    tasks: &[usize],
    wanted: &(dyn Fn(State) -> bool + Sync),
    jobs: usize,
    stop: &AtomicBool,
    mut ended: impl FnMut(usize, &Ran),
) {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.min(tasks.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let Some(&task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) else {
                        break;
                    };
                    let ran = trial::run(plan, &plan.trials[task], wanted, stop);
                    if sender.send((task, ran)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (task, ran) in receiver {
            ended(task, &ran);
        }
    });
}
