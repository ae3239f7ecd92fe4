//! Ops of images and their gradients against TensorFlow's: `tests/golden/ops/make_images.py`.

use serde_json::Value;

use super::golden_ops::check;
use crate::graph::ops::{
    Concat, Conv2D, ConvPart, Lrn, LrnPart, Op, Pad, Padding, Pool, PoolPart, Reduce, Reduction,
    Slice,
};
use crate::graph::{Dim, GraphBuilder};

const CASES: &str = include_str!("../../tests/golden/ops/images.json");

fn cases(of: &[&str]) -> Vec<Value> {
    let mut cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    cases.retain(|case| of.contains(&case["op"].as_str().unwrap()));
    cases
}

fn two(json: &Value) -> [usize; 2] {
    [0, 1].map(|place| json[place].as_u64().unwrap() as usize)
}

fn padding(json: &Value) -> Padding {
    match json.as_str() {
        Some("VALID") => Padding::Valid,
        Some("SAME") => Padding::Same,
        Some(name) => panic!("no padding is called {name}"),
        None => Padding::Explicit([two(&json[0]), two(&json[1])]),
    }
}

fn op(case: &Value) -> Op {
    let windows = || (two(&case["strides"]), padding(&case["padding"]));
    let pool = |part| {
        let (strides, padding) = windows();
        Pool { part, size: two(&case["size"]), strides, padding }.into()
    };
    let whole = |name: &str| case[name].as_u64().unwrap() as usize;
    let float = |name: &str| case[name].as_f64().unwrap() as f32;
    match case["op"].as_str().unwrap() {
        "MaxPool" => pool(PoolPart::Max),
        "AvgPool" => pool(PoolPart::Avg),
        "Conv2D" => {
            let (strides, padding) = windows();
            Conv2D { part: ConvPart::Forward, strides, padding }.into()
        }
        "LRN" => {
            let (bias, alpha, beta) = (float("bias"), float("alpha"), float("beta"));
            let depth_radius = whole("depth_radius");
            Lrn { part: LrnPart::Forward, depth_radius, bias, alpha, beta }.into()
        }
        "ConcatV2" => Concat { axis: whole("axis") }.into(),
        "Slice" => Slice { axis: whole("axis"), start: whole("start"), len: whole("len") }.into(),
        "Pad" => Pad { axis: whole("axis"), before: whole("before"), after: whole("after") }.into(),
        // What `GraphBuilder::global_average_pool` adds: see the test of it.
        "GlobalAveragePool" => {
            Reduce { reduction: Reduction::Mean, axes: vec![1, 2], keep_dims: false }.into()
        }
        name => panic!("no op of images is called {name}"),
    }
}

#[test]
fn pooling_and_its_gradients_agree_with_tensorflow() {
    let cases = cases(&["MaxPool", "AvgPool"]);
    assert!(cases.len() > 20);
    cases.iter().for_each(|case| check(op(case), case));
}

#[test]
fn local_response_normalisation_and_its_gradient_agree_with_tensorflow() {
    let cases = cases(&["LRN"]);
    assert_eq!(cases.len(), 4);
    cases.iter().for_each(|case| check(op(case), case));
}

#[test]
fn pieces_put_together_and_taken_apart_agree_with_tensorflow() {
    let cases = cases(&["ConcatV2", "Slice", "Pad"]);
    assert_eq!(cases.len(), 10);
    cases.iter().for_each(|case| check(op(case), case));
}

#[test]
fn global_average_pooling_agrees_with_keras() {
    let cases = cases(&["GlobalAveragePool"]);
    assert_eq!(cases.len(), 2);
    cases.iter().for_each(|case| check(op(case), case));
    let mut g = GraphBuilder::new();
    let images = g.placeholder("images", [Dim::Batch, 2.into(), 3.into(), 4.into()]).unwrap();
    let pooled = g.global_average_pool(images).unwrap();
    assert_eq!(g[pooled].op(), &op(&cases[0]));
    assert_eq!(g[pooled].shape().to_string(), "[batch, 4]");
}

#[test]
fn convolution_and_both_its_gradients_agree_with_tensorflow() {
    let cases = cases(&["Conv2D"]);
    assert_eq!(cases.len(), 18);
    cases.iter().for_each(|case| check(op(case), case));
}
