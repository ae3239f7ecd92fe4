//! What logging costs: `cargo bench --bench writer`.
//!
//! Prints figures instead of criterion's statistics, for percentiles of single calls and a disk
//! that stalls are what matters, and a mean hides both.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use runboard::summary::{Histogram, SummaryWriter};

const SCALARS: i64 = 5_000_000;
/// The weights of a 784x256 layer.
const WEIGHTS: usize = 784 * 256;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    // `cargo test --benches` passes `--test`: a quick run that only shows that it runs.
    let scale = if std::env::args().any(|argument| argument == "--test") { 1000 } else { 1 };
    throughput(SCALARS / scale)?;
    latency(SCALARS / scale)?;
    histograms(3000 / scale)
}

fn per_second(count: i64, seconds: f64) -> f64 {
    count as f64 / seconds / 1e6
}

/// Scalars to a file, from the first call to the end of `close`.
fn throughput(count: i64) -> Result<()> {
    for round in 0..3 {
        let dir = tempfile::tempdir()?;
        let writer = SummaryWriter::create(dir.path())?;
        let start = Instant::now();
        for step in 0..count {
            writer.add_scalar("cost", step as f64, step)?;
        }
        writer.close()?;
        let plain = per_second(count, start.elapsed().as_secs_f64());

        let dir = tempfile::tempdir()?;
        let writer = SummaryWriter::create(dir.path())?;
        let mut series = writer.scalar("cost");
        let start = Instant::now();
        for step in 0..count {
            series.add(step as f64, step)?;
        }
        writer.close()?;
        let series = per_second(count, start.elapsed().as_secs_f64());
        println!("round {round}: add_scalar {plain:.2} M/s, series {series:.2} M/s");
    }
    Ok(())
}

fn percentiles(name: &str, mut nanoseconds: Vec<u64>) {
    nanoseconds.sort_unstable();
    let at = |share: f64| nanoseconds[((nanoseconds.len() - 1) as f64 * share) as usize];
    println!(
        "{name}: p50 {} ns, p99 {} ns, p99.9 {} ns, p99.99 {} ns, max {} ns",
        at(0.5),
        at(0.99),
        at(0.999),
        at(0.9999),
        at(1.0)
    );
}

/// Single calls, one after another.
fn latency(count: i64) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let writer = SummaryWriter::create(dir.path())?;
    let mut calls = Vec::with_capacity(count as usize);
    calls.resize(count as usize, 1);
    for step in 0..count {
        let start = Instant::now();
        writer.add_scalar("cost", step as f64, step)?;
        calls[step as usize] = start.elapsed().as_nanos() as u64;
    }
    writer.close()?;
    percentiles("back to back", calls);
    Ok(())
}

fn histograms(count: i64) -> Result<()> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let weights: Vec<f32> =
        (0..WEIGHTS).map(|_| (0..6).map(|_| uniform() - 0.5).sum::<f32>() * 0.05).collect();
    let bytes = (WEIGHTS * size_of::<f32>()) as f64;

    let dir = tempfile::tempdir()?;
    let writer = SummaryWriter::create(dir.path())?;
    let start = Instant::now();
    for step in 0..count {
        writer.add_histogram("weights", black_box(&weights), step)?;
    }
    writer.close()?;
    let each = start.elapsed().as_secs_f64() / count as f64;
    println!("add_histogram of {WEIGHTS} f32: {:.0}/s, {:.2} GB/s", 1.0 / each, bytes / each / 1e9);
    let start = Instant::now();
    for _ in 0..count {
        black_box(Histogram::of(black_box(&weights)));
    }
    let each = start.elapsed().as_secs_f64() / count as f64;
    println!("Histogram::of: {:.0} us", each * 1e6);
    Ok(())
}
