"""Prints the events per second that reach an event file: log.py WRITER KIND COUNT DIR.

The clock runs from before the file is created until after it is closed.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np


def add_all(writer, kind, count, weights):
    if kind == "scalars":
        for step in range(count):
            writer.add_scalar("cost", 1.0 / (1.0 + step), step)
    else:
        for step in range(count):
            writer.add_histogram("weights", weights, step)
    writer.close()


def torch(kind, count, dir, weights):
    import torch
    from torch.utils.tensorboard import SummaryWriter

    weights = torch.from_numpy(weights)
    return lambda: add_all(SummaryWriter(dir), kind, count, weights)


def tensorboardX(kind, count, dir, weights):
    from tensorboardX import SummaryWriter

    return lambda: add_all(SummaryWriter(dir), kind, count, weights)


def tensorflow(kind, count, dir, weights):
    import tensorflow as tf

    weights = tf.constant(weights)

    def run():
        with tf.summary.create_file_writer(dir).as_default() as writer:
            for step in range(count):
                if kind == "scalars":
                    tf.summary.scalar("cost", 1.0 / (1.0 + step), step)
                else:
                    tf.summary.histogram("weights", weights, step)
            writer.close()

    return run


if __name__ == "__main__":
    writer, kind, count, dir = sys.argv[1:]
    weights = np.random.default_rng(0).normal(0, 0.05, (784, 256)).astype(np.float32)
    run = globals()[writer](kind, int(count), dir, weights)
    start = time.perf_counter()
    run()
    print("%.1f" % (int(count) / (time.perf_counter() - start)))
