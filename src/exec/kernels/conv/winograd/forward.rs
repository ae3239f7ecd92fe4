//! Convolution, and its gradient by the images, which is one with the filter turned.

use super::super::super::gemm::tile::{COLUMNS, MOST_PANELS, Tile, rows, tiles};
use super::super::super::instruction::Conv;
use super::super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::super::part::Part;
use super::super::super::{Memory, load, store};
use super::super::framed::Images;
use super::super::pooled::{BEYOND, Results};
use super::apart;
use super::see::See;
use super::tiles::{Block, Grid, MOST, Place};
use super::transform::{POINTS, SEEN, TILE, both, call_for, points, result};

/// Tiles worked on together, and rows that products of a point's last tiles may write beyond them.
pub(super) const BLOCK: usize = 48;
const _: () = assert!(BLOCK <= MOST);
const BEYOND_BLOCK: usize = 5; // rows of a tile are multiples of 6, or of 4

/// Floats from one point to the next: not a power of two, lest all points fall on the same places
/// of a cache.
const fn point_stride(channels: usize) -> usize {
    (BLOCK + BEYOND_BLOCK) * channels + 2 * LANES
}

/// Floats from one point to the next among the products of a block with panels of the filter.
const fn products_stride(panels: usize) -> usize {
    point_stride(panels * COLUMNS)
}

/// Floats each part needs.
pub(crate) fn scratch(conv: &Conv) -> usize {
    let framed = super::seen(&conv.window).len().next_multiple_of(LANES);
    framed + POINTS * (point_stride(conv.window.channels) + products_stride(MOST_PANELS))
}

/// Convolves with a filter that was transformed before.
#[inline(always)]
pub(crate) fn run<I: Isa>(conv: &Conv, memory: Memory, part: Part) {
    let window = &conv.window;
    let grid = Grid::new(window);
    let framed = super::seen(window);
    let room = memory.packing;
    // SAFETY: `Program::new` made room for `scratch` floats.
    let (seen, products) = unsafe {
        framed.clear(room);
        let seen = room.add(framed.len().next_multiple_of(LANES));
        (seen, seen.add(POINTS * point_stride(window.channels)))
    };
    let images = Images::new(conv.images, conv.unpool, memory);
    let to = Results::new(conv, memory);
    let filter = memory.slot(conv.winograd.expect("a transformed filter")).cast_const();
    let bias = conv.bias.map_or(std::ptr::null(), |bias| memory.slot(bias).cast_const());
    let mut filled = usize::MAX;
    for tiles in part.pieces(conv.batch * grid.per_image(), I::ROWS_UNIT, BLOCK) {
        let block = grid.block(tiles.start, tiles.len());
        for (tile, Place { image, row, column, results }) in block.tiles() {
            // SAFETY: the image exists, and the tile in it.
            unsafe {
                if image != filled {
                    framed.fill::<I>(images, image, room);
                    filled = image;
                }
                let (stride, channels) = (framed.stride(), window.channels);
                let from = room.add(super::place(row, column, stride, channels)).cast_const();
                let (to, points) = (seen.add(tile * channels), point_stride(channels));
                call_for!(results, See { lines: 0..SEEN, from, stride, channels, to, points });
            }
        }
        for column in (0..conv.filters).step_by(I::PANELS * COLUMNS) {
            let panels = I::PANELS.min((conv.filters - column) / COLUMNS);
            // SAFETY: every panel has its columns of all points.
            unsafe {
                I::call(Multiply {
                    block: &block,
                    panels,
                    k: window.channels,
                    a: seen,
                    b: filter.add(column / COLUMNS * POINTS * apart(window.channels * COLUMNS)),
                    out: products,
                });
            }
            for (tile, Place { image, row, column: across, results }) in block.tiles() {
                let (row, across) = (row * TILE, across * TILE);
                let [rows, columns] = window.positions;
                // SAFETY: the tile begins within the result.
                unsafe {
                    let answer = Answer {
                        from: products.add(tile * panels * COLUMNS),
                        panels,
                        bias: if bias.is_null() { bias } else { bias.add(column) },
                        filters: conv.filters,
                        rows: TILE.min(rows - row),
                        columns: TILE.min(columns - across),
                    };
                    if conv.pooled.is_some() {
                        let [rows, columns] = [rows.div_ceil(2), columns.div_ceil(2)];
                        let at = (image * rows + row / 2) * columns + across / 2;
                        let to = to.add(at * conv.filters + column);
                        let stride = columns * conv.filters;
                        call_for!(results, AnswerPooled { answer, to, stride });
                    } else {
                        let at = (image * rows + row) * columns + across;
                        let out = to.out.add(at * conv.filters + column);
                        let stride = columns * conv.filters;
                        call_for!(results, AnswerWhole { answer, relu: conv.relu, out, stride });
                    }
                }
            }
        }
    }
}

