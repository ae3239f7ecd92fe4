//! Bytes as floats: what images are fed as.

use super::lanes::{Isa, Kernel, Portable};

/// Writes each byte times `factor`, as far as both reach.
pub(crate) fn scale(from: &[u8], to: &mut [f32], factor: f32) {
    let scale = Scale { from, to, factor };
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        return super::lanes::Avx2::call(scale);
    }
    Portable::call(scale);
}

struct Scale<'a> {
    from: &'a [u8],
    to: &'a mut [f32],
    factor: f32,
}

impl Kernel for Scale<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        for (to, &from) in self.to.iter_mut().zip(self.from) {
            *to = f32::from(from) * self.factor;
        }
    }
}
