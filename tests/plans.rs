//! What a plan does and does not do at a step.
#![allow(unsafe_code)] // to count allocations

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use runboard::exec::{ExecError, Session};
use runboard::experiments;
use runboard::graph::ops::{Op, Padding};
use runboard::graph::{Dim, GraphBuilder, GraphError, Initializer};
use runboard::nn::{Activation, BatchNorm, Dense, Optimizer};
use runboard::trainer::{Model, Recording};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which also counts what a thread asks for.
struct Counting;

// SAFETY: everything is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // While a thread ends its counter may be gone; nobody reads it then.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_training_step_allocates_nothing() {
    for experiment in experiments::ALL {
        let recording = Recording::new(*experiment, experiment.hyper_parameters()).unwrap();
        let Some(train) = recording.model.training_op() else { continue };
        let mut session = Session::new(&recording.graph, 0);
        let mut plan = session.training_plan(&[train], 4).unwrap();
        // Those of a data set have no rows of their own: any numbers will do.
        let open: Vec<_> = plan.feeds().map(|(node, _)| node).collect();
        for node in open {
            plan.feed_mut(node).unwrap().fill(0.1);
        }
        for (node, rows) in recording.model.inputs() {
            plan.feed_array(*node, rows).unwrap();
        }
        let before = ALLOCATIONS.with(Cell::get);
        for _ in 0..100 {
            session.run(&mut plan).unwrap();
        }
        let during = ALLOCATIONS.with(Cell::get) - before;
        assert_eq!(during, 0, "{}", recording.about.name);
        drop(vec![0_u8; 1]);
        assert!(ALLOCATIONS.with(Cell::get) > before, "the count counts");
    }
}

#[test]
fn a_chain_of_elementwise_nodes_is_one_instruction() {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("x", [Dim::Batch, Dim::Known(3)]).unwrap();
    let mut y = x;
    for _ in 0..5 {
        y = g.sigmoid(y).unwrap();
        y = g.mul(y, x).unwrap();
    }
    let graph = g.finish();
    let plan = Session::new(&graph, 0).plan(&[y], 2).unwrap();
    assert_eq!(plan.instruction_count(), 1);
}

#[test]
fn a_bias_is_added_by_the_product_and_a_variable_updated_in_place() {
    let mut g = GraphBuilder::new();
    let x = g.constant("x", [1, 2], vec![1.0, 2.0]).unwrap();
    let w = g.variable("w", &[2, 1], Initializer::Values(vec![3.0, 4.0])).unwrap();
    let b = g.variable("b", &[1], Initializer::Constant(0.5)).unwrap();
    let product = g.matmul(x, w).unwrap();
    let y = g.add_values(product, b).unwrap();
    let cost = g.sum(y).unwrap();
    let sgd = Optimizer::GradientDescent { learning_rate: 0.1 };
    let training = sgd.minimize(&mut g, cost, &[w, b]).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let forward = session.plan(&[y], 1).unwrap();
    assert_eq!(forward.instruction_count(), 1, "product and bias");
    let mut plan = session.plan(&[training.op], 1).unwrap();
    session.run(&mut plan).unwrap();
    // dcost/dw = x = [1, 2], dcost/db = 1; each changes by -0.1 of that.
    assert_eq!(session.variable(w), [2.9, 3.8]);
    assert_eq!(session.variable(b), [0.4]);
}

#[test]
fn every_read_of_a_run_sees_the_variables_as_they_were() {
    let mut g = GraphBuilder::new();
    let w = g.variable("w", &[], Initializer::Constant(3.0)).unwrap();
    let cost = g.square(w).unwrap();
    let sgd = Optimizer::GradientDescent { learning_rate: 0.5 };
    let training = sgd.minimize(&mut g, cost, &[w]).unwrap();
    let late = g.neg(w).unwrap(); // recorded behind the update
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[training.op, late, cost], 1).unwrap();
    session.run(&mut plan).unwrap();
    assert_eq!((plan.number(cost), plan.number(late)), (9.0, -3.0));
    assert_eq!(session.variable(w), [0.0]); // 3 - 0.5 * 2 * 3
}

