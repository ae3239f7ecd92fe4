//! Maps of an image as gray pictures.

use super::canvas::{Canvas, Colour};
use super::tiles::{Tiles, zoom};
use crate::trainer::Maps;

/// Maps that are painted, and how many side by side.
const COUNT: usize = 64;
const ACROSS: usize = 8;
/// About how long the longer side of a map is, in pixels.
const SIDE: usize = 56;

const LINES: Colour = [90, 110, 160];
/// What is no number.
const NONE: Colour = [255, 0, 0];

/// Paints maps, each from its smallest value, black, to its largest, white; all black if it has one
/// value only.
///
/// Returns `None` if there are no pixels.
pub(in crate::trainer) fn paint(maps: &Maps) -> Option<Canvas> {
    let [_, rows, columns, _] = maps.sizes;
    let count = maps.count().min(COUNT);
    if count * rows * columns == 0 {
        return None;
    }
    let gray: Vec<Vec<Colour>> = (0..count).map(|index| grays(&maps.map(index))).collect();
    let size = (rows, columns);
    let tiles = Tiles { count, across: ACROSS, size, zoom: zoom(size, SIDE), lines: LINES };
    Some(tiles.paint(|tile, pixel| gray[tile][pixel]))
}

fn grays(map: &[f32]) -> Vec<Colour> {
    let finite = || map.iter().copied().filter(|value| value.is_finite());
    let low = finite().fold(f32::INFINITY, f32::min);
    let range = finite().fold(f32::NEG_INFINITY, f32::max) - low;
    let gray = |&value: &f32| {
        if !value.is_finite() {
            return NONE;
        }
        let share = if range > 0.0 { (value - low) / range } else { 0.0 };
        [(share * 255.0).round() as u8; 3]
    };
    map.iter().map(gray).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_map_is_shown_in_its_own_range() {
        // Two channels of 1 x 3 pixels: -1, 0, 1 and 5, 5, 5.
        let values = vec![-1.0, 5.0, 0.0, 5.0, 1.0, 5.0];
        let canvas = paint(&Maps { tag: "a".to_owned(), sizes: [1, 1, 3, 2], values }).unwrap();
        // 56 / 3 = 18 pixels each, a line around each map.
        assert_eq!((canvas.width, canvas.height), (2 * (54 + 1) + 1, 18 + 2));
        let text = canvas.as_text(|colour| match colour {
            LINES => '|',
            [0, 0, 0] => ' ',
            // Halfway: 127.5
            [128, 128, 128] => 'o',
            [255, 255, 255] => '@',
            other => panic!("{other:?}"),
        });
        let want =
            format!("|{}{}{}|{}|", " ".repeat(18), "o".repeat(18), "@".repeat(18), " ".repeat(54));
        assert!(text[1..19].iter().all(|line| *line == want), "{}", text[1]);
    }

    #[test]
    fn what_is_no_number_is_red_and_without_pixels_there_is_no_picture() {
        let of = |sizes, values: &[f32]| {
            paint(&Maps { tag: "a".to_owned(), sizes, values: values.to_vec() })
        };
        let canvas = of([1, 1, 2, 1], &[f32::NAN, 1.0]).unwrap();
        let red = canvas.as_text(|colour| if colour == NONE { '!' } else { '.' });
        assert_eq!(red[1], format!(".{}{}.", "!".repeat(28), ".".repeat(28)));
        assert_eq!(of([0, 1, 2, 1], &[]), None);
    }
}
