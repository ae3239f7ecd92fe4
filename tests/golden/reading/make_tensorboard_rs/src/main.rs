//! Writes ../tensorboard_rs with the crate tensorboard-rs, which no longer changes.
//!
//! `cargo run --manifest-path tests/golden/reading/make_tensorboard_rs/Cargo.toml`, then make_expected.py.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use tensorboard_rs::summary_writer::SummaryWriter;

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tensorboard_rs");
    let _ = fs::remove_dir_all(&path);
    let mut writer = SummaryWriter::new(&path);
    for step in 0..3 {
        writer.add_scalar("loss/train", 1.0 / (step as f32 + 1.0), step);
        writer.add_scalar("정확도", step as f32 / 3.0, step);
    }
    writer.add_scalars("group", &HashMap::from([("a".to_owned(), 1.0), ("b".to_owned(), 2.0)]), 1);
    let (limits, counts) = ([-1.0, 0.0, 0.5, 1.0, f64::MAX], [0.0, 2.0, 0.0, 3.0, 0.0]);
    writer.add_histogram_raw("weights", -0.5, 0.75, 5.0, 1.25, 1.5, &limits, &counts, 1);
    let picture: Vec<u8> = (0..4 * 6 * 3).map(|x| x * 3).collect();
    writer.add_image("picture", &picture, &[3, 6, 4], 1);
    writer.flush();
    drop(writer);
    let mut dirs = vec![path];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                fs::rename(path, dir.join("events.out.tfevents.0")).unwrap();
            }
        }
    }
}
