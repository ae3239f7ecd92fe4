//! Products of many sizes against sums in f64, and the same bits on any number of threads, with zeros
//! skipped and in halves.

use crate::exec::Session;
use crate::exec::numbers::numbers;
use crate::graph::ops::{Binary, MatMul, Op, Unary};
use crate::graph::{Dim, GraphBuilder, Initializer, NodeId};

struct Product {
    m: usize,
    k: usize,
    n: usize,
    op: MatMul,
    bias: bool,
    relu: Relu,
}

/// What becomes of a product.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Relu {
    /// Nothing.
    None,
    /// Its ReLU is taken.
    Of,
    /// It is the gradient of one, which was positive where other numbers are.
    Grad,
}

impl Product {
    fn computed(&self, threads: usize) -> Vec<f32> {
        let &Product { m, k, n, op, bias, relu } = self;
        let mut g = GraphBuilder::new();
        let mut variable = |name, sizes: [usize; 2], salt| -> NodeId {
            let values = Initializer::Values(numbers(sizes[0] * sizes[1], salt));
            g.variable(name, &sizes, values).unwrap()
        };
        let a = variable("a", if op.transpose_a { [k, m] } else { [m, k] }, 1);
        let b = variable("b", if op.transpose_b { [n, k] } else { [k, n] }, 2);
        let mut y = g.add(Op::MatMul(op), &[a, b]).unwrap();
        if bias {
            let bias = g.variable("c", &[n], Initializer::Values(numbers(n, 3))).unwrap();
            y = g.add_values(y, bias).unwrap();
        }
        match relu {
            Relu::None => {}
            Relu::Of => y = g.add(Op::Unary(Unary::Relu), &[y]).unwrap(),
            Relu::Grad => {
                let positive = Initializer::Values(numbers(m * n, 4));
                let positive = g.variable("positive", &[m, n], positive).unwrap();
                y = g.add(Op::Binary(Binary::ReluGrad), &[y, positive]).unwrap();
            }
        }
        let graph = g.finish();
        let mut session = Session::new(&graph, 0);
        session.set_threads(threads).unwrap();
        let mut plan = session.plan(&[y], 1).unwrap();
        let fused = bias && relu == Relu::Grad; // of a sum it is a map of its own
        assert_eq!(plan.instruction_count(), 1 + usize::from(fused), "{op:?} {relu:?}");
        session.run(&mut plan).unwrap();
        plan.value(y).to_vec()
    }

    fn wanted(&self) -> Vec<f64> {
        let &Product { m, k, n, op, bias, relu } = self;
        let positive = numbers(m * n, 4);
        let (a, b, c) = (numbers(m * k, 1), numbers(k * n, 2), numbers(n, 3));
        let a = |i, p| f64::from(if op.transpose_a { a[p * m + i] } else { a[i * k + p] });
        let b = |p, j| f64::from(if op.transpose_b { b[j * k + p] } else { b[p * n + j] });
        let first = |j: usize| if bias { f64::from(c[j]) } else { 0.0 };
        let element = |e: usize| {
            let (i, j) = (e / n, e % n);
            let sum = first(j) + (0..k).map(|p| a(i, p) * b(p, j)).sum::<f64>();
            match relu {
                Relu::None => sum,
                Relu::Of => sum.max(0.0),
                Relu::Grad => {
                    if positive[e] > 0.0 {
                        sum
                    } else {
                        0.0
                    }
                }
            }
        };
        (0..m * n).map(element).collect()
    }

    /// Panics unless it is computed right, to the last bit the same on one, two and three threads.
    fn check(&self) {
        let &Product { m, k, n, op, .. } = self;
        let got = self.computed(1);
        for (i, (&got, want)) in got.iter().zip(self.wanted()).enumerate() {
            let error = (f64::from(got) - want).abs();
            let allowed = 4.0 * f64::from(f32::EPSILON) * (k as f64 + 1.0);
            assert!(error <= allowed, "{m}x{k}x{n} {op:?}[{i}]: {got}, want {want}");
        }
        assert!(got == self.computed(2), "{m}x{k}x{n} {op:?} on two threads");
        assert!(got == self.computed(3), "{m}x{k}x{n} {op:?} on three threads");
    }
}

#[test]
fn products_of_all_sizes_are_right_and_the_same_on_any_number_of_threads() {
    // Edges of tiles (6 x 16), of panels, of groups of panels, and what a batch of 100 needs.
    let sizes = [
        (1, 1, 33),
        (5, 7, 17),
        (6, 4096, 40),
        (7, 9, 15),
        (13, 700, 10),
        (101, 50, 10),
        (784, 100, 3),
        (100, 61, 48),
        (100, 784, 40),
        (61, 100, 50),
        (37, 1030, 70),
    ];
    for (m, k, n) in sizes {
        for (transpose_a, transpose_b) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let each = [Relu::None, Relu::Of, Relu::Grad];
            for (bias, relu) in each.into_iter().flat_map(|relu| [(false, relu), (true, relu)]) {
                let op = MatMul { transpose_a, transpose_b };
                Product { m, k, n, op, bias, relu }.check();
            }
        }
    }
}

#[test]
fn products_that_threads_divide_as_they_go_are_right_and_the_same_on_any_number_of_threads() {
    // By columns; by rows with all columns packed; by rows with a group of columns packed at a time,
    // which are not divided.
    for (m, k, n) in [(100, 640, 300), (303, 160, 400), (202, 650, 200)] {
        for (transpose_a, transpose_b) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let op = MatMul { transpose_a, transpose_b };
            Product { m, k, n, op, bias: true, relu: Relu::Of }.check();
        }
    }
}

