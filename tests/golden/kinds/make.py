#!/usr/bin/env python3
"""Makes the golden files beside this script with TensorBoard's, TensorFlow's and torch's own writers.

    python make.py

Made with Python 3.11, tensorflow-cpu 2.21.0, tensorboard 2.21.0, torch 2.15.0, Pillow 13.0.0.
`*.summary` are serialized `Summary` messages, `*.bin` other messages; tests/golden_kinds.rs logs the
same values and compares.
"""
import glob
import os
import shutil
import tempfile

import numpy as np
import tensorflow as tf
import torch
from PIL import Image
from tensorboard.compat.proto import config_pb2, event_pb2, graph_pb2
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import summary as hparams
from tensorboard.plugins.mesh import summary as mesh
from torch.utils.tensorboard import SummaryWriter, summary as torch_summary

HERE = os.path.dirname(os.path.abspath(__file__))


def save(name, content):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(content if isinstance(content, bytes) else content.SerializeToString(deterministic=True))


def logged_by_tensorflow(log):
    """The one summary that TensorFlow 2 writes."""
    with tempfile.TemporaryDirectory() as directory:
        with tf.summary.create_file_writer(directory).as_default():
            log()
        (path,) = glob.glob(directory + "/*tfevents*")
        events = [event_pb2.Event.FromString(r.numpy()) for r in tf.data.TFRecordDataset(path)]
        (found,) = [event.summary for event in events if event.HasField("summary")]
        return found


# Images: two pictures of 3 x 4 pixels; f32 values that all roundings agree on.
pixels = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3) * 3
save("images.summary", logged_by_tensorflow(lambda: tf.summary.image("pictures", pixels, step=0)))

# Audio: a WAV file of two channels by TensorFlow's encoder; samples at and beyond the limits.
samples = np.array([[0, 1], [-1, 0.5], [2, -2], [0.1, -0.1], [1 / 3, 1e-5]], np.float32)
save("audio.summary", logged_by_tensorflow(lambda: tf.summary.audio("clip", samples[None], 8000, step=0)))

# PR curve of 500 examples: 127 thresholds, and raw.
state = np.uint32(1)
labels, predictions = [], []
for i in range(500):
    state = np.uint32((int(state) * 1664525 + 1013904223) % 2**32)
    predictions.append(np.float32((int(state) >> 8) / 2**24))
    labels.append(bool(int(state) >> 5 & 1))
save("pr_curve.summary", torch_summary.pr_curve("pr", np.array(labels), np.array(predictions, np.float32), 127))
raw = [np.array(row, np.float32) for row in ([4, 3, 0], [6, 1, 0], [0, 5, 6], [0, 1, 4], [0.4, 0.75, 0], [1, 0.75, 0])]
save("pr_curve_raw.summary", torch_summary.pr_curve_raw("pr", *raw, 3))

# Custom scalars.
chart, margin = layout_pb2.Chart, layout_pb2.MarginChartContent
save("custom_scalars.summary", custom_scalar.pb(layout_pb2.Layout(category=[layout_pb2.Category(title="losses", chart=[
    chart(title="train vs test", multiline=layout_pb2.MultilineChartContent(tag=["loss/.*"])),
    chart(title="band", margin=margin(series=[margin.Series(value="m/mean", lower="m/lo", upper="m/hi")])),
])])))

# Meshes: a tetrahedron with everything, and points alone.
vertices = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]], np.float32)
faces = np.array([[[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]], np.int32)
colors = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]]], np.uint8)
save("mesh.summary", mesh.pb("tetra", vertices, colors=colors, faces=faces, config_dict={"camera": {"fov": 75}}))
save("points.summary", mesh.pb("points", vertices))

# HParams: TensorBoard's three summaries in one.
info, FLOAT, TEXT, BOOL = api_pb2.HParamInfo, api_pb2.DATA_TYPE_FLOAT64, api_pb2.DATA_TYPE_STRING, api_pb2.DATA_TYPE_BOOL
optimizer = info(name="optimizer", type=TEXT)
optimizer.domain_discrete.extend(["adam", "sgd"])
experiment = hparams.experiment_pb(
    [info(name="rate", type=FLOAT), optimizer, info(name="bias", type=BOOL)],
    [api_pb2.MetricInfo(name=api_pb2.MetricName(tag="accuracy"))], time_created_secs=1700000000.25)
experiment.MergeFrom(hparams.session_start_pb({"rate": 0.1, "optimizer": "adam", "bias": True}, group_name="rate 0.1",
                                              start_time_secs=1700000000.25))
experiment.MergeFrom(hparams.session_end_pb(api_pb2.STATUS_SUCCESS, end_time_secs=1700000000.25))
save("hparams.summary", experiment)

# A tensor.
save("tensor.summary", torch_summary.tensor_proto("t", torch.tensor([[1.5, -2.0, 3.25]])))

# A graph: y = sigmoid(x W + b), and what a step of it cost.
graph = graph_pb2.GraphDef()
for name, op, inputs, shape in (
        ("x", "Placeholder", [], [-1, 2]), ("l/W", "VariableV2", [], [2, 3]), ("l/b", "VariableV2", [], [3]),
        ("l/MatMul", "MatMul", ["x", "l/W"], [-1, 3]), ("l/add", "Add", ["l/MatMul", "l/b"], [-1, 3]),
        ("l/y", "Sigmoid", ["l/add"], [-1, 3])):
    node = graph.node.add(name=name, op=op, input=inputs)
    output = node.attr["_output_shapes"].list.shape.add()
    for size in shape:
        output.dim.add(size=size)
graph.versions.producer = 22
save("graph.bin", graph)
stats = config_pb2.RunMetadata()
device = stats.step_stats.dev_stats.add(device="/device:CPU:0")
for name, begin, length, size in (("l/MatMul", 3, 40, 4096), ("l/y", 43, 7, 0)):
    node = device.node_stats.add(node_name=name, all_start_micros=1700000000250000 + begin,
                                 op_end_rel_micros=length, all_end_rel_micros=length)
    if size:
        node.memory.add(total_bytes=size)
    node.output.add(slot=0).tensor_description.shape.dim.add(size=3)
save("run_metadata.bin", stats)

# A video: two frames of 3 x 2 pixels.
frames = [Image.fromarray(np.arange(18, dtype=np.uint8).reshape(2, 3, 3) * 7 + start) for start in (0, 90)]
frames[0].save(os.path.join(HERE, "video.gif"), save_all=True, append_images=frames[1:], duration=250, loop=0)

# Embeddings: five points with two columns of labels and pictures, then three points alone.
with tempfile.TemporaryDirectory() as directory:
    with SummaryWriter(directory) as writer:
        points = torch.arange(15, dtype=torch.float32).reshape(5, 3) / 4
        pictures = torch.arange(5 * 3 * 2 * 2, dtype=torch.float32).reshape(5, 3, 2, 2) * 4 / 255
        writer.add_embedding(points, [["cat", "en"], ["고양이", "ko"], ["chat", "fr"], ["猫", "ja"], ["gato", "es"]],
                             pictures, 7, "words", ["word", "language"])
        writer.add_embedding(points[:3], ["a", "b", "c"], tag="letters", global_step=0)
    target = os.path.join(HERE, "embedding")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(directory, target, ignore=shutil.ignore_patterns("*tfevents*"))
