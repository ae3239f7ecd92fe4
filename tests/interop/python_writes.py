"""Writes event files with tensorboardX, torch and TensorFlow, and prints as JSON what they hold.

    python_writes.py LOGDIR

Each writer makes a run of its own name with the same scalars, histogram and text.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf
import tensorboardX
import torch.utils.tensorboard

STEPS = list(range(0, 300, 3))
COST = [float(np.float32(1 / (1 + step))) for step in STEPS]
WEIGHTS = np.linspace(-1, 1, 101).astype(np.float32)
TEXT = "경사 하강법: *gradient descent*"
TAG = "손실/cost"


def like_tensorboardx(writer):
    for step, cost in zip(STEPS, COST):
        writer.add_scalar(TAG, cost, step)
    writer.add_histogram("weights", WEIGHTS, 7)
    writer.add_text("about", TEXT, 0)
    writer.close()


def tensorflow_2(directory):
    with tf.summary.create_file_writer(directory).as_default() as writer:
        for step, cost in zip(STEPS, COST):
            tf.summary.scalar(TAG, cost, step)
        tf.summary.histogram("weights", WEIGHTS, 7)
        tf.summary.text("about", TEXT, 0)
        writer.close()


def tensorflow_1(directory):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        cost = v1.placeholder(tf.float32, [])
        weights = v1.placeholder(tf.float32, [None])
        scalar, histogram = v1.summary.scalar("cost", cost), v1.summary.histogram("weights", weights)
        text = v1.summary.text("about", tf.constant(TEXT))
        writer = v1.summary.FileWriter(directory, graph=v1.get_default_graph())
        with v1.Session() as session:
            for step, value in zip(STEPS, COST):
                writer.add_summary(session.run(scalar, {cost: value}), step)
            writer.add_summary(session.run(histogram, {weights: WEIGHTS}), 7)
            writer.add_summary(session.run(text), 0)
        writer.close()


if __name__ == "__main__":
    logdir = sys.argv[1]
    like_tensorboardx(tensorboardX.SummaryWriter(os.path.join(logdir, "tensorboardX")))
    like_tensorboardx(torch.utils.tensorboard.SummaryWriter(os.path.join(logdir, "torch")))
    tensorflow_2(os.path.join(logdir, "tensorflow2"))
    tensorflow_1(os.path.join(logdir, "tensorflow1"))
    # TensorFlow 1 has no room for other letters in a tag; tensorboardX and torch append to text tags.
    print(
        json.dumps(
            {
                "steps": STEPS,
                "cost": COST,
                "elements": len(WEIGHTS),
                "text": TEXT,
                "runs": {
                    "tensorboardX": {"cost": TAG, "text": "about/text_summary"},
                    "torch": {"cost": TAG, "text": "about/text_summary"},
                    "tensorflow2": {"cost": TAG, "text": "about"},
                    "tensorflow1": {"cost": "cost", "text": "about"},
                },
            }
        )
    )