/// Multiplies what tiles see with panels of the filter, a matrix `[k, COLUMNS]` for each point.
struct Multiply<'a> {
    block: &'a Block,
    panels: usize,
    k: usize,
    a: *const f32,
    b: *const f32,
    out: *mut f32,
}

impl Kernel for Multiply<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let zeros = [0.0; MOST_PANELS * COLUMNS];
        let (columns, products) = (self.panels * COLUMNS, products_stride(self.panels));
        for point in 0..POINTS {
            for (row, height) in tiles::<I>(self.block.of_point(point)) {
                // SAFETY: the matrices have these rows and columns.
                unsafe {
                    let tile = Tile {
                        k: self.k,
                        a: self.a.add(point * point_stride(self.k) + row * self.k),
                        strides: (self.k, 1),
                        b: self.b.add(point * apart(self.k * COLUMNS)),
                        b_stride: COLUMNS,
                        b_panel: POINTS * apart(self.k * COLUMNS),
                        times: Tile::ONCE,
                        start: (zeros.as_ptr(), 0),
                        out: self.out.add(point * products + row * columns),
                        stride: columns,
                        relu: false,
                        where_positive: std::ptr::null(),
                    };
                    // Rows beyond the last are of tiles without this point: computed, never read.
                    match I::ROWS {
                        6 => rows::<I, 6, 1>(&tile),
                        _ => tile.compute::<I>(height.next_multiple_of(I::ROWS_UNIT), self.panels),
                    }
                }
            }
        }
    }
}

/// The products of one tile, which become a tile of the result, some panels of filters of it.
struct Answer {
    from: *const f32,
    panels: usize,
    /// Null where there is none.
    bias: *const f32,
    /// From one column of the result to the next.
    filters: usize,
    /// Rows and columns that exist.
    rows: usize,
    columns: usize,
}

impl Answer {
    /// Transforms the products of lanes of filters, and adds the bias.
    #[inline(always)]
    fn tile<I: Isa, const DOWN: usize, const ALONG: usize>(
        &self,
        filter: usize,
    ) -> [[Lanes; TILE]; TILE] {
        let bias = match self.bias.is_null() {
            true => Lanes::ZERO,
            // SAFETY: a number for every filter.
            false => unsafe { load(self.bias.add(filter)) },
        };
        let mut tile = [[Lanes::ZERO; TILE]; TILE];
        let products = products_stride(self.panels);
        both!(
            SEEN,
            [result::<I, DOWN>, points(DOWN), 0..DOWN],
            [result::<I, ALONG>, points(ALONG), 0..ALONG],
            // SAFETY: every point has a place for the tile.
            |y, x| unsafe { load(self.from.add((y * SEEN + x) * products + filter)) },
            |y, x, lanes| tile[y][x] = I::add(lanes, bias),
        );
        tile
    }
}

/// Writes a tile.
struct AnswerWhole<const DOWN: usize, const ALONG: usize> {
    answer: Answer,
    relu: bool,
    out: *mut f32,
    /// From one row of the result to the next.
    stride: usize,
}

impl<const DOWN: usize, const ALONG: usize> Kernel for AnswerWhole<DOWN, ALONG> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let AnswerWhole { answer, relu, out, stride } = self;
        for filter in (0..answer.panels * COLUMNS).step_by(LANES) {
            let tile = answer.tile::<I, DOWN, ALONG>(filter);
            for (y, line) in tile.iter().enumerate().take(answer.rows) {
                for (x, &lanes) in line.iter().enumerate().take(answer.columns) {
                    let lanes = if relu { I::relu(lanes) } else { lanes };
                    // SAFETY: these rows and columns exist.
                    unsafe { store(out.add(y * stride + x * answer.filters + filter), lanes) };
                }
            }
        }
    }
}

/// Pools a tile, which went through a ReLU, and writes that.
struct AnswerPooled<const DOWN: usize, const ALONG: usize> {
    answer: Answer,
    to: Results,
    /// From one row of what is pooled to the next.
    stride: usize,
}

impl<const DOWN: usize, const ALONG: usize> Kernel for AnswerPooled<DOWN, ALONG> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let AnswerPooled { answer, to, stride } = self;
        for filter in (0..answer.panels * COLUMNS).step_by(LANES) {
            let tile = answer.tile::<I, DOWN, ALONG>(filter);
            let lanes = |y: usize, x: usize| {
                if y < answer.rows && x < answer.columns { tile[y][x] } else { BEYOND }
            };
            for y in (0..answer.rows).step_by(2) {
                for x in (0..answer.columns).step_by(2) {
                    let window =
                        [lanes(y, x), lanes(y, x + 1), lanes(y + 1, x), lanes(y + 1, x + 1)];
                    // SAFETY: there is a result for every window.
                    unsafe {
                        to.add(y / 2 * stride + x / 2 * answer.filters + filter).put::<I>(window)
                    };
                }
            }
        }
    }
}