/// A product whose first factor may be fed.
#[derive(Clone, Copy)]
struct OfFed<'a> {
    a: &'a [f32],
    b: &'a [f32],
    m: usize,
    k: usize,
    n: usize,
    transpose_a: bool,
    bias: bool,
    relu: bool,
}

impl OfFed<'_> {
    /// Computes it on so many threads; if it is not fed, the first factor is a variable. Returns how
    /// many instructions that takes, too.
    fn computed(&self, fed: bool, threads: usize) -> (Vec<f32>, usize) {
        let &OfFed { a, b, m, k, n, transpose_a, bias, relu } = self;
        let mut g = GraphBuilder::new();
        let (rows, columns) = if transpose_a { (k, m) } else { (m, k) };
        let factor = if fed {
            g.placeholder("a", [Dim::Known(rows), Dim::Known(columns)]).unwrap()
        } else {
            g.variable("a", &[rows, columns], Initializer::Values(a.to_vec())).unwrap()
        };
        let b = g.variable("b", &[k, n], Initializer::Values(b.to_vec())).unwrap();
        let op = MatMul { transpose_a, transpose_b: false };
        let mut y = g.add(Op::MatMul(op), &[factor, b]).unwrap();
        if bias {
            let bias = g.variable("c", &[n], Initializer::Values(numbers(n, 3))).unwrap();
            y = g.add_values(y, bias).unwrap();
        }
        if relu {
            y = g.add(Op::Unary(Unary::Relu), &[y]).unwrap();
        }
        let graph = g.finish();
        let mut session = Session::new(&graph, 0);
        session.set_threads(threads).unwrap();
        let mut plan = session.plan(&[y], 1).unwrap();
        if fed {
            plan.feed(factor, a).unwrap();
        }
        session.run(&mut plan).unwrap();
        (plan.value(y).to_vec(), plan.instruction_count())
    }

    /// The sum of both halves, each a dense product, of which the second begins at `middle`.
    fn in_halves(&self, middle: usize) -> Vec<f32> {
        let &OfFed { a, b, m, k, n, transpose_a, relu, .. } = self;
        let half = |range: std::ops::Range<usize>, bias| {
            let a: Vec<f32> = match transpose_a {
                true => a[range.start * m..range.end * m].to_vec(),
                false => a.chunks(k).flat_map(|row| row[range.clone()].to_vec()).collect(),
            };
            let b = &b[range.start * n..range.end * n];
            OfFed { a: &a, b, k: range.len(), bias, relu: false, ..*self }.computed(false, 1).0
        };
        let sums = half(0..middle, self.bias).into_iter().zip(half(middle..k, false));
        sums.map(|(a, b)| if relu && a + b < 0.0 { 0.0 } else { a + b }).collect()
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn zeros_of_what_is_fed_are_skipped_without_a_change_of_bits() {
    // Panels of 8, 4, 2 and 1 lanes; one block of rows and several; rows that end within a lane; and
    // few columns. With each where the second half begins: of many pixels, if the columns are many;
    // of the batch in the gradient of many pixels' few weights. Always at a multiple of 16.
    let sizes = [
        ((100, 784, 256), Some(384), None),
        ((784, 100, 24), None, None),
        ((37, 1030, 40), Some(512), None),
        ((131, 129, 120), None, None),
        ((784, 100, 10), None, Some(48)),
        ((90, 183, 64), Some(96), None),
    ];
    for ((m, k, n), plain, turned) in sizes {
        // So many of ten are not 0: none, few, too many to skip the others, all; drawn, or the first
        // of all, where lists are given up at once although most of the matrix is 0.
        for (kept, first) in [(0, false), (2, false), (6, false), (10, false), (2, true)] {
            let drawn = numbers(m * k, 5);
            let hash = |i: usize| ((i as u32).wrapping_mul(0x9e37_79b9) >> 16) as usize;
            let is_kept = |i: usize| match first {
                true => i * 10 < kept * m * k,
                false => hash(i) < kept * 6_554,
            };
            let a: Vec<f32> = (0..m * k).map(|i| if is_kept(i) { drawn[i] } else { 0.0 }).collect();
            let b = numbers(k * n, 2);
            for (transpose_a, relu) in [(false, false), (false, true), (true, false), (true, true)]
            {
                let product = OfFed { a: &a, b: &b, m, k, n, transpose_a, bias: relu, relu };
                let middle = if transpose_a { turned } else { plain };
                let dense = match middle {
                    Some(middle) => product.in_halves(middle),
                    None => product.computed(false, 1).0,
                };
                let lists = usize::from(n != 10);
                for threads in 1..=5 {
                    let (got, instructions) = product.computed(true, threads);
                    assert_eq!(instructions, lists + 1 + usize::from(middle.is_some()));
                    let same = bits(&got) == bits(&dense);
                    assert!(same, "{m}x{k}x{n}, {kept} of 10, {threads} threads, {transpose_a}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_number_is_no_zero() {
    let (m, k, n) = (130, 130, 16);
    let mut a = vec![0.0; m * k];
    a[5 * k + 7] = f32::NAN;
    let (transpose_a, bias, relu) = (false, false, false);
    let b = numbers(k * n, 2);
    let (got, _) = OfFed { a: &a, b: &b, m, k, n, transpose_a, bias, relu }.computed(true, 1);
    for (i, value) in got.into_iter().enumerate() {
        assert_eq!(value.is_nan(), i / n == 5, "{i}");
    }
}
