//! What logging costs: `cargo bench --bench writer`.
//!
//! Prints figures instead of criterion's statistics, for percentiles of single calls and a disk
//! that stalls are what matters, and a mean hides both. Each figure is the best and the median of
//! several rounds: on a machine with other work the best is nearer to what the code costs.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use runboard::summary::{Histogram, Sink, SummaryWriter};

/// The weights of a 784x256 layer.
const WEIGHTS: usize = 784 * 256;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A tenth of the calls and a single round, to see that all of it runs: `-- --quick`.
struct Effort {
    rounds: usize,
    scalars: i64,
    histograms: i64,
    seconds: f64,
}

fn main() -> Result<()> {
    let full = Effort { rounds: 9, scalars: 2_000_000, histograms: 30, seconds: 3.0 };
    let quick = Effort { rounds: 1, scalars: 20_000, histograms: 10, seconds: 0.3 };
    let is_quick = std::env::args().any(|argument| argument == "--quick" || argument == "--test");
    let effort = if is_quick { quick } else { full };
    throughput(&effort)?;
    back_to_back(&effort)?;
    paced(&effort, "on this disk", false)?;
    paced(&effort, "while it stalls", true)?;
    histograms(&effort)
}

/// Prints the best and the median of some rates.
fn print_rates(name: &str, unit: &str, mut rates: Vec<f64>) {
    rates.sort_by(|a, b| b.total_cmp(a));
    println!("{name:32} best {:8.2} {unit}, median {:8.2}", rates[0], rates[rates.len() / 2]);
}

/// Prints percentiles of the nanoseconds of single calls, which include one look at the clock.
fn print_latencies(name: &str, mut calls: Vec<u64>) {
    calls.sort_unstable();
    let at = |share: f64| calls[((calls.len() - 1) as f64 * share) as usize];
    let (median, p99, p999) = (at(0.5), at(0.99), at(0.999));
    let (p9999, max) = (at(0.9999), at(1.0) / 1000);
    println!("{name:32} p50 {median} ns, p99 {p99}, p99.9 {p999}, p99.99 {p9999}, max {max} us");
}

