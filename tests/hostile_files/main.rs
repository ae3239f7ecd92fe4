//! Files made to harm: whatever the bytes, reading ends, panics nowhere and takes little memory.
//!
//! Real files of all kinds are changed at random, with and without repairing the checksums. Each test
//! makes some hundred cases, always the same; `RUNBOARD_FUZZ_SECONDS=600 cargo test --release --test
//! hostile_files` makes other ones for ten minutes in each.

mod change;
mod memory;
mod plugins;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRng, TestRunner};
use prost::Message;
use runboard::event::{EventDecoder, EventReader};
use runboard::logdir::{Graph, Logdir, ProjectorConfig, Restarts, TracedRun};
use runboard::proto::summary::{Value, value};
use runboard::proto::{self, DataType, Event, Summary, TensorProto};
use runboard::record::{MaskedCrc, RecordReader, append_record};
use runboard::summary::SummaryWriter;

use change::{Change, changed, changes};
use memory::peak;

/// The most that reading may take beside what it reads: a buffer, and one filled tensor.
const FIXED: isize = 48 << 20;

/// Parts of some bytes may take so many times their size, as an empty string does.
const TIMES: isize = 200;

/// Checks some hundred cases, or as many as there is time for.
fn fuzz<S: Strategy>(strategy: S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let seconds = std::env::var("RUNBOARD_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(0));
    let config = Config { cases: 256, failure_persistence: None, ..Config::default() };
    let mut cases = 0_u64;
    loop {
        let mut runner = match seconds {
            None => {
                let rng = TestRng::deterministic_rng(config.rng_algorithm);
                TestRunner::new_with_rng(config.clone(), rng)
            }
            Some(_) => TestRunner::new(config.clone()),
        };
        runner.run(&strategy, &check).unwrap_or_else(|error| panic!("{error}"));
        cases += u64::from(config.cases);
        if Instant::now() >= end {
            break;
        }
    }
    println!("{cases} cases");
}

/// Every event file in tests/golden/reading: what all kinds look like.
fn files() -> Vec<Vec<u8>> {
    fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.file_name().unwrap().to_str().unwrap().contains("tfevents") {
                files.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reading"), &mut paths);
    paths.sort();
    assert!(paths.len() > 20, "{paths:?}");
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

fn payloads() -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    for file in files() {
        let mut records = RecordReader::new(&file[..]);
        while let Some(payload) = records.next_record().unwrap() {
            payloads.push(payload.to_vec());
        }
    }
    payloads
}

/// Polls a log directory with these event files and looks at what it found.
fn poll(files: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir()?;
    for (i, file) in files.iter().enumerate() {
        fs::write(dir.path().join(format!("{i}.tfevents")), file)?;
    }
    for restarts in [Restarts::LaterWins, Restarts::SessionStart] {
        let taken = peak(|| {
            let builder = Logdir::builder(dir.path()).keep_everything().threads(1);
            let mut logdir = builder.restarts(restarts).build();
            logdir.poll().iter().for_each(|problem| drop(problem.to_string()));
            assert!(logdir.poll().is_empty(), "told twice");
            for run in logdir.runs() {
                for (_, graphs) in run.all::<Graph>() {
                    graphs.values().iter().for_each(|graph| drop(graph.to_graph_def()));
                }
                for (_, traced) in run.all::<TracedRun>() {
                    traced.values().iter().for_each(|run| drop(run.to_run_metadata()));
                }
                for (_, scalars) in run.scalars() {
                    let len = scalars.len();
                    assert_eq!((scalars.wall_times().len(), scalars.values().len()), (len, len));
                }
            }
        });
        let size: usize = files.iter().map(Vec::len).sum();
        prop_assert!(taken <= FIXED + TIMES * size as isize, "{taken} bytes for {size}");
    }
    Ok(())
}

#[test]
fn records_of_any_bytes() {
    let any_file = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        (select(files()), changes()).prop_map(|(file, changes)| changed(&file, &changes)),
        // A length with a right checksum.
        (any::<u64>(), 0..64_u32, prop::collection::vec(any::<u8>(), 0..64)).prop_map(
            |(len, shift, rest)| {
                let len = (len >> shift).to_le_bytes();
                [&len[..], &MaskedCrc::of(&len).0.to_le_bytes(), &rest].concat()
            }
        ),
    ];
    fuzz(any_file, |file| {
        let mut outcome = Ok(());
        let taken = peak(|| outcome = read_records(&file));
        outcome?;
        prop_assert!(taken <= (1 << 20) + 2 * file.len() as isize, "{taken} bytes");
        Ok(())
    });
}

fn read_records(file: &[u8]) -> Result<(), TestCaseError> {
    let mut records = RecordReader::new(file);
    loop {
        let offset = records.offset() as usize;
        match records.next_record() {
            Ok(None) => return Ok(()),
            Ok(Some(payload)) => {
                let crc = MaskedCrc::of(payload).0.to_le_bytes();
                let end = offset + 12 + payload.len();
                prop_assert_eq!(payload, &file[offset + 12..end]);
                prop_assert_eq!(&crc, &file[end..end + 4]);
            }
            Err(error) if !error.is_recoverable() => return Ok(()),
            Err(_) => prop_assert!(records.offset() as usize > offset),
        }
    }
}

#[test]
fn events_are_decoded_as_prost_decodes_them() {
    let real = || (select(payloads()), changes()).prop_map(|(it, changes)| changed(&it, &changes));
    let any_payload = prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..100),
        4 => real(),
        // One after another they are one event, merged.
        2 => (real(), real()).prop_map(|(one, other)| [one, other].concat()),
        8 => wire::event(),
    ];
    fuzz(any_payload, |payload| {
        let mut decoder = EventDecoder::default();
        let view = decoder.decode(&payload);
        let ours = view.ok().and_then(|view| view.to_event().ok());
        let prosts = Event::decode(&payload[..]).ok();
        // As bytes, since NaN is unlike itself.
        let bytes = |event: Option<Event>| event.map(|event| event.encode_to_vec());
        prop_assert_eq!(bytes(ours), bytes(prosts));
        Ok(())
    });
}

