//! The fields of an encoded message, without decoding what they hold.

/// Something the walker leaves to the general decoder: it may be wrong, it may be merely rare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unusual;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Field<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// Takes the next field off the front of a message: its number and what it holds.
///
/// Groups and everything malformed are [`Unusual`].
#[inline(always)]
pub(super) fn next_field<'a>(rest: &mut &'a [u8]) -> Result<(u32, Field<'a>), Unusual> {
    let key = u32::try_from(varint(rest)?).map_err(|_| Unusual)?;
    let number = key >> 3;
    if number == 0 {
        return Err(Unusual);
    }
    let field = match key & 7 {
        0 => Field::Varint(varint(rest)?),
        1 => Field::Fixed64(take(rest)?),
        2 => {
            let len = usize::try_from(varint(rest)?).map_err(|_| Unusual)?;
            let (bytes, after) = rest.split_at_checked(len).ok_or(Unusual)?;
            *rest = after;
            Field::Bytes(bytes)
        }
        5 => Field::Fixed32(take(rest)?),
        _ => return Err(Unusual),
    };
    Ok((number, field))
}

#[inline(always)]
fn varint(rest: &mut &[u8]) -> Result<u64, Unusual> {
    let (&first, after) = rest.split_first().ok_or(Unusual)?;
    if first < 0x80 {
        *rest = after;
        return Ok(u64::from(first));
    }
    long_varint(rest)
}

fn long_varint(rest: &mut &[u8]) -> Result<u64, Unusual> {
    let mut value = 0;
    for (i, &byte) in rest.iter().enumerate().take(10) {
        // The tenth byte has room for one bit.
        if i == 9 && byte > 1 {
            return Err(Unusual);
        }
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            *rest = &rest[i + 1..];
            return Ok(value);
        }
    }
    Err(Unusual)
}

#[inline(always)]
fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Unusual> {
    let (bytes, after) = rest.split_first_chunk().ok_or(Unusual)?;
    *rest = after;
    Ok(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_one_after_another() {
        // 1: fixed64, 2: varint 300 (ac 02, the example of protobuf's documentation), 5: bytes,
        // 16: varint, whose key 16 << 3 has two bytes.
        let mut rest = &b"\x09\x01\0\0\0\0\0\0\0\x10\xac\x02\x2a\x02hi\x80\x01\x07"[..];
        assert_eq!(next_field(&mut rest), Ok((1, Field::Fixed64([1, 0, 0, 0, 0, 0, 0, 0]))));
        assert_eq!(next_field(&mut rest), Ok((2, Field::Varint(300))));
        assert_eq!(next_field(&mut rest), Ok((5, Field::Bytes(b"hi"))));
        assert_eq!(next_field(&mut rest), Ok((16, Field::Varint(7))));
        assert!(rest.is_empty());
    }

    #[test]
    fn a_varint_has_at_most_64_bits() {
        let mut largest = &b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"[..];
        assert_eq!(next_field(&mut largest), Ok((2, Field::Varint(u64::MAX))));
        for bad in [&b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"[..], b"\x10\xff", b"\x2a\x02h"]
        {
            assert_eq!(next_field(&mut &bad[..]), Err(Unusual));
        }
    }
}
