//! Images of MNIST's number and size that every program which is measured makes for itself.
//!
//! Ten sparse pictures, one a digit. An image is one of them, with a quarter of its pixels taken
//! from others; one label in twenty is drawn at random. So a net soon tells them apart, yet its
//! cost never comes near zero, where subnormal numbers would slow some programs and not others.
//! `benches/peers/python/digits.py` makes the same.

// The peers' programs include this file in a library.
#![allow(unreachable_pub)]

pub const PIXELS: usize = 784;
pub const CLASSES: usize = 10;
pub const TRAIN: u32 = 55_000;
pub const TEST: u32 = 10_000;

/// Images and their labels.
pub struct Digits {
    /// `[images, PIXELS]`
    pub pixels: Vec<u8>,
    pub labels: Vec<u8>,
}

impl Digits {
    pub fn train() -> Self {
        Self::of(0..TRAIN)
    }

    pub fn test() -> Self {
        Self::of(TRAIN..TRAIN + TEST)
    }

    fn of(images: std::ops::Range<u32>) -> Self {
        let pictures: Vec<[u8; PIXELS]> = (0..CLASSES as u32).map(picture).collect();
        let mut digits = Digits { pixels: Vec::new(), labels: Vec::new() };
        digits.pixels.reserve_exact(images.len() * PIXELS);
        for image in images {
            let drawn = hash(0x8000_0000 + image);
            let shown = (drawn % 10) as u8;
            let label =
                if (drawn >> 8).is_multiple_of(20) { (drawn >> 16) % 10 } else { drawn % 10 };
            digits.labels.push(label as u8);
            digits.pixels.extend((0..PIXELS).map(|pixel| {
                let drawn = hash(image * PIXELS as u32 + pixel as u32);
                let from =
                    if drawn.is_multiple_of(4) { (drawn >> 8) % 10 } else { u32::from(shown) };
                pictures[from as usize][pixel]
            }));
        }
        digits
    }
}

/// The picture of a digit: a fifth of its pixels is not 0.
fn picture(digit: u32) -> [u8; PIXELS] {
    std::array::from_fn(|pixel| {
        let drawn = hash(0xf000_0000 + digit * PIXELS as u32 + pixel as u32);
        if drawn.is_multiple_of(5) { (drawn >> 24) as u8 } else { 0 }
    })
}

/// Mixes the bits of a number (`lowbias32` of C. Wellons' hash prospector).
fn hash(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}
