//! Sums of products of what is fed, in two halves.
//!
//! Each thread then has pixels of its own: it alone scales them, lists them, multiplies them with its
//! rows of the weights, makes the gradient of these and changes them. All that goes from one
//! processor to another are the sums. However many threads there are, the halves are the same.

use super::super::instruction::{Gemm, Slot};
use super::super::lanes::{Isa, Kernel, LANES, LINE};
use super::super::team::Part;
use super::super::{Memory, load, store};
use super::{Span, run_span};

/// Elements of the first factor from which that is worth the addition.
const WORTH_HALVING: usize = 16 * 1024;

/// Where the second half of the columns of a `[rows, columns]` matrix begins: at their end if sums
/// over the columns are not halved, since there are many rows of sums for the weights of a column.
pub(crate) fn middle(rows: usize, columns: usize) -> usize {
    if columns > 2 * rows && rows * columns >= WORTH_HALVING {
        Part::middle(columns, LINE)
    } else {
        columns
    }
}

/// Floats of room for the sums of both halves, if they are taken one by one.
pub(crate) fn halves_len(gemm: &Gemm) -> Option<usize> {
    let plain = !gemm.transpose_a && !gemm.transpose_b && gemm.where_positive.is_none();
    (plain && middle(gemm.m, gemm.k) < gemm.k).then(|| 2 * Slot::padded(gemm.m * gemm.n))
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, sums: Slot, memory: Memory, part: Part) {
    let middle = middle(gemm.m, gemm.k);
    for (half, part) in part.halves() {
        // SAFETY: `Program::new` checked that there is room for both.
        let out = unsafe { memory.slot(sums).add(half * Slot::padded(gemm.m * gemm.n)) };
        let (from, to) = if half == 0 { (0, middle) } else { (middle, gemm.k) };
        let bias = gemm.bias.filter(|_| half == 0);
        run_span::<I>(gemm, Span { half, from, to, bias, out, relu: false }, memory, part);
    }
}

/// Adds the sums of both halves.
pub(in super::super) struct AddHalves<'a> {
    pub(in super::super) gemm: &'a Gemm,
    pub(in super::super) memory: Memory,
    pub(in super::super) part: Part<'a>,
}

impl Kernel for AddHalves<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let AddHalves { gemm, memory, part } = self;
        let Some(sums) = gemm.halves else { return };
        let (sums, out) = (memory.slot(sums).cast_const(), memory.slot(gemm.out));
        for i in part.share(gemm.m * gemm.n, LINE).step_by(LANES) {
            // SAFETY: all three have these elements and a lane of padding.
            unsafe {
                let second = load(sums.add(Slot::padded(gemm.m * gemm.n) + i));
                let sum = load(sums.add(i)).zip(second, |a, b| a + b);
                store(out.add(i), if gemm.relu { I::relu(sum) } else { sum });
            }
        }
    }
}
