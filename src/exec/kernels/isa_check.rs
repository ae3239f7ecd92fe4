//! Whatever instruction set kernels are compiled for, they compute the same.

use std::ops::Range;

use super::instruction::{
    Axis, Conv, Draw, FilterGradient, Gemm, Instruction, Nonzeros, Pool, PoolFunction, Pooled,
    Slot, Space, Window,
};
use super::{Arrays, Lanes, Program, conv, execute_by, floats_mut, gemm, isas, lanes_for};

/// Gives out slots one after another.
struct Bed(usize);

impl Bed {
    fn take(&mut self, len: usize) -> Slot {
        let slot = Slot { space: Space::Arena, offset: self.0, len };
        self.0 += Slot::padded(len);
        slot
    }
}

/// A net in small: convolution both ways, pooling, their gradients, a product.
fn program(bed: &mut Bed) -> Program {
    let (batch, filters) = (3, 48); // two panels of columns and one
    let window = Window {
        image: [7, 6],
        channels: 8,
        size: [3, 3],
        strides: [1; 2],
        spread: [1; 2],
        before: [1; 2],
        positions: [7, 6],
    };
    let results = batch * window.count() * filters;
    let images = bed.take(batch * window.image_len());
    let filter = bed.take(window.patch_len() * filters);
    let bias = Some(bed.take(filters));
    let room = conv::winograd_filter_len(&window, filters).map(|len| bed.take(len));
    let mut instructions = Vec::new();
    let mut outs = Vec::new();
    let halved = batch * 4 * 3 * filters;
    let winners = Some(bed.take(Pooled::winners_len(halved)));
    for (winograd, pooled) in [
        (None, None),
        (room, None),
        (room, Some(Pooled { winners: None })),
        (None, Some(Pooled { winners })),
    ] {
        let out = bed.take(if pooled.is_some() { halved } else { results });
        let (unpool, turned, relu) = (None, false, true);
        let conv = Conv {
            window,
            batch,
            filters,
            images,
            unpool,
            filter,
            turned,
            bias,
            relu,
            pooled,
            out,
            winograd,
        };
        if winograd.is_some() {
            instructions.push(Instruction::WinogradFilter(conv));
        }
        instructions.push(Instruction::Conv(conv));
        outs.push(out);
    }
    let sums = conv::winograd_sums_len(&window, batch, filters).map(|len| bed.take(len));
    for (winograd, grad, unpool) in
        [None, sums].into_iter().flat_map(|of| [(of, outs[0], None), (of, outs[3], winners)])
    {
        let out = bed.take(window.patch_len() * filters);
        let gradient =
            FilterGradient { window, batch, filters, images, grad, unpool, out, winograd };
        instructions.push(Instruction::FilterGradient(gradient));
        if winograd.is_some() {
            instructions.push(Instruction::WinogradFilterGradient(gradient));
        }
    }
    let axis = |len| Axis { len, window: 2, stride: 2, before: 0, positions: 3 };
    let axes = [Axis { positions: 4, ..axis(7) }, axis(6)];
    let pooled = bed.take(batch * 4 * 3 * filters);
    let back = bed.take(results);
    let max = PoolFunction::Max { images: outs[0] };
    let grad = PoolFunction::MaxGrad { images: outs[0], result: pooled, grad: pooled, relu: true };
    for (function, out) in [(max, pooled), (grad, back)] {
        let channels = filters;
        instructions.push(Instruction::Pool(Pool { function, out, batch, axes, channels }));
    }
    let (a, b, out) = (bed.take(21 * 40), bed.take(40 * 33), bed.take(21 * 33));
    let (transpose_a, transpose_b) = (false, false);
    let (m, k, n) = (21, 40, 33);
    let gemm = Gemm {
        a,
        b,
        bias: None,
        out,
        m,
        k,
        n,
        transpose_a,
        transpose_b,
        relu: false,
        where_positive: None,
        halves: None,
        nonzeros: None,
    };
    instructions.push(Instruction::Gemm(gemm));
    Program::new(instructions, bed.0, 0)
}

