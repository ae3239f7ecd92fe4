//! Layers and penalties against TensorFlow's: `tests/golden/ops/make.py`.

use runboard::exec::Session;
use runboard::graph::{Dim, GraphBuilder, Initializer, NodeId};
use runboard::nn::{self, Activation, BatchNorm, Dense, Optimizer, l2_loss, with_l2};
use serde_json::Value;

const CASES: [&str; 2] =
    [include_str!("golden/ops/layers.json"), include_str!("golden/ops/image_layers.json")];

fn case(name: &str) -> Value {
    let cases = CASES.map(|cases| serde_json::from_str::<Vec<Value>>(cases).unwrap());
    cases.into_iter().flatten().find(|case| case["name"] == name).unwrap()
}

fn numbers(array: &Value) -> Vec<f64> {
    array["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn floats(array: &Value) -> Vec<f32> {
    numbers(array).into_iter().map(|value| value as f32).collect()
}

fn variable(g: &mut GraphBuilder, name: &str, array: &Value) -> NodeId {
    let sizes = array["shape"].as_array().unwrap().iter();
    let sizes: Vec<usize> = sizes.map(|size| size.as_u64().unwrap() as usize).collect();
    g.variable(name, &sizes, Initializer::Values(floats(array))).unwrap()
}

/// Fails unless each number is the one wanted but for a few roundings of the largest.
fn assert_close(got: &[f32], want: &Value, of: &str) {
    let want = numbers(want);
    assert_eq!(got.len(), want.len(), "{of}");
    let largest = want.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
    for (i, (&got, &want)) in got.iter().zip(&want).enumerate() {
        let off = (f64::from(got) - want).abs();
        assert!(off <= 2e-6 * largest, "{of}[{i}]: got {got}, want {want}");
    }
}

#[test]
fn maxout_and_its_gradients_are_those_of_two_linear_layers() {
    let case = case("maxout");
    let mut g = GraphBuilder::new();
    let x = variable(&mut g, "x", &case["x"]);
    let (kernel, bias) = (Initializer::ZEROS, Initializer::ZEROS);
    let dense = Dense { units: 4, activation: Activation::Maxout, kernel, bias };
    let layer = dense.add(&mut g, "Layer", x).unwrap();
    let weights = variable(&mut g, "weights", &case["weights"]);
    let weighed = g.mul(layer.output, weights).unwrap();
    let cost = g.sum(weighed).unwrap();
    let variables: Vec<NodeId> = layer.variables.iter().map(|(_, node)| *node).collect();
    let gradients = g.gradients(cost, &[&[x], &variables[..]].concat()).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    for (&variable, values) in variables.iter().zip(case["variables"].as_array().unwrap()) {
        session.variable_mut(variable).copy_from_slice(&floats(values));
    }
    let mut plan = session.training_plan(&[&[layer.output], &gradients[..]].concat(), 1).unwrap();
    session.run(&mut plan).unwrap();
    assert_close(plan.value(layer.output), &case["output"], "output");
    assert_eq!(gradients.len(), 5);
    for (&gradient, want) in gradients.iter().zip(case["gradients"].as_array().unwrap()) {
        assert_close(plan.value(gradient), want, graph[gradient].name());
    }
}

#[test]
fn batches_are_normalised_and_remembered_as_by_keras() {
    let case = case("batch_normalization");
    check_batch_normalization(&case, 6, vec![Dim::Batch, Dim::Known(3)]);
}

#[test]
fn channels_of_images_are_normalised_and_remembered_as_by_keras() {
    let case = case("batch_normalization_of_images");
    check_batch_normalization(&case, 2, vec![Dim::Batch, 4.into(), 5.into(), 3.into()]);
}

fn check_batch_normalization(case: &Value, batch: usize, shape: Vec<Dim>) {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("x", shape.clone()).unwrap();
    let weights = g.placeholder("weights", shape).unwrap();
    let layer = BatchNorm::default().add(&mut g, "BatchNorm", x).unwrap();
    let weighed = g.mul(layer.output, weights).unwrap();
    let cost = g.sum(weighed).unwrap();
    let by_x = g.gradients(cost, &[x]).unwrap();
    // At a rate of 0 a step moves the averages alone.
    let sgd = Optimizer::GradientDescent { learning_rate: 0.0 };
    let trained = [layer.gamma, layer.beta];
    let training = sgd.minimize_with(&mut g, cost, &trained, &layer.updates).unwrap();
    let gradients = [by_x[0], training.gradients[0].1, training.gradients[1].1];
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    for (variable, name) in [(layer.gamma, "gamma"), (layer.beta, "beta")] {
        session.variable_mut(variable).copy_from_slice(&floats(&case[name]));
    }

    let fetches = [&[training.op, layer.output], &gradients[..]].concat();
    let mut step = session.training_plan(&fetches, batch).unwrap();
    let batches = case["batches"].as_array().unwrap();
    assert_eq!(batches.len(), 3);
    for batch in batches {
        step.feed(x, &floats(&batch["x"])).unwrap();
        step.feed(weights, &floats(&batch["weights"])).unwrap();
        session.run(&mut step).unwrap();
        assert_close(step.value(layer.output), &batch["output"], "output");
        for (&gradient, want) in gradients.iter().zip(batch["gradients"].as_array().unwrap()) {
            assert_close(step.value(gradient), want, graph[gradient].name());
        }
        assert_close(session.variable(layer.moving_mean), &batch["moving_mean"], "mean");
        let variance = session.variable(layer.moving_variance);
        assert_close(variance, &batch["moving_variance"], "variance");
    }

    let mut evaluation = session.plan(&[layer.output], batch).unwrap();
    evaluation.feed(x, &floats(&case["evaluated"]["x"])).unwrap();
    session.run(&mut evaluation).unwrap();
    assert_close(evaluation.value(layer.output), &case["evaluated"]["output"], "evaluated");
}

#[test]
fn the_l2_loss_and_its_gradient_are_tensorflows() {
    let case = case("l2_loss");
    let want = case["loss"].as_f64().unwrap();
    let mut g = GraphBuilder::new();
    let x = variable(&mut g, "x", &case["x"]);
    let loss = l2_loss(&mut g, x).unwrap();
    let gradient = g.gradients(loss, &[x]).unwrap()[0];
    let cost = g.scalar("cost", 1.0);
    let total = with_l2(&mut g, cost, 0.25, &[x, x]).unwrap();
    assert_eq!(with_l2(&mut g, cost, 0.0, &[x]).unwrap(), cost);
    let error = with_l2(&mut g, cost, -1.0, &[x]).unwrap_err();
    assert_eq!(error.to_string(), "`l2`: strength is -1, want a finite number of at least 0");
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[loss, gradient, total], 1).unwrap();
    session.run(&mut plan).unwrap();
    assert!((f64::from(plan.number(loss)) - want).abs() < 1e-6 * want);
    assert!((f64::from(plan.number(total)) - (1.0 + 0.5 * want)).abs() < 1e-6 * want);
    assert_close(plan.value(gradient), &case["gradient"], "gradient");
}

