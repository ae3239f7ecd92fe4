"""Prints what training the convolutional net of lab 11-2 takes, of a stretch of an epoch.

    cnn.py torch|torch-channels-last|torch-compile|tf-function|tf-xla|jax-step STEPS

The last line has the seconds of an epoch of 550 steps, scaled from STEPS of them after ten that
warm up, the peak memory of training in MiB, the milliseconds in which 10,000 images are told, and the
batch in which that was done. The net is that of the experiment `mnist_cnn`, the images are those of
examples/epoch_time; two threads.
"""

import os
import resource
import sys
import time

THREADS = 2
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))

import numpy as np

from digits import BATCH, TEST, TRAIN, scaled

FILTERS = [(1, 32), (32, 64), (64, 128)]
DENSE = [(4 * 4 * 128, 625), (625, 10)]
FILTER_STDDEV, DROPPED = 0.01, 0.3
WARM_UP, BATCHES = 10, (100, 1000)
# With fewer steps the cost need not have fallen yet.
LEARNS_IN = 60


def xavier(n, m):
    """The deviation of normal weights after Glorot and Bengio."""
    return (2 / (n + m)) ** 0.5


def report(steps, labels, step, wait, tell):
    """Trains, tells digits and prints.

    `step` trains on a batch of images by index and returns its cost, maybe not yet computed; `wait`
    returns when what was started is done; `tell(first, batch)` returns the classes of test
    images, of which `labels` has the right ones.
    """
    chosen = np.random.default_rng(0).permutation(TRAIN).astype(np.int32).reshape(-1, BATCH)
    costs = [step(some) for some in chosen[:WARM_UP]]
    wait()
    start = time.perf_counter()
    costs += [step(some) for some in chosen[WARM_UP : WARM_UP + steps]]
    wait()
    epoch = (time.perf_counter() - start) / steps * len(chosen)
    costs = [float(cost) for cost in costs]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)

    def seconds(batch, count):
        start = time.perf_counter()
        told = np.concatenate([np.asarray(tell(first, batch)) for first in range(0, count, batch)])
        return time.perf_counter() - start, told

    tried = {}
    for batch in BATCHES:
        seconds(batch, batch)  # what is compiled is compiled now
        tried[batch], _ = seconds(batch, TEST // 10)
    batch = min(tried, key=tried.get)
    telling, told = seconds(batch, TEST)
    right = (told == labels).mean()
    first, last = costs[0], sum(costs[-10:]) / len(costs[-10:])
    assert steps < LEARNS_IN or last < 0.9 * first, f"it does not learn: cost {first} to {last}"
    print(f"{steps} steps, cost {first:.4f} to {last:.4f}, test accuracy {right:.4f}")
    print(f"{epoch:.4f} {peak:.1f} {1e3 * telling:.2f} {batch}")


def torch(steps, memory_format="contiguous_format", compiled=False):
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    memory_format = getattr(torch, memory_format)
    (x, y), (test_x, labels) = [(torch.from_numpy(x).reshape(-1, 1, 28, 28), y) for x, y in scaled()]
    y = torch.from_numpy(y).long()
    layers = []
    for n, m in FILTERS:
        filters = nn.Conv2d(n, m, 3, padding=1, bias=False)
        nn.init.normal_(filters.weight, std=FILTER_STDDEV)
        # 28 to 14 to 7 to 4: with `ceil_mode` the last pads as SAME does.
        layers += [filters, nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True), nn.Dropout(DROPPED)]
    layers.append(nn.Flatten())
    for n, m in DENSE:
        dense = nn.Linear(n, m)
        nn.init.xavier_normal_(dense.weight)
        layers += [dense, nn.ReLU(), nn.Dropout(DROPPED)]
    model = nn.Sequential(*layers[:-2]).to(memory_format=memory_format)
    # One kernel for the whole update: the fastest of those that it offers.
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=True)

    def cost_of(x, y):
        return nn.functional.cross_entropy(model(x), y)

    def classes_of(x):
        return model(x).argmax(1)

    if compiled:
        cost_of, classes_of = torch.compile(cost_of), torch.compile(classes_of, dynamic=False)

    def step(chosen):
        chosen = torch.from_numpy(chosen).long()
        optimizer.zero_grad()
        images = x.index_select(0, chosen).contiguous(memory_format=memory_format)
        cost = cost_of(images, y.index_select(0, chosen))
        cost.backward()
        optimizer.step()
        return cost.detach()

    def tell(first, batch):
        model.eval()
        with torch.inference_mode():
            return classes_of(test_x[first : first + batch].contiguous(memory_format=memory_format)).numpy()

    report(steps, labels, step, lambda: None, tell)


