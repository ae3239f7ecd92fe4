//! Changing values that are encoded already: one place that serves every kind of summary.
//!
//! A kind encodes its `Summary.value` fields without a thought for scopes, descriptions and rates;
//! a writer that has some changes the tag and the metadata here, and drops what it does not keep.

use super::describe::Description;
use super::encode;

/// A `Summary.Value`, of which only the tag is looked at.
pub(super) struct Value<'v> {
    pub(super) tag: &'v str,
    /// The whole message.
    body: &'v [u8],
}

/// Returns the values in encoded `Summary.value` fields.
pub(super) fn values(mut fields: &[u8]) -> impl Iterator<Item = Value<'_>> {
    std::iter::from_fn(move || {
        let (field, rest) = next_field(fields)?;
        fields = rest;
        let tag = all_fields(field.content).find(|field| field.number == 1);
        let tag = std::str::from_utf8(tag.map_or(&[], |tag| tag.content)).unwrap_or_default();
        Some(Value { tag, body: field.content })
    })
}

/// Appends a `Summary.value` field with another tag and perhaps a description.
pub(super) fn append(
    to: &mut Vec<u8>,
    value: &Value<'_>,
    tag: &str,
    description: Option<&Description>,
) {
    let mut body = Vec::with_capacity(value.body.len() + tag.len() + 10);
    encode::bytes(&mut body, 1, tag.as_bytes());
    for field in all_fields(value.body) {
        match (field.number, description) {
            (1, _) => {}
            (9, Some(description)) => {
                let mut metadata = field.content.to_vec();
                description.append(&mut metadata);
                encode::bytes(&mut body, 9, &metadata);
            }
            _ => body.extend_from_slice(field.whole),
        }
    }
    encode::bytes(to, 1, &body);
}

/// A field of a message.
struct Field<'m> {
    number: u64,
    /// With its key.
    whole: &'m [u8],
    /// What is in a length-delimited field; nothing in others.
    content: &'m [u8],
}

fn all_fields(mut message: &[u8]) -> impl Iterator<Item = Field<'_>> {
    std::iter::from_fn(move || {
        let (field, rest) = next_field(message)?;
        message = rest;
        Some(field)
    })
}

/// Splits off the first field. The messages are of our own making, and end where a field ends.
fn next_field(message: &[u8]) -> Option<(Field<'_>, &[u8])> {
    let mut rest = message;
    let key = varint(&mut rest)?;
    let mut content: &[u8] = &[];
    match key & 7 {
        0 => _ = varint(&mut rest)?,
        1 => rest = rest.get(8..)?,
        2 => {
            let len = usize::try_from(varint(&mut rest)?).ok()?;
            (content, rest) = rest.split_at_checked(len)?;
        }
        5 => rest = rest.get(4..)?,
        _ => return None,
    }
    let whole = &message[..message.len() - rest.len()];
    Some((Field { number: key >> 3, whole, content }, rest))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
