//! What a plan computes, as data: instructions over two arrays of floats.

mod image;
mod operands;
mod update;

pub(crate) use image::{
    Axis, Chain, Conv, FilterGradient, Lrn, LrnFunction, Piece, Pool, PoolFunction, Pooled, Run,
    Splice, Window,
};
pub(super) use operands::Operands;
pub(crate) use update::{Adam, GradientDescent, Momentum, RmsProp};

use super::gemm;
use super::lanes::{LANES, LINE};
use super::mask::Mask;

/// Which array an operand lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    /// The plan's own array: feeds, constants and what is computed.
    Arena = 0,
    /// The session's variables.
    Variables = 1,
    /// The registers of a [`Map`] and what lies between convolutions of a [`Chain`]; operands of others
    /// never lie here.
    Registers = 2,
}

/// Floats at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) space: Space,
    pub(crate) offset: usize,
    /// Number of floats that mean something.
    pub(crate) len: usize,
}

impl Slot {
    /// Floats reserved for `len` of them: one lane more, and whole lines of the cache.
    ///
    /// Kernels read and write whole lanes without asking where the last one ends; what they do
    /// beyond `len` stays in the slot and is never looked at. Threads that write different slots at a
    /// time do not write the same line.
    pub(crate) fn padded(len: usize) -> usize {
        (len + LANES).next_multiple_of(LINE)
    }

    pub(super) fn overlaps(&self, other: &Slot) -> bool {
        let end = |slot: &Slot| slot.offset + Slot::padded(slot.len);
        self.space == other.space && self.offset < end(other) && other.offset < end(self)
    }
}

/// A function of one or two floats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    Copy,
    Neg,
    Log,
    Exp,
    Sigmoid,
    Tanh,
    Relu,
    /// With the slope below 0.
    LeakyRelu(f32),
    Elu,
    Selu,
    Square,
    Sqrt,
    Reciprocal,
    Add,
    Sub,
    Mul,
    Div,
    Maximum,
    Greater,
    Equal,
    SigmoidGrad,
    TanhGrad,
    ReluGrad,
    /// With the slope below 0.
    LeakyReluGrad(f32),
    EluGrad,
    SeluGrad,
}

/// How an operand of a [`Map`] moves while the map walks over its `[outer, inner]` elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// One float per element.
    Each = 0,
    /// Stays: a register.
    Still = 1,
    /// One float per place in a row, the same in all rows.
    Row = 2,
}

/// An operand of a [`MapStep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) space: Space,
    pub(crate) offset: usize,
    pub(crate) walk: Walk,
}

/// One function applied to a block of elements; a function of one float ignores `b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MapStep {
    pub(crate) function: Function,
    pub(crate) a: Argument,
    pub(crate) b: Argument,
    pub(crate) out: Argument,
}

/// Something repeated into a register before the steps run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fill {
    /// One number everywhere; once per run of the map.
    Number { from: Slot, register: usize },
    /// A row, again and again up to the block's end; once per run of the map.
    Rows { from: Slot, register: usize },
    /// The number of the row a block lies in; once per block.
    Column { from: Slot, register: usize },
    /// For each element of the map the float at that place of `from`; block by block.
    Gather { from: Slot, register: usize, places: Vec<u32> },
    /// Random numbers; block by block.
    Mask { mask: Mask, register: usize },
}

/// A chain of elementwise functions, block by block, so that intermediates stay in cache.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    pub(crate) elements: usize,
    /// Length of a row where operands are broadcast, else the number of elements.
    pub(crate) inner: usize,
    /// Elements per block: at most [`Map::BLOCK`].
    pub(crate) block: usize,
    pub(crate) fills: Vec<Fill>,
    pub(crate) steps: Vec<MapStep>,
}

impl Map {
    /// Floats in a register.
    pub(crate) const BLOCK: usize = 512;
}

/// `out = a b` or `out = a b + bias`, of `[m, k]` and `[k, n]`, or a function of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gemm {
    pub(crate) a: Slot,
    pub(crate) b: Slot,
    pub(crate) bias: Option<Slot>,
    pub(crate) out: Slot,
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) n: usize,
    /// `a` is stored as `[k, m]`.
    pub(crate) transpose_a: bool,
    /// `b` is stored as `[n, k]`.
    pub(crate) transpose_b: bool,
    /// Sums below 0 become 0.
    pub(crate) relu: bool,
    /// As large as the result: where this is not above 0, the result is 0. The gradient of the ReLU
    /// that it is the result of.
    pub(crate) where_positive: Option<Slot>,
    /// Room for the sums over each half of `k`, if they are taken one by one and added by
    /// [`Instruction::AddHalves`].
    pub(crate) halves: Option<Slot>,
    /// The lists of what is not 0 in the rows of `a` as it is stored, if there are any.
    pub(crate) nonzeros: Option<Slot>,
}

