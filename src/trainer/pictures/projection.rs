//! The last hidden layer in the Projector tab.

use super::inside::Hidden;
use crate::data::Examples;
use crate::summary::{Embedding, Images, Pixels, SummaryWriter, WriteError};

const TAG: &str = "last_hidden_layer";

/// Decimals that values keep below the largest one's first: the file is text.
const DECIMALS: i32 = 3;

/// Longer sides of images in the sprite are at most this, so that 1,000 of them fit in it.
const SIDE: usize = 128;

/// Logs each image as a point, with its label and, unless it is large, its picture.
///
/// Nothing if a value is no number: there would be no place to draw it.
pub(super) fn log(
    writer: &SummaryWriter,
    mut hidden: Hidden,
    examples: &Examples,
    step: u64,
) -> Result<(), WriteError> {
    if hidden.values.is_empty() || !hidden.values.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    shorten(&mut hidden.values);
    let count = hidden.values.len() / hidden.units;
    let labels: Vec<String> = examples.labels()[..count].iter().map(u8::to_string).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let (rows, columns) = examples.image_size();
    let pixels: Vec<u8> = (0..count).flat_map(|index| examples.image(index)).copied().collect();
    let mut embedding = Embedding::new(&hidden.values, hidden.units).labels("label", &labels);
    if (1..=SIDE).contains(&rows) && (1..=SIDE).contains(&columns) {
        embedding = embedding.images(Images::nhwc(count, rows, columns, Pixels::Gray8(&pixels)));
    }
    writer.add_embedding(TAG, &embedding, step)
}

/// Rounds values to thousandths of the largest one's power of ten: as exact as a picture of points
/// needs, and half the text.
fn shorten(values: &mut [f32]) {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(f64::from(value.abs())));
    if largest == 0.0 {
        return;
    }
    let places = DECIMALS - largest.log10().floor() as i32;
    let unit = 10.0_f64.powi(places.abs());
    for value in values {
        let exact = f64::from(*value);
        *value = match places >= 0 {
            true => (exact * unit).round() / unit,
            false => (exact / unit).round() * unit,
        } as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_three_decimals_below_the_largest_ones_first() {
        let short = |values: &[f32]| {
            let mut values = values.to_vec();
            shorten(&mut values);
            values
        };
        assert_eq!(short(&[1.234_567, -0.000_6, 0.0]), [1.235, -0.001, 0.0]);
        assert_eq!(short(&[12.345_67, 0.004]), [12.35, 0.0]);
        assert_eq!(short(&[0.012_345_6, 0.1]), [0.012_3, 0.1]);
        assert_eq!(short(&[123_456.0, 149.0]), [123_500.0, 100.0]);
        assert_eq!(short(&[0.0, 0.0]), [0.0, 0.0]);
        // Small ones, whose unit is beyond f32.
        assert_eq!(short(&[1e-38]), [1e-38]);
    }
}
