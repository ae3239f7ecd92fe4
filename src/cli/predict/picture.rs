//! Pictures of gray pixels, from PNG files.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use png::{ColorType, Decoder, DecodingError, Limits, Transformations};

use super::super::failure::Failure;

/// More pixels than any camera's digit needs; four bytes each are reserved at most.
const MOST_PIXELS: u64 = 1 << 24;

/// What the decoder may reserve besides: rows, and chunks of what is not looked at.
const DECODER_BYTES: usize = 16 << 20;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// A picture of gray pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gray {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Row major, 0 for black.
    pub(super) pixels: Vec<u8>,
}

impl Gray {
    pub(super) fn invert(&mut self) {
        self.pixels.iter_mut().for_each(|pixel| *pixel = !*pixel);
    }

    /// Whether the outermost pixels are light on average: something dark on paper.
    pub(super) fn has_light_border(&self) -> bool {
        let (mut sum, mut count) = (0_u64, 0_u64);
        for (y, row) in self.pixels.chunks_exact(self.width).enumerate() {
            let is_edge = y == 0 || y + 1 == self.height;
            // Of other rows both ends; of a picture of one column that is one pixel twice.
            let step = if is_edge { 1 } else { (self.width - 1).max(1) };
            for &pixel in row.iter().step_by(step) {
                sum += u64::from(pixel);
                count += 1;
            }
        }
        2 * sum > 255 * count
    }
}

/// Why a file is no picture.
#[derive(Debug)]
enum Problem {
    Io(io::Error),
    NotPng,
    Huge { width: u32, height: u32 },
    Damaged(String),
}

/// Reads a PNG file of any kind: gray by luminance, transparent pixels over white.
pub(super) fn read(path: &Path) -> Result<Gray, Failure> {
    let file = File::open(path).map_err(Problem::Io);
    file.and_then(|file| decode(BufReader::new(file))).map_err(|problem| {
        let path = path.display();
        match problem {
            Problem::Io(error) => Failure::failed(format!("cannot read `{path}`: {error}"))
                .hint("IMAGE is a file; an image of the test set is named by `--index N`"),
            Problem::NotPng => Failure::failed(format!("`{path}` is no PNG file"))
                .hint("other kinds of pictures can be saved as PNG by most programs"),
            Problem::Huge { width, height } => Failure::failed(format!(
                "`{path}` has {width} x {height} pixels, want at most {MOST_PIXELS}"
            ))
            .hint("make it smaller: the net sees a few pixels only"),
            Problem::Damaged(what) => Failure::failed(format!("`{path}` is damaged: {what}"))
                .hint("save or copy it again"),
        }
    })
}

fn decode(mut file: impl BufRead + Seek) -> Result<Gray, Problem> {
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start).map_err(Problem::Io)?;
    if start != SIGNATURE {
        return Err(Problem::NotPng);
    }
    file.rewind().map_err(Problem::Io)?;
    let mut decoder = Decoder::new_with_limits(file, Limits { bytes: DECODER_BYTES });
    decoder.set_ignore_text_chunk(true);
    // Palettes, transparent colours and few bits become 8-bit channels; of 16 bits 8 are left.
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(problem)?;
    let (width, height) = (header.width, header.height);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Problem::Huge { width, height });
    }
    let mut reader = decoder.read_info().map_err(problem)?;
    let size = reader.output_buffer_size().ok_or(Problem::Huge { width, height })?;
    let mut bytes = vec![0; size];
    let frame = reader.next_frame(&mut bytes).map_err(problem)?;
    // What follows the pixels must be whole, too.
    reader.finish().map_err(problem)?;
    bytes.truncate(frame.buffer_size());
    let pixels = match frame.color_type {
        ColorType::Grayscale => bytes,
        ColorType::GrayscaleAlpha => {
            bytes.as_chunks().0.iter().map(|&[gray, alpha]| over_white(gray, alpha)).collect()
        }
        ColorType::Rgb => bytes.as_chunks().0.iter().map(|rgb| luminance(*rgb)).collect(),
        ColorType::Rgba => {
            let pixels = bytes.as_chunks().0.iter();
            pixels.map(|&[r, g, b, alpha]| over_white(luminance([r, g, b]), alpha)).collect()
        }
        ColorType::Indexed => return Err(Problem::Damaged("it has no palette".to_owned())),
    };
    Ok(Gray { width: frame.width as usize, height: frame.height as usize, pixels })
}

fn problem(error: DecodingError) -> Problem {
    match error {
        DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Problem::Damaged("it is cut off".to_owned())
        }
        DecodingError::IoError(error) => Problem::Io(error),
        error => Problem::Damaged(error.to_string()),
    }
}

