//! Prints the nanoseconds that one training step of an experiment takes on this machine:
//! `cargo run --release --example step_time -- xor_deep`.
//!
//! The median of several stretches of steps, each long enough for the clock.

use std::error::Error;
use std::time::Instant;

use runboard::exec::Session;
use runboard::experiments;
use runboard::trainer::Recording;

const STRETCHES: usize = 21;
const STEPS: u32 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("usage: step_time EXPERIMENT")?;
    let experiment = experiments::find(&name).ok_or_else(|| format!("no experiment `{name}`"))?;

    let Recording { graph, model, .. } = Recording::new(experiment, experiment.hyper_parameters())?;
    let train = model.training_op().ok_or("this experiment does not train")?;
    let mut session = Session::new(&graph, 0);
    let batch = model.inputs().first().map_or(1, |(_, rows)| rows.shape()[0]);
    let mut plan = session.training_plan(&[train], batch)?;
    for (node, rows) in model.inputs() {
        plan.feed_array(*node, rows)?;
    }

    let mut nanoseconds: Vec<f64> = Vec::new();
    for _ in 0..STRETCHES {
        let start = Instant::now();
        for _ in 0..STEPS {
            session.run(&mut plan)?;
        }
        nanoseconds.push(start.elapsed().as_nanos() as f64 / f64::from(STEPS));
    }
    nanoseconds.sort_by(f64::total_cmp);
    println!("{:.0}", nanoseconds[STRETCHES / 2]);
    Ok(())
}
