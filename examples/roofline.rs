//! Prints how long each stage of a training step takes, and how much of this machine's peak it
//! reaches: `cargo run --release --example roofline -- [EXPERIMENT] [THREADS] [BATCH]`.
//!
//! Operations are those of direct products and convolutions, so what Winograd's algorithm computes
//! may go beyond the peak. Times are medians of many steps, with a look at the clock after each
//! stage; `step` is the median of steps without.

use std::error::Error;
use std::time::Instant;

use runboard::exec::{Plan, Session};
use runboard::experiments;
use runboard::trainer::Recording;

const STEPS: usize = 31;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "mnist_cnn".to_owned());
    let threads: usize = arguments.next().map_or(Ok(2), |threads| threads.parse())?;
    let batch: usize = arguments.next().map_or(Ok(100), |batch| batch.parse())?;
    let experiment = experiments::find(&name).ok_or("there is no such experiment")?;
    let recording = Recording::new(experiment, experiment.hyper_parameters())?;
    let train = recording.model.training_op().ok_or("the experiment does not train")?;
    let mut session = Session::new(&recording.graph, 17);
    session.set_threads(threads)?;
    let mut plan = session.training_plan(&[train], batch)?;
    feed(&mut plan)?;

    let mut durations = Vec::new();
    for _ in 0..STEPS {
        let clock = Instant::now();
        session.run(&mut plan)?;
        durations.push(clock.elapsed().as_secs_f64());
    }
    let mut stages: Vec<(String, f64, Vec<f64>)> = Vec::new();
    for step in 0..STEPS {
        let timings = session.run_timed(&mut plan)?;
        for (place, timing) in timings.into_iter().enumerate() {
            if step == 0 {
                stages.push((timing.label, timing.operations, Vec::new()));
            }
            stages[place].2.push(timing.duration.as_secs_f64());
        }
    }

    println!("| stage of `{name}`, batch {batch}, {threads} threads | ms | GFLOP/s |");
    println!("|---|---|---|");
    let mut all = (0.0, 0.0);
    for (label, operations, durations) in &mut stages {
        let seconds = median(durations);
        all = (all.0 + seconds, all.1 + *operations);
        let label: String = label.chars().take(70).collect();
        println!("| {label} | {:.3} | {} |", 1e3 * seconds, rate(*operations, seconds));
    }
    println!("| all stages | {:.3} | {} |", 1e3 * all.0, rate(all.1, all.0));
    let step = median(&mut durations);
    println!("| step | {:.3} | {} |", 1e3 * step, rate(all.1, step));
    Ok(())
}

/// Feeds numbers as images have them: 0 to 1, most of them 0. Labels are the first class.
fn feed(plan: &mut Plan) -> Result<(), Box<dyn Error>> {
    let feeds: Vec<_> = plan.feeds().map(|(node, sizes)| (node, sizes.to_vec())).collect();
    for (node, sizes) in feeds {
        let row: usize = sizes[1..].iter().product();
        for (place, value) in plan.feed_mut(node)?.iter_mut().enumerate() {
            let hash = (place as u32).wrapping_mul(0x9e37_79b9) >> 8;
            let pixel = (hash as f32 / 16_777_216.0 * 5.0 - 4.0).max(0.0);
            *value = if row <= 10 { f32::from(u8::from(place % row == 0)) } else { pixel };
        }
    }
    Ok(())
}

fn rate(operations: f64, seconds: f64) -> String {
    if operations == 0.0 { String::new() } else { format!("{:.1}", operations / seconds / 1e9) }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
