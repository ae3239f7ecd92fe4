//! Winograd's algorithm for filters of 3 by 3 that move one by one.
//!
//! Images are cut into tiles; of a tile, what it sees is transformed, multiplied with the
//! transformed filter - 36 products of matrices, one for each point, over all tiles and channels -
//! and transformed back. Tiles are worked on in blocks that stay in the second cache.

mod filter;
mod filter_gradient;
mod forward;
mod see;
mod tiles;
mod transform;

pub(crate) use filter::filter;
use filter_gradient::GROUPS;
pub(crate) use filter_gradient::{filter_gradient, scratch_of_sums, sums};
pub(crate) use forward::{run, scratch};

use super::super::gemm::tile::COLUMNS;
use super::super::instruction::Window;
use super::super::lanes::{LANES, LINE};
use super::framed::Framed;
use transform::{POINTS, SIZE, TILE};

/// Floats of the sums for a filter's gradient; `None` where the algorithm does not apply.
pub(crate) fn sums_len(window: &Window, batch: usize, filters: usize) -> Option<usize> {
    // Every group needs a tile.
    let are_tiles = batch * tiles(window).iter().product::<usize>() >= GROUPS;
    let len = GROUPS * POINTS * apart(window.channels * filters);
    (fits(window, filters) && are_tiles).then_some(len)
}

/// Floats of a filter that is transformed; `None` where the algorithm does not apply.
pub(crate) fn filter_len(window: &Window, filters: usize) -> Option<usize> {
    let panels = filters.div_ceil(COLUMNS);
    fits(window, filters).then_some(panels * POINTS * apart(window.channels * COLUMNS))
}

/// Whether so many images have enough tiles to be worked on together.
pub(super) fn fills_blocks(window: &Window, images: usize) -> bool {
    images * tiles(window).iter().product::<usize>() >= forward::BLOCK
}

/// Floats from the matrix of one point to that of the next: not a power of two, lest the same place
/// of all matrices falls on the same of a cache.
fn apart(matrix: usize) -> usize {
    matrix + LINE
}

fn fits(window: &Window, filters: usize) -> bool {
    let moves_one_by_one = window.strides == [1; 2] && window.spread == [1; 2];
    let is_worth_it = window.positions.iter().all(|&positions| positions >= TILE - 1);
    let are_whole = window.channels.is_multiple_of(LANES) && filters.is_multiple_of(COLUMNS);
    window.size == [SIZE; 2] && moves_one_by_one && is_worth_it && are_whole
}

/// Tiles from top to bottom and from left to right.
fn tiles(window: &Window) -> [usize; 2] {
    window.positions.map(|positions| positions.div_ceil(TILE))
}

/// An image and what its tiles see.
fn seen(window: &Window) -> Framed {
    Framed::new(window, tiles(window).map(|tiles| tiles * TILE + SIZE - 1))
}

/// Where a tile begins in a frame of that stride.
fn place(row: usize, column: usize, stride: usize, channels: usize) -> usize {
    (row * stride + column * channels) * TILE
}
