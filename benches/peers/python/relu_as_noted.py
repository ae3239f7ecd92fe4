"""Trains the notes' ReLU net in PyTorch, with their hyper-parameters: an independent second opinion.

    python relu_as_noted.py DIR [SEED]

784-256-256-256-10, N(0,1) weights and biases, Adam 0.001, batches of 100. DIR has MNIST's four .gz files. Prints the mean
cost and the test accuracy of each of 15 epochs.
"""

import gzip
import os
import sys

import numpy as np
import torch

SIZES = [784, 256, 256, 256, 10]


def read(name, header):
    with gzip.open(os.path.join(sys.argv[1], name)) as file:
        return np.frombuffer(file.read(), np.uint8)[header:]


def images(name):
    return torch.tensor(read(name, 16).reshape(-1, 784).astype(np.float32) / 255)


def labels(name):
    return torch.tensor(read(name, 8).astype(np.int64))


def logits(variables, x):
    for layer in range(0, len(variables), 2):
        x = x @ variables[layer] + variables[layer + 1]
        if layer + 2 < len(variables):
            x = torch.relu(x)
    return x


# TensorFlow's split: the first 5,000 are for validation.
x, y = images("train-images-idx3-ubyte.gz")[5000:], labels("train-labels-idx1-ubyte.gz")[5000:]
test_x, test_y = images("t10k-images-idx3-ubyte.gz"), labels("t10k-labels-idx1-ubyte.gz")
torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
variables = []
for inputs, outputs in zip(SIZES, SIZES[1:]):
    variables += [torch.randn(inputs, outputs, requires_grad=True), torch.randn(outputs, requires_grad=True)]
optimizer = torch.optim.Adam(variables, lr=0.001)
for epoch in range(15):
    order, total = torch.randperm(len(x)), 0.0
    for start in range(0, len(x), 100):
        batch = order[start : start + 100]
        cost = torch.nn.functional.cross_entropy(logits(variables, x[batch]), y[batch])
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        total += cost.item()
    with torch.no_grad():
        accuracy = (logits(variables, test_x).argmax(1) == test_y).float().mean().item()
    print(f"epoch {epoch + 1:2}  cost {total / (len(x) // 100):.3f}  test accuracy {accuracy:.4f}", flush=True)
