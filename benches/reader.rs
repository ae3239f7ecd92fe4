//! How fast scalars are read, beside a bare loop that does no more than it must.
//!
//! `cargo bench --no-default-features --bench reader`, perhaps with the number of events in a file behind `--`.
//! Files are in the page cache; the best of some rounds counts.

use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use prost::Message;
use runboard::logdir::{Kind, Logdir};
use runboard::proto::event::What;
use runboard::proto::summary::{Value, value};
use runboard::proto::{Event, Summary};
use runboard::record::append_record;
use runboard::summary::SummaryWriter;

const ROUNDS: usize = 7;

fn main() {
    let number = env::args().skip(1).find_map(|argument| argument.parse().ok());
    let events: usize = number.unwrap_or(1_000_000);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (one, ten, old) = (dir.path().join("one"), dir.path().join("ten"), dir.path().join("old"));
    ours(&one, events, 1);
    ours(&ten, events, 10);
    tensorflow_1(&old, events);
    println!("{events} scalars a file, best of {ROUNDS}");
    for (path, what) in [
        (&one, "our file, one tag"),
        (&ten, "our file, ten tags in turn"),
        (&old, "simple_value, one tag"),
    ] {
        let bytes = fs::metadata(file_in(path)).expect("a file").len();
        println!("{what}: {} bytes an event", bytes / events as u64);
        report("  bare loop with CRC", events, || bare(path));
        report("  Logdir, scalars", events, || poll(path, 1, &[Kind::Scalars]));
        report("  Logdir, histograms", events, || poll(path, 1, &[Kind::Histograms]));
    }
    let many = dir.path().join("many");
    for run in 0..8 {
        let to = many.join(run.to_string());
        fs::create_dir_all(&to).expect("a directory");
        fs::copy(file_in(&one), to.join("events.out.tfevents.1")).expect("a copy");
    }
    println!("eight runs with a file each");
    for threads in 1..=std::thread::available_parallelism().map_or(1, usize::from) {
        let what = format!("  Logdir, {threads} threads");
        report(&what, 8 * events, || poll(&many, threads, &[Kind::Scalars]));
    }
}

fn report(what: &str, events: usize, mut run: impl FnMut() -> usize) {
    let (mut best, mut best_on_core) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let (start, on_core) = (Instant::now(), on_core());
        let read = std::hint::black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
        best_on_core = best_on_core.min(self::on_core() - on_core);
        assert!(read == events || read == 0, "{read} of {events}");
    }
    let (rate, each) = (events as f64 / best / 1e6, best / events as f64 * 1e9);
    let on_core = best_on_core / events as f64 * 1e9;
    println!(
        "{what:<24} {rate:6.2} M/s {each:7.1} ns each, {on_core:7.1} ns of this thread on a core"
    );
}

/// Seconds that this thread has run, where Linux tells: on a busy machine the clock says less.
fn on_core() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = told.split_whitespace().next().and_then(|first| first.parse::<f64>().ok());
    first.map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

fn poll(path: &Path, threads: usize, kinds: &[Kind]) -> usize {
    let builder = Logdir::builder(path).threads(threads);
    let mut logdir = kinds.iter().fold(builder, |builder, &kind| builder.keep(kind)).build();
    assert!(logdir.poll().is_empty());
    logdir.runs().flat_map(|run| run.scalars()).map(|(_, series)| series.len()).sum()
}

/// Reads the file as one who knows exactly what is in it: both checksums, no tags, no checks.
fn bare(path: &Path) -> usize {
    let file = fs::read(file_in(path)).expect("a file");
    let masked = |bytes| crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8);
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes"));
    let (mut steps, mut times, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = 0;
    while at < file.len() {
        let len = word(&file[at..at + 4]) as usize;
        assert_eq!(masked(&file[at..at + 8]), word(&file[at + 8..at + 12]));
        let payload = &file[at + 12..at + 12 + len];
        assert_eq!(masked(payload), word(&file[at + 12 + len..at + 16 + len]));
        at += 16 + len;
        let (mut step, mut behind) = (0_u64, 9);
        if payload[behind] == 0x10 {
            for shift in (0..).step_by(7) {
                behind += 1;
                step |= u64::from(payload[behind] & 0x7f) << shift;
                if payload[behind] < 0x80 {
                    break;
                }
            }
            behind += 1;
        }
        if payload[behind] != 0x2a {
            continue;
        }
        let tag = usize::from(payload[behind + 5]);
        let value = match payload[behind + 6 + tag] {
            0x15 => behind + 7 + tag,
            _ => behind + 14 + tag,
        };
        steps.push(step as i64);
        times.push(f64::from_le_bytes(payload[1..9].try_into().expect("eight bytes")));
        values.push(f32::from_bits(word(&payload[value..value + 4])));
    }
    std::hint::black_box((&steps, &times, &values));
    steps.len()
}

fn file_in(path: &Path) -> std::path::PathBuf {
    fs::read_dir(path).expect("a directory").next().expect("a file").expect("an entry").path()
}

fn ours(path: &Path, events: usize, tags: usize) {
    let writer = SummaryWriter::create(path).expect("a writer");
    let mut series: Vec<_> = (0..tags).map(|i| writer.scalar(&format!("layer{i}/cost"))).collect();
    for i in 0..events {
        series[i % tags].add(i as f32, i / tags).expect("space on the disk");
    }
    drop(series);
    writer.close().expect("space on the disk");
}

fn tensorflow_1(path: &Path, events: usize) {
    let mut file = Vec::new();
    for i in 0..events {
        let content = Some(value::Value::SimpleValue(i as f32));
        let value =
            vec![Value { tag: "layer0/cost".to_owned(), value: content, ..Default::default() }];
        let what = Some(What::Summary(Summary { value }));
        let wall_time = 1.7e9 + i as f64 / 1e3;
        let event = Event { wall_time, step: i as i64, what, ..Default::default() };
        append_record(&mut file, &event.encode_to_vec());
    }
    fs::create_dir_all(path).expect("a directory");
    fs::write(path.join("events.out.tfevents.1"), file).expect("space on the disk");
}
