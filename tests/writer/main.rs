//! What a user of the writer can rely on: see the contract in the documentation of `summary`.

mod failures;
mod resumed;
mod threads;
mod views;

use std::fs::File;
use std::path::Path;

use runboard::event::EventReader;
use runboard::proto::event::What;
use runboard::proto::{Event, summary};

/// All events of a file, which must be whole to its end.
fn events(path: &Path) -> Vec<Event> {
    let mut reader = EventReader::new(File::open(path).unwrap());
    let mut events = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        events.push(event);
    }
    events
}

/// The values of a file with their steps and wall times.
fn values(path: &Path) -> Vec<(i64, f64, summary::Value)> {
    let mut values = Vec::new();
    for event in events(path) {
        if let Some(What::Summary(summary)) = event.what {
            values.extend(summary.value.into_iter().map(|v| (event.step, event.wall_time, v)));
        }
    }
    values
}

/// The tags of a file's values with their steps.
fn tags(path: &Path) -> Vec<(String, i64)> {
    values(path).into_iter().map(|(step, _, value)| (value.tag, step)).collect()
}

/// The number of a scalar.
fn number(value: &summary::Value) -> f32 {
    match &value.value {
        Some(summary::value::Value::Tensor(tensor)) => tensor.float_val[0],
        other => panic!("no scalar: {other:?}"),
    }
}
