//! Products of matrices.

mod blocked;
pub(super) mod halves;
pub(super) mod lists;
pub(super) mod pack;
mod small;
mod sparse;
pub(super) mod tile;
mod turned;

use super::Memory;
use super::instruction::{Gemm, Nonzeros, Slot};
use super::lanes::{Isa, LANES};
use super::part::Part;

pub(crate) use halves::halves_len;
pub(crate) use sparse::takes_lists;

/// Floats of room for lists of what is not 0 in the rows of a matrix.
pub(crate) fn lists_len(rows: usize, columns: usize) -> usize {
    lists::HalfLists::len(rows, columns)
}

/// Where the second half of a row begins, if lists are those of halves.
pub(crate) fn middle_of_lists(of: &Nonzeros) -> Option<usize> {
    Some(halves::middle_pixel(of.rows, of.columns)).filter(|&middle| middle < of.columns)
}

/// Floats each part needs to rearrange matrices in.
pub(crate) fn scratch(gemm: &Gemm) -> usize {
    match gemm.nonzeros {
        Some(_) => blocked::scratch(gemm).max(sparse::scratch(gemm)),
        None => blocked::scratch(gemm),
    }
}

/// Whether rows of the result fit in two registers and the whole is soon done.
pub(crate) fn is_small(gemm: &Gemm) -> bool {
    gemm.n <= 2 * LANES && gemm.m * gemm.k <= 4096
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, memory: Memory, part: Part) {
    if let Some(sums) = gemm.halves {
        halves::run::<I>(gemm, sums, memory, part);
    } else if is_small(gemm) {
        small::run::<I>(gemm, memory);
    } else {
        run_span::<I>(gemm, Span::whole(gemm, memory), memory, part);
    }
}

/// Whether parts had better share rows of the result than columns: there are more of them.
fn many_rows(gemm: &Gemm) -> bool {
    gemm.m >= gemm.n
}

/// Some of the sum over `k`.
#[derive(Clone, Copy)]
struct Span {
    /// Which half it is; 0 if it is the whole.
    half: usize,
    from: usize,
    to: usize,
    bias: Option<Slot>,
    out: *mut f32,
    relu: bool,
}

impl Span {
    fn whole(gemm: &Gemm, memory: Memory) -> Self {
        let &Gemm { k, bias, out, relu, .. } = gemm;
        Span { half: 0, from: 0, to: k, bias, out: memory.slot(out), relu }
    }

    fn len(&self) -> usize {
        self.to - self.from
    }
}

#[inline(always)]
fn run_span<I: Isa>(gemm: &Gemm, span: Span, memory: Memory, part: Part) {
    if sparse::suits(gemm, memory) {
        sparse::run::<I>(gemm, span, memory, part);
    } else if turned::suits(gemm) {
        turned::run::<I>(gemm, span, memory, part);
    } else {
        blocked::run::<I>(gemm, span, memory, part);
    }
}
