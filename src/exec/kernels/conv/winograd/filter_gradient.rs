//! The gradient by the filter: sums over tiles, a matrix for each point, then transformed.

use super::super::super::gemm::tile::{self, COLUMNS, MOST_PANELS, Tile};
use super::super::super::instruction::FilterGradient;
use super::super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::super::part::Part;
use super::super::super::{Memory, load, store};
use super::super::framed::{Framed, Images};
use super::apart;
use super::see::See;
use super::tiles::{Grid, MOST, Place};
use super::transform::{self, POINTS, SEEN, SIZE, TILE, both, call_for, points, result_gradient};

/// Tiles worked on together: so many that sums are worth their way to memory and back.
const BLOCK: usize = MOST;

/// Parts of the batch whose sums are kept apart, so that two threads need not look at each other's
/// images; as many whatever the number of threads, for the order of additions depends on it.
pub(super) const GROUPS: usize = 2;

/// Floats from one point to the next; see `forward`.
fn point_stride(channels: usize) -> usize {
    BLOCK * channels + 2 * LANES
}

/// Floats each part needs.
pub(crate) fn scratch_of_sums(gradient: &FilterGradient) -> usize {
    let (seen, results) = frames(gradient);
    let frames = seen.len().next_multiple_of(LANES) + results.len().next_multiple_of(LANES);
    let points = SEEN * SEEN;
    frames + points * (point_stride(gradient.window.channels) + point_stride(gradient.filters))
}

fn frames(gradient: &FilterGradient) -> (Framed, Framed) {
    let window = &gradient.window;
    let whole = super::tiles(window).map(|tiles| tiles * TILE);
    (super::seen(window), Framed::results(window, gradient.filters, whole))
}

/// Adds up, for each group and point, the products of what tiles see and their gradients; parts take
/// groups and lines of points, so that no sum is divided between them.
#[inline(always)]
pub(crate) fn sums<I: Isa>(gradient: &FilterGradient, memory: Memory, part: Part) {
    let window = &gradient.window;
    let (channels, filters) = (window.channels, gradient.filters);
    let grid = Grid::new(window);
    let work = part.share(GROUPS * SEEN, 1);
    let (framed, framed_grad) = frames(gradient);
    let room = memory.packing;
    // SAFETY: `Program::new` made room for `scratch_of_sums` floats.
    let (grad_room, seen, grads) = unsafe {
        let grad_room = room.add(framed.len().next_multiple_of(LANES));
        let seen = grad_room.add(framed_grad.len().next_multiple_of(LANES));
        framed.clear(room);
        framed_grad.clear(grad_room);
        (grad_room, seen, seen.add(SEEN * SEEN * point_stride(channels)))
    };
    let images = Images::new(gradient.images, None, memory);
    let grad = Images::new(gradient.grad, gradient.unpool, memory);
    let out = memory.slot(gradient.winograd.expect("room for sums"));
    let all = gradient.batch * grid.per_image();
    let mut filled = usize::MAX;
    let zeros = [0.0; MOST_PANELS * COLUMNS];
    let blocks = (0..GROUPS).flat_map(|group| {
        let of_group = all * group / GROUPS..all * (group + 1) / GROUPS;
        of_group.clone().step_by(BLOCK).map(move |first| (group, first, of_group.clone()))
    });
    for (group, first, of_group) in blocks {
        let at = |line: usize| line.clamp(group * SEEN, (group + 1) * SEEN) - group * SEEN;
        let lines = at(work.start)..at(work.end);
        if lines.is_empty() {
            continue;
        }
        let block = grid.block(first, BLOCK.min(of_group.end - first));
        for (tile, Place { image, row, column, results }) in block.tiles() {
            // SAFETY: the image exists, and the tile in it.
            unsafe {
                if image != filled {
                    framed.fill::<I>(images, image, room);
                    framed_grad.fill::<I>(grad, image, grad_room);
                    filled = image;
                }
                call_for!(
                    results,
                    See {
                        lines: lines.clone(),
                        from: room.add(super::place(row, column, framed.stride(), channels)),
                        stride: framed.stride(),
                        channels,
                        to: seen.add(tile * channels),
                        points: point_stride(channels),
                    }
                );
                call_for!(
                    results,
                    Answer {
                        lines: lines.clone(),
                        from: grad_room.add(super::place(
                            row,
                            column,
                            framed_grad.stride(),
                            filters
                        )),
                        stride: framed_grad.stride(),
                        filters,
                        to: grads.add(tile * COLUMNS),
                        panels: BLOCK * COLUMNS,
                        points: point_stride(filters),
                    }
                );
            }
        }
        for point in lines.start * SEEN..lines.end * SEEN {
            let tiles = block.of_point(point);
            for column in (0..filters).step_by(I::PANELS * COLUMNS) {
                let panels = I::PANELS.min((filters - column) / COLUMNS);
                for (row, height) in tile::tiles::<I>(0..channels) {
                    // SAFETY: every point has its matrices.
                    unsafe {
                        let matrix = (group * POINTS + point) * apart(channels * filters);
                        let out = out.add(matrix + row * filters + column);
                        let start = match first == of_group.start {
                            true => (zeros.as_ptr(), 0),
                            false => (out.cast_const(), filters),
                        };
                        let tile = Tile {
                            k: tiles.len(),
                            a: seen
                                .add(point * point_stride(channels) + tiles.start * channels + row),
                            strides: (1, channels),
                            b: grads.add(
                                point * point_stride(filters)
                                    + column * BLOCK
                                    + tiles.start * COLUMNS,
                            ),
                            b_stride: COLUMNS,
                            b_panel: BLOCK * COLUMNS,
                            times: Tile::ONCE,
                            start,
                            out,
                            stride: filters,
                            relu: false,
                            where_positive: std::ptr::null(),
                        };
                        tile.compute::<I>(height, panels);
                    }
                }
            }
        }
    }
}