/// Lists of what is not 0 in the rows of a matrix, for the products whose first factor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nonzeros {
    pub(crate) x: Slot,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) lists: Slot,
}

/// A function of each row of `[rows, columns]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) function: RowFunction,
    pub(crate) x: Slot,
    /// Of the same sizes as `x`, for the functions that take them.
    pub(crate) labels: Option<Slot>,
    pub(crate) out: Slot,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

/// See `graph::ops`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowFunction {
    /// A row.
    Softmax,
    /// A row, of logits and labels.
    CrossEntropyGrad,
    /// A number, of logits and labels.
    CrossEntropy,
    /// A number.
    ArgMax,
}

/// Sums of `[outer, count, inner]` over the middle, divided by `divisor`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sum {
    pub(crate) x: Slot,
    pub(crate) out: Slot,
    pub(crate) outer: usize,
    pub(crate) count: usize,
    pub(crate) inner: usize,
    pub(crate) divisor: f32,
}

/// `to = from`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) from: Slot,
    pub(crate) to: Slot,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Instruction {
    Map(Map),
    Nonzeros(Nonzeros),
    Gemm(Gemm),
    /// A product made of the sums that [`Instruction::Gemm`] left.
    AddHalves(Gemm),
    /// The filter of a convolution made ready for Winograd's algorithm.
    WinogradFilter(Conv),
    Conv(Conv),
    Chain(Chain),
    FilterGradient(FilterGradient),
    /// The gradient by the filter made of the sums that [`Instruction::FilterGradient`] left.
    WinogradFilterGradient(FilterGradient),
    Rows(Rows),
    Sum(Sum),
    Pool(Pool),
    Lrn(Lrn),
    Splice(Splice),
    GradientDescent(GradientDescent),
    Momentum(Momentum),
    RmsProp(RmsProp),
    Adam(Adam),
    Copy(Copy),
}

impl Instruction {
    /// Processor cycles it takes one thread, very roughly.
    pub(super) fn cycles(&self) -> usize {
        match self {
            Instruction::Map(map) => map.elements * (map.steps.len() + map.fills.len()) / 4,
            Instruction::Nonzeros(of) => of.rows * of.columns,
            Instruction::Gemm(gemm) if gemm::is_small(gemm) => 0, // never shared
            Instruction::Gemm(gemm) => gemm.m * gemm.k * gemm.n / 16,
            Instruction::AddHalves(gemm) => gemm.m * gemm.n / 4,
            Instruction::Conv(conv) => conv.cycles(),
            Instruction::Chain(chain) => chain.convs.iter().map(Conv::cycles).sum(),
            Instruction::FilterGradient(conv) => {
                conv.batch * conv.window.count() * conv.window.patch_len() * conv.filters / 16
            }
            Instruction::WinogradFilter(conv) => conv.window.patch_len() * conv.filters,
            Instruction::WinogradFilterGradient(conv) => conv.window.patch_len() * conv.filters,
            Instruction::Rows(rows) if rows.function == RowFunction::ArgMax => {
                rows.rows * rows.columns
            }
            // Exponentials, and sums from lane to lane.
            Instruction::Rows(rows) => rows.rows * rows.columns.div_ceil(LANES) * 50,
            Instruction::Sum(sum) => sum.outer * sum.count * sum.inner / 4,
            Instruction::Pool(pool) => pool.batch * (pool.elements() + pool.results()) / 4,
            // A logarithm and an exponential, and the sum.
            Instruction::Lrn(lrn) => lrn.pixels * lrn.channels * (8 + lrn.radius / 4),
            Instruction::Splice(splice) => splice.out.len / 4,
            Instruction::GradientDescent(step) => step.variable.len / 4,
            Instruction::Momentum(step) => step.variable.len / 2,
            Instruction::RmsProp(step) => step.variable.len * 2,
            Instruction::Adam(step) => step.variable.len * 2,
            Instruction::Copy(_) => 0,
        }
    }
}

/// What random numbers of a run are drawn from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) run: u64,
}