#[test]
fn softmax_and_its_cross_entropy_are_tensorflows() {
    for case in case("softmax")["sizes"].as_array().unwrap() {
        let mut g = GraphBuilder::new();
        let logits = variable(&mut g, "logits", &case["logits"]);
        let labels = variable(&mut g, "labels", &case["labels"]);
        let weights = variable(&mut g, "weights", &case["weights"]);
        let wide = variable(&mut g, "wide", &case["wide_weights"]);
        let softmax = g.softmax(logits).unwrap();
        let loss = g.softmax_cross_entropy_with_logits(logits, labels).unwrap();
        let arg_max = g.arg_max(logits).unwrap();
        let weighed = g.mul(loss, weights).unwrap();
        let cost = g.sum(weighed).unwrap();
        let gradient = g.gradients(cost, &[logits]).unwrap()[0];
        let weighed = g.mul(softmax, wide).unwrap();
        let cost = g.sum(weighed).unwrap();
        let of_softmax = g.gradients(cost, &[logits]).unwrap()[0];
        let graph = g.finish();
        let mut session = Session::new(&graph, 0);
        let fetches = [softmax, loss, arg_max, gradient, of_softmax];
        let mut plan = session.plan(&fetches, 1).unwrap();
        session.run(&mut plan).unwrap();
        let columns = graph[logits].shape().with_batch(1)[1];
        let of = |what: &str| format!("{what} of {columns} columns");
        assert_close(plan.value(softmax), &case["softmax"], &of("softmax"));
        assert_close(plan.value(loss), &case["loss"], &of("loss"));
        assert_close(plan.value(arg_max), &case["arg_max"], &of("arg_max"));
        assert_close(plan.value(gradient), &case["gradient"], &of("gradient"));
        assert_close(plan.value(of_softmax), &case["gradient_of_softmax"], &of("gradient"));
    }
}

