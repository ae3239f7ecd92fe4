//! Checksums as TensorFlow masks them.

use std::fmt;

/// A CRC-32C, rotated and offset so that a checksum of checksums stays meaningful.
///
/// `tensorflow/core/lib/hash/crc32c.h`: rotate right by 15, add `0xa282ead8`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MaskedCrc(pub u32);

impl MaskedCrc {
    /// Returns the masked checksum of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        MaskedCrc(crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8))
    }
}

impl fmt::Debug for MaskedCrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32c_is_masked_as_tensorflow_does() {
        // RFC 3720's check value for "123456789" is e3069283; rotated right by 15 it is
        // 2507c60d, plus a282ead8 is c78ab0e5.
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(MaskedCrc::of(b"123456789"), MaskedCrc(0xc78a_b0e5));
        assert_eq!(MaskedCrc::of(b""), MaskedCrc(0xa282_ead8));
    }
}
