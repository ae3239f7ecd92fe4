//! Changing bytes at random.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A change of some bytes.
#[derive(Clone, Debug)]
pub(crate) enum Change {
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

/// Returns the bytes with all changes made, one after another.
pub(crate) fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
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

pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 0..6)
}