def tensorflow(steps, jit):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    tf.random.set_seed(0)
    (x, y), (test_x, labels) = [(tf.constant(x.reshape(-1, 28, 28, 1)), y) for x, y in scaled()]
    y = tf.constant(y)
    filters = [tf.Variable(tf.random.normal([3, 3, n, m], stddev=FILTER_STDDEV)) for n, m in FILTERS]
    dense = [
        (tf.Variable(tf.random.normal([n, m], stddev=xavier(n, m))), tf.Variable(tf.zeros(m)))
        for n, m in DENSE
    ]
    variables = filters + [v for layer in dense for v in layer]
    optimizer = tf.keras.optimizers.Adam(0.001)
    optimizer.build(variables)

    def pool(h):
        if not jit:
            return tf.nn.max_pool2d(h, 2, 2, "SAME")
        # As in `jax`, and for its reason.
        _, side, _, channels = h.shape
        h = tf.pad(h, [[0, 0], [0, side % 2], [0, side % 2], [0, 0]])
        half = h.shape[1] // 2
        return tf.reduce_max(tf.reshape(h, [-1, half, 2, half, 2, channels]), [2, 4])

    def logits_of(h, dropped):
        def dropout(h):
            return tf.nn.dropout(h, dropped) if dropped else h

        for kernel in filters:
            h = tf.nn.relu(tf.nn.conv2d(h, kernel, 1, "SAME"))
            h = dropout(pool(h))
        h = tf.reshape(h, [-1, 4 * 4 * 128])
        (kernel, bias), (last_kernel, last_bias) = dense
        h = dropout(tf.nn.relu(tf.matmul(h, kernel) + bias))
        return tf.matmul(h, last_kernel) + last_bias

    @tf.function(jit_compile=jit)
    def train(x, y):
        with tf.GradientTape() as tape:
            logits = logits_of(x, DROPPED)
            cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        optimizer.apply_gradients(zip(tape.gradient(cost, variables), variables))
        return cost

    @tf.function(jit_compile=jit)
    def classes(x):
        return tf.argmax(logits_of(x, 0), 1, output_type=tf.int32)

    def step(chosen):
        return train(tf.gather(x, chosen), tf.gather(y, chosen))

    def tell(first, batch):
        return classes(test_x[first : first + batch]).numpy()

    report(steps, labels, step, lambda: [v.numpy() for v in variables], tell)


def jax(steps):
    import jax
    import jax.numpy as jnp

    (x, y), (test_x, labels) = [(jnp.array(x.reshape(-1, 28, 28, 1)), y) for x, y in scaled()]
    y = jnp.array(y)
    keys = iter(jax.random.split(jax.random.key(0), len(FILTERS) + len(DENSE)))
    layers = (
        [jax.random.normal(next(keys), (3, 3, n, m)) * FILTER_STDDEV for n, m in FILTERS],
        [(jax.random.normal(next(keys), (n, m)) * xavier(n, m), jnp.zeros(m)) for n, m in DENSE],
    )

    def pool(h):
        # Eight times as fast as `reduce_window`, whose gradient XLA scatters on a CPU. An odd side is
        # padded as SAME does: of what ReLU leaves none is less than 0.
        n, side, _, channels = h.shape
        h = jnp.pad(h, ((0, 0), (0, side % 2), (0, side % 2), (0, 0)))
        half = h.shape[1] // 2
        return h.reshape(n, half, 2, half, 2, channels).max((2, 4))

    def logits_of(layers, h, key=None):
        def dropout(h):
            nonlocal key
            if key is None:
                return h
            key, this = jax.random.split(key)
            return jnp.where(jax.random.bernoulli(this, 1 - DROPPED, h.shape), h / (1 - DROPPED), 0)

        filters, dense = layers
        for kernel in filters:
            h = jax.lax.conv_general_dilated(h, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            h = dropout(pool(jax.nn.relu(h)))
        h = h.reshape(len(h), -1)
        (kernel, bias), (last_kernel, last_bias) = dense
        return dropout(jax.nn.relu(h @ kernel + bias)) @ last_kernel + last_bias

    def cost_of(layers, x, y, key):
        logs = jax.nn.log_softmax(logits_of(layers, x, key))
        return -jnp.take_along_axis(logs, y[:, None], 1).mean()

    def adam(layers, gradients, first, second, time):
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
        rate = 0.001 * jnp.sqrt(1 - 0.999**time) / (1 - 0.9**time)
        layers = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-8), layers, first, second)
        return layers, first, second

    def train(state, x, y, chosen):
        layers, first, second, time, key = state
        key, this = jax.random.split(key)
        cost, gradients = jax.value_and_grad(cost_of)(layers, x[chosen], y[chosen], this)
        return (*adam(layers, gradients, first, second, time + 1), time + 1, key), cost

    train = jax.jit(train, donate_argnums=0)
    zeros = [jax.tree.map(jnp.zeros_like, layers) for _ in range(2)]
    state = (layers, *zeros, jnp.float32(0), jax.random.key(1))
    classes = jax.jit(lambda layers, x: logits_of(layers, x).argmax(1))

    def step(chosen):
        nonlocal state
        state, cost = train(state, x, y, chosen)
        return cost

    def tell(first, batch):
        return classes(state[0], test_x[first : first + batch])

    report(steps, labels, step, lambda: jax.block_until_ready(state), tell)


PEERS = {
    "torch": torch,
    "torch-channels-last": lambda steps: torch(steps, "channels_last"),
    "torch-compile": lambda steps: torch(steps, compiled=True),
    "tf-function": lambda steps: tensorflow(steps, jit=None),
    "tf-xla": lambda steps: tensorflow(steps, jit=True),
    "jax-step": jax,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](int(sys.argv[2]))
