//! Prints the events per second that reach an event file: `log WRITER KIND COUNT DIR`.
//!
//! The clock runs from before the file is created until after it is closed.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// As many numbers as the kernel of a layer from 784 to 256.
const WEIGHTS: usize = 784 * 256;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [writer, kind, count, dir] = arguments.as_slice() else {
        return Err("usage: log WRITER KIND COUNT DIR".into());
    };
    let (count, dir) = (count.parse()?, Path::new(dir));
    fs::create_dir_all(dir)?;
    let weights = weights();
    let start = Instant::now();
    match (writer.as_str(), kind.as_str()) {
        ("runboard", "scalars") => runboard_scalars(dir, count)?,
        ("runboard-by-tag", "scalars") => runboard_scalars_by_tag(dir, count)?,
        ("runboard", "histograms") => runboard_histograms(dir, count, &weights)?,
        ("tensorboard-rs", "scalars") => tensorboard_rs_scalars(dir, count),
        ("tensorboard-rs", "histograms") => tensorboard_rs_histograms(dir, count, &weights),
        ("tboard", "scalars") => tboard_scalars(dir, count)?,
        ("tboard", "histograms") => tboard_histograms(dir, count, &weights)?,
        ("tfrecord", "scalars") => tfrecord_scalars(dir, count)?,
        ("tfrecord", "histograms") => tfrecord_histograms(dir, count, &weights)?,
        ("bare-loop", "scalars") => bare_scalars(dir, count)?,
        _ => return Err(format!("{writer} writes no {kind} here").into()),
    }
    println!("{:.1}", count as f64 / start.elapsed().as_secs_f64());
    Ok(())
}

/// Numbers about as a trained kernel has them: a sum of four uniform ones is nearly normal.
fn weights() -> Vec<f32> {
    let mut state = 1_u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..WEIGHTS).map(|_| (0..4).map(|_| uniform()).sum::<f32>() * 0.1).collect()
}

fn value(step: usize) -> f32 {
    1.0 / (1.0 + step as f32)
}

fn runboard_scalars(dir: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let writer = runboard::summary::SummaryWriter::create(dir)?;
    let mut cost = writer.scalar("cost");
    for step in 0..count {
        cost.add(value(step), step)?;
    }
    drop(cost);
    Ok(writer.close()?)
}

fn runboard_scalars_by_tag(dir: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let writer = runboard::summary::SummaryWriter::create(dir)?;
    for step in 0..count {
        writer.add_scalar("cost", value(step), step)?;
    }
    Ok(writer.close()?)
}

fn runboard_histograms(dir: &Path, count: usize, x: &[f32]) -> Result<(), Box<dyn Error>> {
    let writer = runboard::summary::SummaryWriter::create(dir)?;
    for step in 0..count {
        writer.add_histogram("weights", x, step)?;
    }
    Ok(writer.close()?)
}

fn tensorboard_rs_scalars(dir: &Path, count: usize) {
    let mut writer = tensorboard_rs::summary_writer::SummaryWriter::new(dir);
    for step in 0..count {
        writer.add_scalar("cost", value(step), step);
    }
    // Dropping it joins its thread.
}

fn tensorboard_rs_histograms(dir: &Path, count: usize, x: &[f32]) {
    let mut writer = tensorboard_rs::summary_writer::SummaryWriter::new(dir);
    for step in 0..count {
        let h = counted(x);
        let (limits, buckets) = (&h.bucket_limit, &h.bucket);
        let (min, max, num, sum, squares) = (h.min, h.max, h.num, h.sum, h.sum_squares);
        writer.add_histogram_raw("weights", min, max, num, sum, squares, limits, buckets, step);
    }
}

fn tboard_writer(dir: &Path) -> Result<tboard::EventWriter<BufWriter<File>>, Box<dyn Error>> {
    // Its own `create` writes four times an event to an unbuffered file.
    let path = dir.join("events.out.tfevents.1700000000.tboard");
    let file = BufWriter::new(File::create(&path)?);
    Ok(tboard::EventWriter::from_writer(file, Some(path))?)
}

fn tboard_scalars(dir: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let mut writer = tboard_writer(dir)?;
    for step in 0..count {
        writer.write_scalar(step as i64, "cost", value(step))?;
    }
    Ok(writer.flush()?)
}

fn tboard_histograms(dir: &Path, count: usize, x: &[f32]) -> Result<(), Box<dyn Error>> {
    let mut writer = tboard_writer(dir)?;
    for step in 0..count {
        let h = counted(x);
        let (min, max, num, sum, squares) = (h.min, h.max, h.num, h.sum, h.sum_squares);
        let (step, tag) = (step as i64, "weights");
        writer.write_histo(step, tag, min, max, num, sum, squares, h.bucket, h.bucket_limit)?;
    }
    Ok(writer.flush()?)
}

fn tfrecord_scalars(dir: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let path = dir.join("events.out.tfevents.1700000000.tfrecord");
    let config = tfrecord::EventWriterConfig { auto_flush: false };
    let mut writer = tfrecord::EventWriter::create(path, config)?;
    for step in 0..count {
        writer.write_scalar("cost", step as i64, value(step))?;
    }
    Ok(writer.flush()?)
}

fn tfrecord_histograms(dir: &Path, count: usize, x: &[f32]) -> Result<(), Box<dyn Error>> {
    let path = dir.join("events.out.tfevents.1700000000.tfrecord");
    let config = tfrecord::EventWriterConfig { auto_flush: false };
    let mut writer = tfrecord::EventWriter::create(path, config)?;
    for step in 0..count {
        writer.write_histogram("weights", step as i64, x)?;
    }
    Ok(writer.flush()?)
}

/// Counts into TensorFlow's exponential buckets, which the two other crates leave to the caller.
fn counted(x: &[f32]) -> tfrecord::protobuf::HistogramProto {
    tfrecord::protobuf::HistogramProto::try_from_iter(x.iter().copied()).expect("all are finite")
}

/// The least that can be done: fixed bytes, two checksums, a buffered file.
fn bare_scalars(dir: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let path = dir.join("events.out.tfevents.1700000000.bare");
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut record = Vec::new();
    for step in 0..count {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        record.clear();
        record.extend_from_slice(&[0; 12]);
        record.push(0x09);
        record.extend_from_slice(&now.to_le_bytes());
        record.push(0x10);
        let mut rest = step as u64;
        while rest >= 0x80 {
            record.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        record.push(rest as u8);
        record.extend_from_slice(b"\x2a\x0d\x0a\x0b\x0a\x04cost\x15");
        record.extend_from_slice(&value(step).to_le_bytes());
        let length = (record.len() as u64 - 12).to_le_bytes();
        record[..8].copy_from_slice(&length);
        let checksum = masked(&length);
        record[8..12].copy_from_slice(&checksum);
        let checksum = masked(&record[12..]);
        record.extend_from_slice(&checksum);
        file.write_all(&record)?;
    }
    Ok(file.flush()?)
}

fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}
