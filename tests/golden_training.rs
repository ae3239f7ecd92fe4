//! Whole nets trained from given weights, against TensorFlow's: `tests/golden/ops/make.py`.

use runboard::exec::{Plan, Session};
use runboard::graph::{Dim, Graph, GraphBuilder, Initializer, NodeId};
use runboard::nn::{Activation, Dense, Optimizer, Training, binary_cross_entropy};
use serde_json::Value;

const CASES: &str = include_str!("golden/ops/training.json");

const X: [f32; 8] = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
const Y: [f32; 4] = [0.0, 1.0, 1.0, 0.0];

fn case(name: &str) -> Value {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    cases.into_iter().find(|case| case["name"] == name).unwrap()
}

fn numbers(array: &Value) -> Vec<f64> {
    array["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn initializer(array: &Value) -> Initializer {
    Initializer::Values(numbers(array).into_iter().map(|value| value as f32).collect())
}

struct Net {
    graph: Graph,
    inputs: [NodeId; 2],
    hypothesis: NodeId,
    cost: NodeId,
    training: Training,
}

fn build(case: &Value) -> Net {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("X", [Dim::Batch, Dim::Known(2)]).unwrap();
    let y = g.placeholder("Y", [Dim::Batch, Dim::Known(1)]).unwrap();
    let mut hypothesis = x;
    let mut variables = Vec::new();
    let initial = case["initial"].as_array().unwrap();
    for (units, pair) in case["sizes"].as_array().unwrap()[1..].iter().zip(initial.chunks(2)) {
        let (kernel, bias) = (initializer(&pair[0]), initializer(&pair[1]));
        let units = units.as_u64().unwrap() as usize;
        let dense = Dense { units, activation: Activation::Sigmoid, kernel, bias };
        let layer = dense.add(&mut g, "Layer", hypothesis).unwrap();
        variables.extend(layer.variables.iter().map(|(_, variable)| *variable));
        hypothesis = layer.output;
    }
    let cost = binary_cross_entropy(&mut g, hypothesis, y).unwrap();
    let optimizer = case["optimizer"].as_str().unwrap();
    let rate = case["rate"].as_f64().unwrap() as f32;
    let optimizer = Optimizer::from_name(optimizer, rate).unwrap();
    let training = optimizer.minimize(&mut g, cost, &variables).unwrap();
    Net { graph: g.finish(), inputs: [x, y], hypothesis, cost, training }
}

impl Net {
    fn plan(&self, session: &Session, fetches: &[NodeId]) -> Plan {
        let mut plan = session.plan(fetches, 4).unwrap();
        plan.feed(self.inputs[0], &X).unwrap();
        plan.feed(self.inputs[1], &Y).unwrap();
        plan
    }
}

/// Fails unless each number differs from the one wanted by no more than `allowed`.
fn assert_close(got: &[f32], want: &[f64], allowed: f64, of: &str) {
    assert_eq!(got.len(), want.len(), "{of}");
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        assert!((f64::from(got) - want).abs() <= allowed, "{of}[{i}]: got {got}, want {want}");
    }
}

/// Trains as TensorFlow did, in f64, and compares all along the way.
///
/// Variables of size 2 to 4 are rounded by up to 1.2e-7 at every step, which 100 steps add up to
/// 1.2e-5 at worst and a tenth of it by chance.
fn train(name: &str) {
    const ALLOWED: f64 = 5e-6;
    let case = case(name);
    let net = build(&case);
    let mut session = Session::new(&net.graph, 0);
    let gradients: Vec<NodeId> = net.training.gradients.iter().map(|&(_, grad)| grad).collect();
    let mut first = net.plan(&session, &[&[net.cost], &gradients[..]].concat());
    session.run(&mut first).unwrap();
    let cost = case["first_cost"].as_f64().unwrap();
    assert_close(first.value(net.cost), &[cost], 3e-7 * cost, "cost");
    for (&gradient, want) in gradients.iter().zip(case["first_gradients"].as_array().unwrap()) {
        assert_close(first.value(gradient), &numbers(want), 1e-7, net.graph[gradient].name());
    }

    let mut step = net.plan(&session, &[net.training.op]);
    let mut look = net.plan(&session, &[net.cost, net.hypothesis]);
    let mut steps = 0;
    for after in case["after"].as_array().unwrap() {
        while steps < after["steps"].as_u64().unwrap() {
            session.run(&mut step).unwrap();
            steps += 1;
        }
        session.run(&mut look).unwrap();
        let of = format!("cost after {steps} steps");
        assert_close(look.value(net.cost), &[after["cost"].as_f64().unwrap()], ALLOWED, &of);
        let of = format!("hypothesis after {steps} steps");
        assert_close(look.value(net.hypothesis), &numbers(&after["hypothesis"]), ALLOWED, &of);
        let wanted = after["variables"].as_array().unwrap();
        for (&(variable, _), want) in net.training.gradients.iter().zip(wanted) {
            let of = format!("{} after {steps} steps", net.graph[variable].name());
            assert_close(session.variable(variable), &numbers(want), ALLOWED, &of);
        }
    }
    assert_eq!(steps, 100);
}

#[test]
fn a_deep_net_descends_as_tensorflows_does() {
    train("xor_deep");
}

#[test]
fn adam_moves_as_tensorflow_1s_adam_does() {
    train("xor_tensorboard");
}

#[test]
fn momentum_moves_as_tensorflow_1s_momentum_does() {
    train("xor_momentum");
}

#[test]
fn rmsprop_moves_as_tensorflow_1s_rmsprop_does() {
    train("xor_rmsprop");
}
