//! Sums of products of what is fed, in two halves.
//!
//! What one processor wrote takes long to reach another, so each of two threads should have weights of
//! its own. If the weights of a pixel are many, a thread multiplies half the pixels of all images with
//! their weights, makes the gradient of these and changes them. If they are few, it does so with all
//! the weights, for half the images. Then little more than sums goes from one processor to another.
//! However many threads there are, the halves are the same; of more than two, some share a half.

use super::super::instruction::{Gemm, Slot};
use super::super::lanes::{Isa, Kernel, LANES, LINE};
use super::super::part::{self, Part};
use super::super::{Memory, load, store};
use super::sparse::WORTH_LISTS;
use super::tile::COLUMNS;
use super::{Span, run_span};

/// Whether there is enough to do, and are fewer sums than weights.
fn is_worth_it(images: usize, pixels: usize) -> bool {
    pixels > 2 * images && images * pixels >= WORTH_LISTS
}

/// Where the second half of the pixels of so many images begins; at their end if sums over them are
/// not halved.
pub(super) fn middle_pixel(images: usize, pixels: usize) -> usize {
    if is_worth_it(images, pixels) { part::middle(pixels, LINE) } else { pixels }
}

/// Where the second half of the sums over `k` begins, if they are taken in two.
fn middle(gemm: &Gemm) -> Option<usize> {
    let &Gemm { m, k, n, transpose_a, .. } = gemm;
    let few = n < COLUMNS;
    let middle = match transpose_a {
        _ if gemm.transpose_b || gemm.where_positive.is_some() => k,
        false if !few => middle_pixel(m, k),
        true if few && is_worth_it(k, m) => part::middle(k, LINE),
        _ => k,
    };
    (0 < middle && middle < k).then_some(middle)
}

/// Floats of room for the sums of both halves, if they are taken one by one: that depends on the
/// sizes alone.
pub(crate) fn halves_len(gemm: &Gemm) -> Option<usize> {
    middle(gemm).map(|_| 2 * Slot::padded(gemm.m * gemm.n))
}

#[inline(always)]
pub(super) fn run<I: Isa>(gemm: &Gemm, sums: Slot, memory: Memory, part: Part) {
    let middle = middle(gemm).unwrap_or(gemm.k);
    for (half, part) in part.of_two() {
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
