//! Convolutions one after another, through which a few images go at a time: what lies between them
//! stays in the second cache, and in that of the thread that reads it.

use super::super::Memory;
use super::super::instruction::{Chain, Conv, Window};
use super::super::lanes::Isa;
use super::super::part::Part;
use super::{single_channel, winograd};

/// Images that go through together: as many as have a block of Winograd's tiles if each has four.
pub(crate) const IMAGES: usize = 12;

/// Floats that may lie between convolutions: half of a second cache of 1 MiB.
const BETWEEN: usize = 1 << 17;

/// From so many images on each of some threads has a share of them.
const BATCH: usize = 4 * IMAGES;

/// Whether it is worth it to chain convolutions with so many floats of an image between them.
pub(crate) fn is_worth_it(batch: usize, between: usize) -> bool {
    batch >= BATCH && between <= BETWEEN / IMAGES
}

/// Whether such a convolution can be one of a chain: it writes nothing beyond an image's results, and
/// does a few images as fast as many.
pub(crate) fn fits(window: &Window, filters: usize, winograd: bool, pooled: bool) -> bool {
    let by_winograd = winograd && winograd::filter_len(window, filters).is_some();
    if by_winograd {
        winograd::fills_blocks(window, IMAGES)
    } else {
        pooled && single_channel::is_such(window)
    }
}

#[inline(always)]
pub(crate) fn run<I: Isa>(chain: &Chain, memory: Memory, part: Part) {
    let last = chain.convs.len() - 1;
    for images in part.pieces(chain.batch(), 1, IMAGES) {
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
