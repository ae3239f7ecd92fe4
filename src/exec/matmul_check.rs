//! Products of many sizes against sums in f64, and the same bits on any number of threads.

use crate::exec::Session;
use crate::graph::ops::{Binary, MatMul, Op, Unary};
use crate::graph::{GraphBuilder, Initializer, NodeId};

/// Numbers in -1..1 that differ and are not symmetric.
fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let hash = |i: usize| (i as u32 ^ salt).wrapping_mul(0x9e37_79b9) >> 8;
    (0..count).map(|i| hash(i) as f32 / 8_388_608.0 - 1.0).collect()
}

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
                let product = Product { m, k, n, op, bias, relu };
                let got = product.computed(1);
                for (i, (&got, want)) in got.iter().zip(product.wanted()).enumerate() {
                    let error = (f64::from(got) - want).abs();
                    let allowed = 4.0 * f64::from(f32::EPSILON) * (k as f64 + 1.0);
                    assert!(error <= allowed, "{m}x{k}x{n} {op:?}[{i}]: {got}, want {want}");
                }
                assert!(got == product.computed(2), "{m}x{k}x{n} {op:?} on two threads");
                assert!(got == product.computed(3), "{m}x{k}x{n} {op:?} on three threads");
            }
        }
    }
}
