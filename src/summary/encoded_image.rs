//! What the first bytes of a picture file tell.

/// Returns width and height of a PNG, JPEG, GIF or BMP file; `None` if it is none of them.
pub(super) fn size(file: &[u8]) -> Option<(usize, usize)> {
    if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        // Signature, length and type of the first chunk, then its data.
        Some((big_u32(file, 16)?, big_u32(file, 20)?))
    } else if file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a") {
        let little = |at| Some(usize::from(u16::from_le_bytes(*file.get(at..)?.first_chunk()?)));
        Some((little(6)?, little(8)?))
    } else if file.starts_with(b"BM") {
        // The height is negative if the rows go down.
        let little = |at| Some(i32::from_le_bytes(*file.get(at..)?.first_chunk()?));
        let size = |at| little(at).map(|size| size.unsigned_abs() as usize);
        Some((size(18)?, size(22)?))
    } else if file.starts_with(b"\xff\xd8") {
        jpeg(file)
    } else {
        None
    }
}

/// Goes from segment to segment up to the frame header, which ITU T.81, B.2.2, describes.
fn jpeg(file: &[u8]) -> Option<(usize, usize)> {
    let mut at = 2;
    loop {
        let [0xff, marker] = *file.get(at..)?.first_chunk()? else { return None };
        match marker {
            0xff => at += 1, // fill bytes
            // SOF0 to SOF15, without the tables DHT, JPG and DAC among them.
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                return Some((big_u16(file, at + 7)?, big_u16(file, at + 5)?));
            }
            0x01 | 0xd0..=0xd7 => at += 2, // no length
            _ => at = (at + 2).checked_add(big_u16(file, at + 2)?)?,
        }
    }
}

fn big_u16(file: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(*file.get(at..)?.first_chunk()?)))
}

fn big_u32(file: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(*file.get(at..)?.first_chunk()?) as usize)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn the_size_is_found_in_each_format() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x02\0\0\0\x05\x08";
        assert_eq!(size(png), Some((258, 5)));
        assert_eq!(size(b"GIF89a\x02\x01\x05\0\xf7"), Some((258, 5)));
        // 14 bytes of file header, the length 40 of the next, then width and (upside down) height.
        let bmp = b"BM0123456789ab\x28\0\0\0\x02\x01\0\0\xfb\xff\xff\xff";
        assert_eq!(size(bmp), Some((258, 5)));
        // APP0 of 4 bytes, a fill byte, a Huffman table of 3, then SOF2: length, bits, height, width.
        let jpeg =
            b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc4\0\x03a\xff\xc2\0\x11\x08\0\x05\x01\x02\x03";
        assert_eq!(size(jpeg), Some((258, 5)));
    }

    #[test]
    fn a_cut_or_unknown_file_has_no_size() {
        assert_eq!(size(b""), None);
        assert_eq!(size(b"RIFF\0\0\0\0WEBP"), None);
        assert_eq!(size(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01"), None);
        assert_eq!(size(b"\xff\xd8\xff\xe0\xff\xff"), None);
        assert_eq!(size(b"\xff\xd8\xff\xe0\0\0"), None);
    }
}
