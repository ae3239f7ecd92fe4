//! Products of matrices.

mod blocked;
pub(super) mod pack;
mod small;
pub(super) mod tile;
mod turned;

use super::Memory;
use super::instruction::Gemm;
use super::lanes::{Isa, LANES};
use super::team::Part;

pub(crate) use blocked::scratch;

/// Whether rows of the result fit in two registers and the whole is soon done.
pub(crate) fn is_small(gemm: &Gemm) -> bool {
    gemm.n <= 2 * LANES && gemm.m * gemm.k <= 4096
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, memory: Memory, part: Part) {
    if is_small(gemm) {
        small::run::<I>(gemm, memory);
    } else if turned::suits(gemm) {
        turned::run::<I>(gemm, memory, part);
    } else {
        blocked::run::<I>(gemm, memory, part);
    }
}
