//! Convolution as a product of matrices, one of which is read from the images as they are.
//!
//! What windows side by side see lies a stride apart in an image with a frame: rows of a matrix that
//! is never laid out.

use super::super::Memory;
use super::super::gemm::pack;
use super::super::gemm::tile::{COLUMNS, Tile, tiles};
use super::super::instruction::{Conv, FilterGradient, Window};
use super::super::lanes::{Isa, LANES};
use super::super::part::Part;
use super::framed::{Framed, Images};
use super::pooled::{PoolRows, Results};

/// The image and what windows see beyond it.
fn framed(window: &Window) -> Framed {
    let size =
        [0, 1].map(|axis| (window.positions[axis] - 1) * window.strides[axis] + window.size[axis]);
    Framed::new(window, size)
}

/// Floats of an image with its frame, and what rows beyond the last position may read.
fn room(window: &Window) -> usize {
    (framed(window).len() + LANES).next_multiple_of(LANES)
}

/// Floats of a filter that is packed.
fn packed_len(conv: &Conv) -> usize {
    conv.filters.next_multiple_of(COLUMNS) * conv.window.patch_len()
}

/// Floats of a line of results.
fn line_len(conv: &Conv) -> usize {
    conv.window.positions[1] * conv.filters
}

/// Floats each part of a convolution needs.
pub(super) fn scratch(conv: &Conv) -> usize {
    let lines = if conv.pooled.is_some() { 2 * line_len(conv) } else { 0 };
    room(&conv.window) + packed_len(conv) + lines
}

/// Floats of an image's gradient that is unpooled.
fn unpooled_len(gradient: &FilterGradient) -> usize {
    let len = gradient.window.count() * gradient.filters;
    if gradient.unpool.is_some() { len.next_multiple_of(LANES) } else { 0 }
}

/// Floats each part of a gradient by the filter needs.
pub(super) fn scratch_of_filter_gradient(gradient: &FilterGradient) -> usize {
    room(&gradient.window) + unpooled_len(gradient) + gradient.window.count() * COLUMNS
}

#[inline(always)]
pub(super) fn run<I: Isa>(conv: &Conv, memory: Memory, part: Part) {
    let window = &conv.window;
    let down = window.positions[0];
    let rows = if conv.pooled.is_some() { down.div_ceil(2) } else { down };
    let lines = part.share(conv.batch * rows, 1);
    if lines.is_empty() {
        return;
    }
    let (framed, image) = (framed(window), memory.packing);
    let k = window.patch_len();
    // SAFETY: `Program::new` made room for `scratch` floats.
    let packed = unsafe {
        framed.clear(image);
        image.add(room(window))
    };
    let filter = memory.slot(conv.filter).cast_const();
    for column in (0..conv.filters).step_by(COLUMNS) {
        let width = COLUMNS.min(conv.filters - column);
        // SAFETY: the filter has these columns, and the panel its place.
        unsafe { pack_filter::<I>(conv, filter, column, width, packed.add(column * k)) };
    }
    let images = Images::new(conv.images, conv.unpool, memory);
    let bias = conv.bias.map_or(std::ptr::null(), |bias| memory.slot(bias).cast_const());
    let to = Results::new(conv, memory);
    let mut filled = usize::MAX;
    for line in lines {
        let (place, row) = (line / rows, line % rows);
        // SAFETY: the image exists, the frame has the rows of every position, and there is a place for
        // each line of results; `scratch` has two more.
        unsafe {
            if place != filled {
                framed.fill::<I>(images, place, image);
                filled = place;
            }
            let compute = |row: usize, out: *mut f32| {
                let seen = image.add(row * window.strides[0] * framed.stride());
                Line { conv, framed, seen, packed, bias, out }.compute::<I>();
            };
            if conv.pooled.is_none() {
                compute(row, to.out.add(line * line_len(conv)));
                continue;
            }
            let apart = packed.add(packed_len(conv));
            let mut pair = [std::ptr::null(); 2];
            for (i, of_pair) in pair.iter_mut().enumerate().take(down - 2 * row) {
                let out = apart.add(i * line_len(conv));
                compute(2 * row + i, out);
                *of_pair = out.cast_const();
            }
            let (columns, channels) = (window.positions[1], conv.filters);
            let to = to.add(line * columns.div_ceil(2) * channels);
            I::call(PoolRows { rows: pair, columns, channels, to });
        }
    }
}

/// A line of results of an image, and what it is computed from.
struct Line<'a> {
    conv: &'a Conv,
    framed: Framed,
    /// Where the first of its windows begins in the frame.
    seen: *const f32,
    packed: *const f32,
    /// Null where there is none.
    bias: *const f32,
    out: *mut f32,
}

