//! Prints how long an epoch of 55,000 images of MNIST's size takes on this machine:
//! `cargo run --release --example epoch_time -- mlp|softmax [THREADS]`.
//!
//! `mlp` is 784-256-256-256-10 with ReLU and Adam, `softmax` is 784-10 with SGD; both in shuffled
//! mini-batches of 100. The last line has the seconds of an epoch, the peak memory of the process
//! in MiB and the milliseconds that evaluating 10,000 images takes, all medians.

mod digits;

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use digits::{CLASSES, Digits, TRAIN};
use runboard::data::{Dataset, Examples};
use runboard::experiments;
use runboard::summary::WriteError;
use runboard::trainer::{EpochEnd, Fit, FitOptions, Look, Observer, Recording};

/// Epochs measured, at least, after the first, which warms up.
const EPOCHS: usize = 3;
const AT_LEAST: Duration = Duration::from_secs(3);

/// Notes the time of every epoch, and ends the training when there are enough.
struct Clock<'a> {
    stop: &'a AtomicBool,
    /// When the last epoch ended; none ended yet at first.
    last: Option<Instant>,
    /// Seconds of training in each epoch, shuffling and scaling of pixels included.
    epochs: Vec<f64>,
    /// Seconds of evaluating the test images after each.
    evaluations: Vec<f64>,
    accuracy: f64,
}

impl Observer for Clock<'_> {
    fn looked(&mut self, _: &Look) -> Result<(), WriteError> {
        Ok(())
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        let now = Instant::now();
        if let (Some(last), false) = (self.last, self.stop.load(Ordering::Relaxed)) {
            let training = f64::from(TRAIN) / end.images_per_second;
            self.epochs.push(training);
            // There are no validation images: what is left of the time is the test's.
            self.evaluations.push((now - last).as_secs_f64() - training);
            self.accuracy = end.test.accuracy;
            let enough = self.epochs.iter().sum::<f64>() >= AT_LEAST.as_secs_f64();
            self.stop.store(enough && self.epochs.len() >= EPOCHS, Ordering::Relaxed);
        }
        self.last = Some(now);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: epoch_time mlp|softmax [THREADS]";
    let net = std::env::args().nth(1).ok_or(usage)?;
    let threads = std::env::args().nth(2).map_or(Ok(2), |threads| threads.parse())?;
    // Multiply-adds of an image forward are as many as there are weights; the gradients of the
    // weights take as many again, and so do those of each layer's input, but for the images.
    // A multiply-add is two operations.
    let (name, learning_rate, flop) = match net.as_str() {
        "mlp" => {
            let (first, hidden, last) = (784 * 256, 256 * 256, 256 * 10);
            let weights = first + 2 * hidden + last; // 334,336
            ("mnist_nn_xavier", "0.001", 2 * (2 * weights + 2 * hidden + last)) // 1,604,608
        }
        "softmax" => ("mnist_softmax", "0.1", 2 * 2 * 784 * 10), // 31,360
        _ => return Err(usage.into()),
    };

    let experiment = experiments::find(name).ok_or("the experiment is gone")?;
    let mut hyper = experiment.hyper_parameters();
    hyper.set("init", "xavier")?;
    hyper.set("learning_rate", learning_rate)?;
    hyper.set("epochs", "1000000")?;
    let recording = Recording::new(experiment, hyper)?;
    let dataset = Dataset {
        train: examples(Digits::train()),
        validation: examples(Digits { pixels: Vec::new(), labels: Vec::new() }),
        test: examples(Digits::test()),
        classes: CLASSES,
    };

    let stop = AtomicBool::new(false);
    let mut clock =
        Clock { stop: &stop, last: None, epochs: vec![], evaluations: vec![], accuracy: 0.0 };
    // A look is part of the first step alone, and of that by which it ends.
    let options = FitOptions {
        seed: 0,
        every: u64::MAX,
        steps: None,
        threads,
        checkpoints: None,
        stop: &stop,
    };
    Fit::new(&recording, &dataset, options)?.run(&mut [&mut clock])?;

    // Labels are wrong by design for one image in twenty.
    if clock.accuracy < 0.85 {
        return Err(format!("it does not learn: accuracy {}", clock.accuracy).into());
    }
    let seconds = median(&mut clock.epochs);
    let milliseconds = 1e3 * median(&mut clock.evaluations);
    let gflops = f64::from(flop) * f64::from(TRAIN) / seconds / 1e9;
    println!(
        "{} epochs, test accuracy {:.4}, {gflops:.1} GFLOP/s",
        clock.epochs.len(),
        clock.accuracy
    );
    println!("{seconds:.4} {:.1} {milliseconds:.2}", peak_mebibytes());
    Ok(())
}

fn examples(digits: Digits) -> Examples {
    Examples::new(28, 28, digits.pixels, digits.labels)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The most memory this process had so far; NaN where the system does not say it in a file.
fn peak_mebibytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes / 1024.0)
}
