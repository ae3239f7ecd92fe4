//! Products of matrices.

mod blocked;
pub(super) mod lists;
pub(super) mod pack;
mod small;
mod sparse;
pub(super) mod tile;
mod turned;

use super::Memory;
use super::instruction::Gemm;
use super::lanes::{Isa, LANES};
use super::team::Part;

pub(crate) use sparse::takes_lists;

/// Floats of room for lists of what is not 0 in the rows of a matrix.
pub(crate) fn lists_len(rows: usize, columns: usize) -> usize {
    lists::Lists::len(rows, columns)
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
    if is_small(gemm) {
        small::run::<I>(gemm, memory);
    } else if sparse::suits(gemm, memory) {
        sparse::run::<I>(gemm, memory, part);
    } else if turned::suits(gemm) {
        turned::run::<I>(gemm, memory, part);
    } else {
        blocked::run::<I>(gemm, memory, part);
    }
}
