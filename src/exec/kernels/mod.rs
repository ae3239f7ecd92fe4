//! The machine plans run on: checked [`Program`]s over arrays of floats.
//!
//! The only module with `unsafe` code. Every kernel is one source, compiled for AVX-512, for AVX2
//! with FMA and for what the target guarantees; [`execute`] picks at run time.
#![allow(unsafe_code)]

mod apply;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buffer;
mod bytes;
mod conv;
mod describe;
mod functions;
mod gemm;
pub(crate) mod instruction;
#[cfg(test)]
mod isa_check;
mod lanes;
mod lrn;
mod map;
mod mask;
mod meeting;
mod part;
mod pool;
mod program;
mod rows;
mod splice;
mod sum;
mod team;

pub(crate) use buffer::Buffer;
pub(crate) use bytes::ScaledRows;
pub(crate) use conv::{
    IMAGES_OF_CHAIN, fits_in_chain, is_chain_worth_it, winograd_filter_len, winograd_sums_len,
};
pub(crate) use gemm::{halves_len, lists_len, middle_of_lists, takes_lists};
pub(crate) use lanes::{LANES, Lanes};
pub(crate) use mask::Mask;
pub(crate) use program::Program;
use program::Stage;
pub(crate) use team::Team;

use std::ops::Range;

use apply::Apply;
use gemm::halves::AddHalves;
use gemm::lists::MakeLists;
use instruction::{Draw, Instruction, Slot, Space};
use lanes::{Isa, Portable};
use meeting::Round;
use part::Part;

/// Where the arrays of a run are. Valid while [`execute`] runs, within the program's sizes.
#[derive(Clone, Copy)]
struct Memory {
    bases: [*mut f32; 3],
    packing: *mut f32,
    draw: Draw,
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

/// The arrays of a run and what its random numbers are drawn from.
pub(crate) struct Arrays<'a> {
    pub(crate) arena: &'a mut [Lanes],
    pub(crate) variables: &'a mut [Lanes],
    /// As much as the program says, for every thread.
    pub(crate) scratch: &'a mut [Lanes],
    pub(crate) draw: Draw,
}

/// Pointers that threads of a run share: each writes its own part of the results.
struct Shared([*mut f32; 3]);

// SAFETY: kernels divide what they write by `Part`, and read what others wrote after a meeting.
unsafe impl Sync for Shared {}

/// Runs a program over its arrays, with a team if there is one and something to share.
///
/// # Panics
/// If an array is smaller than the program was checked for.
pub(crate) fn execute(program: &Program, arrays: Arrays, team: Option<&Team>) {
    execute_stages(program, 0..program.stages().len(), arrays, team);
}

/// As [`execute`], only some stages.
///
/// # Panics
/// As [`execute`].
pub(crate) fn execute_stages(
    program: &Program,
    stages: Range<usize>,
    arrays: Arrays,
    team: Option<&Team>,
) {
    let stages = &program.stages()[stages];
    let Arrays { arena, variables, scratch, draw } = arrays;
    let each = program.scratch();
    let team =
        team.filter(|team| program.is_shared() && scratch.len() * LANES >= each * team.size());
    assert!(arena.len() * LANES >= program.arena(), "the arena is too small");
    assert!(variables.len() * LANES >= program.variables(), "the variables are too few");
    assert!(scratch.len() * LANES >= each, "the scratch space is too small");
    let bases = [arena.as_mut_ptr(), variables.as_mut_ptr(), scratch.as_mut_ptr()];
    let shared = Shared(bases.map(<*mut Lanes>::cast));
    let part_of_run = |part: Part| {
        let &Shared([arena, variables, scratch]) = &shared;
        // SAFETY: the scratch space holds `each` floats for every part: first the registers, then
        // the room to pack matrices.
        let registers = unsafe { scratch.add(part.index * each) };
        let packing = unsafe { registers.add(program.registers()) };
        let memory = Memory { bases: [arena, variables, registers], packing, draw };
        dispatch(program, stages, memory, part);
    };
    match team {
        Some(team) => team.run(&part_of_run),
        None => part_of_run(Part::WHOLE),
    }
}

/// Runs a part of some stages by the kernels for this processor.
fn dispatch(program: &Program, stages: &[Stage], memory: Memory, part: Part) {
    let fastest = *isas().last().expect("there are portable ones");
    // SAFETY: the processor has what it takes.
    unsafe { fastest(program, stages, memory, part) };
}