impl Line<'_> {
    /// # Safety
    /// All of it must exist.
    #[inline(always)]
    unsafe fn compute<I: Isa>(self) {
        let Line { conv, framed, seen, packed, bias, out } = self;
        let (window, across) = (&conv.window, conv.window.positions[1]);
        let (k, seen_len) = (window.patch_len(), window.size[1] * window.channels);
        let step = window.strides[1] * window.channels;
        for column in (0..conv.filters).step_by(COLUMNS) {
            let width = COLUMNS.min(conv.filters - column);
            let mut start = [0.0; COLUMNS];
            if !bias.is_null() {
                // SAFETY: a number for every filter.
                unsafe {
                    std::ptr::copy_nonoverlapping(bias.add(column), start.as_mut_ptr(), width)
                };
            }
            for (position, height) in tiles::<I>(0..across) {
                // SAFETY: these positions exist.
                unsafe {
                    let tile = Tile {
                        k: seen_len,
                        a: seen.add(position * step),
                        strides: (step, 1),
                        b: packed.add(column * k),
                        b_stride: COLUMNS,
                        b_panel: 0,
                        times: (window.size[0], framed.stride(), seen_len * COLUMNS),
                        start: (start.as_ptr(), 0),
                        out: out.add(position * conv.filters + column),
                        stride: conv.filters,
                        relu: conv.relu,
                        where_positive: std::ptr::null(),
                    };
                    if width == COLUMNS {
                        tile.compute::<I>(height, 1);
                    } else {
                        tile.compute_beside_others::<I>(height, width);
                    }
                }
            }
        }
    }
}

/// Packs `width` filters from `column` on, of a turned filter its channels.
///
/// # Safety
/// They must exist; `to` holds a panel.
#[inline(always)]
unsafe fn pack_filter<I: Isa>(
    conv: &Conv,
    filter: *const f32,
    column: usize,
    width: usize,
    to: *mut f32,
) {
    let (channels, filters) = (conv.window.channels, conv.filters);
    let taps = conv.window.size[0] * conv.window.size[1];
    for tap in 0..taps {
        // SAFETY: the caller's; every tap is a matrix of `channels * filters` floats.
        unsafe {
            let to = to.add(tap * channels * COLUMNS);
            if conv.turned {
                let from = filter.add((taps - 1 - tap) * channels * filters + column * channels);
                pack::transposed_columns::<I>(from, width, channels, to);
            } else {
                let from = filter.add(tap * channels * filters + column);
                pack::columns(from, filters, width, channels, to);
            }
        }
    }
}

#[inline(always)]
pub(super) fn filter_gradient<I: Isa>(gradient: &FilterGradient, memory: Memory, part: Part) {
    let (window, filters) = (&gradient.window, gradient.filters);
    let line_len = window.size[1] * window.channels;
    let tiles = line_len.div_ceil(I::ROWS);
    let (panels, all_tiles) = (filters.div_ceil(COLUMNS), window.size[0] * tiles);
    // Each part sees all images, and adds up all there is to its results.
    let (panels, own_tiles) = if panels < part.count {
        (0..panels, part.share(all_tiles, 1))
    } else {
        (part.share(panels, 1), 0..all_tiles)
    };
    if panels.is_empty() || own_tiles.is_empty() {
        return;
    }
    let (framed, image) = (framed(window), memory.packing);
    // SAFETY: `Program::new` made room for `scratch_of_filter_gradient` floats.
    let (unpooled, packed) = unsafe {
        framed.clear(image);
        let unpooled = image.add(room(window));
        (unpooled, unpooled.add(unpooled_len(gradient)))
    };
    let images = Images::new(gradient.images, None, memory);
    let grads = Images::new(gradient.grad, gradient.unpool, memory);
    let out = memory.slot(gradient.out);
    let [down, across] = window.positions;
    let zeros = [0.0; COLUMNS];
    for place in 0..gradient.batch {
        // SAFETY: the image exists, and its gradient.
        let grad = unsafe {
            framed.fill::<I>(images, place, image);
            if gradient.unpool.is_some() {
                Framed::results(window, filters, window.positions)
                    .fill::<I>(grads, place, unpooled);
                unpooled.cast_const()
            } else {
                memory.slot(gradient.grad).add(place * window.count() * filters).cast_const()
            }
        };
        for panel in panels.clone() {
            let column = panel * COLUMNS;
            let width = COLUMNS.min(filters - column);
            // SAFETY: the gradient has these columns, and the panel its place.
            let (b, b_stride) = unsafe {
                if width == COLUMNS {
                    (grad.add(column), filters)
                } else {
                    pack::columns(grad.add(column), filters, width, window.count(), packed);
                    (packed.cast_const(), COLUMNS)
                }
            };
            for tile in own_tiles.clone() {
                let (row, first) = (tile / tiles, tile % tiles * I::ROWS);
                let height = I::ROWS.min(line_len - first);
                // SAFETY: the frame has the rows of every position, the result these rows.
                unsafe {
                    let out = out.add((row * line_len + first) * filters + column);
                    let start = match place {
                        0 => (zeros.as_ptr(), 0),
                        _ => (out.cast_const(), filters),
                    };
                    let step = window.strides[0] * framed.stride();
                    let tile = Tile {
                        k: across,
                        a: image.add(row * framed.stride() + first),
                        strides: (1, window.strides[1] * window.channels),
                        b,
                        b_stride,
                        b_panel: 0,
                        times: (down, step, across * b_stride),
                        start,
                        out,
                        stride: filters,
                        relu: false,
                        where_positive: std::ptr::null(),
                    };
                    if width == COLUMNS {
                        tile.compute::<I>(height, 1);
                    } else {
                        tile.compute_beside_others::<I>(height, width);
                    }
                }
            }
        }
    }
}
