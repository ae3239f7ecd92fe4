//! Appending records to a buffer.

use super::MaskedCrc;

/// Bytes a record has beside its payload.
pub const OVERHEAD: usize = 16;

/// Bytes of a record before its payload.
pub(crate) const HEADER: usize = 12;

/// Appends a record with the given payload.
///
/// ```
/// let mut file = Vec::new();
/// runboard::record::append_record(&mut file, b"hello");
/// assert_eq!(file.len(), 5 + runboard::record::OVERHEAD);
/// ```
pub fn append_record(to: &mut Vec<u8>, payload: &[u8]) {
    to.reserve(payload.len() + OVERHEAD);
    append_with(to, |to| to.extend_from_slice(payload));
}

/// Appends a record whose payload is what `encode` appends, without a copy.
pub(crate) fn append_with(to: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) {
    let start = to.len();
    to.extend_from_slice(&[0; HEADER]);
    encode(to);
    let (header, payload) = to[start..].split_at_mut(HEADER);
    let length = (payload.len() as u64).to_le_bytes();
    header[..8].copy_from_slice(&length);
    header[8..].copy_from_slice(&MaskedCrc::of(&length).0.to_le_bytes());
    let crc = MaskedCrc::of(payload).0.to_le_bytes();
    to.extend_from_slice(&crc);
}

/// Makes the checksum of one record fit its payload again, which was changed in place.
pub(crate) fn update_checksum(record: &mut [u8]) {
    let (front, checksum) = record.split_at_mut(record.len() - (OVERHEAD - HEADER));
    checksum.copy_from_slice(&MaskedCrc::of(&front[HEADER..]).0.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_framed_as_tensorflow_frames_it() {
        // The version event of a file TensorFlow's format describes byte by byte: wall time
        // 1700000000, "brain.Event:2", writer "w".
        let payload = b"\x09\x00\x00\x00\x40\xfc\x54\xd9\x41\x1a\x0dbrain.Event:2\x52\x03\x0a\x01w";
        let mut record = Vec::new();
        append_record(&mut record, payload);
        assert_eq!(record[..12], *b"\x1d\0\0\0\0\0\0\0\x60\x2f\xdf\x23");
        assert_eq!(record[12..12 + payload.len()], *payload);
        assert_eq!(record[12 + payload.len()..], *b"\x44\xee\xfc\xe2");
    }
}
