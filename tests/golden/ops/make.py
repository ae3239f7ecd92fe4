"""Makes ops.json, training.json and layers.json: what TensorFlow computes, for our tests to agree with.

    pip install tensorflow-cpu && python make.py

TensorFlow computes in f64, from inputs that are f32 exactly, so that the values are good to far more
digits than f32 holds and the tests' tolerances measure our error alone. Made with TensorFlow 2.21.0.
"""

import contextlib
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
RANDOM = np.random.default_rng(20170419)  # the day of the first lecture


@contextlib.contextmanager
def drawn_from(seed):
    """Draws from a generator of its own, so that cases added later leave the others as they were."""
    global RANDOM
    before, RANDOM = RANDOM, np.random.default_rng(seed)
    yield
    RANDOM = before


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


def activations():
    with drawn_from(1):
        any_number = np.append(normal(21), [0.0, 1e-6, -1e-6, -0.3, -0.34, -0.35, -0.5, 8, -8, 15.5, -15.5, 60, -60])
        leaky = lambda alpha: lambda x: tf.nn.leaky_relu(x, alpha)
        # Alphas are f32 on our side.
        yield case("LeakyRelu", leaky(float(f32(0.2))), [any_number], alpha=0.2)
        yield case("LeakyRelu", leaky(float(f32(0.333))), [normal(3, 7)], alpha=0.333)
        yield case("Elu", tf.nn.elu, [any_number])
        yield case("Selu", tf.nn.selu, [any_number])
        raw = tf.raw_ops
        for op, function, attributes in [
            ("LeakyReluGrad", lambda dy, x: raw.LeakyReluGrad(gradients=dy, features=x, alpha=0.2), {"alpha": 0.2}),
            ("EluGrad", lambda dy, y: raw.EluGrad(gradients=dy, outputs=y), {}),
            ("SeluGrad", lambda dy, y: raw.SeluGrad(gradients=dy, outputs=y), {}),
        ]:
            yield case(op, function, [normal(4, 3), RANDOM.uniform(-0.99, 2, (4, 3))], False, **attributes)


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


def momentum(rate, momentum=0.9):
    """The kernel behind TensorFlow 1's MomentumOptimizer."""
    rate, momentum = map(f32, (rate, momentum))
    slots = {}

    def update(step, variables, gradients):
        for i, (v, g) in enumerate(zip(variables, gradients)):
            accum = slots.setdefault(i, tf.Variable(tf.zeros_like(v)))
            tf.raw_ops.ResourceApplyMomentum(var=v.handle, accum=accum.handle, lr=rate, grad=g, momentum=momentum)

    return update


def rmsprop(rate, decay=0.9, momentum=0.0, epsilon=1e-10):
    """The kernel behind TensorFlow 1's RMSPropOptimizer, whose mean squares begin as ones."""
    rate, decay, momentum, epsilon = map(f32, (rate, decay, momentum, epsilon))
    slots = {}

    def update(step, variables, gradients):
        for i, (v, g) in enumerate(zip(variables, gradients)):
            ms, mom = slots.setdefault(i, (tf.Variable(tf.ones_like(v)), tf.Variable(tf.zeros_like(v))))
            tf.raw_ops.ResourceApplyRMSProp(
                var=v.handle, ms=ms.handle, mom=mom.handle, lr=rate, rho=decay, momentum=momentum, epsilon=epsilon, grad=g
            )

    return update


def maxout():
    """Two linear pieces, the larger of which counts; gradients of sum(weights * output)."""
    x, kernels = normal(5, 3), [normal(3, 4), normal(3, 4)]
    x, *variables = (tf.constant(f32(v)) for v in [x, kernels[0], normal(4), kernels[1], normal(4)])
    with tf.GradientTape() as tape:
        tape.watch([x, *variables])
        pieces = [tf.matmul(x, k) + b for k, b in zip(variables[::2], variables[1::2])]
        output = tf.reduce_max(tf.stack(pieces), axis=0)
        weights = tf.constant(f32(RANDOM.uniform(-2, 2, output.shape)))
        cost = tf.reduce_sum(output * weights)
    return {
        "name": "maxout",
        "x": array(x),
        "variables": [array(v) for v in variables],
        "weights": array(weights),
        "output": array(output),
        "gradients": [array(g) for g in tape.gradient(cost, [x, *variables])],
    }


