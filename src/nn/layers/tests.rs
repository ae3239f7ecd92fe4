//! Names, shapes and errors of layers; what TensorFlow says was asked of it.

use super::*;
use crate::graph::ops::Padding;
use crate::graph::{Dim, Graph, Initializer, Op};
use crate::nn::Activation;

fn images(g: &mut GraphBuilder, [rows, columns, channels]: [usize; 3]) -> NodeId {
    let dims = [Dim::Batch, rows.into(), columns.into(), channels.into()];
    g.placeholder("X", dims.to_vec()).unwrap()
}

fn built(net: &Sequential) -> (Graph, Stack) {
    let mut g = GraphBuilder::new();
    let x = images(&mut g, [28, 28, 1]);
    let stack = net.build(&mut g, x).unwrap();
    (g.finish(), stack)
}

/// A net with every layer that has a namesake in `tf.layers`.
fn net() -> Sequential {
    Sequential::new()
        .add(conv2d(32, 3).same().relu())
        .add(max_pool(2).same())
        .add(dropout(0.7))
        .add(conv2d(64, 3).no_bias())
        .add(batch_norm())
        .add(avg_pool(2))
        .add(flatten())
        .add(dense(625).relu())
        .add(dense(10))
}

// Printed by TensorFlow 2.21 with tf_keras 2.21 (`tf.compat.v1.global_variables()`), after
//   y = tf.layers.conv2d(x, 32, 3, padding="SAME", activation=tf.nn.relu)
//   y = tf.layers.max_pooling2d(y, 2, 2, padding="SAME")
//   y = tf.layers.dropout(y, 0.3, training=t)
//   y = tf.layers.conv2d(y, 64, 3, use_bias=False)
//   y = tf.layers.batch_normalization(y, training=t)
//   y = tf.layers.average_pooling2d(y, 2, 2)
//   y = tf.layers.flatten(y)
//   y = tf.layers.dense(y, 625, activation=tf.nn.relu)
//   y = tf.layers.dense(y, 10)
const TENSORFLOW_VARIABLES: &[(&str, &str)] = &[
    ("conv2d/kernel", "[3, 3, 1, 32]"),
    ("conv2d/bias", "[32]"),
    ("conv2d_1/kernel", "[3, 3, 32, 64]"),
    ("batch_normalization/gamma", "[64]"),
    ("batch_normalization/beta", "[64]"),
    ("batch_normalization/moving_mean", "[64]"),
    ("batch_normalization/moving_variance", "[64]"),
    ("dense/kernel", "[2304, 625]"),
    ("dense/bias", "[625]"),
    ("dense_1/kernel", "[625, 10]"),
    ("dense_1/bias", "[10]"),
];

// Of the same graph, its operations of these types.
const TENSORFLOW_OPERATIONS: &[&str] = &[
    "conv2d/Conv2D",
    "conv2d/BiasAdd",
    "conv2d/Relu",
    "max_pooling2d/MaxPool",
    "conv2d_1/Conv2D",
    "average_pooling2d/AvgPool",
    "flatten/Reshape",
    "dense/MatMul",
    "dense/BiasAdd",
    "dense/Relu",
    "dense_1/MatMul",
    "dense_1/BiasAdd",
];

#[test]
fn variables_and_operations_are_called_as_tensorflow_calls_them() {
    let (graph, _) = built(&net());
    let variables: Vec<(String, String)> = graph
        .nodes()
        .iter()
        .filter(|node| matches!(node.op(), Op::Variable(_)))
        .map(|node| (node.name().to_owned(), node.shape().to_string()))
        .collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, shape)| (name.as_str(), shape.as_str())).collect();
    assert_eq!(variables, TENSORFLOW_VARIABLES);
    for name in TENSORFLOW_OPERATIONS {
        assert!(graph.find(name).is_some(), "{name}");
    }
    assert!(graph.nodes().iter().any(|node| node.name().starts_with("dropout/")));
}

#[test]
fn every_layer_says_what_it_has() {
    let (graph, stack) = built(&net());
    let of = |layer: &Layer| {
        let names: Vec<&str> = layer.variables.iter().map(|(name, _)| name.as_str()).collect();
        (layer.name.clone(), names.join(" "), layer.kernels.len(), layer.updates.len())
    };
    let layers: Vec<_> = stack.layers.iter().map(of).collect();
    let want = [
        ("conv2d", "kernel bias", 1, 0),
        ("max_pooling2d", "", 0, 0),
        ("dropout", "", 0, 0),
        ("conv2d_1", "kernel", 1, 0),
        ("batch_normalization", "gamma beta", 0, 2),
        ("average_pooling2d", "", 0, 0),
        ("flatten", "", 0, 0),
        ("dense", "kernel bias", 1, 0),
        ("dense_1", "kernel bias", 1, 0),
    ];
    let want = want.map(|(name, variables, kernels, updates)| {
        (name.to_owned(), variables.to_owned(), kernels, updates)
    });
    assert_eq!(layers, want);
    assert_eq!(stack.output, stack.layers[8].output);
    for layer in &stack.layers {
        assert_eq!(layer.kernels.len(), layer.products.len(), "{}", layer.name);
    }
    let shapes = |nodes: Vec<NodeId>| nodes.iter().map(|&n| graph[n].shape().to_string()).collect();
    let outputs: Vec<String> = shapes(stack.layers.iter().map(|layer| layer.output).collect());
    // 28 SAME stays, pooled 14, VALID 14 - 3 + 1 = 12, pooled 6; 6 * 6 * 64 = 2304
    let want = [
        "[batch, 28, 28, 32]",
        "[batch, 14, 14, 32]",
        "[batch, 14, 14, 32]",
        "[batch, 12, 12, 64]",
        "[batch, 12, 12, 64]",
        "[batch, 6, 6, 64]",
        "[batch, 2304]",
        "[batch, 625]",
        "[batch, 10]",
    ];
    assert_eq!(outputs, want);
}

