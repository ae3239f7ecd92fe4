//! Tries hyper-parameters in threads, each trial a run: `cargo run --example hparams_sweep`.
//!
//! Then `tensorboard --logdir runs/hparams_sweep` and open the HParams tab.

use std::sync::atomic::{AtomicUsize, Ordering};

use runboard::summary::{HParam, SessionEnd, SummaryWriter, WriteError};

const RATES: [f64; 4] = [0.01, 0.1, 0.5, 1.1];
const OPTIMIZERS: [&str; 2] = ["sgd", "momentum"];

fn main() -> Result<(), WriteError> {
    let trials: Vec<(f64, &str)> =
        RATES.iter().flat_map(|rate| OPTIMIZERS.map(|optimizer| (*rate, optimizer))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        // Each thread takes the next trial that nobody has taken.
        while let Some((rate, optimizer)) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
            trial(*rate, optimizer)?;
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a trial has panicked"))
    })
}

/// Rolls down `x * x`, which diverges if the rate is more than 1.
fn trial(rate: f64, optimizer: &str) -> Result<(), WriteError> {
    let writer = SummaryWriter::create(format!("runs/hparams_sweep/{optimizer}-{rate}"))?;
    let hparams = [("rate", HParam::Number(rate)), ("optimizer", HParam::Text(optimizer.into()))];
    writer.add_hparams(&hparams, &["cost"])?;
    let decay = if optimizer == "momentum" { 0.5 } else { 0.0 };
    let (mut x, mut velocity) = (2.0, 0.0);
    for step in 0..100 {
        velocity = decay * velocity - rate * 2.0 * x;
        x += velocity;
        writer.add_scalar("cost", x * x, step)?;
    }
    let end = if x.abs() < 2.0 { SessionEnd::Success } else { SessionEnd::Failure };
    writer.end_session(end)?;
    writer.close()
}
