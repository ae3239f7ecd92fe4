//! Protocol-buffer encoding of the messages on the hot path, straight into a buffer.
//!
//! What prost would write of `Event`, `Summary.Value` and `TensorProto` (the tests compare), but
//! without building the messages first.

use crate::proto::DataClass;
use crate::record;
use crate::types::{Step, WallTime};

/// Appends a varint.
pub(super) fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Appends a length-delimited field.
pub(super) fn bytes(to: &mut Vec<u8>, field: u8, content: &[u8]) {
    to.push(field << 3 | 2);
    varint(to, content.len() as u64);
    to.extend_from_slice(content);
}

/// The `metadata` field of a `Summary.Value`: 9, of a plugin without content.
pub(super) fn metadata(plugin: &str, class: DataClass) -> Vec<u8> {
    metadata_with(plugin, &[], class)
}

/// The `metadata` field of a `Summary.Value` of a plugin with content.
pub(super) fn metadata_with(plugin: &str, content: &[u8], class: DataClass) -> Vec<u8> {
    let mut data = Vec::new();
    bytes(&mut data, 1, plugin.as_bytes());
    if !content.is_empty() {
        bytes(&mut data, 2, content);
    }
    let mut message = Vec::new();
    bytes(&mut message, 1, &data);
    message.extend([0x20, class as u8]);
    let mut field = Vec::new();
    bytes(&mut field, 9, &message);
    field
}

/// The `tag` field of a `Summary.Value`: 1.
pub(super) fn tag(tag: &str) -> Vec<u8> {
    let mut field = Vec::new();
    bytes(&mut field, 1, tag.as_bytes());
    field
}

/// Appends a `Summary.value` field made of parts that are encoded already.
pub(super) fn value(to: &mut Vec<u8>, parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    to.push(0x0a);
    varint(to, len as u64);
    for part in parts {
        to.extend_from_slice(part);
    }
}

/// Appends the record of an event whose summary has these `value` fields.
pub(super) fn summary_event(to: &mut Vec<u8>, time: WallTime, step: Step, values: &[u8]) {
    event(to, time, step, 5, values);
}

/// Appends the record of an event with one length-delimited `what` field.
pub(super) fn event(to: &mut Vec<u8>, time: WallTime, step: Step, field: u8, what: &[u8]) {
    record::append_with(to, |to| {
        if time.seconds() != 0.0 {
            to.push(0x09);
            to.extend_from_slice(&time.seconds().to_le_bytes());
        }
        if step.0 != 0 {
            to.push(0x10);
            varint(to, step.0 as u64);
        }
        bytes(to, field, what);
    });
}
