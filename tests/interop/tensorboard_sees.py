"""Prints, as JSON, what a real TensorBoard shows of a log directory.

    tensorboard_sees.py LOGDIR --load-fast true|false --runs N

Starts TensorBoard, waits until it has loaded at least N runs and its answers no longer change, and asks
the same HTTP routes that its web page asks.
"""

import argparse
import io
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from PIL import Image


class TensorBoard:
    def __init__(self, logdir, load_fast):
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", logdir]
        command += ["--host", "127.0.0.1", "--port", "0", "--load_fast", load_fast, "--reload_interval", "1"]
        environment = dict(os.environ, PYTHONUNBUFFERED="1", TF_CPP_MIN_LOG_LEVEL="2")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )
        said = []
        for line in self.process.stderr:
            said.append(line)
            if found := re.search(r"at (http://\S+)", line):
                self.url = found.group(1).rstrip("/") + "/data/"
                break
        else:
            sys.exit("TensorBoard did not start:\n" + "".join(said))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        # Its pipe must not fill up while it ends.
        self.process.communicate(timeout=30)

    def get(self, route, body=None, **parameters):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + route + query, data=body, headers=headers)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return answer.read()

    def plugin(self, route, body=None, **parameters):
        return json.loads(self.get("plugin/" + route, body, **parameters))


def graph_of(text):
    """The nodes of a graph in the text form that the page downloads."""
    from google.protobuf import text_format
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    def shapes(node):
        return [[dim.size for dim in shape.dim] for shape in node.attr["_output_shapes"].list.shape]

    graph = text_format.Parse(text, GraphDef())
    return [
        {"name": n.name, "op": n.op, "inputs": list(n.input), "shapes": shapes(n)} for n in graph.node
    ]


def images_of(board, run, tag):
    """Step, size and number of colours of each picture, as the browser gets it."""
    rows = board.plugin("images/images", run=run, tag=tag, sample=0)
    seen = []
    for row in rows:
        picture = Image.open(io.BytesIO(board.get("plugin/images/individualImage?" + row["query"]))).convert("RGB")
        seen.append([row["step"], picture.size, len(picture.getcolors(picture.width * picture.height))])
    return seen


def projector_of(board, run):
    """Shape, bytes, labels and size of the sprite of each embedding, as the browser gets them."""
    seen = {}
    for embedding in board.plugin("projector/info", run=run)["embeddings"]:
        name = embedding["tensorName"]
        where = "?" + urllib.parse.urlencode({"run": run, "name": name})
        sprite = Image.open(io.BytesIO(board.get("plugin/projector/sprite_image" + where)))
        seen[name] = {
            "shape": embedding["tensorShape"],
            "bytes": len(board.get("plugin/projector/tensor" + where)),
            "labels": board.get("plugin/projector/metadata" + where).decode().split(),
            "sprite": sprite.size,
        }
    return seen


def charts_of(board, runs):
    """For each custom scalars chart and run the tags that it draws, and how many points of each."""
    charts = {}
    for category in board.plugin("custom_scalars/layout").get("category", []):
        for chart in category["chart"]:
            charts[chart["title"]] = {run: {} for run in runs}
            for run in runs:
                for tag in chart["multiline"]["tag"]:
                    drawn = board.plugin("custom_scalars/scalars", run=run, tag=tag)["tag_to_events"]
                    charts[chart["title"]][run].update({tag: len(points) for tag, points in drawn.items()})
    return charts


def everything(board):
    seen = {run: {} for run in json.loads(board.get("runs"))}
    for run, tags in board.plugin("scalars/tags").items():
        rows = {tag: board.plugin("scalars/scalars", run=run, tag=tag) for tag in tags}
        # Each is [wall time, step, value].
        seen[run]["scalars"] = {tag: [[step, value] for _, step, value in r] for tag, r in rows.items()}
    for run, tags in board.plugin("histograms/tags").items():
        rows = {tag: board.plugin("histograms/histograms", run=run, tag=tag) for tag in tags}
        # Each is [wall time, step, [[left, right, count], ...]].
        seen[run]["histograms"] = {tag: [[step, b] for _, step, b in r] for tag, r in rows.items()}
    for run, tags in board.plugin("text/tags").items():
        seen[run]["text"] = {tag: board.plugin("text/text", run=run, tag=tag) for tag in tags}
    for run, tags in board.plugin("images/tags").items():
        seen[run]["images"] = {tag: images_of(board, run, tag) for tag in tags}
    for run, tags in board.plugin("pr_curves/tags").items():
        rows = {tag: board.plugin("pr_curves/pr_curves", run=run, tag=tag)[run] for tag in tags}
        # Recall at the threshold 0 is 1 if anything is to be found.
        seen[run]["pr_curves"] = {tag: [[p["step"], p["recall"][0]] for p in r] for tag, r in rows.items()}
    for run in board.plugin("projector/runs"):
        seen[run]["projector"] = projector_of(board, run)
    for run, info in board.plugin("graphs/info").items():
        if info.get("run_graph"):
            seen[run]["graph"] = graph_of(board.get("plugin/graphs/graph", run=run))
    hparams = {"groups": []}
    if json.loads(board.get("plugins_listing"))["hparams"]["enabled"]:
        statuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
        wish = {"experimentName": "", "startIndex": 0, "sliceSize": 1000, "allowedStatuses": statuses}
        answer = board.plugin("hparams/session_groups", json.dumps(wish).encode())
        for group in answer.get("sessionGroups", []):
            metrics = {m["name"]["tag"]: m.get("value") for m in group.get("metricValues", [])}
            sessions = [[s["name"], s.get("status")] for s in group["sessions"]]
            values = group.get("hparams", {})
            hparams["groups"].append({"sessions": sessions, "hparams": values, "metrics": metrics})
    return {"runs": seen, "hparams": hparams, "charts": charts_of(board, seen)}


def settled(board, runs, seconds=90):
    """What is seen once it has stayed the same for three looks."""
    last, same, end = None, 0, time.time() + seconds
    while time.time() < end:
        now = everything(board)
        same = same + 1 if now == last else 0
        last = now
        if same >= 3 and len(now["runs"]) >= runs:
            return now
        time.sleep(0.7)
    sys.exit(f"after {seconds} s TensorBoard shows {sorted(last['runs'])} or has not come to rest")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("logdir")
    parser.add_argument("--load-fast", choices=["true", "false"], required=True)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    with TensorBoard(options.logdir, options.load_fast) as board:
        print(json.dumps(settled(board, options.runs)))
