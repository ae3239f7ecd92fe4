//! PNG files: the chunks and row filters around miniz_oxide's compression.
//!
//! The `png` crate would do it, with nine crates behind it; the tracker is to have few. What is
//! left to do here, W3C's PNG specification, is small.

use std::borrow::Cow;

use miniz_oxide::deflate::compress_to_vec_zlib;

/// Rows of pixels of `channels` bytes each: 1 gray, 3 red, green and blue, 4 with opacity too.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Raster<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) channels: usize,
    pub(super) bytes: Cow<'a, [u8]>,
}

/// Of zlib's levels: 6, the usual, took 2 to 4 times as long for files smaller by a tenth to a sixth
/// (512 x 512, smooth colours with some noise, and gray blocks of noise).
const LEVEL: u8 = 3;

/// Encodes a picture that has at least one pixel.
pub(super) fn encode(raster: &Raster<'_>) -> Vec<u8> {
    let colour_type = match raster.channels {
        1 => 0,
        3 => 2,
        _ => 6,
    };
    let mut header = Vec::with_capacity(13);
    header.extend((raster.width as u32).to_be_bytes());
    header.extend((raster.height as u32).to_be_bytes());
    header.extend([8, colour_type, 0, 0, 0]); // bits, colour type, deflate, filters, not interlaced
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &compress_to_vec_zlib(&filtered(raster), LEVEL));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    png.extend(crc(&png[start..]).to_be_bytes());
}

/// Filters each row by whichever filter leaves the smallest sum of differences, as the
/// specification advises (12.8).
fn filtered(raster: &Raster<'_>) -> Vec<u8> {
    let (stride, pixel) = (raster.width * raster.channels, raster.channels);
    let mut all = Vec::with_capacity((stride + 1) * raster.height);
    // Both rows have a black pixel before them, so that every byte has all its neighbours.
    let (mut above, mut current) = (vec![0; pixel + stride], vec![0; pixel + stride]);
    let (mut best, mut tried) = (vec![0; stride], vec![0; stride]);
    for row in raster.bytes.chunks_exact(stride) {
        current[pixel..].copy_from_slice(row);
        let (left, up, corner) = (&current[..stride], &above[pixel..], &above[..stride]);
        let neighbours = || left.iter().zip(up).zip(corner).map(|((a, b), c)| (*a, *b, *c));
        let mut best_filter = (u64::MAX, 0);
        for filter in 0..=4 {
            match filter {
                0 => tried.copy_from_slice(row),
                1 => subtract(&mut tried, row, neighbours().map(|(left, _, _)| left)),
                2 => subtract(&mut tried, row, neighbours().map(|(_, above, _)| above)),
                3 => subtract(&mut tried, row, neighbours().map(|(a, b, _)| a.midpoint(b))),
                _ => subtract(&mut tried, row, neighbours().map(|(a, b, c)| paeth(a, b, c))),
            }
            let sum = tried.iter().map(|byte| u64::from((*byte as i8).unsigned_abs())).sum();
            if sum < best_filter.0 {
                best_filter = (sum, filter);
                std::mem::swap(&mut best, &mut tried);
            }
        }
        all.push(best_filter.1);
        all.extend_from_slice(&best);
        std::mem::swap(&mut above, &mut current);
    }
    all
}

fn subtract(to: &mut [u8], row: &[u8], predicted: impl Iterator<Item = u8>) {
    for ((to, byte), predicted) in to.iter_mut().zip(row).zip(predicted) {
        *to = byte.wrapping_sub(predicted);
    }
}

/// The neighbour nearest to `left + above - corner`.
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(above), i16::from(corner));
    let (to_left, to_above, to_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        corner
    }
}

/// CRC-32 of IEEE 802.3, which PNG uses; records use CRC-32C.
fn crc(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let (mut crc, mut bit) = (i as u32, 0);
            while bit < 8 {
                crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
                bit += 1;
            }
            table[i] = crc;
            i += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes with the `png` crate.
    fn decode(png: &[u8]) -> (u32, u32, png::ColorType, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, info.color_type, pixels)
    }

    #[test]
    fn the_crc_is_that_of_the_specification() {
        // The check value of CRC-32/ISO-HDLC, and the CRC at the end of every PNG file.
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn the_png_crate_decodes_every_colour_type_and_filter() {
        // Rows made so that each filter wins somewhere: noise, ramps along and down, and constants.
        let mut filters = std::collections::BTreeSet::new();
        let colours = [png::ColorType::Grayscale, png::ColorType::Rgb, png::ColorType::Rgba];
        for (channels, colour) in [1, 3, 4].into_iter().zip(colours) {
            let (width, height) = (61, 40);
            let bytes: Vec<u8> = (0..width * height * channels)
                .map(|i| {
                    let (x, y) = (i / channels % width, i / channels / width);
                    match y / 8 {
                        0 => ((i * i * 7919) >> 7) as u8,
                        1 => (x * 4 + i % channels) as u8,
                        2 => (x * x + y * 3) as u8,
                        3 => (x * 3 + y * 5) as u8,
                        _ => 200,
                    }
                })
                .collect();
            let raster = Raster { width, height, channels, bytes: Cow::Borrowed(&bytes) };
            let png = encode(&raster);
            assert_eq!(decode(&png), (width as u32, height as u32, colour, bytes.clone()));
            filters.extend(filtered(&raster).chunks(width * channels + 1).map(|row| row[0]));
        }
        assert_eq!(filters.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }
}