#[test]
fn shapes_that_do_not_fit_are_told_with_the_node() {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("x", [Dim::Batch, Dim::Known(2)]).unwrap();
    let w = g.variable("w", &[3, 8], Initializer::ZEROS).unwrap();
    let error = g.scope("hidden", |g| g.matmul(x, w)).unwrap_err();
    let want = "`hidden/MatMul`: MatMul takes [n, k] and [k, m], got [batch, 2] and [3, 8]";
    assert_eq!(error.to_string(), want);
    let error = g.add_values(x, w).unwrap_err();
    let want = "`Add`: Add takes two shapes that broadcast together, got [batch, 2] and [3, 8]";
    assert_eq!(error.to_string(), want);
    let y = g.relu(x).unwrap();
    let error = g.gradients(y, &[x]).unwrap_err();
    assert!(matches!(error, GraphError::Shape { .. }), "{error}");
    let (cost, other) = (g.sum(y).unwrap(), g.scalar("other", 1.0));
    let error = g.gradients(cost, &[other]).unwrap_err();
    assert!(error.to_string().starts_with("`Sum` does not depend on `other`"), "{error}");
}

#[test]
fn feeds_that_do_not_fit_are_told_with_the_placeholder() {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("x", [Dim::Batch, Dim::Known(2)]).unwrap();
    let y = g.neg(x).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[y], 3).unwrap();
    let error = session.run(&mut plan).unwrap_err();
    assert_eq!(error.to_string(), "`x`: no value was fed before the run");
    let error = plan.feed(x, &[1.0; 4]).unwrap_err();
    assert_eq!(error.to_string(), "`x`: fed a value of [4], want [3, 2]");
    assert!(matches!(session.plan(&[y], 0), Err(ExecError::Empty { .. })));
}

#[test]
fn bytes_are_fed_row_by_row_whatever_the_number_of_threads() {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("x", [Dim::Batch, Dim::Known(500)]).unwrap();
    let y = g.placeholder("y", [Dim::Batch, Dim::Known(3)]).unwrap();
    // Of what is multiplied, threads share halves of rows.
    let w = g.variable("w", &[500, 32], Initializer::Constant(1.0)).unwrap();
    let product = g.matmul(x, w).unwrap();
    let graph = g.finish();
    let bytes: Vec<u8> = (0..70 * 500).map(|i| (i * 37 % 251) as u8).collect();
    // Every third row is short: what it does not reach stays.
    let row = |row: usize| &bytes[row * 500..][..if row.is_multiple_of(3) { 499 } else { 500 }];
    let each = [vec![x], vec![x, product]];
    for (threads, fetches) in (1..=5).flat_map(|n| each.iter().map(move |f| (n, f))) {
        let mut session = Session::new(&graph, 0);
        session.set_threads(threads).unwrap();
        let mut plan = session.plan(fetches, 70).unwrap();
        plan.feed_mut(x).unwrap().fill(-1.0);
        session.feed_bytes(&mut plan, x, row, 0.5).unwrap();
        session.run(&mut plan).unwrap();
        for (i, &value) in plan.value(x).iter().enumerate() {
            let reached = i / 500 % 3 != 0 || i % 500 != 499;
            assert_eq!(value, if reached { f32::from(bytes[i]) / 2.0 } else { -1.0 }, "{i}");
        }
        let error = session.feed_bytes(&mut plan, y, row, 0.5).unwrap_err();
        assert!(matches!(error, ExecError::NotFed { .. }), "{error}");

        // What goes wrong in the caller's function is the caller's, on whatever thread it was.
        let wrong =
            |place: usize| if place == 69 { panic!("there is no such row") } else { row(place) };
        let fed = catch_unwind(AssertUnwindSafe(|| session.feed_bytes(&mut plan, x, wrong, 0.5)));
        assert_eq!(*fed.unwrap_err().downcast::<&str>().unwrap(), "there is no such row");
        session.feed_bytes(&mut plan, x, row, 0.5).unwrap();
    }
}