/// Scalars to a file, from the first call to the end of `close`.
fn throughput(effort: &Effort) -> Result<()> {
    let (mut plain, mut series, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    let mut own = Vec::new();
    let millions = effort.scalars as f64 / 1e6;
    for _ in 0..effort.rounds {
        let dir = tempfile::tempdir()?;
        let start = Instant::now();
        let writer = SummaryWriter::create(dir.path())?;
        let before = processor_time();
        for step in 0..effort.scalars {
            writer.add_scalar(black_box("cost"), step as f64, step)?;
        }
        own.extend(before.zip(processor_time()).map(|(from, to)| millions / (to - from)));
        writer.close()?;
        plain.push(millions / start.elapsed().as_secs_f64());

        let dir = tempfile::tempdir()?;
        let start = Instant::now();
        let writer = SummaryWriter::create(dir.path())?;
        let mut cost = writer.scalar("cost");
        for step in 0..effort.scalars {
            cost.add(step as f64, step)?;
        }
        writer.close()?;
        series.push(millions / start.elapsed().as_secs_f64());

        let dir = tempfile::tempdir()?;
        let start = Instant::now();
        let writer = SummaryWriter::create(dir.path())?;
        for step in 0..effort.scalars / 10 {
            let mut batch = writer.step(step);
            (0..10).for_each(|_| batch.scalar(black_box("cost"), step as f64));
            batch.add()?;
        }
        writer.close()?;
        batches.push(millions / start.elapsed().as_secs_f64());
    }
    print_rates("add_scalar", "M/s", plain);
    if !own.is_empty() {
        print_rates("  by the caller's own time", "M/s", own);
    }
    print_rates("scalar(tag).add", "M/s", series);
    print_rates("step batches of 10", "M/s", batches);
    Ok(())
}

/// The processor time of this thread, where that can be had.
fn processor_time() -> Option<f64> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(times.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// Memory for the nanoseconds of so many calls, its pages touched.
fn room_for(count: i64) -> Vec<u64> {
    let mut calls = vec![1; count as usize];
    black_box(&mut calls).clear();
    calls
}

/// Single calls, one after another.
fn back_to_back(effort: &Effort) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let writer = SummaryWriter::create(dir.path())?;
    let mut calls = room_for(effort.scalars);
    for step in 0..effort.scalars {
        let start = Instant::now();
        writer.add_scalar("cost", step as f64, step)?;
        calls.push(start.elapsed().as_nanos() as u64);
    }
    writer.close()?;
    print_latencies("back to back", calls);
    Ok(())
}

/// A disk that keeps the thread waiting for 100 ms, five times a second.
struct Stalling {
    file: File,
    last: Instant,
}

impl Write for Stalling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.last.elapsed() > Duration::from_millis(200) {
            std::thread::sleep(Duration::from_millis(100));
            self.last = Instant::now();
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Stalling {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// 100,000 calls a second.
fn paced(effort: &Effort, name: &str, stalls: bool) -> Result<()> {
    const PACE: Duration = Duration::from_micros(10);
    let dir = tempfile::tempdir()?;
    let writer = if stalls {
        let (file, last) = (File::create(dir.path().join("file"))?, Instant::now());
        SummaryWriter::builder(dir.path()).create_with_sink(Box::new(Stalling { file, last }))?
    } else {
        SummaryWriter::create(dir.path())?
    };
    let mut calls = room_for((effort.seconds * 1e5) as i64 + 1);
    let (start, mut step) = (Instant::now(), 0);
    while start.elapsed().as_secs_f64() < effort.seconds {
        let due = PACE * step;
        while start.elapsed() < due {
            std::hint::spin_loop();
        }
        let call = Instant::now();
        writer.add_scalar("cost", f64::from(step), step)?;
        calls.push(call.elapsed().as_nanos() as u64);
        step += 1;
    }
    writer.close()?;
    print_latencies(&format!("100,000/s {name}"), calls);
    Ok(())
}

fn histograms(effort: &Effort) -> Result<()> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    // Nearly normal, as weights are.
    let weights: Vec<f32> =
        (0..WEIGHTS).map(|_| (0..6).map(|_| uniform() - 0.5).sum::<f32>() * 0.05).collect();
    let gigabytes = (effort.histograms as usize * size_of_val(&weights[..])) as f64 / 1e9;

    let (mut rates, mut counting, mut reading) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..10 * effort.rounds {
        let dir = tempfile::tempdir()?;
        let writer = SummaryWriter::create(dir.path())?;
        let start = Instant::now();
        for step in 0..effort.histograms {
            writer.add_histogram("weights", black_box(&weights), step)?;
        }
        writer.close()?;
        rates.push(effort.histograms as f64 / start.elapsed().as_secs_f64());

        let start = Instant::now();
        for _ in 0..effort.histograms {
            black_box(Histogram::of(black_box(&weights)));
        }
        counting.push(gigabytes / start.elapsed().as_secs_f64());

        // The least any histogram must do: to look at every number once.
        let start = Instant::now();
        for _ in 0..effort.histograms {
            black_box(sum(black_box(&weights)));
        }
        reading.push(gigabytes / start.elapsed().as_secs_f64());
    }
    // The weights fit into a processor's cache. What memory gives is seen with more than that.
    let large = vec![0.5_f32; 32 << 20];
    let mut memory = Vec::new();
    for _ in 0..effort.rounds {
        let start = Instant::now();
        black_box(sum(black_box(&large)));
        memory.push(size_of_val(&large[..]) as f64 / 1e9 / start.elapsed().as_secs_f64());
    }
    let best = |rates: &[f64]| rates.iter().copied().fold(0.0, f64::max);
    let of_cache = best(&counting) / best(&reading) * 100.0;
    let of_memory = best(&counting) / best(&memory) * 100.0;
    print_rates("add_histogram of 200,704 f32", "/s ", rates);
    print_rates("  Histogram::of alone", "GB/s", counting);
    print_rates("  only summing the same numbers", "GB/s", reading);
    print_rates("  only summing 128 MiB", "GB/s", memory);
    println!(
        "  counting reaches {of_memory:.0} % of memory's speed, {of_cache:.0} % of the cache's"
    );
    Ok(())
}

/// Sums in lanes, so that memory and not the adder is the limit.
fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0; 64];
    for chunk in values.chunks_exact(64) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().sum()
}
