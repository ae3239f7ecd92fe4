"""Prints the seconds of an epoch, the peak memory in MiB and the milliseconds of an evaluation.

    epoch.py torch-eager|torch-compile|tf-session|tf-function|jax-step|jax-scan mlp|softmax

The nets and the images are those of examples/epoch_time; two threads.
"""

import os
import resource
import statistics
import sys
import time

THREADS = 2
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))

import numpy as np

from digits import BATCH, TRAIN, scaled

SIZES = {"mlp": [784, 256, 256, 256, 10], "softmax": [784, 10]}


def report(epoch, evaluate):
    """Trains at least three epochs and three seconds after one that warms up.

    `epoch` trains on the images in the order that it is given; `evaluate` returns the accuracy.
    """
    random = np.random.default_rng(0)
    epoch(random.permutation(TRAIN).astype(np.int32))
    epochs = []
    while len(epochs) < 3 or sum(epochs) < 3:
        start = time.perf_counter()
        epoch(random.permutation(TRAIN).astype(np.int32))
        epochs.append(time.perf_counter() - start)
    evaluate()
    evaluations = []
    for _ in range(7):
        start = time.perf_counter()
        accuracy = evaluate()
        evaluations.append(time.perf_counter() - start)
    # Labels are wrong by design for one image in twenty.
    assert accuracy > 0.85, f"it does not learn: accuracy {accuracy}"
    print(f"{len(epochs)} epochs, test accuracy {accuracy:.4f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print(f"{statistics.median(epochs):.4f} {peak:.1f} {1e3 * statistics.median(evaluations):.2f}")


def batches(order):
    return order.reshape(-1, BATCH)


def torch(net, compiled):
    import torch
    from torch.nn import functional

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    (x, y), (test_x, test_y) = [(torch.from_numpy(x), torch.from_numpy(y).long()) for x, y in scaled()]
    layers = []
    for n, m in zip(SIZES[net], SIZES[net][1:]):
        layers += [torch.nn.Linear(n, m), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    # One kernel for the whole update: the fastest of those that it offers.
    parameters = model.parameters()
    if net == "mlp":
        optimizer = torch.optim.Adam(parameters, lr=0.001, fused=True)
    else:
        optimizer = torch.optim.SGD(parameters, lr=0.1, fused=True)

    def cost_of(x, y):
        return functional.cross_entropy(model(x), y)

    if compiled:
        cost_of = torch.compile(cost_of)

    def epoch(order):
        for chosen in torch.from_numpy(batches(order)).long():
            optimizer.zero_grad()
            cost_of(x.index_select(0, chosen), y.index_select(0, chosen)).backward()
            optimizer.step()

    def evaluate():
        with torch.inference_mode():
            return (model(test_x).argmax(1) == test_y).float().mean().item()

    report(epoch, evaluate)


def tensorflow_layers(tf, net):
    """Returns the variables, and what makes logits of a batch."""
    kernels = [
        (tf.Variable(tf.random.normal([n, m], stddev=(2 / n) ** 0.5)), tf.Variable(tf.zeros(m)))
        for n, m in zip(SIZES[net], SIZES[net][1:])
    ]

    def logits(h):
        for i, (kernel, bias) in enumerate(kernels):
            h = tf.matmul(h, kernel) + bias
            h = h if i + 1 == len(kernels) else tf.nn.relu(h)
        return h

    return [v for layer in kernels for v in layer], logits


def tf_session(net):
    """As in the notes: a graph, placeholders that are fed, a session."""
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_eager_execution()
    (train_x, train_y), (test_x, test_y) = scaled()
    x, y = v1.placeholder(tf.float32, [None, 784]), v1.placeholder(tf.int32, [None])
    _, logits_of = tensorflow_layers(tf, net)
    logits = logits_of(x)
    cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    adam, sgd = v1.train.AdamOptimizer(0.001), v1.train.GradientDescentOptimizer(0.1)
    train = (adam if net == "mlp" else sgd).minimize(cost)
    right = tf.equal(tf.argmax(logits, 1, output_type=tf.int32), y)
    accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
    threads = dict(intra_op_parallelism_threads=THREADS, inter_op_parallelism_threads=THREADS)
    session = v1.Session(config=v1.ConfigProto(**threads))
    session.run(v1.global_variables_initializer())

    def epoch(order):
        for chosen in batches(order):
            session.run(train, {x: train_x[chosen], y: train_y[chosen]})

    report(epoch, lambda: session.run(accuracy, {x: test_x, y: test_y}))


def tf_function(net):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    (x, y), (test_x, test_y) = [(tf.constant(x), tf.constant(y)) for x, y in scaled()]
    variables, logits_of = tensorflow_layers(tf, net)
    adam, sgd = tf.keras.optimizers.Adam, tf.keras.optimizers.SGD
    optimizer = adam(0.001) if net == "mlp" else sgd(0.1)
    optimizer.build(variables)

    @tf.function
    def step(chosen):
        with tf.GradientTape() as tape:
            logits = logits_of(tf.gather(x, chosen))
            labels = tf.gather(y, chosen)
            cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        optimizer.apply_gradients(zip(tape.gradient(cost, variables), variables))

    @tf.function
    def accuracy():
        right = tf.equal(tf.argmax(logits_of(test_x), 1, output_type=tf.int32), test_y)
        return tf.reduce_mean(tf.cast(right, tf.float32))

    def epoch(order):
        for chosen in tf.constant(batches(order)):
            step(chosen)

    report(epoch, lambda: float(accuracy()))


def jax(net, scan):
    import jax
    import jax.numpy as jnp

    (x, y), (test_x, test_y) = [(jnp.array(x), jnp.array(y)) for x, y in scaled()]
    keys = jax.random.split(jax.random.key(0), len(SIZES[net]))
    layers = [
        (jax.random.normal(key, (n, m)) * (2 / n) ** 0.5, jnp.zeros(m))
        for key, n, m in zip(keys, SIZES[net], SIZES[net][1:])
    ]

    def logits_of(layers, h):
        for i, (kernel, bias) in enumerate(layers):
            h = h @ kernel + bias
            h = h if i + 1 == len(layers) else jax.nn.relu(h)
        return h

    def cost(layers, x, y):
        logs = jax.nn.log_softmax(logits_of(layers, x))
        return -jnp.take_along_axis(logs, y[:, None], 1).mean()

    def adam(layers, gradients, first, second, time):
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
        rate = 0.001 * jnp.sqrt(1 - 0.999**time) / (1 - 0.9**time)
        layers = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-8), layers, first, second)
        return layers, first, second

    def step(state, x, y):
        layers, first, second, time = state
        gradients = jax.grad(cost)(layers, x, y)
        if net == "mlp":
            layers, first, second = adam(layers, gradients, first, second, time + 1)
        else:
            layers = jax.tree.map(lambda w, g: w - 0.1 * g, layers, gradients)
        return layers, first, second, time + 1

    def zeros():
        return jax.tree.map(jnp.zeros_like, layers) if net == "mlp" else None

    state = (layers, zeros(), zeros(), jnp.float32(0))

    if scan:
        # The data are arguments: as constants they would be copied into the program.
        def whole(state, x, y, order):
            return jax.lax.scan(lambda s, chosen: (step(s, x[chosen], y[chosen]), None), state, order)[0]

        whole = jax.jit(whole, donate_argnums=0)

        def epoch(order):
            nonlocal state
            state = jax.block_until_ready(whole(state, x, y, batches(order)))

    else:
        one = jax.jit(lambda state, x, y, chosen: step(state, x[chosen], y[chosen]), donate_argnums=0)

        def epoch(order):
            nonlocal state
            for chosen in batches(order):
                state = one(state, x, y, chosen)
            jax.block_until_ready(state)

    accuracy = jax.jit(lambda layers, x, y: (logits_of(layers, x).argmax(1) == y).mean())
    report(epoch, lambda: float(accuracy(state[0], test_x, test_y)))


PEERS = {
    "torch-eager": lambda net: torch(net, compiled=False),
    "torch-compile": lambda net: torch(net, compiled=True),
    "tf-session": tf_session,
    "tf-function": tf_function,
    "jax-step": lambda net: jax(net, scan=False),
    "jax-scan": lambda net: jax(net, scan=True),
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](sys.argv[2])
