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
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::event::{Content, EventDecoder, What};
    use crate::proto::TensorProto;

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

    /// The fields that such events are made of, whole and in part, and other bytes between them.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<[u8; 8]>().prop_map(|time| [&[0x09], &time[..]].concat()),
            prop::collection::vec(any::<u8>(), 0..4).prop_map(|step| [&[0x10], &step[..]].concat()),
            any::<[u8; 4]>().prop_map(|number| [&[0x15], &number[..]].concat()),
            any::<[u8; 4]>().prop_map(|n| [b"\x42\x0a\x08\x01\x12\x00\x2a\x04", &n[..]].concat()),
            (0..6_u8, "[a-c]{0,5}").prop_map(|(len, tag)| [&[0x0a, len], tag.as_bytes()].concat()),
            prop::collection::vec(any::<u8>(), 0..3),
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_is_recognised_is_what_the_decoder_says(
            time: [u8; 8],
            step in 0..40_000_u64,
            tag in "[a-c]{0,5}",
            number: [u8; 4],
            tensor: bool,
            between in pieces(),
            noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..2),
            metadata in prop::collection::vec(any::<u8>(), 0..200),
            with_metadata: bool,
        ) {
            let field = |key: u8, content: &[u8]| {
                let mut field = vec![key];
                prost::encoding::encode_varint(content.len() as u64, &mut field);
                [field, content.to_vec()].concat()
            };
            let mut value = field(0x0a, tag.as_bytes());
            value.extend(if tensor { &b"\x42\x0a\x08\x01\x12\x00\x2a\x04"[..] } else { b"\x15" });
            value.extend(number);
            value.extend(if with_metadata { field(0x4a, &metadata) } else { between.clone() });
            let mut payload = [&[0x09], &time[..], &[0x10]].concat();
            prost::encoding::encode_varint(step, &mut payload);
            payload.extend(field(0x2a, &field(0x0a, &value)));
            if !with_metadata {
                payload.extend(&between);
            }
            for (at, byte) in noise {
                let at = at.index(payload.len());
                payload[at] = byte;
            }
            let Some(known) = ScalarEvent::recognise(&payload) else { return Ok(()) };
            let mut decoder = EventDecoder::default();
            let event = decoder.decode(&payload).unwrap();
            prop_assert_eq!(event.wall_time.to_bits(), known.wall_time.to_bits());
            prop_assert_eq!((event.step, event.source), (known.step, None));
            let What::Summary(summary) = event.what else { panic!("{event:?}") };
            let value = summary.only().unwrap();
            prop_assert_eq!((value.tag_bytes, value.metadata), (known.tag, known.metadata));
            let number = match value.content {
                Some(Content::SimpleValue(number)) => number,
                Some(Content::Tensor(bytes)) => {
                    TensorProto::decode(bytes).unwrap().float_val.pop().unwrap()
                }
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(number.to_bits(), known.value.to_bits());
        }
    }
}
