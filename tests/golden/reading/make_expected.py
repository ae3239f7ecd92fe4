"""Writes what TensorBoard's own code reads from each log directory beside it: NAME.expected.

    python make_expected.py             # needs the package tensorboard (2.21)

One line a point: run, tag, kind, step, value. TensorBoard's EventFileLoader turns the old forms into
tensors; this prints those, as tests/reading_foreign.rs prints what runboard reads.
"""
import os
from tensorboard.backend.event_processing import event_file_loader
from tensorboard.compat.proto import graph_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.plugins.audio import plugin_data_pb2 as audio_pb2
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2 as hparams_pb2
from tensorboard.plugins.mesh import plugin_data_pb2 as mesh_pb2
from tensorboard.util import tensor_util

here = os.path.dirname(os.path.abspath(__file__))


def number(x):
    x = float(x)
    if x != x or x in (float("inf"), float("-inf")):
        return str(x).replace("nan", "NaN")
    mantissa, exponent = f"{x:.8e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def numbers(array):
    return " ".join(number(x) for x in array.ravel().astype("float64"))


def crc(data):
    return f"{len(data)}:{masked_crc32c(data):08x}"


def graph(data):
    nodes = graph_pb2.GraphDef.FromString(data).node
    return " ".join(f"{n.name}={n.op}({','.join(n.input)})" for n in nodes)


def hparams(content):
    data = hparams_pb2.HParamsPluginData.FromString(content)
    if data.HasField("session_start_info"):
        of = lambda v: {"number_value": lambda: number(v.number_value), "string_value": lambda: v.string_value,
                        "bool_value": lambda: str(v.bool_value).lower()}[v.WhichOneof("kind")]()
        return "start " + " ".join(f"{k}={of(v)}" for k, v in sorted(data.session_start_info.hparams.items()))
    if data.HasField("session_end_info"):
        return f"end {data.session_end_info.status}"
    e = data.experiment
    return "experiment " + " ".join([i.name for i in e.hparam_infos] + [i.name.tag for i in e.metric_infos])


def layout(data):
    of = lambda c: ",".join(c.multiline.tag) or ",".join(f"{s.value}/{s.lower}/{s.upper}" for s in c.margin.series)
    categories = layout_pb2.Layout.FromString(data).category
    return " ".join(f"{c.title}:{chart.title}:{of(chart)}" for c in categories for chart in c.chart)


def value(plugin, content, value):
    if plugin == "hparams":
        return hparams(content)
    array = tensor_util.make_ndarray(value.tensor)
    if plugin == "images":
        s = list(array.ravel())
        return " ".join([s[0].decode(), s[1].decode()] + [crc(x) for x in s[2:]])
    if plugin == "audio":
        wav = audio_pb2.AudioPluginData.FromString(content).encoding == audio_pb2.AudioPluginData.WAV
        clips = array[:, 0] if array.ndim == 2 else array.ravel()
        return " ".join(["audio/wav" if wav else ""] + [crc(x) for x in clips])
    if plugin == "text":
        return " ".join([str(list(array.shape))] + [x.decode() for x in array.ravel()])
    if plugin == "custom_scalars":
        return layout(array.item())
    if plugin == "mesh":
        m = mesh_pb2.MeshPluginData.FromString(content)
        return f"{m.name} {m.content_type} {list(array.shape)} {numbers(array)}"
    if plugin == "graph_keras_model":
        return crc(array.ravel()[0])
    if "run_metadata" in plugin:
        return crc(array.ravel()[0])
    if array.dtype == object:
        return " ".join([str(list(array.shape))] + [crc(x) for x in array.ravel()])
    return f"{list(array.shape)} {numbers(array)}"


def describe(logdir):
    for folder, folders, files in sorted(os.walk(logdir)):
        run, lines, metadata = os.path.relpath(folder, logdir), [], {}
        for file in sorted(f for f in files if "tfevents" in f):
            for event in event_file_loader.EventFileLoader(os.path.join(folder, file)).Load():
                if event.HasField("graph_def"):
                    lines.append(("__run_graph__", "graphs", event.step, graph(event.graph_def)))
                for v in event.summary.value:
                    m = metadata.setdefault(v.tag, v.metadata).plugin_data
                    kind = "graph_run_metadata" if "run_metadata" in m.plugin_name else m.plugin_name
                    if v.tag == "__run_graph__":
                        continue  # the loader's own copy of the event above
                    known = ["scalars", "histograms", "images", "audio", "text", "pr_curves", "custom_scalars",
                             "hparams", "mesh", "graph_run_metadata", "graph_keras_model"]
                    shown = value(m.plugin_name, m.content, v).replace("\n", "\\n").replace("\t", "\\t")
                    lines.append((v.tag, kind if kind in known else "tensor", event.step, shown))
        for tag, kind, step, shown in sorted(lines, key=lambda line: line[0].encode()):
            yield f"{run}\t{tag}\t{kind}\t{step}\t{shown}\n"


for name in sorted(os.listdir(here)):
    if os.path.isdir(os.path.join(here, name)) and not name.startswith(("make_", "_")):
        with open(os.path.join(here, name + ".expected"), "w", encoding="utf-8") as out:
            out.writelines(describe(os.path.join(here, name)))
