//! Changes of variables.

use super::lanes::{Isa, LANES, Lanes};
use super::program::{Adam, Copy, GradientDescent};
use super::{Memory, load, store};

#[inline(always)]
pub(super) fn gradient_descent<I: Isa>(step: &GradientDescent, memory: Memory) {
    let (variable, grad) = (memory.slot(step.variable), memory.slot(step.grad));
    // SAFETY: the slots are of the same length; lanes beyond it lie in their padding.
    unsafe {
        let rate = Lanes::splat(-*memory.slot(step.rate));
        for i in (0..step.variable.len).step_by(LANES) {
            store(variable.add(i), rate.mul_add::<I>(load(grad.add(i)), load(variable.add(i))));
        }
    }
}

#[inline(always)]
pub(super) fn adam<I: Isa>(step: &Adam, memory: Memory) {
    // SAFETY: each is one number in its slot.
    let number = |i: usize| unsafe { *memory.slot(step.numbers[i]) };
    let (beta1_power, beta2_power, learning_rate) = (number(0), number(1), number(2));
    let (beta1, beta2, epsilon) = (number(3), number(4), number(5));
    let rate = learning_rate * (1.0 - beta2_power).sqrt() / (1.0 - beta1_power);
    let (rest1, rest2) = (Lanes::splat(1.0 - beta1), Lanes::splat(1.0 - beta2));
    let (variable, grad) = (memory.slot(step.variable), memory.slot(step.grad));
    let (first, second) = (memory.slot(step.m), memory.slot(step.v));
    for i in (0..step.variable.len).step_by(LANES) {
        // SAFETY: the slots are of the same length; lanes beyond it lie in their padding.
        unsafe {
            let (g, m, v) = (load(grad.add(i)), load(first.add(i)), load(second.add(i)));
            let m = rest1.mul_add::<I>(g.zip(m, |g, m| g - m), m);
            let v = rest2.mul_add::<I>(g.zip(v, |g, v| g * g - v), v);
            let change = m.zip(v, |m, v| rate * m / (v.sqrt() + epsilon));
            store(first.add(i), m);
            store(second.add(i), v);
            store(variable.add(i), load(variable.add(i)).zip(change, |x, change| x - change));
        }
    }
}

#[inline(always)]
pub(super) fn copy(copy: &Copy, memory: Memory) {
    // SAFETY: both hold `from.len` floats; a copy onto itself is allowed by `copy`.
    unsafe { std::ptr::copy(memory.slot(copy.from), memory.slot(copy.to), copy.from.len) };
}
