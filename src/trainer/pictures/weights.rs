//! What each unit of the first layer looks for: its weights, laid out as the image.

use super::canvas::{Canvas, Colour, WHITE};
use super::tiles::Tiles;

/// Units that are painted, and how many side by side.
const UNITS: usize = 64;
const COLUMNS: usize = 8;

/// Ends of matplotlib's map "bwr", and the lines between units.
const POSITIVE: Colour = [255, 0, 0];
const NEGATIVE: Colour = [0, 0, 255];
pub(super) const LINES: Colour = [128; 3];

/// Paints a kernel, `[rows * columns, units]`: 0 is white, the largest weight red, blue if negative.
///
/// Returns `None` if the kernel has not a weight for each pixel, or a weight that is no number.
pub(super) fn paint(
    kernel: &[f32],
    units: usize,
    (rows, columns): (usize, usize),
) -> Option<Canvas> {
    if units == 0 || rows * columns == 0 || kernel.len() != rows * columns * units {
        return None;
    }
    if !kernel.iter().all(|weight| weight.is_finite()) {
        return None;
    }
    let largest = kernel.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
    let tiles = Tiles {
        count: units.min(UNITS),
        across: COLUMNS,
        size: (rows, columns),
        zoom: 1,
        lines: LINES,
    };
    Some(tiles.paint(|unit, pixel| diverging(kernel[pixel * units + unit], largest)))
}

/// White for 0, red for the largest, blue for as much below 0.
pub(super) fn diverging(weight: f32, largest: f32) -> Colour {
    let end = if weight < 0.0 { NEGATIVE } else { POSITIVE };
    let share = if largest > 0.0 { weight.abs() / largest } else { 0.0 };
    let mut colour = WHITE;
    for (channel, end) in colour.iter_mut().zip(end) {
        *channel = (255.0 - (255.0 - f32::from(end)) * share).round() as u8;
    }
    colour
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_has_a_picture_of_its_weights() {
        // Images of 1 by 2 pixels, two units: [pixel, unit].
        let kernel = [0.0, 2.0, -2.0, 1.0];
        let canvas = paint(&kernel, 2, (1, 2)).unwrap();
        assert_eq!((canvas.width, canvas.height), (7, 3));
        let text = canvas.as_text(|colour| match colour {
            LINES => '-',
            WHITE => '0',
            POSITIVE => '+',
            NEGATIVE => 'N',
            // Half of the largest: 255 - 255 / 2 = 127.5
            [255, 128, 128] => 'h',
            other => panic!("{other:?}"),
        });
        assert_eq!(text, ["-------", "-0N-+h-", "-------"]);
    }

    #[test]
    fn at_most_64_units_are_painted_eight_to_a_row() {
        let canvas = paint(&[0.0; 100], 100, (1, 1)).unwrap();
        assert_eq!((canvas.width, canvas.height), (17, 17));
        assert!(canvas.pixels.contains(&255), "zeros are white");
    }

    #[test]
    fn a_kernel_of_something_else_or_without_numbers_is_not_painted() {
        assert_eq!(paint(&[0.0; 9], 3, (2, 2)), None);
        assert_eq!(paint(&[], 0, (2, 2)), None);
        assert_eq!(paint(&[f32::NAN, 1.0], 1, (1, 2)), None);
    }
}