#[test]
fn labels_are_fed_as_ones_among_zeros() {
    let mut g = GraphBuilder::new();
    let y = g.placeholder("y", [Dim::Batch, Dim::Known(3)]).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[y], 2).unwrap();
    plan.feed_mut(y).unwrap().fill(7.0);
    plan.feed_one_hot(y, |row| [2, 0][row]).unwrap();
    session.run(&mut plan).unwrap();
    assert_eq!(plan.value(y), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
}

#[test]
fn a_bias_that_changes_is_added_to_a_product_that_does_not() {
    let mut g = GraphBuilder::new();
    let a = g.constant("a", [1, 2], vec![1.0, 2.0]).unwrap();
    let b = g.constant("b", [2, 1], vec![3.0, 4.0]).unwrap();
    let product = g.matmul(a, b).unwrap();
    let bias = g.variable("bias", &[1], Initializer::Values(vec![0.5])).unwrap();
    let sum = g.add_values(product, bias).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[sum], 1).unwrap();
    for (value, want) in [(0.5, 11.5), (-1.0, 10.0)] {
        session.variable_mut(bias)[0] = value;
        session.run(&mut plan).unwrap();
        assert_eq!(plan.value(sum), [want]);
    }
}

#[test]
fn a_value_can_be_another_in_training_and_only_one_is_computed() {
    let mut g = GraphBuilder::new();
    let x = g.variable("x", &[2], Initializer::Values(vec![1.0, -3.0])).unwrap();
    let only_trained = g.placeholder("trained", [2]).unwrap();
    let product = g.mul(x, only_trained).unwrap();
    let y = g.in_training(product, x).unwrap();
    let again = g.in_training(y, y).unwrap();
    let square = g.square(again).unwrap();
    let cost = g.sum(square).unwrap();
    let gradient = g.gradients(cost, &[x]).unwrap()[0];
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);

    let mut evaluation = session.plan(&[cost, y], 1).unwrap();
    assert!(!evaluation.takes(only_trained), "it is not needed, so not asked for");
    session.run(&mut evaluation).unwrap();
    assert_eq!((evaluation.number(cost), evaluation.value(y)), (10.0, &[1.0, -3.0][..]));

    let mut training = session.training_plan(&[cost, y, gradient], 1).unwrap();
    training.feed(only_trained, &[2.0, 0.5]).unwrap();
    session.run(&mut training).unwrap();
    assert_eq!((training.number(cost), training.value(y)), (6.25, &[2.0, -1.5][..]));
    // d(sum (x k)^2)/dx = 2 x k^2
    assert_eq!(training.value(gradient), [8.0, -1.5]);
}

#[test]
fn what_is_computed_once_is_not_overwritten_by_a_run() {
    let mut g = GraphBuilder::new();
    let x = g.variable("x", &[2], Initializer::Values(vec![1.0, 2.0])).unwrap();
    let squares = g.square(x).unwrap(); // its place is free again once the sum is taken
    let sum = g.sum(squares).unwrap();
    let constant = g.constant("constant", [2], vec![3.0, 4.0]).unwrap();
    let once = g.neg(constant).unwrap();
    let y = g.mul(once, sum).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[y], 1).unwrap();
    for _ in 0..2 {
        session.run(&mut plan).unwrap();
        assert_eq!(plan.value(y), [-15.0, -20.0]);
    }
}

