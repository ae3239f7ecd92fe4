//! Small pictures side by side.

use super::canvas::{Canvas, Colour};

const GAP: usize = 1;

/// How small pictures of one size are put together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiles {
    /// How many there are, at least 1.
    pub(super) count: usize,
    /// How many side by side, at most.
    pub(super) across: usize,
    /// Rows and columns of each.
    pub(super) size: (usize, usize),
    /// Pixels that each of theirs becomes along both axes: enlarged without smoothing.
    pub(super) zoom: usize,
    /// Between them, and around.
    pub(super) lines: Colour,
}

impl Tiles {
    /// Paints the pictures; `colour` returns that of a picture's pixel, row by row.
    pub(super) fn paint(&self, colour: impl Fn(usize, usize) -> Colour) -> Canvas {
        let &Tiles { count, size: (rows, columns), zoom, lines, .. } = self;
        let across = count.min(self.across).max(1);
        let cell = (columns * zoom + GAP, rows * zoom + GAP);
        let (width, height) = (across * cell.0 + GAP, count.div_ceil(across) * cell.1 + GAP);
        let mut canvas = Canvas::new(width, height, lines);
        for tile in 0..count {
            let (left, top) = (tile % across * cell.0 + GAP, tile / across * cell.1 + GAP);
            for pixel in 0..rows * columns {
                let place = (left + pixel % columns * zoom, top + pixel / columns * zoom);
                canvas.fill(place, (zoom, zoom), colour(tile, pixel));
            }
        }
        canvas
    }
}

/// How much pictures of that size are enlarged to be seen: to about `side` pixels.
pub(super) fn zoom((rows, columns): (usize, usize), side: usize) -> usize {
    (side / rows.max(columns).max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_in_rows_with_every_pixel_enlarged() {
        let lines = [9; 3];
        let tiles = Tiles { count: 3, across: 2, size: (1, 2), zoom: 2, lines };
        let canvas = tiles.paint(|tile, pixel| [tile as u8 * 2 + pixel as u8; 3]);
        let text = canvas.as_text(|[value, ..]| char::from(b'0' + value));
        let upper = ["90011922339"; 2];
        let lower = ["94455999999"; 2];
        assert_eq!(text[1..3], upper);
        assert_eq!(text[4..6], lower);
        assert!([0, 3, 6].iter().all(|&line| text[line] == "9".repeat(11)));
        assert_eq!(text.len(), 7);
    }

    #[test]
    fn small_pictures_are_enlarged_and_large_ones_left() {
        assert_eq!([(3, 3), (28, 28), (14, 7), (200, 1)].map(|size| zoom(size, 56)), [18, 2, 4, 1]);
    }
}
