//! Protocol-buffer encoding of the messages on the hot path, straight into a buffer.
//!
//! What prost would write of `Event`, `Summary.Value` and `TensorProto` (the tests compare), but
//! without building the messages first.

use crate::proto::DataClass;
use crate::record;
use crate::types::{Step, WallTime};

/// What an event has at most beside its values: framing, time, step, key and length.
pub(super) const MAX_EVENT_OVERHEAD: usize = record::OVERHEAD + 9 + 11 + 11;

/// What a scalar's event has at most beside its tag.
pub(super) const MAX_SCALAR_OVERHEAD: usize = MAX_EVENT_OVERHEAD + 11 + 11 + TAIL;

/// A scalar's tensor up to the number: dtype: DT_FLOAT, tensor_shape {}, float_val: [value].
///
/// Written out for 0.0 too, which readers do not take for granted.
const TENSOR: &[u8] = b"\x42\x0a\x08\x01\x12\x00\x2a\x04";

/// A scalar's metadata: plugin_data { plugin_name: "scalars" } data_class: DATA_CLASS_SCALAR.
const METADATA: &[u8] = b"\x4a\x0d\x0a\x09\x0a\x07scalars\x20\x01";

/// Appends a varint.
pub(super) fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Writes a varint of exactly this length.
pub(super) fn overwrite_varint(to: &mut [u8], mut value: u64) {
    if let Some((last, others)) = to.split_last_mut() {
        for byte in others {
            *byte = value as u8 | 0x80;
            value >>= 7;
        }
        *last = value as u8;
    }
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
        time_and_step(to, time, step);
        bytes(to, field, what);
    });
}

/// Appends the `Summary.value` field of a scalar.
pub(super) fn scalar_value(to: &mut Vec<u8>, tag: &str, value: f32) {
    let mut head = Head::default();
    head.value(value_len(tag.len()), tag.len());
    to.reserve(MAX_SCALAR_OVERHEAD + tag.len());
    to.extend_from_slice(head.bytes());
    to.extend_from_slice(tag.as_bytes());
    to.extend_from_slice(&scalar_tail(value));
}

/// Appends the record of a scalar's event; what the others would, in one go.
pub(super) fn scalar_event(
    to: &mut Vec<u8>,
    time: WallTime,
    step: Step,
    prefix: &str,
    tag: &str,
    value: f32,
) {
    let tag_len = prefix.len() + tag.len();
    let value_len = value_len(tag_len);
    let mut head = Head::default();
    if time.seconds() != 0.0 {
        head.push(0x09);
        head.extend(time.seconds().to_le_bytes());
    }
    if step.0 != 0 {
        head.push(0x10);
        head.varint(step.0 as u64);
    }
    head.push(0x2a);
    head.varint((1 + varint_len(value_len as u64) + value_len) as u64);
    head.value(value_len, tag_len);
    record::append_with(to, |to| {
        to.extend_from_slice(head.bytes());
        to.extend_from_slice(prefix.as_bytes());
        to.extend_from_slice(tag.as_bytes());
        to.extend_from_slice(&scalar_tail(value));
    });
}

/// What stands before a scalar's tag. A vector would ask at every byte whether it has to grow.
struct Head {
    bytes: [u8; Head::MAX],
    len: usize,
}

impl Default for Head {
    fn default() -> Self {
        Head { bytes: [0; Head::MAX], len: 0 }
    }
}

impl Head {
    /// Time, step, and three keys with lengths, of at most ten bytes each.
    const MAX: usize = 9 + 11 + 3 * 11;

    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    fn extend<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes[self.len..self.len + N].copy_from_slice(&bytes);
        self.len += N;
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    /// Key and length of a `Summary.value` and of its tag.
    fn value(&mut self, value_len: usize, tag_len: usize) {
        self.push(0x0a);
        self.varint(value_len as u64);
        self.push(0x0a);
        self.varint(tag_len as u64);
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The length of a scalar's `Summary.Value`.
fn value_len(tag_len: usize) -> usize {
    1 + varint_len(tag_len as u64) + tag_len + TAIL
}

const TAIL: usize = TENSOR.len() + 4 + METADATA.len();

fn scalar_tail(value: f32) -> [u8; TAIL] {
    let mut tail = [0; TAIL];
    let (tensor, rest) = tail.split_at_mut(TENSOR.len());
    let (number, metadata) = rest.split_at_mut(4);
    tensor.copy_from_slice(TENSOR);
    number.copy_from_slice(&value.to_le_bytes());
    metadata.copy_from_slice(METADATA);
    tail
}

/// How far the number of a scalar's record is from its end.
pub(super) const SCALAR_END: usize = 4 + METADATA.len() + 4;

/// How many bytes a varint has.
pub(super) fn varint_len(value: u64) -> usize {
    // Seven bits a byte, and a byte for zero.
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

fn time_and_step(to: &mut Vec<u8>, time: WallTime, step: Step) {
    if time.seconds() != 0.0 {
        to.push(0x09);
        to.extend_from_slice(&time.seconds().to_le_bytes());
    }
    if step.0 != 0 {
        to.push(0x10);
        varint(to, step.0 as u64);
    }
}
