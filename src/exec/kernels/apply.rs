//! Changes of variables.
//!
//! Each loop computes one element a turn: that is what compilers make whole lanes of best.

use std::ops::Range;

use super::Memory;
use super::instruction::{Adam, Copy, GradientDescent, Momentum, RmsProp, Slot};
use super::lanes::{Isa, Kernel, LANES};
use super::part::Part;

/// Elements that a part's share begins at multiples of.
const UNIT: usize = 2 * LANES;

/// What an average of gradients is nothing below: 2^-100, some 8e-31. Times a rate it would no longer be
/// a normal number, with which every operation takes a processor many times as long; divided by an
/// epsilon of 1e-8 it still moves no weight above 1e-15 by a bit.
const FADED: f32 = f32::from_bits((127 - 100) << 23);

/// Takes a faded average for nothing: of gradients that have become 0 it would stay just above 0 for ever.
#[inline(always)]
fn unless_faded(x: f32) -> f32 {
    if x.abs() < FADED { 0.0 } else { x }
}

/// Takes a mean of squares that is too small to be a normal number for nothing: much later than
/// [`FADED`], for it is its root that is added to an epsilon.
#[inline(always)]
fn if_normal(x: f32) -> f32 {
    if x < f32::MIN_POSITIVE { 0.0 } else { x }
}

/// A step to be applied by one part.
pub(super) struct Apply<'a, S> {
    pub(super) step: &'a S,
    pub(super) memory: Memory,
    pub(super) part: Part<'a>,
}

impl<S> Apply<'_, S> {
    #[inline(always)]
    fn number(&self, slot: Slot) -> f32 {
        // SAFETY: the slot was checked by `Program::new`.
        unsafe { *self.memory.slot(slot) }
    }

    /// This part's elements of a slot, in whole lanes: the last one reaches into the padding.
    #[inline(always)]
    fn share(&self, slot: Slot) -> Range<usize> {
        self.part.share(slot.len.next_multiple_of(LANES), UNIT)
    }

    /// This part's elements of a slot that is read.
    #[inline(always)]
    fn read(&self, slot: Slot) -> &[f32] {
        let share = self.share(slot);
        // SAFETY: the slot was checked by `Program::new`; while steps are applied nobody writes it.
        unsafe { std::slice::from_raw_parts(self.memory.slot(slot).add(share.start), share.len()) }
    }

    /// This part's elements of a slot that is written.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    fn written(&self, slot: Slot) -> &mut [f32] {
        let share = self.share(slot);
        // SAFETY: the slot was checked by `Program::new`, which also saw that it overlaps no other
        // of the step; other parts have other elements.
        unsafe {
            std::slice::from_raw_parts_mut(self.memory.slot(slot).add(share.start), share.len())
        }
    }
}

impl Kernel for Apply<'_, GradientDescent> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let rate = -self.number(self.step.rate);
        let variable = self.written(self.step.variable);
        for (x, &g) in variable.iter_mut().zip(self.read(self.step.grad)) {
            *x = I::mul_add(rate, g, *x);
        }
    }
}

impl Kernel for Apply<'_, Momentum> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let (rate, momentum) = (-self.number(self.step.rate), self.number(self.step.momentum));
        let variable = self.written(self.step.variable);
        let accumulator = self.written(self.step.accumulator);
        let grad = self.read(self.step.grad);
        for ((x, sum), &g) in variable.iter_mut().zip(accumulator).zip(grad) {
            *sum = unless_faded(I::mul_add(momentum, *sum, g));
            *x = I::mul_add(rate, *sum, *x);
        }
    }
}

impl Kernel for Apply<'_, RmsProp> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let [rate, decay, momentum, epsilon] = self.step.numbers.map(|slot| self.number(slot));
        let rest = 1.0 - decay;
        let variable = self.written(self.step.variable);
        let mean_square = self.written(self.step.mean_square);
        let moment = self.written(self.step.moment);
        let grad = self.read(self.step.grad);
        let state = variable.iter_mut().zip(mean_square).zip(moment);
        for (((x, square), moment), &g) in state.zip(grad) {
            // Not to nothing: it is divided by.
            let mean = I::mul_add(rest, g * g - *square, *square);
            *square = if mean < f32::MIN_POSITIVE { f32::MIN_POSITIVE } else { mean };
            let step = rate * g / (*square + epsilon).sqrt();
            *moment = unless_faded(I::mul_add(momentum, *moment, step));
            *x -= *moment;
        }
    }
}

impl Kernel for Apply<'_, Adam> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let [beta1_power, beta2_power, learning_rate, beta1, beta2, epsilon] =
            self.step.numbers.map(|slot| self.number(slot));
        let rate = learning_rate * (1.0 - beta2_power).sqrt() / (1.0 - beta1_power);
        let (rest1, rest2) = (1.0 - beta1, 1.0 - beta2);
        let variable = self.written(self.step.variable);
        let (first, second) = (self.written(self.step.m), self.written(self.step.v));
        let grad = self.read(self.step.grad);
        for (((x, m), v), &g) in variable.iter_mut().zip(first).zip(second).zip(grad) {
            *m = unless_faded(I::mul_add(rest1, g - *m, *m));
            *v = if_normal(I::mul_add(rest2, g * g - *v, *v));
            *x -= rate * *m / (v.sqrt() + epsilon);
        }
    }
}

#[inline(always)]
pub(super) fn copy(copy: &Copy, memory: Memory) {
    // SAFETY: both hold `from.len` floats; a copy onto itself is allowed by `copy`.
    unsafe { std::ptr::copy(memory.slot(copy.from), memory.slot(copy.to), copy.from.len) };
}