#[test]
fn files_of_every_kind_with_changed_events() {
    // The checksums are right again, so that everything arrives at the decoders of the kinds.
    let file = (select(files()), prop::collection::vec((any::<Index>(), changes()), 1..4));
    fuzz(file, |(file, all)| {
        let mut payloads = Vec::new();
        let mut records = RecordReader::new(&file[..]);
        while let Some(payload) = records.next_record().unwrap() {
            payloads.push(payload.to_vec());
        }
        for (at, changes) in all {
            let at = at.index(payloads.len());
            payloads[at] = changed(&payloads[at], &changes);
        }
        let mut file = Vec::new();
        payloads.iter().for_each(|payload| append_record(&mut file, payload));
        poll(&[file])
    });
}

#[test]
fn files_of_every_kind_with_changed_bytes() {
    let files = prop::collection::vec((select(files()), changes()), 1..3);
    fuzz(files, |files| {
        let of = |(file, changes): (Vec<u8>, Vec<Change>)| changed(&file, &changes);
        poll(&files.into_iter().map(of).collect::<Vec<_>>())
    });
}

#[test]
fn projector_configurations_of_any_text() {
    let real = ["projector/run", "torch", "tensorboardx"].map(|name| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reading").join(name);
        fs::read(dir.join("projector_config.pbtxt")).unwrap()
    });
    let text = prop_oneof![
        "[a-z:{}<>\\[\\]\"'\\\\#0-9 \n,;]{0,60}".prop_map(String::into_bytes),
        (select(real.to_vec()), changes()).prop_map(|(text, changes)| changed(&text, &changes)),
    ];
    fuzz(text, |text| {
        let dir = tempfile::tempdir()?;
        fs::write(dir.path().join("projector_config.pbtxt"), &text)?;
        let taken = peak(|| drop(ProjectorConfig::read(dir.path())));
        prop_assert!(taken <= (1 << 20) + TIMES * text.len() as isize, "{taken} bytes");
        Ok(())
    });
}

#[test]
fn events_read_one_by_one() {
    fuzz((select(files()), changes()), |(file, changes)| {
        let file = changed(&file, &changes);
        let mut events = EventReader::new(&file[..]);
        loop {
            match events.next_event() {
                Ok(None) => return Ok(()),
                Err(error) if !error.is_recoverable() => return Ok(()),
                _ => {}
            }
        }
    });
}

#[test]
fn a_tensor_filled_by_one_string_is_refused() {
    // 2^20 copies of a long string would be some gigabytes.
    let dim = vec![proto::tensor_shape_proto::Dim { size: 1 << 20, ..Default::default() }];
    let tensor = TensorProto {
        dtype: DataType::DtString.into(),
        tensor_shape: Some(proto::TensorShapeProto { dim, ..Default::default() }),
        string_val: vec![vec![b'x'; 4096]],
        ..Default::default()
    };
    let value = Some(value::Value::Tensor(tensor));
    let value = vec![Value { tag: "t".to_owned(), value, ..Default::default() }];
    let what = Some(proto::event::What::Summary(Summary { value }));
    let mut file = Vec::new();
    append_record(&mut file, &Event { what, ..Default::default() }.encode_to_vec());
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tfevents"), &file).unwrap();
    let mut logdir = Logdir::builder(dir.path()).keep_everything().threads(1).build();
    let mut told = Vec::new();
    assert!(peak(|| told = logdir.poll()) < 1 << 20);
    assert!(
        told[0].to_string().ends_with("`t`: got 1 strings for 1048576 elements"),
        "{}",
        told[0]
    );
}

#[test]
fn what_is_not_asked_for_takes_no_memory() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let picture = [b"\x89PNG\r\n\x1a\n", &[7; 100_000][..]].concat();
    for step in 0..200 {
        writer.add_scalar("cost", 0.5, step).unwrap();
        writer.add_histogram("weights", &[0.5_f32; 10], step).unwrap();
        let strings = [&b"8"[..], b"8", &picture];
        let images = runboard::summary::TensorData::Bytes(&strings);
        let images = runboard::summary::Tensor::new(&[3], images).plugin("images", b"");
        writer.add_tensor("picture", &images, step).unwrap();
    }
    writer.close().unwrap();
    let mut logdir = Logdir::builder(dir.path()).threads(1).build();
    // 20 MB of pictures: a buffer of 256 KiB, and 200 points of 20 bytes.
    let taken = peak(|| assert!(logdir.poll().is_empty()));
    assert!(taken < 400_000, "{taken} bytes");
    assert_eq!(logdir.run(".").unwrap().scalar("cost").unwrap().len(), 200);
    let mut logdir = Logdir::builder(dir.path()).threads(1).keep_everything().build();
    let taken = peak(|| assert!(logdir.poll().is_empty()));
    assert!(taken > 20_000_000, "the pictures are there: {taken} bytes");
}
