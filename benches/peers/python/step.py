"""Prints the nanoseconds of one training step: step.py torch-eager|jax-step|jax-loop EXPERIMENT."""

import os
import statistics
import sys
import time

os.environ.setdefault("JAX_PLATFORMS", "cpu")

NETS = {
    "xor_nn": ([2, 2, 1], "sigmoid"),
    "xor_deep": ([2, 10, 10, 10, 1], "sigmoid"),
    "xor_11layer_relu": ([2] + [5] * 10 + [1], "relu"),
}
X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
Y = [[0.0], [1.0], [1.0], [0.0]]
LEARNING_RATE = 0.1


def median_of_stretches(run, steps):
    """Nanoseconds of a step; `run` makes `steps` of them."""
    run(steps)
    times = []
    for _ in range(11):
        start = time.perf_counter_ns()
        run(steps)
        times.append((time.perf_counter_ns() - start) / steps)
    return statistics.median(times)


def torch_eager(sizes, hidden):
    import torch

    # Tensors this small are never split, but the pool's threads would be there.
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, y = torch.tensor(X), torch.tensor(Y)
    layers = [
        (torch.randn(n, m, requires_grad=True), torch.zeros(m, requires_grad=True))
        for n, m in zip(sizes, sizes[1:])
    ]
    sgd = torch.optim.SGD([v for layer in layers for v in layer], lr=LEARNING_RATE)
    hidden = getattr(torch, hidden)

    def run(steps):
        for _ in range(steps):
            h = x
            for i, (kernel, bias) in enumerate(layers):
                last = i + 1 == len(layers)
                h = (torch.sigmoid if last else hidden)(h @ kernel + bias)
            cost = -torch.mean(y * torch.log(h) + (1 - y) * torch.log(1 - h))
            sgd.zero_grad()
            cost.backward()
            sgd.step()

    return median_of_stretches(run, 100)


def jax_net(sizes, hidden):
    import jax
    import jax.numpy as jnp

    x, y = jnp.array(X), jnp.array(Y)
    keys = jax.random.split(jax.random.key(0), len(sizes))
    layers = [
        (jax.random.normal(key, (n, m)), jnp.zeros(m))
        for key, n, m in zip(keys, sizes, sizes[1:])
    ]
    hidden = getattr(jax.nn, hidden)

    def cost(layers):
        h = x
        for i, (kernel, bias) in enumerate(layers):
            last = i + 1 == len(layers)
            h = (jax.nn.sigmoid if last else hidden)(h @ kernel + bias)
        return -jnp.mean(y * jnp.log(h) + (1 - y) * jnp.log(1 - h))

    def step(layers):
        return jax.tree.map(lambda v, g: v - LEARNING_RATE * g, layers, jax.grad(cost)(layers))

    return jax, layers, step


def jax_step(sizes, hidden):
    """One jitted call a step."""
    jax, layers, step = jax_net(sizes, hidden)
    step = jax.jit(step, donate_argnums=0)

    def run(steps):
        nonlocal layers
        for _ in range(steps):
            layers = step(layers)
        jax.block_until_ready(layers)

    return median_of_stretches(run, 500)


def jax_loop(sizes, hidden):
    """The loop itself is jitted: one call for all steps."""
    jax, layers, step = jax_net(sizes, hidden)
    loop = jax.jit(lambda layers, steps: jax.lax.fori_loop(0, steps, lambda _, l: step(l), layers))

    def run(steps):
        nonlocal layers
        layers = jax.block_until_ready(loop(layers, steps))

    return median_of_stretches(run, 5000)


if __name__ == "__main__":
    framework = {"torch-eager": torch_eager, "jax-step": jax_step, "jax-loop": jax_loop}[sys.argv[1]]
    print("%.0f" % framework(*NETS[sys.argv[2]]))
