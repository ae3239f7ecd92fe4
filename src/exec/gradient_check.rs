//! Every op's gradient against central differences of the op itself.

use crate::exec::Session;
use crate::graph::ops::samples::{Sample, samples};
use crate::graph::{GraphBuilder, GraphError, Initializer, NodeId};

/// A number made of a sample's output in which every element counts differently.
struct Weighed {
    builder: GraphBuilder,
    inputs: Vec<NodeId>,
    cost: NodeId,
}

fn weighed(sample: &Sample) -> Result<Weighed, GraphError> {
    let mut g = GraphBuilder::new();
    let mut inputs = Vec::new();
    for (i, (sizes, values)) in sample.inputs.iter().enumerate() {
        let initializer = Initializer::Values(values.clone());
        inputs.push(g.variable(&format!("input{i}"), sizes, initializer)?);
    }
    let y = g.add(sample.op.clone(), &inputs)?;
    let sizes = g[y].shape().known().expect("samples have no batch");
    let elements: usize = sizes.iter().product();
    let weights = (0..elements).map(|i| 0.3 + 0.17 * i as f32).collect();
    let weights = g.variable("weights", &sizes, Initializer::Values(weights))?;
    let product = g.mul(y, weights)?;
    let cost = g.sum(product)?;
    Ok(Weighed { builder: g, inputs, cost })
}

/// The cost after adding `change` to one element of one input.
fn cost_at(graph: &crate::graph::Graph, cost: NodeId, at: Option<(NodeId, usize, f32)>) -> f64 {
    let mut session = Session::new(graph, 0);
    if let Some((input, element, change)) = at {
        session.variable_mut(input)[element] += change;
    }
    let mut plan = session.training_plan(&[cost], 1).expect("nothing is empty");
    session.run(&mut plan).expect("there is nothing to feed");
    f64::from(plan.number(cost))
}

#[test]
fn every_gradient_agrees_with_finite_differences() {
    const STEP: f32 = 1e-2;
    let samples = samples();
    assert!(samples.len() > 50);
    for sample in samples {
        let Weighed { mut builder, inputs, cost } = weighed(&sample).expect("samples fit");
        let name = sample.op.name();
        // The second input of some lends its shape only, that of InTraining is for evaluation.
        let only_first = matches!(name, "BroadcastTo" | "InTraining" | "AvgPoolGrad");
        let inputs = if only_first { &inputs[..1] } else { &inputs[..] };
        let grads = builder.gradients(cost, inputs).expect("samples are differentiable");
        let graph = builder.finish();
        let mut session = Session::new(&graph, 0);
        let mut plan = session.training_plan(&grads, 1).expect("nothing is empty");
        session.run(&mut plan).expect("there is nothing to feed");
        for (&input, &grad) in inputs.iter().zip(&grads) {
            assert_eq!(graph[input].shape(), graph[grad].shape(), "{name}");
            for (element, &got) in plan.value(grad).iter().enumerate() {
                let above = cost_at(&graph, cost, Some((input, element, STEP)));
                let below = cost_at(&graph, cost, Some((input, element, -STEP)));
                let want = (above - below) / (2.0 * f64::from(STEP));
                let error = (f64::from(got) - want).abs() / want.abs().max(1.0);
                assert!(
                    error < 5e-3,
                    "{:?} with {:?}, {}[{element}]: got {got}, want {want}",
                    sample.op,
                    sample.inputs.iter().map(|i| &i.0).collect::<Vec<_>>(),
                    graph[input].name(),
                );
            }
        }
    }
}

#[test]
fn a_value_used_twice_gets_the_sum_of_both_gradients() {
    // d(x * x + x)/dx = 2x + 1 = 7 at 3
    let mut g = GraphBuilder::new();
    let x = g.variable("x", &[], Initializer::Constant(3.0)).unwrap();
    let square = g.mul(x, x).unwrap();
    let cost = g.add_values(square, x).unwrap();
    let grad = g.gradients(cost, &[x]).unwrap()[0];
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.training_plan(&[grad], 1).unwrap();
    session.run(&mut plan).unwrap();
    assert_eq!(plan.number(grad), 7.0);
}
