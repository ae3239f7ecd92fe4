//! Prints the runs of a log directory, their tags, and the last value of each scalar.
//!
//! `cargo run --no-default-features --example read_back -- runs`

use std::io::{self, Write};

use runboard::logdir::{Image, Kind, Logdir, Text};

fn main() -> io::Result<()> {
    let path = std::env::args_os().nth(1).unwrap_or_else(|| "runs".into());
    let wanted = [Kind::Scalars, Kind::Histograms, Kind::Text, Kind::Images];
    let builder = Logdir::builder(path);
    let mut logdir = wanted.into_iter().fold(builder, |builder, kind| builder.keep(kind)).build();
    for problem in logdir.poll() {
        eprintln!("{problem}");
    }
    let mut out = io::stdout().lock();
    for run in logdir.runs() {
        writeln!(out, "{}", run.name())?;
        for (tag, series) in run.scalars() {
            if let Some((step, value)) = series.last() {
                writeln!(out, "  {tag}: {value} at step {step}, {} points", series.len())?;
            }
        }
        for (tag, series) in run.histograms() {
            if let Some((step, histogram)) = series.last() {
                let count: f64 = histogram.buckets.iter().map(|bucket| bucket[2]).sum();
                writeln!(out, "  {tag}: histogram of {count} numbers at step {step}")?;
            }
        }
        for (tag, series) in run.all::<Text>() {
            if let Some((step, text)) = series.last() {
                writeln!(out, "  {tag}: {:?} at step {step}", text.texts.join(" | "))?;
            }
        }
        for (tag, series) in run.all::<Image>() {
            if let Some((step, image)) = series.last() {
                let (width, height) = (image.width, image.height);
                writeln!(out, "  {tag}: image of {width} x {height} at step {step}")?;
            }
        }
        for (tag, kind) in run.tags().filter(|(_, kind)| !wanted.contains(kind)) {
            writeln!(out, "  {tag}: {kind}")?;
        }
    }
    Ok(())
}
