//! Filters made ready: transformed, of each panel of columns a matrix for each point.

use super::super::super::gemm::tile::COLUMNS;
use super::super::super::instruction::Conv;
use super::super::super::lanes::{Isa, Kernel, LANES, Lanes};
use super::super::super::part::Part;
use super::super::super::{Memory, load, store};
use super::apart;
use super::transform::{self, POINTS, SEEN, SIZE, both};

/// Transforms the filter of a convolution; parts take its rows.
#[inline(always)]
pub(crate) fn filter<I: Isa>(conv: &Conv, memory: Memory, part: Part) {
    let (channels, filters) = (conv.window.channels, conv.filters);
    let from = memory.slot(conv.filter).cast_const();
    let to = memory.slot(conv.winograd.expect("room for a transformed filter"));
    let filter = Filter { channels, filters, from, to };
    if conv.turned {
        for first in part.share(filters, COLUMNS).step_by(LANES) {
            I::call(TurnedRows { filter, first });
        }
    } else {
        for channel in part.share(channels, 1) {
            I::call(Row { filter, channel });
        }
    }
}

/// A filter and where it goes.
#[derive(Clone, Copy)]
struct Filter {
    channels: usize,
    filters: usize,
    /// Of each tap a matrix.
    from: *const f32,
    /// Of each panel and point a matrix, `[channels, COLUMNS]`.
    to: *mut f32,
}

impl Filter {
    /// Where the point of a line and column has the float of a channel and filter.
    #[inline(always)]
    fn place(&self, (y, x): (usize, usize), channel: usize, filter: usize) -> *mut f32 {
        let matrix = filter / COLUMNS * POINTS + y * SEEN + x;
        // SAFETY: it exists.
        unsafe {
            let matrix = self.to.add(matrix * apart(self.channels * COLUMNS));
            matrix.add(channel * COLUMNS + filter % COLUMNS)
        }
    }
}

/// The row of every tap, `[channels, filters]`, that is a channel's.
struct Row {
    filter: Filter,
    channel: usize,
}

impl Kernel for Row {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Row { filter: of, channel } = self;
        for filter in (0..of.filters).step_by(LANES) {
            both!(
                SIZE,
                [transform::filter::<I>, 0..SIZE, 0..SEEN],
                [transform::filter::<I>, 0..SIZE, 0..SEEN],
                |i, j| {
                    let row = (i * SIZE + j) * of.channels + channel;
                    // SAFETY: the filter has this row, and its rows are whole lanes.
                    unsafe { load(of.from.add(row * of.filters + filter)) }
                },
                // SAFETY: a panel has room for whole lanes.
                |y, x, lanes| unsafe { store(of.place((y, x), channel, filter), lanes) },
            );
        }
    }
}

/// Rows of every tap of a turned filter, `[filters, channels]` and the last tap first, as many as
/// there are lanes.
struct TurnedRows {
    filter: Filter,
    first: usize,
}

impl Kernel for TurnedRows {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let TurnedRows { filter: of, first } = self;
        for channel in (0..of.channels).step_by(LANES) {
            let mut of_channels = [[Lanes::ZERO; SIZE * SIZE]; LANES];
            for tap in 0..SIZE * SIZE {
                let mut rows = [Lanes::ZERO; LANES];
                for (row, lanes) in rows.iter_mut().enumerate() {
                    let row = tap * of.filters + first + row;
                    // SAFETY: the filter has this row, and its rows are whole lanes.
                    *lanes = unsafe { load(of.from.add(row * of.channels + channel)) };
                }
                for (taps, lanes) in of_channels.iter_mut().zip(I::transposed(rows)) {
                    taps[SIZE * SIZE - 1 - tap] = lanes;
                }
            }
            for (lane, taps) in of_channels.iter().enumerate() {
                both!(
                    SIZE,
                    [transform::filter::<I>, 0..SIZE, 0..SEEN],
                    [transform::filter::<I>, 0..SIZE, 0..SEEN],
                    |i, j| taps[i * SIZE + j],
                    // SAFETY: a panel has room for whole lanes.
                    |y, x, lanes| unsafe { store(of.place((y, x), channel + lane, first), lanes) },
                );
            }
        }
    }
}