/// Runs a program over numbers from -1 to 1, 0 where `is_zero` says so, by every instruction set that
/// there is, and compares the `results`.
fn compare(
    program: &Program,
    floats: usize,
    results: Range<usize>,
    is_zero: impl Fn(usize) -> bool,
) {
    let all = isas().iter().map(|&isa| {
        let mut arena = vec![Lanes::ZERO; lanes_for(floats)];
        for (i, x) in floats_mut(&mut arena).iter_mut().enumerate() {
            let number = ((i as u32).wrapping_mul(0x9e37_79b9) >> 8) as f32 / 8_388_608.0 - 1.0;
            *x = if is_zero(i) { 0.0 } else { number };
        }
        let mut scratch = vec![Lanes::ZERO; lanes_for(program.scratch())];
        let arrays = Arrays {
            arena: &mut arena,
            variables: &mut [],
            scratch: &mut scratch,
            draw: Draw::default(),
        };
        execute_by(isa, program, arrays);
        floats_mut(&mut arena)[results.clone()].to_vec()
    });
    let all: Vec<Vec<f32>> = all.collect();
    let (portable, others) = all.split_first().unwrap();
    for other in others {
        // Without FMA products are rounded.
        for (i, (a, b)) in portable.iter().zip(other).enumerate() {
            assert!((a - b).abs() <= 2e-4 * b.abs().max(1.0), "{i}: {a} and {b}");
        }
    }
    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
    for pair in others.windows(2) {
        assert!(bits(&pair[0]) == bits(&pair[1]), "other bits on another processor");
    }
}

#[test]
fn a_net_is_computed_alike_whatever_the_instruction_set() {
    let mut bed = Bed(0);
    let program = program(&mut bed);
    compare(&program, bed.0, 0..bed.0, |_| false);
}

#[test]
fn zeros_are_skipped_alike_whatever_the_instruction_set() {
    // Registers of sixteen and of eight floats, and 2 or 6 more.
    for (size, transpose_a) in [(130, false), (130, true), (142, false), (142, true)] {
        let mut bed = Bed(0);
        let (m, k, n) = (size, size, 72);
        let (a, b, out) = (bed.take(m * k), bed.take(k * n), bed.take(m * n));
        let mut gemm = Gemm {
            a,
            b,
            bias: None,
            out,
            m,
            k,
            n,
            transpose_a,
            transpose_b: false,
            relu: false,
            where_positive: None,
            halves: None,
            nonzeros: None,
        };
        assert!(gemm::takes_lists(&gemm));
        let lists = bed.take(gemm::lists_len(m, k)); // as many rows as columns
        gemm.nonzeros = Some(lists);
        let nonzeros = Instruction::Nonzeros(Nonzeros { x: a, rows: m, columns: k, lists });
        let program = Program::new(vec![nonzeros, Instruction::Gemm(gemm)], bed.0, 0);
        compare(&program, bed.0, out.offset..out.offset + out.len, |i| {
            i < a.len && !(i as u32).wrapping_mul(0x85eb_ca6b).is_multiple_of(5)
        });
    }
}

#[test]
fn products_of_any_size_are_computed_alike_whatever_the_instruction_set() {
    for (m, k, n) in
        [(100, 33, 256), (23, 40, 33), (7, 300, 48), (29, 17, 80), (2, 500, 100), (21, 1024, 48)]
    {
        for (transpose_a, transpose_b) in [(false, false), (true, false), (false, true)] {
            let mut bed = Bed(0);
            let (a, b, out) = (bed.take(m * k), bed.take(k * n), bed.take(m * n));
            let (bias, where_positive) = (Some(bed.take(n)), Some(bed.take(m * n)));
            let gemm = Gemm {
                a,
                b,
                bias,
                out,
                m,
                k,
                n,
                transpose_a,
                transpose_b,
                relu: true,
                where_positive,
                halves: None,
                nonzeros: None,
            };
            let program = Program::new(vec![Instruction::Gemm(gemm)], bed.0, 0);
            compare(&program, bed.0, out.offset..out.offset + out.len, |_| false);
        }
    }
}