/// Transforms the gradient of one tile, some lines of points; packed as a product takes it.
struct Answer<const DOWN: usize, const ALONG: usize> {
    lines: std::ops::Range<usize>,
    from: *const f32,
    stride: usize,
    filters: usize,
    to: *mut f32,
    /// Floats from one panel of columns to the next.
    panels: usize,
    points: usize,
}

impl<const DOWN: usize, const ALONG: usize> Kernel for Answer<DOWN, ALONG> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let lines = points(DOWN).filter(|line| self.lines.contains(line));
        for filter in (0..self.filters).step_by(LANES) {
            let panel = filter / COLUMNS * self.panels + filter % COLUMNS;
            both!(
                TILE,
                [result_gradient::<I, DOWN>, 0..DOWN, lines.clone()],
                [result_gradient::<I, ALONG>, 0..ALONG, points(ALONG)],
                // SAFETY: the tile has these, and filters are whole lanes.
                |y, x| unsafe { load(self.from.add(y * self.stride + x * self.filters + filter)) },
                // SAFETY: every point has a place for the tile.
                |y, x, lanes| unsafe {
                    store(self.to.add((y * SEEN + x) * self.points + panel), lanes);
                },
            );
        }
    }
}

/// Transforms the sums of all points into the gradient of the filter; parts take its channels.
#[inline(always)]
pub(crate) fn filter_gradient<I: Isa>(gradient: &FilterGradient, memory: Memory, part: Part) {
    let (channels, filters) = (gradient.window.channels, gradient.filters);
    let from = memory.slot(gradient.winograd.expect("sums")).cast_const();
    let to = memory.slot(gradient.out);
    for channel in part.share(channels, 1) {
        I::call(Row { channels, filters, channel, from, to });
    }
}

/// The filters of one channel.
struct Row {
    channels: usize,
    filters: usize,
    channel: usize,
    from: *const f32,
    to: *mut f32,
}

impl Kernel for Row {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let matrix = self.channels * self.filters;
        let point = apart(matrix);
        for filter in (0..self.filters).step_by(LANES) {
            let at = self.channel * self.filters + filter;
            both!(
                SEEN,
                [transform::filter_gradient::<I>, 0..SEEN, 0..SIZE],
                [transform::filter_gradient::<I>, 0..SEEN, 0..SIZE],
                |y, x| {
                    let mut sum = Lanes::ZERO;
                    for group in 0..GROUPS {
                        let place = group * POINTS + y * SEEN + x;
                        // SAFETY: every point of a group has this row, whole lanes of it.
                        let lanes = unsafe { load(self.from.add(place * point + at)) };
                        sum = sum.zip(lanes, |a, b| a + b);
                    }
                    sum
                },
                // SAFETY: every tap has this row.
                |i, j, lanes| unsafe { store(self.to.add((i * SIZE + j) * matrix + at), lanes) },
            );
        }
    }
}
