//! Convolutions one after another, through which a few images go at a time: what lies between them
//! stays in the second cache, and in that of the thread that reads it.

use super::super::Memory;
use super::super::instruction::{Chain, Conv, Window};
use super::super::lanes::{Isa, LANES};
use super::super::part::Part;
use super::{single_channel, winograd};

/// Images that go through together, at most: as many tiles of small ones as Winograd's algorithm works
/// on together.
const MOST: usize = 12;

/// Floats that may lie between convolutions: half of a second cache of 1 MiB.
const BETWEEN: usize = 1 << 17;

/// As many times as many images are worth a chain: each thread has a share of them.
const WORTH: usize = 4;

/// Images that go together through convolutions with so many floats of an image between them, if it is
/// worth it.
pub(crate) fn images_at_a_time(batch: usize, between: usize) -> Option<usize> {
    let images = (BETWEEN / between).clamp(1, MOST);
    (batch >= WORTH * images).then_some(images)
}

/// Whether such a convolution can be one of a chain: it writes nothing beyond an image's results, and
/// needs no long preparation.
pub(crate) fn fits(window: &Window, filters: usize, winograd: bool, pooled: bool) -> bool {
    let by_winograd = winograd && winograd::filter_len(window, filters).is_some();
    by_winograd || single_channel::is_such(window) && pooled && filters.is_multiple_of(LANES)
}

#[inline(always)]
pub(crate) fn run<I: Isa>(chain: &Chain, memory: Memory, part: Part) {
    let last = chain.convs.len() - 1;
    for images in part.pieces(chain.batch(), 1, chain.images) {
        for (place, conv) in chain.convs.iter().enumerate() {
            let mut conv = Conv { batch: images.len(), ..*conv };
            if place == 0 {
                conv.images.offset += images.start * conv.image_len();
            }
            if place == last {
                conv.out.offset += images.start * conv.out_len();
            }
            super::run::<I>(&conv, memory, Part::WHOLE);
        }
    }
}
