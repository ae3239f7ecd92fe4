//! Prints how many GFLOP/s in fused multiply-adds of f32 the cores can do: `peak THREADS`.
//!
//! Twelve sums, which hide the latency, in registers that are never loaded or stored. The best of
//! five stretches: it is a limit.

use std::time::Instant;

const ROUNDS: u64 = 50_000_000;
const SUMS: usize = 12;

fn main() {
    let threads: u64 =
        std::env::args().nth(1).map_or(1, |threads| threads.parse().expect("a number"));
    let stretches = (0..5).map(|_| {
        let start = Instant::now();
        let lanes = std::thread::scope(|scope| {
            let all: Vec<_> = (0..threads).map(|_| scope.spawn(multiply_adds)).collect();
            all.into_iter().map(|one| one.join().expect("it does not panic")).sum::<u64>()
        });
        // A multiply-add is two operations.
        (2 * lanes * SUMS as u64 * ROUNDS) as f64 / start.elapsed().as_secs_f64() / 1e9
    });
    println!("{:.1}", stretches.fold(0.0, f64::max));
}

/// Does `SUMS * ROUNDS` of them and returns how many lanes each had.
fn multiply_adds() -> u64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has it.
        unsafe { x86::avx512() };
        return 16;
    } else if is_x86_feature_detected!("fma") {
        // SAFETY: the processor has it, and so AVX.
        unsafe { x86::fma() };
        return 8;
    }
    #[cfg(target_arch = "aarch64")]
    {
        neon();
        return 4;
    }
    #[allow(unreachable_code)]
    {
        panic!("no fused multiply-add is known for this processor")
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::hint::black_box;

    use super::{ROUNDS, SUMS};

    #[target_feature(enable = "fma")]
    pub fn fma() {
        let (a, b) = (_mm256_set1_ps(black_box(0.999)), _mm256_set1_ps(black_box(0.001)));
        let mut sums = [_mm256_set1_ps(1.0); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, a, b);
            }
        }
        black_box(sums);
    }

    #[target_feature(enable = "avx512f")]
    pub fn avx512() {
        let (a, b) = (_mm512_set1_ps(black_box(0.999)), _mm512_set1_ps(black_box(0.001)));
        let mut sums = [_mm512_set1_ps(1.0); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, a, b);
            }
        }
        black_box(sums);
    }
}

#[cfg(target_arch = "aarch64")]
fn neon() {
    use std::arch::aarch64::*;
    use std::hint::black_box;
    // SAFETY: every such processor has it.
    unsafe {
        let (a, b) = (vdupq_n_f32(black_box(0.999)), vdupq_n_f32(black_box(0.001)));
        let mut sums = [vdupq_n_f32(1.0); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = vfmaq_f32(b, *sum, a);
            }
        }
        black_box(sums);
    }
}
