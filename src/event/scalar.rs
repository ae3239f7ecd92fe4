//! Recognising, at one look, the event that nearly all events are: one scalar.

/// An event with one scalar and nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ScalarEvent<'a> {
    pub(crate) wall_time: f64,
    pub(crate) step: i64,
    pub(crate) tag: &'a [u8],
    pub(crate) value: f32,
    /// An encoded `SummaryMetadata`.
    pub(crate) metadata: Option<&'a [u8]>,
}

impl<'a> ScalarEvent<'a> {
    /// Returns the scalar, if the bytes are laid out as every known writer does: fields in the
    /// order of their numbers, except that TensorFlow's descendants differ in what they leave out.
    ///
    /// It never disagrees with [`super::EventDecoder`]; it only knows less, in half the time.
    #[inline(always)]
    pub(crate) fn recognise(payload: &'a [u8]) -> Option<Self> {
        let (head, mut rest) = payload.split_first_chunk::<9>()?;
        let [0x09, wall_time @ ..] = *head else { return None };
        let mut step = 0;
        if let [0x10, after @ ..] = rest {
            (step, rest) = varint(after)?;
        }
        let summary = whole(0x2a, rest)?;
        let value = whole(0x0a, summary)?;
        let [0x0a, len, rest @ ..] = value else { return None };
        if *len >= 0x80 {
            return None;
        }
        let (tag, rest) = rest.split_at_checked(usize::from(*len))?;
        // simple_value, or tensor { dtype: DT_FLOAT, tensor_shape {}, float_val: one }
        let rest = match rest {
            [0x15, rest @ ..] => rest,
            [0x42, 0x0a, 0x08, 0x01, 0x12, 0x00, 0x2a, 0x04, rest @ ..] => rest,
            _ => return None,
        };
        let (number, rest) = rest.split_first_chunk()?;
        let metadata = if rest.is_empty() { None } else { Some(whole(0x4a, rest)?) };
        Some(ScalarEvent {
            wall_time: f64::from_le_bytes(wall_time),
            step: step as i64,
            tag,
            value: f32::from_le_bytes(*number),
            metadata,
        })
    }
}

/// The content of a field that goes to the end of the message.
#[inline(always)]
fn whole(key: u8, message: &[u8]) -> Option<&[u8]> {
    match message {
        [first, len, content @ ..] if *first == key && *len < 0x80 => {
            (usize::from(*len) == content.len()).then_some(content)
        }
        [first, low, high, content @ ..] if *first == key && *high < 0x80 => {
            let len = usize::from(low & 0x7f) | usize::from(*high) << 7;
            (len == content.len()).then_some(content)
        }
        _ => None,
    }
}

/// A varint of at most eight bytes, and what is behind it.
#[inline(always)]
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().enumerate().take(8) {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Some((value, &bytes[i + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_tensorflow_1_and_2_are_recognised() {
        // Step 1 of "cost" is 0.5, with and without metadata { plugin_data { plugin_name: "scalars" }
        // data_class: DATA_CLASS_SCALAR }.
        let old = b"\x09\x00\x00\x40\x40\xfc\x54\xd9\x41\x10\x01\x2a\x0d\x0a\x0b\x0a\x04cost\
            \x15\x00\x00\x00\x3f";
        let new = b"\x09\x00\x00\x40\x40\xfc\x54\xd9\x41\x10\x01\x2a\x23\x0a\x21\x0a\x04cost\
            \x42\x0a\x08\x01\x12\x00\x2a\x04\x00\x00\x00\x3f\x4a\x0d\x0a\x09\x0a\x07scalars\x20\x01";
        let mut want = ScalarEvent {
            wall_time: 1_700_000_001.0,
            step: 1,
            tag: b"cost",
            value: 0.5,
            metadata: None,
        };
        assert_eq!(ScalarEvent::recognise(old), Some(want));
        want.metadata = Some(b"\x0a\x09\x0a\x07scalars\x20\x01");
        assert_eq!(ScalarEvent::recognise(new), Some(want));
        for cut in 0..new.len() {
            assert_eq!(ScalarEvent::recognise(&new[..cut]), None);
        }
    }
}
