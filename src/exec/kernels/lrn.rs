//! Local response normalisation: each channel divided by a power of what its neighbours sum up to.

use super::functions::{exp, log};
use super::instruction::{Lrn, LrnFunction};
use super::lanes::{Isa, Kernel, LANES, Lanes};
use super::part::Part;
use super::{Memory, load, store};

/// Normalisation, or its gradient, of one part's pixels.
pub(super) struct Normalize<'a> {
    pub(super) lrn: &'a Lrn,
    pub(super) memory: Memory,
    pub(super) part: Part<'a>,
}

impl Kernel for Normalize<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Normalize { lrn, memory, part } = self;
        let out = memory.slot(lrn.out);
        // SAFETY: `Program::new` made room for `scratch` floats and checked that each slot holds
        // all pixels; what is around a pixel stays zero.
        unsafe {
            let floats = memory.packing;
            std::ptr::write_bytes(floats, 0, lrn.scratch());
            let around = Around { floats, result: floats.add(lrn.surrounded()), lrn };
            for pixel in part.share(lrn.pixels, 1) {
                let at = pixel * lrn.channels;
                match lrn.function {
                    LrnFunction::Forward { x } => {
                        around.forward::<I>(memory.slot(x).add(at), out.add(at));
                    }
                    LrnFunction::Grad { grad, x, y } => {
                        let [grad, x, y] = [grad, x, y].map(|slot| memory.slot(slot).add(at));
                        around.backward::<I>(grad, x, y, out.add(at));
                    }
                }
            }
        }
    }
}

/// A pixel's channels with `radius` zeros before them and as many behind, and room for a result.
///
/// Both are written in whole lanes: a result is copied to its place, which others' follow.
#[derive(Clone, Copy)]
struct Around<'a> {
    floats: *mut f32,
    result: *mut f32,
    lrn: &'a Lrn,
}

impl Around<'_> {
    /// # Safety
    /// The pixel exists in both, and a lane behind it in `x`.
    #[inline(always)]
    unsafe fn forward<I: Isa>(self, x: *const f32, out: *mut f32) {
        // SAFETY: the caller's.
        unsafe {
            self.fill(|channel| load(x.add(channel)).map(|x| x * x));
            self.each(|channel| {
                let factor = self.power::<I>(self.norm::<I>(channel));
                let y = load(x.add(channel)).zip(factor, |x, factor| x * factor);
                store(self.result.add(channel), y);
            });
            std::ptr::copy_nonoverlapping(self.result, out, self.lrn.channels);
        }
    }

    /// With `norm[c] = bias + alpha sum(x^2)`:
    /// `grad[c] norm[c]^-beta - 2 alpha beta x[c] sum(grad[j] y[j] / norm[j])`.
    ///
    /// # Safety
    /// The pixel exists in all, and a lane behind it in those that are read.
    #[inline(always)]
    unsafe fn backward<I: Isa>(
        self,
        grad: *const f32,
        x: *const f32,
        y: *const f32,
        out: *mut f32,
    ) {
        // SAFETY: the caller's.
        unsafe {
            self.fill(|channel| load(x.add(channel)).map(|x| x * x));
            // The norms wait where the result will be, for the second sum takes the place of the
            // first.
            self.each(|channel| store(self.result.add(channel), self.norm::<I>(channel)));
            self.fill(|channel| {
                let flow = load(grad.add(channel)).zip(load(y.add(channel)), |grad, y| grad * y);
                flow.zip(load(self.result.add(channel)), |flow, norm| flow / norm)
            });
            let factor = 2.0 * self.lrn.alpha * self.lrn.beta;
            self.each(|channel| {
                let norm = load(self.result.add(channel));
                let power = self.power::<I>(norm);
                let own = load(grad.add(channel)).zip(power, |grad, power| grad * power);
                let sum = self.sum(channel);
                let others = load(x.add(channel)).zip(sum, |x, sum| factor * x * sum);
                store(self.result.add(channel), own.zip(others, |own, others| own - others));
            });
            std::ptr::copy_nonoverlapping(self.result, out, self.lrn.channels);
        }
    }

    /// Does something with the lanes that begin at each channel.
    #[inline(always)]
    fn each(self, f: impl FnMut(usize)) {
        (0..self.lrn.channels).step_by(LANES).for_each(f);
    }

    /// Sets the channels, and zeros behind the last one.
    #[inline(always)]
    unsafe fn fill(self, f: impl Fn(usize) -> Lanes) {
        // SAFETY: there is room for all channels and a lane behind them.
        unsafe {
            let to = self.floats.add(self.lrn.radius);
            self.each(|channel| store(to.add(channel), f(channel)));
            store(to.add(self.lrn.channels), Lanes::ZERO);
        }
    }

    /// The sum over the neighbours of each channel, itself included, in ascending order.
    #[inline(always)]
    unsafe fn sum(self, channel: usize) -> Lanes {
        let mut sum = Lanes::ZERO;
        for neighbour in channel..=channel + 2 * self.lrn.radius {
            // SAFETY: there are `radius` floats on either side, and two lanes behind.
            sum = sum.zip(unsafe { load(self.floats.add(neighbour)) }, |a, b| a + b);
        }
        sum
    }

    #[inline(always)]
    unsafe fn norm<I: Isa>(self, channel: usize) -> Lanes {
        let Lrn { bias, alpha, .. } = *self.lrn;
        // SAFETY: the caller's.
        unsafe { self.sum(channel) }.map(|sum| I::mul_add(alpha, sum, bias))
    }

    /// `norm^-beta`, of the usual exponents by square roots.
    #[inline(always)]
    fn power<I: Isa>(self, norm: Lanes) -> Lanes {
        let beta = self.lrn.beta;
        if beta == 0.5 {
            norm.map(|norm| 1.0 / norm.sqrt())
        } else if beta == 0.75 {
            norm.map(|norm| 1.0 / (norm.sqrt() * norm.sqrt().sqrt()))
        } else {
            norm.map(log::<I>).map(|log| -beta * log).map(exp::<I>)
        }
    }
}
