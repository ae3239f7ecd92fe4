//! What logging adds to a training: `cargo bench --bench logging_overhead`.
//!
//! `xor_deep` in full, alternately bare and logged every 100 steps as the command line logs it:
//! scalars, histograms of weights, biases, outputs and gradients, to a real file. The ratio is the
//! median over pairs of runs.

use std::error::Error;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use runboard::experiments;
use runboard::summary::SummaryWriter;
use runboard::trainer::{Observer, Recording, RunOptions, Schedule, Summaries};

const PAIRS: usize = 41;

fn main() -> Result<(), Box<dyn Error>> {
    for name in ["xor_nn", "xor_deep", "xor_11layer_relu"] {
        let experiment = experiments::find(name).ok_or("no such experiment")?;
        let recording = Recording::new(experiment, experiment.hyper_parameters())?;
        let lecture = recording.about.schedule;
        let stop = AtomicBool::new(false);
        let run = |schedule, observers: &mut [&mut dyn Observer]| {
            let options = RunOptions { seed: 17, schedule, stop: &stop };
            recording.train(&options, observers).map(|trained| trained.duration.as_secs_f64())
        };
        let (mut bare, mut logged, mut closing) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            bare.push(run(Schedule { every: u64::MAX, ..lecture }, &mut [])?);
            let dir = tempfile::tempdir()?;
            let writer = SummaryWriter::create(dir.path())?;
            logged.push(run(lecture, &mut [&mut Summaries::new(writer.clone())])?);
            let clock = Instant::now();
            writer.close()?;
            closing.push(clock.elapsed().as_secs_f64());
        }
        let ratios = bare.iter().zip(&logged).map(|(bare, logged)| logged / bare).collect();
        println!(
            "{name}: bare {:.2} ms, logged {:.2} ms, ratio {:.3}, closing {:.2} ms",
            median(bare) * 1e3,
            median(logged) * 1e3,
            median(ratios),
            median(closing) * 1e3,
        );
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