/// Rec. 601: 299, 587 and 114 of a thousand.
fn luminance([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    ((sum + 500) / 1000) as u8
}

fn over_white(gray: u8, alpha: u8) -> u8 {
    let (gray, alpha) = (u32::from(gray), u32::from(alpha));
    ((gray * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use png::{BitDepth, Encoder};

    use super::*;

    fn encode(
        width: u32,
        height: u32,
        colour: ColorType,
        depth: BitDepth,
        data: &[u8],
        palette: Option<(&[u8], &[u8])>,
    ) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if let Some((colours, alphas)) = palette {
            encoder.set_palette(colours.to_vec());
            encoder.set_trns(alphas.to_vec());
        }
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        file
    }

    fn pixels(png: &[u8]) -> Vec<u8> {
        decode(Cursor::new(png)).unwrap().pixels
    }

    #[test]
    fn every_kind_of_png_becomes_gray() {
        use BitDepth::{Eight, One, Sixteen, Two};
        use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
        let of = |colour, depth, data: &[u8]| pixels(&encode(2, 1, colour, depth, data, None));
        assert_eq!(of(Grayscale, Eight, &[7, 200]), [7, 200]);
        assert_eq!(of(Grayscale, One, &[0b0100_0000]), [0, 255]);
        // One and two thirds.
        assert_eq!(of(Grayscale, Two, &[0b0110_0000]), [85, 170]);
        assert_eq!(of(Grayscale, Sixteen, &[0x12, 0x34, 0xff, 0xff]), [0x12, 0xff]);
        // Half of black over white is 127, all of it black.
        assert_eq!(of(GrayscaleAlpha, Eight, &[0, 128, 0, 255]), [127, 0]);
        // 0.299 * 255 = 76.2, 0.587 * 255 = 149.7
        assert_eq!(of(Rgb, Eight, &[255, 0, 0, 0, 255, 0]), [76, 150]);
        // 0.114 * 255 = 29.1; what is transparent is white, whatever its colour.
        assert_eq!(of(Rgba, Eight, &[0, 0, 255, 255, 1, 2, 3, 0]), [29, 255]);
        // Entry 1 is green, entry 0 transparent.
        let palette = Some((&[9, 9, 9, 0, 255, 0][..], &[0, 255][..]));
        assert_eq!(pixels(&encode(2, 1, Indexed, One, &[0b1000_0000], palette)), [150, 255]);
    }

    #[test]
    fn what_is_no_whole_png_is_told_apart() {
        let png = encode(4, 4, ColorType::Grayscale, BitDepth::Eight, &[5; 16], None);
        let problem = |bytes: &[u8]| decode(Cursor::new(bytes.to_vec())).unwrap_err();
        assert!(matches!(problem(b"GIF89a"), Problem::NotPng));
        assert!(matches!(problem(b""), Problem::NotPng));
        for len in 8..png.len() {
            assert!(matches!(problem(&png[..len]), Problem::Damaged(_)), "cut off at {len}");
        }
        for at in 8..png.len() {
            let mut damaged = png.clone();
            damaged[at] ^= 0x10;
            match decode(Cursor::new(damaged)) {
                Err(Problem::Damaged(_) | Problem::Huge { .. }) => {}
                other => panic!("byte {at}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_huge_picture_is_refused_before_memory_is_reserved() {
        // The header alone, with a right checksum, says 60,000 x 60,000.
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 60_000, 60_000);
        encoder.set_color(ColorType::Rgba);
        drop(encoder.write_header().unwrap());
        let problem = decode(Cursor::new(file)).unwrap_err();
        assert!(matches!(problem, Problem::Huge { width: 60_000, .. }), "{problem:?}");
    }

    #[test]
    fn paper_is_known_by_its_border() {
        let gray = |width, height, pixels: &[u8]| Gray { width, height, pixels: pixels.to_vec() };
        let mut paper = gray(3, 3, &[255, 255, 255, 255, 0, 255, 255, 255, 0]);
        assert!(paper.has_light_border());
        paper.invert();
        assert_eq!(paper.pixels, [0, 0, 0, 0, 255, 0, 0, 0, 255]);
        assert!(!paper.has_light_border());
        assert!(!gray(3, 3, &[0, 0, 0, 0, 255, 0, 0, 0, 0]).has_light_border());
        assert!(gray(1, 3, &[255, 0, 255]).has_light_border());
        assert!(gray(1, 1, &[128]).has_light_border());
    }
}
