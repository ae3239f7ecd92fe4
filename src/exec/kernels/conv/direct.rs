//! Convolution as a product of matrices, one of which is read from the images as they are.
//!
//! What windows side by side see lies a stride apart in an image with a frame: rows of a matrix that
//! is never laid out.

use super::super::Memory;
use super::super::gemm::pack;
use super::super::gemm::tile::{COLUMNS, ROWS, Tile};
use super::super::instruction::{Conv, FilterGradient, Window};
use super::super::lanes::{Isa, LANES};
use super::super::team::Part;
use super::framed::Framed;

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

/// Floats each part of a convolution needs.
pub(super) fn scratch(conv: &Conv) -> usize {
    room(&conv.window) + conv.filters.next_multiple_of(COLUMNS) * conv.window.patch_len()
}

/// Floats each part of a gradient by the filter needs.
pub(super) fn scratch_of_filter_gradient(gradient: &FilterGradient) -> usize {
    room(&gradient.window) + gradient.window.count() * COLUMNS
}

#[inline(always)]
pub(super) fn run<I: Isa>(conv: &Conv, memory: Memory, part: Part) {
    let window = &conv.window;
    let [down, across] = window.positions;
    let lines = part.share(conv.batch * down, 1);
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
    let (images, out) = (memory.slot(conv.images).cast_const(), memory.slot(conv.out));
    let bias = conv.bias.map(|bias| memory.slot(bias).cast_const());
    let line_len = window.size[1] * window.channels;
    let step = window.strides[1] * window.channels;
    let mut filled = usize::MAX;
    for line in lines {
        let (place, row) = (line / down, line % down);
        // SAFETY: the image exists, and the frame has the rows of every position.
        let seen = unsafe {
            if place != filled {
                framed.fill(images.add(place * window.image_len()), image);
                filled = place;
            }
            image.add(row * window.strides[0] * framed.stride()).cast_const()
        };
        for column in (0..conv.filters).step_by(COLUMNS) {
            let width = COLUMNS.min(conv.filters - column);
            let mut start = [0.0; COLUMNS];
            if let Some(bias) = bias {
                // SAFETY: a number for every filter.
                unsafe {
                    std::ptr::copy_nonoverlapping(bias.add(column), start.as_mut_ptr(), width)
                };
            }
            for position in (0..across).step_by(ROWS) {
                let height = ROWS.min(across - position);
                // SAFETY: these positions exist.
                unsafe {
                    let tile = Tile {
                        k: line_len,
                        a: seen.add(position * step),
                        strides: (step, 1),
                        b: packed.add(column * k),
                        b_stride: COLUMNS,
                        times: (window.size[0], framed.stride(), line_len * COLUMNS),
                        start: (start.as_ptr(), 0),
                        out: out.add((line * across + position) * conv.filters + column),
                        stride: conv.filters,
                        relu: conv.relu,
                        where_positive: std::ptr::null(),
                    };
                    if width == COLUMNS {
                        tile.compute::<I>(height);
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
    let tiles = line_len.div_ceil(ROWS);
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
    let packed = unsafe {
        framed.clear(image);
        image.add(room(window))
    };
    let images = memory.slot(gradient.images).cast_const();
    let grads = memory.slot(gradient.grad).cast_const();
    let out = memory.slot(gradient.out);
    let [down, across] = window.positions;
    let zeros = [0.0; COLUMNS];
    for place in 0..gradient.batch {
        // SAFETY: the image exists, and its gradient.
        let grad = unsafe {
            framed.fill(images.add(place * window.image_len()), image);
            grads.add(place * window.count() * filters)
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
                let (row, first) = (tile / tiles, tile % tiles * ROWS);
                let height = ROWS.min(line_len - first);
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
                        times: (down, step, across * b_stride),
                        start,
                        out,
                        stride: filters,
                        relu: false,
                        where_positive: std::ptr::null(),
                    };
                    if width == COLUMNS {
                        tile.compute::<I>(height);
                    } else {
                        tile.compute_beside_others::<I>(height, width);
                    }
                }
            }
        }
    }
}
