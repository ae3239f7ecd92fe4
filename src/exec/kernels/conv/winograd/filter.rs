//! Filters made ready: transformed, of each panel of columns a matrix for each point.

use super::super::super::gemm::tile::COLUMNS;
use super::super::super::instruction::Conv;
use super::super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::super::team::Part;
use super::super::super::{Memory, load, store};
use super::transform::{self, POINTS, SEEN, SIZE, both};

/// Transforms the filter of a convolution; parts take its rows.
#[inline(always)]
pub(crate) fn filter<I: Isa>(conv: &Conv, memory: Memory, part: Part) {
    let (channels, filters) = (conv.window.channels, conv.filters);
    let from = memory.slot(conv.filter).cast_const();
    let to = memory.slot(conv.winograd.expect("room for a transformed filter"));
    let rows = if conv.turned { part.share(filters, COLUMNS) } else { part.share(channels, 1) };
    for row in rows {
        I::call(Row { channels, filters, turned: conv.turned, row, from, to });
    }
}

/// One row of every tap of a filter: that of a channel, or if turned that of a filter.
struct Row {
    channels: usize,
    filters: usize,
    turned: bool,
    row: usize,
    from: *const f32,
    to: *mut f32,
}

impl Kernel for Row {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Row { channels, filters, turned, row, from, to } = self;
        let (tap_stride, len) = (channels * filters, if turned { channels } else { filters });
        for start in (0..len).step_by(LANES) {
            both!(
                transform::filter::<I>,
                SIZE,
                |i, j| {
                    let tap = if turned { 8 - (i * SIZE + j) } else { i * SIZE + j };
                    // SAFETY: the filter has this row, and its rows are whole lanes.
                    unsafe { load(from.add(tap * tap_stride + row * len + start)) }
                },
                0..SEEN,
                // SAFETY: every panel has a matrix of all channels for each point.
                |y, x, lanes| unsafe {
                    let (channel, column) = if turned { (start, row) } else { (row, start) };
                    let matrix = column / COLUMNS * POINTS + y * SEEN + x;
                    let place = (matrix * channels + channel) * COLUMNS + column % COLUMNS;
                    if turned {
                        for (lane, value) in lanes.0.into_iter().enumerate() {
                            *to.add(place + lane * COLUMNS) = value;
                        }
                    } else {
                        store(to.add(place), lanes);
                    }
                },
            );
        }
    }
}
