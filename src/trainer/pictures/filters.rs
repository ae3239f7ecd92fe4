//! What each filter of a convolution looks for: its weights as a small picture.

use super::canvas::Canvas;
use super::tiles::{Tiles, zoom};
use super::weights::{LINES, diverging};

/// Filters of gray images that are painted, and how many side by side.
const FILTERS: usize = 64;
const ACROSS: usize = 8;
/// Of images with more channels: filters, a row each, and channels of each.
const ROWS: usize = 16;
const CHANNELS: usize = 16;
/// About how long the longer side of a filter is, in pixels.
const SIDE: usize = 30;

/// Paints filters `[rows, columns, channels, filters]`: 0 is white, the largest weight red, blue if
/// negative.
///
/// With one channel the filters stand side by side. With more each row is a filter, and in it stand
/// its weights for each channel; of many the first 16. Returns `None` if there are no weights, or one
/// is no number.
pub(super) fn paint(weights: &[f32], sizes: [usize; 4]) -> Option<Canvas> {
    let [rows, columns, channels, filters] = sizes;
    if weights.is_empty() || !weights.iter().all(|weight| weight.is_finite()) {
        return None;
    }
    let largest = weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
    let (count, across) = match channels {
        1 => (filters.min(FILTERS), ACROSS),
        _ => (filters.min(ROWS) * channels.min(CHANNELS), channels.min(CHANNELS)),
    };
    let size = (rows, columns);
    let tiles = Tiles { count, across, size, zoom: zoom(size, SIDE), lines: LINES };
    Some(tiles.paint(|tile, pixel| {
        let (filter, channel) = match channels {
            1 => (tile, 0),
            _ => (tile / across, tile % across),
        };
        diverging(weights[(pixel * channels + channel) * filters + filter], largest)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::pictures::canvas::WHITE;

    fn as_text(weights: &[f32], sizes: [usize; 4]) -> Vec<String> {
        paint(weights, sizes).unwrap().as_text(|colour| match colour {
            LINES => '|',
            WHITE => '0',
            [255, 0, 0] => '+',
            [0, 0, 255] => '-',
            // Half of the largest: 255 - 255 / 2 = 127.5
            [255, 128, 128] => 'h',
            [128, 128, 255] => 'n',
            other => panic!("{other:?}"),
        })
    }

    /// Letters of a row in the middle of the pixels, 15 times each.
    fn row(letters: &str) -> String {
        letters
            .chars()
            .map(|c| if c == '|' { "|".to_owned() } else { c.to_string().repeat(15) })
            .collect()
    }

    #[test]
    fn filters_of_one_channel_stand_side_by_side() {
        // 1 x 2 pixels, three filters: [0, 2], [-2, 1], [-1, 0]; as [pixel, filter].
        let text = as_text(&[0.0, -2.0, -1.0, 2.0, 1.0, 0.0], [1, 2, 1, 3]);
        assert_eq!(text.len(), 17);
        assert!(text[1..16].iter().all(|line| *line == row("|0+|-h|n0|")), "{}", text[1]);
    }

    #[test]
    fn filters_of_several_channels_have_a_row_each() {
        // 1 x 2 pixels, two channels, two filters; as [pixel, channel, filter].
        let text = as_text(&[2.0, -2.0, 0.0, 1.0, -1.0, 0.0, 2.0, 1.0], [1, 2, 2, 2]);
        assert_eq!(text[1], row("|+n|0+|"));
        assert_eq!(text[17], row("|-0|hh|"));
        assert_eq!(text.len(), 2 * 16 + 1);
    }

    #[test]
    fn of_many_the_first_are_painted() {
        let size = |sizes: [usize; 4]| {
            let canvas = paint(&vec![0.0; sizes.iter().product()], sizes).unwrap();
            (canvas.width, canvas.height)
        };
        assert_eq!(size([3, 3, 1, 100]), (8 * 31 + 1, 8 * 31 + 1));
        assert_eq!(size([3, 3, 32, 64]), (16 * 31 + 1, 16 * 31 + 1));
        assert_eq!(size([5, 5, 3, 8]), (3 * 31 + 1, 8 * 31 + 1));
        assert_eq!(paint(&[1.0, f32::INFINITY], [1, 2, 1, 1]), None);
        assert_eq!(paint(&[], [0, 2, 1, 1]), None);
    }
}
