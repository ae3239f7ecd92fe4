//! One use of every op that has a gradient, for the gradient check and the tests to walk.

use super::{
    Binary, BroadcastTo, Concat, InTraining, Lrn, LrnPart, MatMul, Op, Pad, Padding, Pool,
    PoolPart, Reduce, Reduction, Reshape, Slice, Unary,
};

/// An op with inputs at which it is smooth.
pub(crate) struct Sample {
    pub(crate) op: Op,
    /// Sizes and values of the inputs.
    pub(crate) inputs: Vec<(Vec<usize>, Vec<f32>)>,
}

/// Samples of all differentiable ops; every way of broadcasting and transposing is among them.
pub(crate) fn samples() -> Vec<Sample> {
    // Away from 0, where Relu has its kink, and from each other, where Greater jumps.
    let six = vec![-1.5, -0.4, 0.3, 0.8, 1.7, 2.2];
    let positive = vec![0.2, 0.5, 0.9, 1.4, 2.5, 3.0];
    let twelve: Vec<f32> = (0..12).map(|i| 0.4 + 0.21 * i as f32).collect();
    let sample = |op: Op, inputs: Vec<(Vec<usize>, Vec<f32>)>| Sample { op, inputs };
    let mut samples = Vec::new();

    for &function in Unary::ALL {
        let x = match function {
            Unary::Log | Unary::Sqrt | Unary::Reciprocal => positive.clone(),
            Unary::Cast => continue, // no gradient flows
            _ => six.clone(),
        };
        samples.push(sample(function.into(), vec![(vec![2, 3], x)]));
    }
    for function in [Binary::Add, Binary::Sub, Binary::Mul, Binary::RealDiv, Binary::Maximum] {
        let shapes: [(&[usize], &[usize]); 6] = [
            (&[2, 3], &[2, 3]),
            (&[2, 3], &[3]),
            (&[2, 3], &[]),
            (&[2, 1], &[2, 3]),
            (&[2, 1, 3], &[1, 2, 1]),
            (&[2, 1, 3], &[2, 2, 3]),
        ];
        for (a, b) in shapes {
            let values = |from: &[f32], sizes: &[usize]| {
                (sizes.to_vec(), from[..sizes.iter().product()].to_vec())
            };
            let b = match b.iter().product::<usize>() {
                12 => values(&twelve, b),
                _ => values(&positive, b),
            };
            samples.push(sample(function.into(), vec![values(&six, a), b]));
        }
    }
    for (transpose_a, transpose_b) in [(false, false), (false, true), (true, false), (true, true)] {
        let a = if transpose_a { vec![3, 2] } else { vec![2, 3] };
        let b = if transpose_b { vec![4, 3] } else { vec![3, 4] };
        let op = MatMul { transpose_a, transpose_b };
        samples.push(sample(op.into(), vec![(a, six.clone()), (b, twelve.clone())]));
    }
    for reduction in [Reduction::Sum, Reduction::Mean] {
        for axes in [vec![0], vec![1], vec![2], vec![0, 1], vec![1, 2], vec![0, 1, 2]] {
            for keep_dims in [false, true] {
                let op = Reduce { reduction, axes: axes.clone(), keep_dims };
                samples.push(sample(op.into(), vec![(vec![2, 3, 2], twelve.clone())]));
            }
        }
    }
    for (inserted, from) in [(vec![0], vec![3]), (vec![1], vec![2]), (vec![0, 1], vec![])] {
        let x = six[..from.iter().product()].to_vec();
        let op = BroadcastTo { inserted };
        samples.push(sample(op.into(), vec![(from, x), (vec![2, 3], six.clone())]));
    }
    let two = vec![(vec![2, 3], six.clone()), (vec![2, 3], positive.clone())];
    samples.push(sample(InTraining.into(), two));
    samples.extend(images());
    samples
}

/// Samples of the ops of images.
fn images() -> Vec<Sample> {
    // All different, by more than the check moves them, and in no order.
    let values = |sizes: &[usize]| {
        let elements: usize = sizes.iter().product();
        let value = |i: usize| 0.07 * (i * 7 % elements) as f32 - 0.5; // no multiple of 7 here
        (sizes.to_vec(), (0..elements).map(value).collect::<Vec<f32>>())
    };
    let mut samples = Vec::new();
    let windows = [
        ([2, 2], [2, 2], Padding::Valid),
        ([2, 2], [2, 2], Padding::Same),
        ([3, 2], [1, 2], Padding::Same),
        ([1, 2], [3, 1], Padding::Valid),
        ([2, 3], [1, 1], Padding::Explicit([[1, 0], [0, 2]])),
    ];
    for (size, strides, padding) in windows {
        let pool = |part| Pool { part, size, strides, padding };
        let x = values(&[2, 3, 5, 2]);
        samples.push(Sample { op: pool(PoolPart::Max).into(), inputs: vec![x.clone()] });
        samples.push(Sample { op: pool(PoolPart::Avg).into(), inputs: vec![x.clone()] });
        let placed = pool(PoolPart::Avg).windows().over([3, 5]).expect("they fit");
        let [rows, columns] = placed.positions;
        let grad = values(&[2, rows, columns, 2]);
        samples.push(Sample { op: pool(PoolPart::AvgGrad).into(), inputs: vec![grad, x] });
    }
    let x = || values(&[2, 3, 2]);
    let mut sample = |op: Op, inputs| samples.push(Sample { op, inputs });
    sample(Reshape { shape: [3, 4].into() }.into(), vec![x()]);
    for (depth_radius, beta) in [(1, 0.75), (9, 1.5)] {
        let op = Lrn { part: LrnPart::Forward, depth_radius, bias: 0.8, alpha: 0.6, beta };
        sample(op.into(), vec![values(&[2, 1, 2, 5])]);
    }
    for axis in 0..3 {
        sample(Concat { axis }.into(), vec![x(), x(), x()]);
        sample(Slice { axis, start: 1, len: 1 }.into(), vec![x()]);
        sample(Pad { axis, before: 2, after: 1 }.into(), vec![x()]);
    }
    samples
}
