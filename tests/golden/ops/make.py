"""Makes ops.json and training.json: what TensorFlow computes, for our tests to agree with.

    pip install tensorflow-cpu && python make.py

TensorFlow computes in f64, from inputs that are f32 exactly, so that the values are good to far more
digits than f32 holds and the tests' tolerances measure our error alone. Made with TensorFlow 2.21.0.
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
RANDOM = np.random.default_rng(20170419)  # the day of the first lecture


def f32(values):
    """Rounded to f32, so that both sides begin with the same numbers."""
    return np.asarray(values, np.float32).astype(np.float64)


def short(value):
    """As many digits as tell one f32 from the next, with one to spare."""
    return float("%.10g" % value)


def array(values):
    values = np.asarray(values)
    return {"shape": list(values.shape), "values": [short(v) for v in values.ravel()]}


def case(op, function, inputs, differentiable=True, **attributes):
    """One use of an op: output, and the gradients of sum(weights * output)."""
    inputs = [tf.constant(f32(x)) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = function(*inputs)
        if differentiable:
            weights = tf.constant(f32(RANDOM.uniform(-2, 2, output.shape)))
            cost = tf.reduce_sum(output * weights)
    made = {"op": op, "inputs": [array(x) for x in inputs], "output": array(output)}
    if differentiable:
        made["weights"] = array(weights)
        made["gradients"] = [array(g) for g in tape.gradient(cost, inputs)]
    return made | attributes


def normal(*shape):
    return RANDOM.normal(0, 1.5, shape)


def positive(*shape):
    return RANDOM.uniform(0.05, 4, shape)


def unary():
    # Far from 0 too, where a sigmoid saturates and an exponential grows.
    any_number = np.append(normal(11), [0.0, -0.0, 1e-6, -1e-6, 8, -8, 15.5, -15.5])
    above_zero = np.append(positive(11), [1.0, 1e-6, 1e-30, 1e6, 1e30])
    yield case("Neg", tf.negative, [any_number])
    yield case("Log", tf.math.log, [above_zero])
    yield case("Exp", tf.exp, [np.append(any_number, [60, -60])])
    yield case("Sigmoid", tf.sigmoid, [np.append(any_number, [60, -60])])
    yield case("Tanh", tf.tanh, [np.append(any_number, [60, -60])])
    yield case("Relu", tf.nn.relu, [any_number])
    yield case("Square", tf.square, [any_number])
    yield case("Sqrt", tf.sqrt, [above_zero])
    # The square of 1e-30's reciprocal is beyond f32.
    yield case("Reciprocal", tf.math.reciprocal, [np.append(normal(11), [1e-6, -1e6])])
    yield case("Neg", tf.negative, [normal(2, 3, 4)])
    yield case("Sigmoid", tf.sigmoid, [normal(3, 7)])


def binary():
    shapes = [
        ((2, 3), (2, 3)),
        ((2, 3), (3,)),
        ((3,), (2, 3)),
        ((2, 3), ()),
        ((), (2, 3)),
        ((2, 1), (2, 3)),
        ((2, 1, 3), (1, 4, 1)),
        ((5, 1), (1, 7)),
        ((2, 3, 4), (3, 1)),
        ((1,), (6,)),
    ]
    functions = [
        ("Add", tf.add),
        ("Sub", tf.subtract),
        ("Mul", tf.multiply),
        ("RealDiv", tf.divide),
        ("Maximum", tf.maximum),
    ]
    for a, b in shapes:
        for op, function in functions:
            yield case(op, function, [normal(*a), positive(*b) if op == "RealDiv" else normal(*b)])
    few = np.array([-1.0, 0.0, 0.5, 1.0])
    for op, function in [("Greater", tf.greater), ("Equal", tf.equal)]:
        yield case(op, lambda a, b: tf.cast(function(a, b), tf.float64), [few.reshape(4, 1), few], False)
        yield case(op, lambda a, b: tf.cast(function(a, b), tf.float64), [normal(3, 2), 0.5], False)
    for op, function in [
        ("SigmoidGrad", lambda y, dy: tf.raw_ops.SigmoidGrad(y=y, dy=dy)),
        ("TanhGrad", lambda y, dy: tf.raw_ops.TanhGrad(y=y, dy=dy)),
        ("ReluGrad", lambda dy, y: tf.raw_ops.ReluGrad(gradients=dy, features=y)),
    ]:
        yield case(op, function, [RANDOM.uniform(0, 1, (4, 3)), normal(4, 3)], False)


def matmul():
    for n, k, m in [(2, 3, 4), (4, 2, 10), (4, 10, 10), (4, 10, 1), (1, 5, 1), (17, 33, 19)]:
        for ta in [False, True]:
            for tb in [False, True]:
                a = normal(k, n) if ta else normal(n, k)
                b = normal(m, k) if tb else normal(k, m)
                if n * k * m > 1000:  # keeps the file small: few digits
                    a, b = np.round(a, 1), np.round(b, 1)
                yield case(
                    "MatMul",
                    lambda a, b: tf.matmul(a, b, transpose_a=ta, transpose_b=tb),
                    [a, b],
                    transpose_a=ta,
                    transpose_b=tb,
                )


def reduce():
    for op, function in [("Sum", tf.reduce_sum), ("Mean", tf.reduce_mean)]:
        for shape, axes in [
            ((2, 3, 4), [0]),
            ((2, 3, 4), [1]),
            ((2, 3, 4), [2]),
            ((2, 3, 4), [0, 1]),
            ((2, 3, 4), [1, 2]),
            ((2, 3, 4), [0, 1, 2]),
            ((4, 1), [0, 1]),
            ((37,), [0]),
            ((5, 13), [0]),
            ((13, 5), [1]),
        ]:
            for keep in [False, True]:
                yield case(
                    op,
                    lambda x: function(x, axis=axes, keepdims=keep),
                    [normal(*shape)],
                    axes=axes,
                    keep_dims=keep,
                )


def xor_net(sizes):
    """Weights and biases of a sigmoid net, N(0, 1), as [(kernel, bias), ...]."""
    return [
        (tf.Variable(f32(RANDOM.normal(size=(n, m)))), tf.Variable(f32(RANDOM.normal(size=m))))
        for n, m in zip(sizes, sizes[1:])
    ]


X = tf.constant([[0, 0], [0, 1], [1, 0], [1, 1]], tf.float64)
Y = tf.constant([[0], [1], [1], [0]], tf.float64)


def cost_of(net):
    """The lab's own formula of the cost, and the hypothesis."""
    h = X
    for kernel, bias in net:
        h = tf.sigmoid(tf.matmul(h, kernel) + bias)
    return -tf.reduce_mean(Y * tf.math.log(h) + (1 - Y) * tf.math.log(1 - h)), h


