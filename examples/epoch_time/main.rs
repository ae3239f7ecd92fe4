//! Prints how long an epoch of 55,000 images of MNIST's size takes on this machine:
//! `cargo run --release --example epoch_time -- mlp|softmax|cnn [THREADS] [STEPS]`.
//!
//! `mlp` is 784-256-256-256-10 with ReLU and Adam, `softmax` is 784-10 with SGD; `cnn` is lab 11-2's:
//! three convolutions of 3x3, pooling, dropout, 2048-625-10, Adam. All in shuffled mini-batches of
//! 100. `mlp` and `softmax` train whole epochs, `cnn` STEPS of the 550 that an epoch has, since it
//! takes long. The last line has the seconds of an epoch, the peak memory of the process in MiB, the
//! milliseconds that evaluating 10,000 images takes and, of `cnn`, the batch in which that was done;
//! medians where there are several.

mod digits;
mod stretch;

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use digits::{CLASSES, Digits, TRAIN};
use runboard::data::{Dataset, Examples};
use runboard::experiments;
use runboard::summary::WriteError;
use runboard::trainer::{EpochEnd, Fit, FitOptions, Look, Observer, Recording};
use stretch::stretch;

/// Epochs measured, at least, after the first, which warms up.
const EPOCHS: usize = 3;
const AT_LEAST: Duration = Duration::from_secs(3);
/// Steps of `cnn` that are measured unless STEPS says otherwise.
const STEPS: usize = 60;

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
    let usage = "usage: epoch_time mlp|softmax|cnn [THREADS] [STEPS]";
    let net = std::env::args().nth(1).ok_or(usage)?;
    let threads = std::env::args().nth(2).map_or(Ok(2), |threads| threads.parse())?;
    let steps = std::env::args().nth(3).map_or(Ok(STEPS), |steps| steps.parse())?;
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
        "cnn" => {
            let first = 28 * 28 * 9 * 32;
            let second = 14 * 14 * 9 * 32 * 64;
            let third = 7 * 7 * 9 * 64 * 128;
            let dense = 2048 * 625 + 625 * 10;
            let rest = second + third + dense;
            ("mnist_cnn", "0.001", 2 * (2 * first + 3 * rest)) // 52,099,116
        }
        _ => return Err(usage.into()),
    };

    let experiment = experiments::find(name).ok_or("the experiment is gone")?;
    let mut hyper = experiment.hyper_parameters();
    hyper.set("init", "xavier")?;
    hyper.set("learning_rate", learning_rate)?;
    if net == "cnn" {
        // As those of the peers; the experiment draws them from N(0, 1), and needs more steps then.
        hyper.set("bias_init", "zeros")?;
    }
    hyper.set("epochs", "1000000")?;
    let recording = Recording::new(experiment, hyper)?;
    let (train, test) = (Digits::train(), Digits::test());
    let gflops = |seconds: f64| f64::from(flop) * f64::from(TRAIN) / seconds / 1e9;
    if net == "cnn" {
        let of = stretch(&recording, &train, &test, threads, steps)?;
        let (first, last) = of.costs;
        // With fewer steps the cost need not have fallen yet.
        if steps >= STEPS && last > 0.9 * first {
            return Err(format!("it does not learn: cost {first} to {last}").into());
        }
        let seconds = of.seconds / steps as f64 * (TRAIN / 100) as f64;
        println!(
            "{steps} steps, cost {first:.4} to {last:.4}, test accuracy {:.4}, {:.1} GFLOP/s",
            of.accuracy,
            gflops(seconds)
        );
        println!("{seconds:.4} {:.1} {:.2} {}", of.peak_mebibytes, 1e3 * of.telling, of.batch);
        return Ok(());
    }
    let dataset = Dataset {
        train: examples(train),
        validation: examples(Digits { pixels: Vec::new(), labels: Vec::new() }),
        test: examples(test),
        classes: CLASSES,
    };
    let (seconds, mebibytes, milliseconds, about) = epochs(&recording, &dataset, threads)?;
    println!("{about}, {:.1} GFLOP/s", gflops(seconds));
    println!("{seconds:.4} {mebibytes:.1} {milliseconds:.2}");
    Ok(())
}

/// Seconds of an epoch, peak memory in MiB, milliseconds of an evaluation, and what was trained.
type Figures = (f64, f64, f64, String);

/// Trains whole epochs.
fn epochs(
    recording: &Recording,
    dataset: &Dataset,
    threads: usize,
) -> Result<Figures, Box<dyn Error>> {
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
    Fit::new(recording, dataset, options)?.run(&mut [&mut clock])?;

    // Labels are wrong by design for one image in twenty.
    if clock.accuracy < 0.85 {
        return Err(format!("it does not learn: accuracy {}", clock.accuracy).into());
    }
    let seconds = median(&mut clock.epochs);
    let milliseconds = 1e3 * median(&mut clock.evaluations);
    let about = format!("{} epochs, test accuracy {:.4}", clock.epochs.len(), clock.accuracy);
    Ok((seconds, peak_mebibytes(), milliseconds, about))
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
