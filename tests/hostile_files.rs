//! Files made to harm: whatever the bytes, reading ends, panics nowhere and takes little memory.
//!
//! Real files of all kinds are changed at random, with and without repairing the checksums. Each test
//! makes some hundred cases, always the same; `RUNBOARD_FUZZ_SECONDS=600 cargo test --release --test
//! hostile_files` makes other ones for ten minutes in each.

// SAFETY of the allocator below: it counts and leaves everything else to the system's.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;
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
use runboard::proto::summary_metadata::PluginData;
use runboard::proto::{self, DataType, Event, Summary, SummaryMetadata, TensorProto};
use runboard::record::{MaskedCrc, RecordReader, append_record};

/// Counts what this thread has allocated.
struct Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let now = NOW.get() + bytes;
    NOW.set(now);
    PEAK.set(PEAK.get().max(now));
}

// SAFETY: every call is handed to `System` unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, memory: Memory) -> *mut u8 {
        count(memory.size() as isize);
        unsafe { System.alloc(memory) }
    }

    unsafe fn dealloc(&self, at: *mut u8, memory: Memory) {
        count(-(memory.size() as isize));
        unsafe { System.dealloc(at, memory) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs something and returns the most memory it held at a time, in bytes.
fn peak(run: impl FnOnce()) -> isize {
    NOW.set(0);
    PEAK.set(0);
    run();
    PEAK.get()
}

/// The most that reading may take beside what it reads: a buffer, and one filled tensor.
const FIXED: isize = 48 << 20;

/// Parts of some bytes may take so many times their size, as an empty string does.
const TIMES: isize = 200;

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

/// A change of some bytes.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Insert(Index, Vec<u8>),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let interesting =
        select(vec![0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x1a, 0x22, 0x2a, 0x42, 0x4a]);
    let long = select(vec![
        vec![0xff; 9],
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01".to_vec(),
        b"\x80\x80\x80\x80\x04".to_vec(),
        b"\x0b\x0c".to_vec(),
        b"\x42\x00".to_vec(),
        vec![0x0b; 200],
    ]);
    let index = any::<Index>;
    prop_oneof![
        4 => (index(), interesting).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (index(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => (index(), 1..9_usize).prop_map(|(at, len)| Change::Remove(at, len)),
        1 => (index(), 1..40_usize).prop_map(|(at, len)| Change::Repeat(at, len)),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, b)| Change::Insert(at, b)),
        1 => (index(), long).prop_map(|(at, b)| Change::Insert(at, b)),
        1 => index().prop_map(Change::Cut),
    ]
}

fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        let place = |at: &Index| at.index(bytes.len() + 1);
        match change {
            _ if bytes.is_empty() => {}
            Change::Set(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Change::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Change::Remove(at, len) => {
                let at = place(at);
                bytes.drain(at..(at + len).min(bytes.len()));
            }
            Change::Repeat(at, len) => {
                let at = place(at);
                let part = bytes[at..(at + len).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            Change::Insert(at, new) => {
                let at = place(at);
                bytes.splice(at..at, new.iter().copied());
            }
            Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
    bytes
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

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 0..6)
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
    let any_payload = prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..100),
        9 => (select(payloads()), changes()).prop_map(|(bytes, changes)| changed(&bytes, &changes)),
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

/// Tensors of any type and shape whose elements fit, or do not.
fn any_tensor() -> impl Strategy<Value = TensorProto> {
    let size = prop_oneof![0..7_i64, Just(1 << 20), Just(1 << 40), Just(-1), any::<i64>()];
    let dtype = prop_oneof![0..26_i32, Just(7), Just(1)];
    let strings = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9);
    let content = prop::collection::vec(any::<u8>(), 0..80);
    let numbers = prop::collection::vec(any::<i32>(), 0..20);
    (prop::collection::vec(size, 0..4), dtype, strings, content, numbers, 0..3_u8).prop_map(
        |(shape, dtype, string_val, content, numbers, form)| {
            let dim = |size| proto::tensor_shape_proto::Dim { size, ..Default::default() };
            let dim = shape.into_iter().map(dim).collect();
            let tensor_shape = Some(proto::TensorShapeProto { dim, ..Default::default() });
            let raw = if form == 0 { content } else { Vec::new() };
            TensorProto {
                dtype,
                tensor_shape,
                tensor_content: raw,
                float_val: numbers.iter().map(|&x| x as f32).collect(),
                double_val: numbers.iter().map(|&x| f64::from(x)).collect(),
                int64_val: numbers.iter().map(|&x| x.into()).collect(),
                uint32_val: numbers.iter().map(|&x| x as u32).collect(),
                half_val: numbers.clone(),
                int_val: numbers,
                string_val,
                ..Default::default()
            }
        },
    )
}

/// Makes a log directory of values that a plugin is to show, of any metadata and tensor.
fn plugin(name: &'static str) {
    let content = prop::collection::vec(any::<u8>(), 0..30);
    let content =
        prop_oneof![content, Just(Vec::new()), Just(vec![0x10, 0x0b]), Just(vec![0x18, 1])];
    let value = (content, prop::option::of(any_tensor()), any::<f32>(), any::<bool>());
    fuzz(prop::collection::vec(value, 1..4), |values| {
        let mut file = Vec::new();
        for (step, (content, tensor, number, simple)) in values.into_iter().enumerate() {
            let plugin_data = PluginData { plugin_name: name.to_owned(), content };
            let metadata = SummaryMetadata { plugin_data: Some(plugin_data), ..Default::default() };
            let content = if simple && tensor.is_none() {
                Some(value::Value::SimpleValue(number))
            } else {
                tensor.map(value::Value::Tensor)
            };
            let value = Value { tag: "tag".to_owned(), metadata: Some(metadata), value: content };
            let what = proto::event::What::Summary(Summary { value: vec![value] });
            let event = Event { step: step as i64, what: Some(what), ..Default::default() };
            append_record(&mut file, &event.encode_to_vec());
        }
        poll(&[file])
    });
}

#[test]
fn scalars_of_any_content() {
    plugin("scalars");
}

#[test]
fn histograms_of_any_content() {
    plugin("histograms");
}

#[test]
fn images_of_any_content() {
    plugin("images");
}

#[test]
fn audio_of_any_content() {
    plugin("audio");
}

#[test]
fn text_of_any_content() {
    plugin("text");
}

#[test]
fn pr_curves_of_any_content() {
    plugin("pr_curves");
}

#[test]
fn layouts_of_any_content() {
    plugin("custom_scalars");
}

#[test]
fn hparams_of_any_content() {
    plugin("hparams");
}

#[test]
fn meshes_of_any_content() {
    plugin("mesh");
}

#[test]
fn traced_runs_of_any_content() {
    plugin("graph_run_metadata");
}

#[test]
fn tensors_of_any_content() {
    plugin("another");
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
