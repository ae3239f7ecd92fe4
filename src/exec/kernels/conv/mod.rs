//! Convolution of images: any filter, image rows in NHWC.
//!
//! Every convolution is a product of matrices whose one factor, the patches of images that windows
//! look at, is never laid out: `direct` reads it from the images. Filters of 3 by 3 that move one by
//! one take a third of the multiplications in `winograd`.

mod chain;
mod direct;
mod framed;
mod pooled;
mod single_channel;
mod winograd;

pub(super) use chain::run as run_chain;
pub(crate) use chain::{
    IMAGES as IMAGES_OF_CHAIN, fits as fits_in_chain, is_worth_it as is_chain_worth_it,
};
pub(super) use winograd::{filter as winograd_filter, filter_gradient as winograd_filter_gradient};
pub(crate) use winograd::{filter_len as winograd_filter_len, sums_len as winograd_sums_len};

use super::Memory;
use super::instruction::{Conv, FilterGradient};
use super::lanes::Isa;
use super::part::Part;

/// Floats each part needs.
pub(super) fn scratch(conv: &Conv) -> usize {
    match conv.winograd {
        Some(_) => winograd::scratch(conv),
        None if single_channel::fits(conv) => single_channel::scratch(conv),
        None => direct::scratch(conv),
    }
}

/// Floats each part needs.
pub(super) fn scratch_of_filter_gradient(gradient: &FilterGradient) -> usize {
    match gradient.winograd {
        Some(_) => winograd::scratch_of_sums(gradient),
        None if single_channel::fits_gradient(gradient) => {
            single_channel::scratch_of_gradient(gradient)
        }
        None => direct::scratch_of_filter_gradient(gradient),
    }
}

#[inline(always)]
pub(super) fn run<I: Isa>(conv: &Conv, memory: Memory, part: Part) {
    match conv.winograd {
        Some(_) => winograd::run::<I>(conv, memory, part),
        None if single_channel::fits(conv) => single_channel::run::<I>(conv, memory, part),
        None => direct::run::<I>(conv, memory, part),
    }
}

#[inline(always)]
pub(super) fn filter_gradient<I: Isa>(gradient: &FilterGradient, memory: Memory, part: Part) {
    match gradient.winograd {
        Some(_) => winograd::sums::<I>(gradient, memory, part),
        None if single_channel::fits_gradient(gradient) => {
            single_channel::filter_gradient::<I>(gradient, memory, part);
        }
        None => direct::filter_gradient::<I>(gradient, memory, part),
    }
}