def batch_normalization(name="batch_normalization", before=(6,)):
    """Three batches seen in training, then one in evaluation; gradients of sum(weights * output)."""
    layer = tf.keras.layers.BatchNormalization(dtype="float64", momentum=float(f32(0.99)), epsilon=float(f32(0.001)))
    layer.build((None, *before[1:], 3))
    layer.gamma.assign(f32(RANDOM.uniform(0.5, 1.5, 3)))
    layer.beta.assign(f32(normal(3)))
    made = {"name": name, "gamma": array(layer.gamma), "beta": array(layer.beta), "batches": []}
    for _ in range(3):
        x = tf.constant(f32(normal(*before, 3) * [1, 3, 0.2] + [0, 5, -1]))
        with tf.GradientTape() as tape:
            tape.watch(x)
            output = layer(x, training=True)
            weights = tf.constant(f32(RANDOM.uniform(-2, 2, output.shape)))
            cost = tf.reduce_sum(output * weights)
        gradients = tape.gradient(cost, [x, layer.gamma.value, layer.beta.value])
        made["batches"].append(
            {
                "x": array(x),
                "weights": array(weights),
                "output": array(output),
                "gradients": [array(g) for g in gradients],
                "moving_mean": array(layer.moving_mean),
                "moving_variance": array(layer.moving_variance),
            }
        )
    x = tf.constant(f32(normal(*before, 3)))
    return made | {"evaluated": {"x": array(x), "output": array(layer(x, training=False))}}


def l2():
    x = tf.constant(f32(normal(4, 3)))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.l2_loss(x)
    return {"name": "l2_loss", "x": array(x), "loss": float(loss), "gradient": array(tape.gradient(loss, x))}


def softmax():
    """Of logits of all sizes, in as many columns as do and do not fill whole lanes."""
    random = np.random.default_rng(20170501)
    sizes = []
    for columns in [1, 3, 8, 10, 17]:
        logits = f32(random.normal(0, 3, (5, columns)))
        logits[0] *= 100  # what e^x of cannot be held
        logits[1] = 0  # all alike
        labels = np.eye(columns)[random.integers(0, columns, 5)]
        labels[2] = f32(random.dirichlet(np.ones(columns)))  # no one-hot row
        labels[2, 0] += 1 - labels[2].sum()
        logits, labels = tf.constant(logits), tf.constant(labels)
        weights = tf.constant(f32(random.uniform(-2, 2, 5)))
        wide = tf.constant(f32(random.uniform(-2, 2, (5, columns))))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(logits)
            softmax = tf.nn.softmax(logits)
            loss = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
            cost, of_softmax = tf.reduce_sum(loss * weights), tf.reduce_sum(softmax * wide)
        sizes.append({
            "logits": array(logits),
            "labels": array(labels),
            "weights": array(weights),
            "wide_weights": array(wide),
            "softmax": array(softmax),
            "loss": array(loss),
            "arg_max": array(tf.cast(tf.argmax(logits, 1), tf.float64)),
            "gradient": array(tape.gradient(cost, logits)),
            "gradient_of_softmax": array(tape.gradient(of_softmax, logits)),
        })
    return {"name": "softmax", "sizes": sizes}


def write(name, cases):
    with open(os.path.join(HERE, name), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
    print(name, len(cases), "cases")


if __name__ == "__main__":
    print("TensorFlow", tf.__version__)
    write("ops.json", [*unary(), *binary(), *matmul(), *reduce(), *activations()])
    write(
        "training.json",
        [
            train("xor_deep", [2, 10, 10, 10, 1], [1, 2, 10, 100], sgd(0.1), optimizer="sgd", rate=0.1),
            train("xor_tensorboard", [2, 2, 1], [1, 2, 10, 100], adam(0.01), optimizer="adam", rate=0.01),
            train("xor_momentum", [2, 5, 1], [1, 2, 10, 100], momentum(0.1), optimizer="momentum", rate=0.1),
            train("xor_rmsprop", [2, 5, 1], [1, 2, 10, 100], rmsprop(0.01), optimizer="rmsprop", rate=0.01),
        ],
    )
    write("layers.json", [maxout(), batch_normalization(), l2(), softmax()])