def train(name, sizes, looks, update, **attributes):
    """Trains a net and tells cost, hypothesis and variables after some numbers of steps."""
    net = xor_net(sizes)
    variables = [v for layer in net for v in layer]
    made = {"name": name, "sizes": sizes, "initial": [array(v) for v in variables], "after": []}
    for step in range(1, max(looks) + 1):
        with tf.GradientTape() as tape:
            cost, _ = cost_of(net)
        gradients = tape.gradient(cost, variables)
        if step == 1:
            made["first_cost"] = float(cost)
            made["first_gradients"] = [array(g) for g in gradients]
        update(step, variables, gradients)
        if step in looks:
            cost, hypothesis = cost_of(net)
            look = {"steps": step, "cost": float(cost), "hypothesis": array(hypothesis)}
            made["after"].append(look | {"variables": [array(v) for v in variables]})
    return made | attributes


def sgd(rate):
    # The rate, too, is f32 on our side.
    rate = tf.constant(f32(rate))
    return lambda step, variables, gradients: [
        tf.raw_ops.ResourceApplyGradientDescent(var=v.handle, alpha=rate, delta=g)
        for v, g in zip(variables, gradients)
    ]


def adam(rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """The kernel behind TensorFlow 1's AdamOptimizer."""
    rate, beta1, beta2, epsilon = map(f32, (rate, beta1, beta2, epsilon))
    moments = {}

    def update(step, variables, gradients):
        for i, (v, g) in enumerate(zip(variables, gradients)):
            zero = lambda: tf.Variable(tf.zeros_like(v))
            m, s = moments.setdefault(i, (zero(), zero()))
            tf.raw_ops.ResourceApplyAdam(
                var=v.handle,
                m=m.handle,
                v=s.handle,
                beta1_power=beta1**step,
                beta2_power=beta2**step,
                lr=rate,
                beta1=beta1,
                beta2=beta2,
                epsilon=epsilon,
                grad=g,
            )

    return update


def write(name, cases):
    with open(os.path.join(HERE, name), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
    print(name, len(cases), "cases")


if __name__ == "__main__":
    print("TensorFlow", tf.__version__)
    write("ops.json", [*unary(), *binary(), *matmul(), *reduce()])
    write(
        "training.json",
        [
            train("xor_deep", [2, 10, 10, 10, 1], [1, 2, 10, 100], sgd(0.1), optimizer="sgd", rate=0.1),
            train("xor_tensorboard", [2, 2, 1], [1, 2, 10, 100], adam(0.01), optimizer="adam", rate=0.01),
        ],
    )
