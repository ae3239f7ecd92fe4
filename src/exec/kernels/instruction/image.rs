//! Instructions on images: `[batch, rows, columns, channels]`.

use super::super::lanes::LANES;
use super::Slot;

/// Windows over the images of a batch, `[batch, rows, columns, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Rows and columns of an image.
    pub(crate) image: [usize; 2],
    pub(crate) channels: usize,
    /// Rows and columns of the window.
    pub(crate) size: [usize; 2],
    /// From one position to the next.
    pub(crate) strides: [usize; 2],
    /// Rows and columns from one of the image to the next: beyond 1 zeros lie between them.
    pub(crate) spread: [usize; 2],
    /// Rows above and columns left of the image at which the first window begins.
    pub(crate) before: [usize; 2],
    /// Positions from top to bottom and from left to right.
    pub(crate) positions: [usize; 2],
}

impl Window {
    /// Floats of an image.
    pub(crate) fn image_len(&self) -> usize {
        self.image[0] * self.image[1] * self.channels
    }

    /// Floats a window sees.
    pub(crate) fn patch_len(&self) -> usize {
        self.size[0] * self.size[1] * self.channels
    }

    /// Positions in an image.
    pub(crate) fn count(&self) -> usize {
        self.positions[0] * self.positions[1]
    }
}

/// Images convolved with filters, `out = max(patches filter + bias, 0)`, or that pooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conv {
    pub(crate) window: Window,
    pub(crate) batch: usize,
    /// Channels of the result.
    pub(crate) filters: usize,
    pub(crate) images: Slot,
    /// If the images are a gradient by what was pooled, `images` is that by the result of pooling,
    /// and these are the winners.
    pub(crate) unpool: Option<Slot>,
    /// `[rows, columns, channels, filters]`, or if `turned` `[rows, columns, filters, channels]`
    /// with the last row and column first.
    pub(crate) filter: Slot,
    pub(crate) turned: bool,
    pub(crate) bias: Option<Slot>,
    pub(crate) relu: bool,
    pub(crate) pooled: Option<Pooled>,
    /// `[batch, positions, filters]`, or if it is pooled half as many rows and columns.
    pub(crate) out: Slot,
    /// Room for the filter as Winograd's algorithm takes it, if that is used.
    pub(crate) winograd: Option<Slot>,
}

impl Conv {
    /// Pixels of the result of an image.
    pub(crate) fn results(&self) -> usize {
        match self.pooled {
            Some(_) => Pooled::count(self.window.positions),
            None => self.window.count(),
        }
    }

    /// Processor cycles it takes one thread, very roughly.
    pub(super) fn cycles(&self) -> usize {
        self.batch * self.window.count() * self.window.patch_len() * self.filters / 16
    }

    /// Floats of `out` for an image.
    pub(crate) fn out_len(&self) -> usize {
        self.results() * self.filters
    }

    /// Floats of `images` for an image.
    pub(crate) fn image_len(&self) -> usize {
        match self.unpool {
            Some(_) => Pooled::count(self.window.image) * self.window.channels,
            None => self.window.image_len(),
        }
    }
}

/// Convolutions each of which takes what the one before gives, a few images at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    /// All of the whole batch; but what lies between two is in the registers, room for a few images.
    pub(crate) convs: Vec<Conv>,
}

impl Chain {
    pub(crate) fn batch(&self) -> usize {
        self.convs[0].batch
    }
}

/// Max pooling by windows of 2 by 2 that lie side by side, of what a ReLU gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pooled {
    /// Where winners are written, if a gradient asks for them: for each float of the result a byte
    /// that says which of the window's four it is, or that it is not above 0.
    pub(crate) winners: Option<Slot>,
}

impl Pooled {
    /// Floats of room for the winners of so many results.
    pub(crate) fn winners_len(results: usize) -> usize {
        results.div_ceil(size_of::<f32>())
    }