#[test]
fn a_schedule_changes_the_learning_rate_between_two_steps() {
    // The gradient is 1 at every step, and so are RMSProp's mean square and Adam's two quotients:
    // all step by the rate, but momentum by 1.9 times it at the second step. Adam's quotients are of
    // what 1 - 0.999^n leaves in f32, good to 1e-4 and its root to half of that.
    for (name, want) in [("sgd", 0.25), ("momentum", 0.025), ("rmsprop", 0.25), ("adam", 0.25)] {
        let mut g = GraphBuilder::new();
        let w = g.variable("w", &[1], Initializer::Constant(1.0)).unwrap();
        let cost = g.sum(w).unwrap();
        let optimizer = Optimizer::from_name(name, 0.5).unwrap();
        let training = optimizer.minimize(&mut g, cost, &[w]).unwrap();
        let graph = g.finish();
        assert_eq!(graph[training.learning_rate].name(), "Train/learning_rate");
        assert!(!graph.trainable_variables().any(|variable| variable == training.learning_rate));
        let mut session = Session::new(&graph, 0);
        let mut step = session.training_plan(&[training.op], 1).unwrap();
        session.run(&mut step).unwrap();
        assert!((session.variable(w)[0] - 0.5).abs() < 2e-5, "{name}");
        session.variable_mut(training.learning_rate)[0] *= 0.5;
        session.run(&mut step).unwrap();
        let got = session.variable(w)[0];
        assert!((got - want).abs() < 2e-5, "{name}: got {got}, want {want}");
    }
}

#[test]
fn what_an_optimizer_keeps_of_old_gradients_fades_to_nothing() {
    // The gradient is x: 1 once, then 0. A mean that decays by 0.9 a step is below the least normal
    // number, 1.2e-38, after 830 steps, and would be 1.4e-45 for ever: 0.9 times that rounds to it.
    for name in ["momentum", "rmsprop", "adam"] {
        let mut g = GraphBuilder::new();
        let x = g.placeholder("x", [Dim::Known(1), Dim::Known(1)]).unwrap();
        let w = g.variable("w", &[1, 1], Initializer::Constant(1.0)).unwrap();
        let product = g.matmul(x, w).unwrap();
        let cost = g.sum(product).unwrap();
        let optimizer = Optimizer::from_name(name, 0.5).unwrap();
        let training = optimizer.minimize(&mut g, cost, &[w]).unwrap();
        let graph = g.finish();
        let mut session = Session::new(&graph, 0);
        let mut step = session.training_plan(&[training.op], 1).unwrap();
        let kept: Vec<_> = graph
            .ids()
            .filter(|&id| matches!(graph[id].op(), Op::Variable(_)))
            .filter(|&id| graph[id].name().contains("w/"))
            .collect();
        let of_gradients =
            |session: &Session| kept.iter().map(|&id| session.variable(id)[0]).collect::<Vec<_>>();
        step.feed(x, &[1.0]).unwrap();
        session.run(&mut step).unwrap();
        let first = of_gradients(&session);
        assert!(!first.is_empty() && first.iter().any(|&kept| kept != 0.0), "{name}: {first:?}");
        step.feed(x, &[0.0]).unwrap();
        for _ in 0..1_500 {
            session.run(&mut step).unwrap();
            let kept = of_gradients(&session);
            assert!(kept.iter().all(|&kept| kept == 0.0 || kept.is_normal()), "{name}: {kept:?}");
            if name != "rmsprop" {
                // Nor is it less times a rate: RMSProp multiplies the gradient instead.
                let normal = |kept: f32| kept == 0.0 || (1e-7 * kept).is_normal();
                assert!(kept.iter().all(|&kept| normal(kept)), "{name}: {kept:?}");
            }
        }
        // RMSProp divides by its squares, of which the least normal number is left. Adam's were 0.001
        // and decay by 0.999: there are 2.2e-4.
        let left: Vec<f32> =
            of_gradients(&session).into_iter().filter(|&kept| kept != 0.0).collect();
        match name {
            "momentum" => assert!(left.is_empty(), "{left:?}"),
            "rmsprop" => assert_eq!(left, [f32::MIN_POSITIVE]),
            _ => assert!(left.len() == 1 && left[0] > 1e-4, "{left:?}"),
        }
    }
}

