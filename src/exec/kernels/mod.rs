//! The machine plans run on: checked [`Program`]s over arrays of floats.
//!
//! The only module with `unsafe` code. Every kernel is one source, compiled twice: for AVX2 with
//! FMA and for what the target guarantees; [`execute`] picks at run time.
#![allow(unsafe_code)]

mod apply;
mod gemm;
mod lanes;
mod map;
pub(crate) mod program;
mod sum;

pub(crate) use lanes::{LANES, Lanes};
pub(crate) use program::Program;

use lanes::{Isa, Portable};
use program::{Instruction, Slot, Space};

/// Where the arrays of a run are. Valid while [`execute`] runs, within the program's sizes.
#[derive(Clone, Copy)]
struct Memory {
    bases: [*mut f32; 3],
    transposed: *mut f32,
}

impl Memory {
    #[inline(always)]
    fn at(&self, space: Space, offset: usize) -> *mut f32 {
        // SAFETY: `Program::new` checked that the offset lies within the space, and `execute` that
        // the space is as large as the program says.
        unsafe { self.bases[space as usize].add(offset) }
    }

    #[inline(always)]
    fn slot(&self, slot: Slot) -> *mut f32 {
        self.at(slot.space, slot.offset)
    }
}

/// The `Lanes::len` a buffer of that many floats needs.
pub(crate) fn lanes_for(floats: usize) -> usize {
    floats.div_ceil(LANES)
}

/// Views lanes as floats.
pub(crate) fn floats(lanes: &[Lanes]) -> &[f32] {
    // SAFETY: `Lanes` is `repr(C)` over eight floats, so the memory is that of the floats.
    unsafe { std::slice::from_raw_parts(lanes.as_ptr().cast(), lanes.len() * LANES) }
}

/// Views lanes as floats.
pub(crate) fn floats_mut(lanes: &mut [Lanes]) -> &mut [f32] {
    // SAFETY: as in `floats`.
    unsafe { std::slice::from_raw_parts_mut(lanes.as_mut_ptr().cast(), lanes.len() * LANES) }
}

/// Runs a program over its arrays.
///
/// # Panics
/// If an array is smaller than the program was checked for.
pub(crate) fn execute(
    program: &Program,
    arena: &mut [Lanes],
    variables: &mut [Lanes],
    scratch: &mut [Lanes],
) {
    assert!(arena.len() * LANES >= program.arena(), "the arena is too small");
    assert!(variables.len() * LANES >= program.variables(), "the variables are too few");
    assert!(scratch.len() * LANES >= program.scratch(), "the scratch space is too small");
    let registers = scratch.as_mut_ptr().cast::<f32>();
    let memory = Memory {
        bases: [arena.as_mut_ptr().cast(), variables.as_mut_ptr().cast(), registers],
        // SAFETY: the scratch space holds the registers and then the transposed matrix.
        transposed: unsafe { registers.add(program.registers()) },
    };
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has both features.
        return unsafe { run_avx2(program, memory) };
    }
    run::<Portable>(program, memory);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2(program: &Program, memory: Memory) {
    run::<lanes::Avx2>(program, memory);
}

#[inline(always)]
fn run<I: Isa>(program: &Program, memory: Memory) {
    for instruction in program.instructions() {
        match instruction {
            Instruction::Map(map) => map::run::<I>(map, memory),
            Instruction::Gemm(gemm) => gemm::run::<I>(gemm, memory),
            Instruction::Sum(sum) => sum::run(sum, memory),
            Instruction::GradientDescent(step) => apply::gradient_descent::<I>(step, memory),
            Instruction::Adam(step) => apply::adam::<I>(step, memory),
            Instruction::Copy(copy) => apply::copy(copy, memory),
        }
    }
}

/// Reads eight floats from anywhere.
///
/// # Safety
/// They must lie within an array of the run.
#[inline(always)]
unsafe fn load(from: *const f32) -> Lanes {
    // SAFETY: the caller's.
    Lanes(unsafe { from.cast::<[f32; LANES]>().read_unaligned() })
}

/// Writes eight floats to anywhere.
///
/// # Safety
/// They must lie within an array of the run.
#[inline(always)]
unsafe fn store(to: *mut f32, lanes: Lanes) {
    // SAFETY: the caller's.
    unsafe { to.cast::<[f32; LANES]>().write_unaligned(lanes.0) }
}
