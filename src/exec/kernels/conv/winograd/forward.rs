//! Convolution, and its gradient by the images, which is one with the filter turned.

use super::super::super::gemm::tile::{COLUMNS, ROWS, Tile, rows};
use super::super::super::instruction::Conv;
use super::super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::super::team::Part;
use super::super::super::{Memory, load, store};
use super::see::See;
use super::transform::{POINTS, SEEN, TILE, both, result};

/// Tiles worked on together: a multiple of the rows that a product takes at a time.
const BLOCK: usize = 4 * ROWS;

/// Floats from one point to the next: not a power of two, lest all points fall on the same places
/// of a cache.
fn point_stride(channels: usize) -> usize {
    BLOCK * channels + 2 * LANES
}

/// Floats each part needs.
pub(crate) fn scratch(conv: &Conv) -> usize {
    let framed = super::seen(&conv.window).len().next_multiple_of(LANES);
    framed + POINTS * (point_stride(conv.window.channels) + point_stride(conv.filters))
}

/// Convolves with a filter that was transformed before.
#[inline(always)]
pub(crate) fn run<I: Isa>(conv: &Conv, memory: Memory, part: Part) {
    let window = &conv.window;
    let [down, across] = super::tiles(window);
    let per_image = down * across;
    let tiles = part.share(conv.batch * per_image, ROWS);
    if tiles.is_empty() {
        return;
    }
    let framed = super::seen(window);
    let room = memory.packing;
    // SAFETY: `Program::new` made room for `scratch` floats.
    let (seen, products) = unsafe {
        framed.clear(room);
        let seen = room.add(framed.len().next_multiple_of(LANES));
        (seen, seen.add(POINTS * point_stride(window.channels)))
    };
    let (images, out) = (memory.slot(conv.images).cast_const(), memory.slot(conv.out));
    let filter = memory.slot(conv.winograd.expect("a transformed filter")).cast_const();
    let bias = conv.bias.map_or(std::ptr::null(), |bias| memory.slot(bias).cast_const());
    let mut filled = usize::MAX;
    for first in tiles.clone().step_by(BLOCK) {
        let count = BLOCK.min(tiles.end - first);
        for tile in 0..count {
            let (image, place) = ((first + tile) / per_image, (first + tile) % per_image);
            // SAFETY: the image exists, and the tile in it.
            unsafe {
                if image != filled {
                    framed.fill(images.add(image * window.image_len()), room);
                    filled = image;
                }
                let (stride, channels) = (framed.stride(), window.channels);
                let at = super::place(place / across, place % across, stride, channels);
                let from = room.add(at).cast_const();
                let to = seen.add(tile * channels);
                I::call(See {
                    lines: 0..SEEN,
                    from,
                    stride,
                    channels,
                    to,
                    points: point_stride(channels),
                });
            }
        }
        for point in 0..POINTS {
            // SAFETY: every point has its matrices.
            unsafe {
                I::call(Multiply {
                    rows: count,
                    k: window.channels,
                    filters: conv.filters,
                    a: seen.add(point * point_stride(window.channels)),
                    b: filter.add(point * window.channels * conv.filters),
                    out: products.add(point * point_stride(conv.filters)),
                });
            }
        }
        for tile in 0..count {
            let (image, place) = ((first + tile) / per_image, (first + tile) % per_image);
            let (row, column) = (place / across * TILE, place % across * TILE);
            let [rows, columns] = window.positions;
            let at = ((image * rows + row) * columns + column) * conv.filters;
            // SAFETY: the tile begins within the result.
            unsafe {
                I::call(Answer {
                    from: products.add(tile * conv.filters),
                    points: point_stride(conv.filters),
                    filters: conv.filters,
                    bias,
                    relu: conv.relu,
                    out: out.add(at),
                    stride: columns * conv.filters,
                    rows: TILE.min(rows - row),
                    columns: TILE.min(columns - column),
                });
            }
        }
    }
}

/// Multiplies the tiles of one point with its filter, `[filters / COLUMNS, k, COLUMNS]`.
struct Multiply {
    rows: usize,
    k: usize,
    filters: usize,
    a: *const f32,
    b: *const f32,
    out: *mut f32,
}

impl Kernel for Multiply {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let zeros = [0.0; COLUMNS];
        for column in (0..self.filters).step_by(COLUMNS) {
            for row in (0..self.rows).step_by(ROWS) {
                // SAFETY: the matrices have these rows and columns.
                unsafe {
                    let tile = Tile {
                        k: self.k,
                        a: self.a.add(row * self.k),
                        strides: (self.k, 1),
                        b: self.b.add(column * self.k),
                        b_stride: COLUMNS,
                        times: Tile::ONCE,
                        start: (zeros.as_ptr(), 0),
                        out: self.out.add(row * self.filters + column),
                        stride: self.filters,
                        relu: false,
                    };
                    // Rows beyond the last are a block's unused ones: computed, never read.
                    rows::<I, ROWS>(&tile);
                }
            }
        }
    }
}

/// Transforms the products of one tile into a tile of the result.
struct Answer {
    from: *const f32,
    points: usize,
    filters: usize,
    /// Null where there is none.
    bias: *const f32,
    relu: bool,
    out: *mut f32,
    stride: usize,
    /// Rows and columns that exist.
    rows: usize,
    columns: usize,
}

impl Kernel for Answer {
    #[inline(always)]
    fn run<I: Isa>(self) {
        for filter in (0..self.filters).step_by(LANES) {
            let bias = match self.bias.is_null() {
                true => Lanes::ZERO,
                // SAFETY: a number for every filter.
                false => unsafe { load(self.bias.add(filter)) },
            };
            both!(
                result::<I>,
                SEEN,
                // SAFETY: every point has the tile, and filters are whole lanes.
                |y, x| unsafe { load(self.from.add((y * SEEN + x) * self.points + filter)) },
                0..self.rows,
                |y, x, lanes| {
                    if x >= self.columns {
                        continue;
                    }
                    let mut lanes = I::add(lanes, bias);
                    if self.relu {
                        lanes = I::relu(lanes);
                    }
                    // SAFETY: these rows and columns exist.
                    unsafe {
                        store(self.out.add(y * self.stride + x * self.filters + filter), lanes);
                    }
                },
            );
        }
    }
}
