"""Prints, as JSON, what TensorFlow's and TensorBoard's own readers make of an event file.

    python_reads.py FILE
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def plain(tensor):
    array = tf.make_ndarray(tensor)
    if array.dtype == object:
        return [item.decode(errors="replace") for item in array.ravel()]
    # JSON has no NaN.
    return np.where(np.isnan(array), None, array.astype(np.float64)).tolist()


def summary_iterator(path):
    """Every value of every event, in order, by TensorFlow's own record reader and parser."""
    events = []
    for event in tf.compat.v1.train.summary_iterator(path):
        made = {"what": event.WhichOneof("what"), "step": event.step}
        if made["what"] == "summary":
            made["values"] = [
                {
                    "tag": value.tag,
                    "plugin": value.metadata.plugin_data.plugin_name,
                    "value": plain(value.tensor) if value.HasField("tensor") else None,
                }
                for value in event.summary.value
            ]
        if made["what"] == "graph_def":
            graph = tf.compat.v1.GraphDef.FromString(event.graph_def)
            made["nodes"] = [node.name for node in graph.node]
        events.append(made)
    return events


def event_accumulator(path):
    accumulator = EventAccumulator(path, size_guidance={"tensors": 0})
    accumulator.Reload()
    series = {}
    for tag in accumulator.Tags()["tensors"]:
        series[tag] = [[event.step, plain(event.tensor_proto)] for event in accumulator.Tensors(tag)]
    return {"graph": accumulator.Tags()["graph"], "series": series}


if __name__ == "__main__":
    path = sys.argv[1]
    print(json.dumps({"iterator": summary_iterator(path), "accumulator": event_accumulator(path)}))