#[test]
fn a_model_trains_all_of_a_layers_variables_and_moves_its_averages() {
    let mut g = GraphBuilder::new();
    let mut model = Model::new();
    let x =
        model.input(&mut g, "x", &ndarray::array![[1.0, 2.0], [3.0, -4.0], [0.5, 1.0]]).unwrap();
    let (kernel, bias) = (Initializer::Orthonormal, Initializer::ZEROS);
    let dense = Dense { units: 2, activation: Activation::Maxout, kernel, bias };
    let layer = dense.add_normalized(&mut g, "Layer", x, &BatchNorm::default()).unwrap();
    let (variables, updates) = (layer.variables.clone(), layer.updates.clone());
    let output = model.layer(layer);
    let square = g.square(output).unwrap();
    let cost = g.mean(square).unwrap();
    let training = model.minimize(&mut g, Optimizer::momentum(0.1), cost).unwrap();
    let graph = g.finish();
    let trained: Vec<_> = graph.trainable_variables().collect();
    assert_eq!(training.gradients.iter().map(|(v, _)| *v).collect::<Vec<_>>(), trained);
    assert_eq!(trained.len(), 6, "two kernels, gammas and betas");
    let mut session = Session::new(&graph, 0);
    let averages = updates.iter().map(|&update| graph[update].inputs()[0]);
    let all: Vec<_> = variables.iter().map(|(_, variable)| *variable).chain(averages).collect();
    let values = |session: &Session| all.iter().map(|&v| session.variable(v).to_vec()).collect();
    let before: Vec<_> = values(&session);
    let mut plan = session.training_plan(&[training.op], 3).unwrap();
    plan.feed_array(x, &model.inputs()[0].1).unwrap();
    session.run(&mut plan).unwrap();
    let after: Vec<_> = values(&session);
    for (i, &variable) in all.iter().enumerate() {
        assert_ne!(before[i], after[i], "{}", graph[variable].name());
    }
}

#[test]
fn bias_and_relu_are_part_of_a_convolution_and_a_relus_gradient_of_the_pooling_behind_it() {
    let mut g = GraphBuilder::new();
    let numbers = |count: usize| (0..count).map(|i| (i * 37 % 23) as f32 / 11.0 - 1.0).collect();
    let x = g.constant("x", [2, 6, 6, 3], numbers(216)).unwrap();
    let filter = g.variable("filter", &[3, 3, 3, 5], Initializer::Values(numbers(135))).unwrap();
    let bias = g.variable("bias", &[5], Initializer::Values(numbers(5))).unwrap();
    let conv = g.conv2d(x, filter, [1, 1], Padding::Same).unwrap();
    let sums = g.add_values(conv, bias).unwrap();
    let relu = g.relu(sums).unwrap();
    let pooled = g.max_pool(relu, [2, 2], [2, 2], Padding::Same).unwrap();
    let weights = g.constant("weights", [2, 3, 3, 5], numbers(90)).unwrap();
    let weighed = g.mul(pooled, weights).unwrap();
    let cost = g.sum(weighed).unwrap();
    let grad = g.gradients(cost, &[filter]).unwrap()[0];
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);

    let mut forward = session.plan(&[pooled], 1).unwrap();
    assert_eq!(forward.instruction_count(), 2, "convolution, pooling");
    let mut fused = session.plan(&[grad], 1).unwrap();
    // Of constants alone is what the pooling's gradient is given.
    assert_eq!(fused.instruction_count(), 4, "convolution, pooling, its gradient, the filter's");

    // What is fetched is computed as it is: step by step the same comes out, but for roundings, for
    // the sums of a convolution begin with the bias.
    let apart = [conv, sums, relu, pooled, grad];
    let between = graph.ids().find(|&id| graph[id].op().name() == "MaxPoolGrad").unwrap();
    let mut steps = session.plan(&[&apart[..], &[between]].concat(), 1).unwrap();
    assert!(steps.instruction_count() > 5);
    for plan in [&mut forward, &mut fused, &mut steps] {
        session.run(plan).unwrap();
    }
    for (plan, node) in [(&forward, pooled), (&fused, grad)] {
        for (got, want) in plan.value(node).iter().zip(steps.value(node)) {
            assert!((got - want).abs() < 1e-4, "{}: {got} and {want}", graph[node].name());
        }
    }
    assert!(steps.value(relu).contains(&0.0), "the ReLU has something to do");
}