    /// Windows of an image of so many rows and columns: the last may reach beyond it.
    pub(crate) fn count([rows, columns]: [usize; 2]) -> usize {
        rows.div_ceil(2) * columns.div_ceil(2)
    }
}

/// The gradient of a convolution by its filter: `out = patches' grad`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FilterGradient {
    pub(crate) window: Window,
    pub(crate) batch: usize,
    pub(crate) filters: usize,
    pub(crate) images: Slot,
    /// `[batch, positions, filters]`, or before it is unpooled half as many rows and columns.
    pub(crate) grad: Slot,
    /// As [`Conv::unpool`], of the gradient.
    pub(crate) unpool: Option<Slot>,
    /// `[rows, columns, channels, filters]`
    pub(crate) out: Slot,
    /// Room for sums of Winograd's algorithm, if that is used.
    pub(crate) winograd: Option<Slot>,
}

impl FilterGradient {
    /// Pixels of `grad` for an image.
    pub(crate) fn grads(&self) -> usize {
        match self.unpool {
            Some(_) => Pooled::count(self.window.positions),
            None => self.window.count(),
        }
    }
}

/// Windows along one axis of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Rows or columns of the image.
    pub(crate) len: usize,
    pub(crate) window: usize,
    pub(crate) stride: usize,
    /// Rows or columns before the image at which the first window begins; fewer than a window's.
    pub(crate) before: usize,
    pub(crate) positions: usize,
}

/// Pooling of images `[batch, rows, columns, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pool {
    pub(crate) function: PoolFunction,
    pub(crate) out: Slot,
    pub(crate) batch: usize,
    /// Rows, then columns.
    pub(crate) axes: [Axis; 2],
    pub(crate) channels: usize,
}

/// See `graph::ops::PoolPart`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolFunction {
    Max {
        images: Slot,
    },
    /// With `relu`, by what became the images through a ReLU.
    MaxGrad {
        images: Slot,
        result: Slot,
        grad: Slot,
        relu: bool,
    },
    Avg {
        images: Slot,
    },
    AvgGrad {
        grad: Slot,
    },
}

impl Pool {
    /// Elements of an image.
    pub(in super::super) fn elements(&self) -> usize {
        self.axes[0].len * self.axes[1].len * self.channels
    }

    /// Elements of what pooling makes of an image.
    pub(in super::super) fn results(&self) -> usize {
        self.axes[0].positions * self.axes[1].positions * self.channels
    }
}

/// Local response normalisation of `[pixels, channels]`; see `graph::ops::Lrn`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lrn {
    pub(crate) function: LrnFunction,
    pub(crate) out: Slot,
    pub(crate) pixels: usize,
    pub(crate) channels: usize,
    /// At most `channels`.
    pub(crate) radius: usize,
    pub(crate) bias: f32,
    pub(crate) alpha: f32,
    pub(crate) beta: f32,
}

/// See `graph::ops::LrnPart`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LrnFunction {
    Forward { x: Slot },
    Grad { grad: Slot, x: Slot, y: Slot },
}

impl Lrn {
    /// Floats for a pixel with its surroundings, which kernels read and write in whole lanes.
    pub(in super::super) fn surrounded(&self) -> usize {
        Slot::padded(self.channels + 2 * self.radius) + LANES
    }

    /// Floats each part needs: that, and a result.
    pub(in super::super) fn scratch(&self) -> usize {
        self.surrounded() + Slot::padded(self.channels)
    }
}

/// Rows put together of pieces, which lie side by side in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    pub(crate) out: Slot,
    pub(crate) rows: usize,
    /// Floats in a row.
    pub(crate) width: usize,
    pub(crate) pieces: Vec<Piece>,
}

/// A piece of each row; zeros if it is from nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) len: usize,
    pub(crate) from: Option<Run>,
}

/// A place in rows of `width` floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) slot: Slot,
    pub(crate) width: usize,
    pub(crate) start: usize,
}