/// A [`run`] that is compiled for an instruction set.
type Run = unsafe fn(&Program, &[Stage], Memory, Part);

/// Those that this processor has, the fastest last; all but the first, which is portable, compute the
/// same bits.
fn isas() -> &'static [Run] {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_there() {
        return if avx512::is_there() {
            &[run::<Portable>, run_avx2, run_avx512]
        } else {
            &[run::<Portable>, run_avx2]
        };
    }
    &[run::<Portable>]
}

/// As [`execute`], by kernels that are not the fastest.
#[cfg(test)]
fn execute_by(run: Run, program: &Program, arrays: Arrays) {
    let Arrays { arena, variables, scratch, draw } = arrays;
    assert!(arena.len() * LANES >= program.arena() && scratch.len() * LANES >= program.scratch());
    let registers: *mut f32 = scratch.as_mut_ptr().cast();
    let bases = [arena.as_mut_ptr().cast(), variables.as_mut_ptr().cast(), registers];
    // SAFETY: the scratch space begins with the registers.
    let packing = unsafe { registers.add(program.registers()) };
    let memory = Memory { bases, packing, draw };
    // SAFETY: the processor has what it takes, says `isas`.
    unsafe { run(program, program.stages(), memory, Part::WHOLE) };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2(program: &Program, stages: &[Stage], memory: Memory, part: Part) {
    run::<avx2::Avx2>(program, stages, memory, part);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx2,fma")]
fn run_avx512(program: &Program, stages: &[Stage], memory: Memory, part: Part) {
    run::<avx512::Avx512>(program, stages, memory, part);
}

#[inline(always)]
fn run<I: Isa>(program: &Program, stages: &[Stage], memory: Memory, part: Part) {
    let mut round = Round::default();
    for stage in stages {
        let mut part = part;
        if stage.divided {
            round = round.next();
            part = part.meet_to_divide(round);
        } else if stage.waits {
            part.meet();
        }
        if stage.shared || part.is_first() {
            let part = if stage.shared { part } else { Part::WHOLE };
            for instruction in &program.instructions()[stage.instructions.clone()] {
                run_one::<I>(instruction, memory, part);
            }
        }
    }
}

#[inline(always)]
fn run_one<I: Isa>(instruction: &Instruction, memory: Memory, part: Part) {
    match instruction {
        Instruction::Map(map) => map::run::<I>(map, memory, part),
        Instruction::Nonzeros(nonzeros) => I::call(MakeLists { nonzeros, memory, part }),
        Instruction::Gemm(gemm) => gemm::run::<I>(gemm, memory, part),
        Instruction::AddHalves(gemm) => I::call(AddHalves { gemm, memory, part }),
        Instruction::WinogradFilter(conv) => conv::winograd_filter::<I>(conv, memory, part),
        Instruction::Conv(conv) => conv::run::<I>(conv, memory, part),
        Instruction::Chain(chain) => conv::run_chain::<I>(chain, memory, part),
        Instruction::FilterGradient(conv) => conv::filter_gradient::<I>(conv, memory, part),
        Instruction::WinogradFilterGradient(conv) => {
            conv::winograd_filter_gradient::<I>(conv, memory, part);
        }
        Instruction::Rows(rows) => I::call(rows::OfRows { rows, memory, part }),
        Instruction::Pool(pool) => pool::run::<I>(pool, memory, part),
        Instruction::Lrn(lrn) => I::call(lrn::Normalize { lrn, memory, part }),
        Instruction::Splice(splice) => splice::run(splice, memory, part),
        Instruction::Sum(sum) => sum::run::<I>(sum, memory, part),
        Instruction::GradientDescent(step) => I::call(Apply { step, memory, part }),
        Instruction::Momentum(step) => I::call(Apply { step, memory, part }),
        Instruction::RmsProp(step) => I::call(Apply { step, memory, part }),
        Instruction::Adam(step) => I::call(Apply { step, memory, part }),
        Instruction::Copy(copy) => apply::copy(copy, memory),
    }
}

/// Asks for what is soon read, wherever that is.
#[inline(always)]
fn prefetch<T>(from: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every such processor can, and nothing is changed that could be seen.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = from;
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