#[test]
fn what_is_set_is_what_is_built() {
    let net = Sequential::new()
        .add(conv2d(4, 5).stride(2).padding(Padding::Explicit([[2, 2], [1, 1]])))
        .add(relu())
        .add(max_pool(3).stride(1))
        .add(conv2d(2, 1).kernel(Initializer::HeNormal).bias(Initializer::Constant(0.5)).valid())
        .add(global_avg_pool())
        .add(dense(3).activation(Activation::Maxout).kernel(Initializer::Lsuv))
        .add(dropout(1.0))
        .add(reshape([3, 1]));
    let (graph, stack) = built(&net);
    let output = |place: usize| graph[stack.layers[place].output].shape().to_string();
    // (28 + 4 - 5) / 2 + 1 = 14 rows, (28 + 2 - 5) / 2 + 1 = 13 columns
    assert_eq!(output(0), "[batch, 14, 13, 4]");
    assert_eq!(stack.layers[1].name, "activation");
    assert_eq!(output(2), "[batch, 12, 11, 4]");
    assert_eq!(output(4), "[batch, 2]");
    assert_eq!(stack.layers[4].name, "global_average_pooling2d");
    assert_eq!(stack.layers[6].output, stack.layers[5].output, "all is kept: no node");
    assert_eq!(output(7), "[batch, 3, 1]");
    let initializer = |name: &str| match graph[graph.find(name).unwrap()].op() {
        Op::Variable(variable) => variable.initializer.clone(),
        op => panic!("{name}: {op:?}"),
    };
    assert_eq!(initializer("conv2d/kernel"), Initializer::XavierUniform);
    assert_eq!(initializer("conv2d/bias"), Initializer::ZEROS);
    assert_eq!(initializer("conv2d_1/kernel"), Initializer::HeNormal);
    assert_eq!(initializer("conv2d_1/bias"), Initializer::Constant(0.5));
    assert_eq!(initializer("dense/kernel_1"), Initializer::Lsuv);
}

#[test]
fn a_net_within_a_scope_is_named_below_it() {
    let mut g = GraphBuilder::new();
    let x = images(&mut g, [8, 8, 3]);
    let net = Sequential::new().add(conv2d(2, 3)).add(batch_norm());
    let stack = g.scope("net", |g| net.build(g, x)).unwrap();
    let names: Vec<&str> = stack.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["net/conv2d", "net/batch_normalization"]);
    assert_eq!(stack.layers[1].variables[0].0, "gamma");
}

#[test]
fn what_a_layer_does_not_take_is_told_with_its_name() {
    let error = |net: Sequential| {
        let mut g = GraphBuilder::new();
        let x = images(&mut g, [4, 4, 1]);
        net.build(&mut g, x).unwrap_err().to_string()
    };
    let conv = || Sequential::new().add(conv2d(2, 3));
    assert_eq!(
        error(conv().add(dense(3))),
        "`dense`: a dense layer takes [batch, inputs], as `flatten()` gives, got [batch, 2, 2, 2]"
    );
    assert_eq!(
        error(conv().add(flatten()).add(conv2d(2, 3))),
        "`conv2d_1`: a convolutional layer takes [batch, rows, columns, channels], got [batch, 8]"
    );
    let too_large = error(conv().add(conv2d(2, 3)));
    assert!(too_large.starts_with("`conv2d_1/Conv2D`: VALID rows: (2 + 0 + 0 - 3)"), "{too_large}");
    let too_large = error(conv().add(max_pool(3)));
    assert!(too_large.starts_with("`max_pooling2d/MaxPool`: VALID rows: "), "{too_large}");
    let flat = error(conv().add(flatten()).add(avg_pool(2)));
    assert!(flat.starts_with("`average_pooling2d/AvgPool`: "), "{flat}");
    let stride = error(Sequential::new().add(conv2d(2, 3).stride(0)));
    assert!(stride.starts_with("`conv2d/Conv2D`: ") && stride.contains("stride 0"), "{stride}");
    let none = error(Sequential::new().add(conv2d(0, 3)));
    assert!(none.starts_with("`conv2d/Conv2D`: "), "{none}");
    let pixels = error(Sequential::new().add(reshape([5, 3])));
    assert!(pixels.starts_with("`reshape/Reshape`: ") && pixels.contains("[batch, 5, 3]"));
    let flat = error(conv().add(flatten()).add(global_avg_pool()));
    assert!(flat.starts_with("`global_average_pooling2d`: "), "{flat}");
    for keep_prob in [0.0, -1.0, 1.5, f32::NAN] {
        let dropped = error(conv().add(dropout(keep_prob)));
        assert!(dropped.starts_with("`dropout/RandomMask`: keep_prob is "), "{dropped}");
    }
    let stddev = error(
        Sequential::new().add(conv2d(2, 3).kernel(Initializer::Normal { mean: 0.0, stddev: -1.0 })),
    );
    assert!(stddev.starts_with("`conv2d/kernel`: "), "{stddev}");
    let pieces = error(conv().add(activation(Activation::Maxout)));
    assert!(pieces.starts_with("`activation/activation`: got 1 sums"), "{pieces}");
}