#[test]
fn no_gradient_flows_to_labels_and_shapes_that_differ_are_told() {
    let mut g = GraphBuilder::new();
    let logits = g.placeholder("logits", [Dim::Batch, Dim::Known(3)]).unwrap();
    let labels = g.placeholder("labels", [Dim::Batch, Dim::Known(3)]).unwrap();
    let other = g.placeholder("other", [Dim::Batch, Dim::Known(4)]).unwrap();
    let error = g.softmax_cross_entropy_with_logits(logits, other).unwrap_err().to_string();
    assert_eq!(
        error,
        "`SoftmaxCrossEntropyWithLogits`: SoftmaxCrossEntropyWithLogits takes logits and labels, \
         both [n, classes], got [batch, 3] and [batch, 4]"
    );
    let loss = g.softmax_cross_entropy_with_logits(logits, labels).unwrap();
    let cost = g.mean(loss).unwrap();
    let error = g.gradients(cost, &[labels]).unwrap_err().to_string();
    assert!(error.contains("SoftmaxCrossEntropyWithLogits has no gradient"), "{error}");
    let error = nn::dropout(&mut g, logits, 0.0).unwrap_err().to_string();
    assert!(error.contains("keep_prob is 0, want above 0 and at most 1"), "{error}");
}

#[test]
fn dropout_keeps_in_evaluation_and_scales_what_training_keeps() {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("x", [Dim::Batch, Dim::Known(1_000)]).unwrap();
    let y = nn::dropout(&mut g, x, 0.7).unwrap();
    let cost = g.sum(y).unwrap();
    let gradient = g.gradients(cost, &[x]).unwrap()[0];
    let graph = g.finish();
    let mut session = Session::new(&graph, 5);
    let ones = vec![1.0; 4_000];
    let mut evaluation = session.plan(&[y], 4).unwrap();
    evaluation.feed(x, &ones).unwrap();
    session.run(&mut evaluation).unwrap();
    assert_eq!(evaluation.value(y), ones);
    assert_eq!(session.draws(), 0, "nothing was drawn");

    let mut training = session.training_plan(&[y, gradient], 4).unwrap();
    training.feed(x, &ones).unwrap();
    session.run(&mut training).unwrap();
    let first = training.value(y).to_vec();
    let kept = first.iter().filter(|&&value| value != 0.0).count();
    // 2,800 of 4,000, with a standard deviation of sqrt(4000 * 0.7 * 0.3) = 29.
    assert!((2_655..2_945).contains(&kept), "{kept}");
    assert!(first.iter().all(|&value| value == 0.0 || value == 1.0 / 0.7));
    // Of y = x mask the gradient by x is the mask, the same that was multiplied by.
    assert_eq!(training.value(gradient), first);
    session.run(&mut training).unwrap();
    assert_ne!(training.value(y), first, "each run draws anew");
    session.set_draws(0);
    session.run(&mut training).unwrap();
    assert_eq!(training.value(y), first);
}
