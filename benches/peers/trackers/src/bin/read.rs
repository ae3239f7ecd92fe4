//! Prints the scalars per second read from an event file, and their sum: `read READER FILE`.
//!
//! Every reader decodes every value, whatever form it was written in, and checks both checksums.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [reader, file] = arguments.as_slice() else {
        return Err("usage: read READER FILE".into());
    };
    let file = Path::new(file);
    let start = Instant::now();
    let (count, sum) = match reader.as_str() {
        "runboard" => runboard(file)?,
        "runboard-events" => runboard_events(file)?,
        "tboard" => tboard(file)?,
        "tfrecord" => tfrecord(file)?,
        "bare-loop" => bare(file)?,
        _ => return Err(format!("no reader is called {reader}").into()),
    };
    println!("{:.1} {sum:.4}", count as f64 / start.elapsed().as_secs_f64());
    Ok(())
}

type Read2 = Result<(usize, f64), Box<dyn Error>>;

/// The way of users: a log directory's scalars, in columns.
fn runboard(path: &Path) -> Read2 {
    use runboard::logdir::Logdir;
    let mut logdir = Logdir::builder(path.parent().expect("it is in a directory")).threads(1).build();
    if let Some(problem) = logdir.poll().into_iter().next() {
        return Err(problem.to_string().into());
    }
    let series = logdir.runs().next().and_then(|run| run.scalar("cost")).ok_or("no `cost`")?;
    Ok((series.len(), series.values().iter().copied().map(f64::from).sum()))
}

/// Every event decoded whole, as the two other crates do.
fn runboard_events(path: &Path) -> Read2 {
    use runboard::proto::event::What;
    use runboard::proto::summary::value::Value;
    let mut reader = runboard::event::EventReader::new(File::open(path)?);
    let (mut count, mut sum) = (0, 0.0);
    while let Some(event) = reader.next_event()? {
        let Some(What::Summary(summary)) = event.what else { continue };
        for value in summary.value {
            let number = match value.value {
                Some(Value::SimpleValue(number)) => number,
                Some(Value::Tensor(tensor)) => tensor.float_val[0],
                _ => continue,
            };
            (count, sum) = (count + 1, sum + f64::from(number));
        }
    }
    Ok((count, sum))
}

fn tboard(path: &Path) -> Read2 {
    use tboard::tensorboard::event::What;
    use tboard::tensorboard::summary::value::Value;
    let (mut count, mut sum) = (0, 0.0);
    for event in tboard::SummaryReader::new(BufReader::new(File::open(path)?)) {
        let Some(What::Summary(summary)) = event?.what else { continue };
        for value in summary.value {
            let number = match value.value {
                Some(Value::SimpleValue(number)) => number,
                Some(Value::Tensor(tensor)) => tensor.float_val[0],
                _ => continue,
            };
            (count, sum) = (count + 1, sum + f64::from(number));
        }
    }
    Ok((count, sum))
}

fn tfrecord(path: &Path) -> Read2 {
    use tfrecord::protobuf::event::What;
    use tfrecord::protobuf::summary::value::Value;
    let (mut count, mut sum) = (0, 0.0);
    for event in tfrecord::EventIter::open(path, Default::default())? {
        let Some(What::Summary(summary)) = event?.what else { continue };
        for value in summary.value {
            let number = match value.value {
                Some(Value::SimpleValue(number)) => number,
                Some(Value::Tensor(tensor)) => tensor.float_val[0],
                _ => continue,
            };
            (count, sum) = (count + 1, sum + f64::from(number));
        }
    }
    Ok((count, sum))
}

/// The least that can be done: both checksums, and the value where TensorFlow 2's form has it.
fn bare(path: &Path) -> Read2 {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let (mut count, mut sum) = (0, 0.0);
    let (mut header, mut record) = ([0; 12], Vec::new());
    while file.read_exact(&mut header).is_ok() {
        let length = u64::from_le_bytes(header[..8].try_into()?) as usize;
        if masked(&header[..8]) != header[8..] || length > 1 << 30 {
            return Err("length checksum mismatch".into());
        }
        record.resize(length + 4, 0);
        file.read_exact(&mut record)?;
        if masked(&record[..length]) != record[length..] {
            return Err("data checksum mismatch".into());
        }
        // tensor { dtype: DT_FLOAT, tensor_shape {}, float_val: [value] }, then 15 bytes of metadata.
        let Some(value) = length.checked_sub(15 + 12) else { continue };
        if record[value..value + 8] == [0x42, 0x0a, 0x08, 0x01, 0x12, 0x00, 0x2a, 0x04] {
            let number = f32::from_le_bytes(record[value + 8..value + 12].try_into()?);
            (count, sum) = (count + 1, sum + f64::from(number));
        }
    }
    Ok((count, sum))
}

fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}
