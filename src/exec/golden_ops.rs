//! Every op's value and gradients against TensorFlow's: `tests/golden/ops/make.py`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Session;
use crate::graph::ops::{Binary, MatMul, Op, Reduce, Reduction, Unary};
use crate::graph::{GraphBuilder, Initializer, NodeId};

const CASES: &str = include_str!("../../tests/golden/ops/ops.json");

/// A shape and as many numbers, row major.
pub(super) struct Array {
    sizes: Vec<usize>,
    values: Vec<f64>,
}

impl Array {
    fn of(json: &Value) -> Self {
        let items = |name: &str| json[name].as_array().expect("an array has shape and values");
        Array {
            sizes: items("shape").iter().map(|size| size.as_u64().unwrap() as usize).collect(),
            values: items("values").iter().map(|value| value.as_f64().unwrap()).collect(),
        }
    }

    fn all(json: &Value) -> Vec<Self> {
        json.as_array().map_or(Vec::new(), |arrays| arrays.iter().map(Array::of).collect())
    }

    fn add_to(&self, g: &mut GraphBuilder, name: &str) -> NodeId {
        let values = self.values.iter().map(|&value| value as f32).collect();
        g.variable(name, &self.sizes, Initializer::Values(values)).unwrap()
    }
}

fn op(case: &Value) -> Op {
    let name = case["op"].as_str().unwrap();
    if let Some(alpha) = case["alpha"].as_f64() {
        let alpha = alpha as f32;
        return match name {
            "LeakyRelu" => Unary::LeakyRelu { alpha }.into(),
            _ => Binary::LeakyReluGrad { alpha }.into(),
        };
    }
    if let Some(&unary) = Unary::ALL.iter().find(|&&op| Op::from(op).name() == name) {
        return unary.into();
    }
    if let Some(&binary) = Binary::ALL.iter().find(|&&op| Op::from(op).name() == name) {
        return binary.into();
    }
    let truth = |attribute: &str| case[attribute].as_bool().unwrap();
    let reduction = match name {
        "MatMul" => {
            let (transpose_a, transpose_b) = (truth("transpose_a"), truth("transpose_b"));
            return MatMul { transpose_a, transpose_b }.into();
        }
        "Sum" => Reduction::Sum,
        "Mean" => Reduction::Mean,
        name => panic!("no op is called {name}"),
    };
    let axes = case["axes"].as_array().unwrap().iter().map(|axis| axis.as_u64().unwrap() as usize);
    Reduce { reduction, axes: axes.collect(), keep_dims: truth("keep_dims") }.into()
}

/// Fails unless `got` is `want` but for what rounding to f32 explains.
///
/// `scale` is the size of what was added up on the way: a sum near 0 of large numbers is as inexact
/// as they are.
fn assert_close(got: &[f32], want: &[f64], scale: f64, of: &str) {
    assert_eq!(got.len(), want.len(), "{of}");
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        // Eight times the distance of neighbours in f32: what exp and log take, and gradients that
        // are products of three rounded numbers.
        let allowed = 8.0 * f64::from(f32::EPSILON) * want.abs().max(scale) + 1e-37;
        assert!((f64::from(got) - want).abs() <= allowed, "{of}[{i}]: got {got}, want {want}");
    }
}

/// The largest sum of absolute terms that one element of the output can be made of.
fn scale_of_sums(op: &Op, inputs: &[Array]) -> f64 {
    let largest = |array: &Array| array.values.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    match op {
        Op::MatMul(_) => largest(&inputs[0]) * largest(&inputs[1]),
        Op::Reduce(_) | Op::Pool(_) | Op::Lrn(_) => largest(&inputs[0]),
        Op::Conv2D(_) => {
            let taps: usize = inputs[1].sizes[..3].iter().product();
            largest(&inputs[0]) * largest(&inputs[1]) * (taps as f64).sqrt()
        }
        Op::Binary(Binary::Add | Binary::Sub) => largest(&inputs[0]).max(largest(&inputs[1])),
        _ => 0.0,
    }
}

/// Fails unless `op` computes the outputs and gradients of a case.
pub(super) fn check(op: Op, case: &Value) {
    let inputs = Array::all(&case["inputs"]);
    let winograd = matches!(&op, Op::Conv2D(conv) if conv.strides == [1, 1])
        && matches!(inputs[1].sizes[..], [3, 3, channels, _] if channels % 8 == 0);
    let of = format!("{op:?} of {:?}", inputs.iter().map(|x| &x.sizes).collect::<Vec<_>>());
    let want = Array::of(&case["output"]);
    let sums = scale_of_sums(&op, &inputs);

    let mut g = GraphBuilder::new();
    let nodes: Vec<NodeId> = inputs.iter().map(|array| array.add_to(&mut g, "x")).collect();
    let is_truth = matches!(op, Op::Binary(Binary::Greater | Binary::Equal));
    let mut output = g.add(op, &nodes).unwrap();
    if is_truth {
        output = g.cast(output).unwrap();
    }
    assert_eq!(g[output].shape().known().unwrap(), want.sizes, "{of}");
    let mut fetches = vec![output];
    if !case["gradients"].is_null() {
        let weights = Array::of(&case["weights"]).add_to(&mut g, "weights");
        let weighed = g.mul(output, weights).unwrap();
        let cost = g.sum(weighed).unwrap();
        fetches.extend(g.gradients(cost, &nodes).unwrap());
    }
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&fetches, 1).unwrap();
    session.run(&mut plan).unwrap();

    assert_close(plan.value(output), &want.values, sums, &of);
    for (i, (&gradient, want)) in
        fetches[1..].iter().zip(Array::all(&case["gradients"])).enumerate()
    {
        let of = format!("{of}, gradient by input {i}");
        assert_eq!(graph[gradient].shape().known().unwrap(), want.sizes, "{of}");
        // Where an input was repeated its gradient is a sum, of numbers about as large as the
        // largest; so are those of a product of matrices.
        let largest = want.values.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        let scale = match case["op"].as_str() {
            // Made of the output y as y (1 - y) and 1 - y^2, as TensorFlow makes them: what f32
            // leaves of y near 1 is exact to its distance from 1 no more.
            Some("Sigmoid" | "Tanh") => 1.0,
            // Made of the output y as y + 1, which near -1 is e^x to its distance from -1 no more.
            Some("Elu" | "Selu") => 2.0,
            // Winograd's algorithm adds up numbers a few times as large.
            Some("Conv2D") if winograd => 4.0 * largest,
            _ if nodes.len() == 2 || sums > 0.0 => largest,
            _ => 0.0,
        };
        assert_close(plan.value(gradient), &want.values, scale, &of);
    }
}

#[test]
fn every_op_and_its_gradients_agree_with_tensorflow() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    assert!(cases.len() > 100);
    cases.iter().for_each(|case| check(op(case), case));
}

#[test]
fn tensorflows_cases_leave_out_no_op() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let seen: BTreeSet<&str> = cases.iter().map(|case| case["op"].as_str().unwrap()).collect();
    let unary = Unary::ALL.iter().map(|&op| Op::from(op).name());
    let binary = Binary::ALL.iter().map(|&op| Op::from(op).name());
    // Cast is what makes numbers of the comparisons' truth values.
    let all = unary.chain(binary).chain(["MatMul", "Sum", "Mean"]).filter(|&name| name != "Cast");
    for name in all {
        assert!(seen.contains(name), "make.py has no case of {name}");
    }
}
