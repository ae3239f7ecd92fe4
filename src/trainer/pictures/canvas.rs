//! Pixels to paint on.

use super::numerals;
use crate::summary::{Image, Pixels};

/// Red, green and blue.
pub(super) type Colour = [u8; 3];

pub(super) const WHITE: Colour = [255; 3];
pub(super) const BLACK: Colour = [0; 3];

/// A picture of RGB pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trainer) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Row major, `[height, width, 3]`.
    pub(super) pixels: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, colour: Colour) -> Self {
        Canvas { width, height, pixels: colour.repeat(width * height) }
    }

    /// Returns the picture as the writer takes it.
    pub(in crate::trainer) fn image(&self) -> Image<'_> {
        Image::hwc(self.height, self.width, Pixels::Rgb8(&self.pixels))
    }

    /// Paints a pixel; one beyond the edge is not seen.
    pub(super) fn set(&mut self, x: usize, y: usize, colour: Colour) {
        if x < self.width && y < self.height {
            let at = (y * self.width + x) * 3;
            self.pixels[at..at + 3].copy_from_slice(&colour);
        }
    }

    /// Paints a rectangle whose left upper corner is `(x, y)`.
    pub(super) fn fill(&mut self, (x, y): (usize, usize), size: (usize, usize), colour: Colour) {
        for row in y..y + size.1 {
            for column in x..x + size.0 {
                self.set(column, row, colour);
            }
        }
    }

    /// Writes a whole number whose left upper corner is `(x, y)`.
    pub(super) fn number(&mut self, (x, y): (usize, usize), number: u64, colour: Colour) {
        for (place, digit) in number.to_string().bytes().map(|byte| byte - b'0').enumerate() {
            for (column, row) in numerals::pixels(digit) {
                self.set(x + place * numerals::ADVANCE + column, y + row, colour);
            }
        }
    }

    /// Returns the picture in characters, one for each colour, for tests to compare.
    #[cfg(test)]
    pub(super) fn as_text(&self, character: impl Fn(Colour) -> char) -> Vec<String> {
        let pixels: Vec<Colour> = self.pixels.as_chunks().0.to_vec();
        let line = |row: &[Colour]| row.iter().map(|colour| character(*colour)).collect();
        pixels.chunks(self.width).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_from_left_to_right_and_cut_off_at_the_edge() {
        let mut canvas = Canvas::new(14, 8, WHITE);
        canvas.number((1, 1), 417, BLACK);
        let text = canvas.as_text(|colour| if colour == BLACK { '#' } else { '.' });
        let want = [
            "..............",
            "....#....#...#",
            "...##...##....",
            "..#.#....#....",
            ".#..#....#....",
            ".#####...#....",
            "....#....#....",
            "....#...###...",
        ];
        assert_eq!(text, want);
    }

    #[test]
    fn a_rectangle_has_the_size_asked_for() {
        let mut canvas = Canvas::new(4, 3, WHITE);
        canvas.fill((1, 1), (2, 1), BLACK);
        let text = canvas.as_text(|colour| if colour == BLACK { '#' } else { '.' });
        assert_eq!(text, ["....", ".##.", "...."]);
    }
}
