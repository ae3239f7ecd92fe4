//! Messages put together field by field, as no encoder would: twice, in any order, of wrong types.

use proptest::prelude::*;
use proptest::strategy::Union;
use prost::encoding::encode_varint;

fn field(number: u32, wire: u32, content: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    encode_varint(u64::from(number << 3 | wire), &mut field);
    if wire == 2 {
        encode_varint(content.len() as u64, &mut field);
    }
    field.extend_from_slice(content);
    field
}

/// A field of that number, with content of its wire type.
fn of(number: u32, wire: u32) -> BoxedStrategy<Vec<u8>> {
    let content = match wire {
        0 => any::<u64>()
            .prop_map(|number| {
                let mut bytes = Vec::new();
                encode_varint(number >> (number % 64), &mut bytes);
                bytes
            })
            .boxed(),
        1 => any::<[u8; 8]>().prop_map(|bytes| bytes.to_vec()).boxed(),
        5 => any::<[u8; 4]>().prop_map(|bytes| bytes.to_vec()).boxed(),
        _ => prop_oneof!["[a-c한]{0,4}".prop_map(String::into_bytes), Just(vec![0xff])].boxed(),
    };
    content.prop_map(move |content| field(number, wire, &content)).boxed()
}

/// A message of such fields; now and then one that is not meant to be there.
fn message(fields: Vec<BoxedStrategy<Vec<u8>>>, most: usize) -> BoxedStrategy<Vec<u8>> {
    let wire = prop_oneof![Just(0_u32), Just(1), Just(2), Just(5)];
    let strange = prop_oneof![
        (1..20_u32, wire).prop_flat_map(|(number, wire)| of(number, wire)),
        of(1000, 0),
        Just(b"\x33\x08\x01\x34".to_vec()), // a group of field 6
        Just(b"\x33\x08\x01".to_vec()),     // one that does not end
        Just(vec![0x00, 0x00]),
    ];
    let field = prop_oneof![12 => Union::new(fields), 1 => strange];
    prop::collection::vec(field, 0..most).prop_map(|fields| fields.concat()).boxed()
}

fn within(number: u32, message: BoxedStrategy<Vec<u8>>) -> BoxedStrategy<Vec<u8>> {
    message.prop_map(move |message| field(number, 2, &message)).boxed()
}

/// An event of any fields, with a summary of any values.
pub(crate) fn event() -> BoxedStrategy<Vec<u8>> {
    let metadata =
        message(vec![within(1, message(vec![of(1, 2), of(2, 2)], 3)), of(2, 2), of(4, 0)], 3);
    let tensor = message(vec![of(1, 0), of(4, 2), of(5, 5), of(5, 2), of(8, 2)], 4);
    let image = message(vec![of(1, 0), of(2, 0), of(4, 2)], 3);
    let histogram = message(vec![of(1, 1), of(6, 1), of(7, 1)], 4);
    let audio = message(vec![of(1, 5), of(2, 0), of(4, 2), of(5, 2)], 3);
    let value = message(
        vec![
            of(1, 2),
            of(2, 5),
            within(4, image),
            within(5, histogram),
            within(6, audio),
            within(8, tensor),
            within(9, metadata),
        ],
        4,
    );
    let summary = message(vec![within(1, value)], 4);
    let session = message(vec![of(1, 0), of(2, 2)], 3);
    let traced = message(vec![of(1, 2), of(2, 2)], 3);
    let fields = vec![
        of(1, 1),
        of(2, 0),
        of(3, 2),
        of(4, 2),
        within(5, summary.clone()),
        within(5, summary),
        within(7, session),
        within(8, traced),
        of(9, 2),
        within(10, message(vec![of(1, 2)], 2)),
    ];
    message(fields, 5)
}
