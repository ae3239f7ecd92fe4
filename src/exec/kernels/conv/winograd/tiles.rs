//! Tiles of images, put in an order in which those that have a point lie side by side.

use std::ops::Range;

use super::super::super::instruction::Window;
use super::transform::{SEEN, TILE, points, results_of_last};

/// How images are cut into tiles.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    down: usize,
    across: usize,
    /// Rows of results of the lowest tiles, and columns of those most to the right.
    last: [usize; 2],
}

/// A tile of an image.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) image: usize,
    pub(super) row: usize,
    pub(super) column: usize,
    /// Rows and columns of results that are computed.
    pub(super) results: [usize; 2],
}

/// Tiles worked on together, at most.
pub(super) const MOST: usize = 64;

/// Tiles worked on together.
///
/// First come those that only end to the right, then those that are whole, those that only end
/// below, and those that do both: so the tiles of every point are one run.
pub(super) struct Block {
    grid: Grid,
    /// Each tile and its place in the block, image by image.
    tiles: [(usize, Place); MOST],
    count: usize,
    /// Where each kind of tiles begins, and where the last ends.
    starts: [usize; 5],
}

impl Grid {
    pub(super) fn new(window: &Window) -> Self {
        let [down, across] = super::tiles(window);
        Grid { down, across, last: window.positions.map(results_of_last) }
    }

    /// Tiles of an image.
    pub(super) fn per_image(&self) -> usize {
        self.down * self.across
    }

    pub(super) fn block(self, first: usize, count: usize) -> Block {
        let mut starts = [0; 5];
        for tile in first..first + count {
            starts[self.kind(self.place(tile)) + 1] += 1;
        }
        for kind in 1..starts.len() {
            starts[kind] += starts[kind - 1];
        }
        let mut next = starts;
        let tiles = std::array::from_fn(|i| {
            let place = self.place(first + i);
            let at = &mut next[self.kind(place)];
            *at += 1;
            (*at - 1, place)
        });
        Block { grid: self, tiles, count, starts }
    }

    fn place(&self, tile: usize) -> Place {
        let (image, place) = (tile / self.per_image(), tile % self.per_image());
        let (row, column) = (place / self.across, place % self.across);
        let down = if row + 1 == self.down { self.last[0] } else { TILE };
        let along = if column + 1 == self.across { self.last[1] } else { TILE };
        Place { image, row, column, results: [down, along] }
    }

    fn kind(&self, place: Place) -> usize {
        match place.results.map(|results| results == TILE) {
            [true, false] => 0,
            [true, true] => 1,
            [false, true] => 2,
            [false, false] => 3,
        }
    }
}

impl Block {
    /// Each tile and its place in the block, image by image.
    pub(super) fn tiles(&self) -> impl Iterator<Item = (usize, Place)> {
        self.tiles[..self.count].iter().copied()
    }

    /// The places of the tiles that have a point.
    pub(super) fn of_point(&self, point: usize) -> Range<usize> {
        let [all_rows, all_columns] = [(0, point / SEEN), (1, point % SEEN)]
            .map(|(axis, point)| points(self.grid.last[axis]).any(|of| of == point));
        let start = if all_columns { 0 } else { self.starts[1] };
        let end = match (all_rows, all_columns) {
            (true, true) => self.starts[4],
            (true, false) => self.starts[3],
            (false, _) => self.starts[2],
        };
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tiles_of_every_point_are_one_run() {
        for positions in [[14, 14], [7, 7], [8, 12], [4, 5], [3, 11], [28, 6]] {
            let window = Window {
                image: positions,
                channels: 8,
                size: [3, 3],
                strides: [1; 2],
                spread: [1; 2],
                before: [1; 2],
                positions,
            };
            let grid = Grid::new(&window);
            for (first, count) in [(0, 1), (0, 30), (5, 48), (17, 3)] {
                let block = grid.block(first, count);
                let mut seen: Vec<usize> = block.tiles().map(|(at, _)| at).collect();
                seen.sort();
                assert_eq!(seen, (0..count).collect::<Vec<_>>(), "each place is one tile's");
                for point in 0..SEEN * SEEN {
                    let [y, x] = [point / SEEN, point % SEEN];
                    for (at, Place { results: [down, along], .. }) in block.tiles() {
                        let has = points(down).any(|of| of == y) && points(along).any(|of| of == x);
                        let is_in = block.of_point(point).contains(&at);
                        assert_eq!(has, is_in, "{positions:?}, {first}, {count}: {point} of {at}");
                    }
                }
            }
        }
    }
}
