"""Writes the log directories of other writers: torch, tensorboardX and TensorFlow 2 and 1.

    python make_foreign.py              # into ./torch, ./tensorboardx, ./tensorflow2, ./tensorflow1

Made with torch 2.x, tensorboardX 2.6 and TensorFlow 2.21 (the versions are in make_expected.py's
output). The files are small and committed; run make_expected.py afterwards.
"""
import os, shutil, sys
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
values = (np.arange(24, dtype=np.float32) - 7.5) ** 2 / 10 - 3


def fresh(name):
    path = os.path.join(here, name)
    shutil.rmtree(path, ignore_errors=True)
    return path


def rename(path):
    """Event files get names without the host's."""
    for folder, _, files in os.walk(path):
        events = sorted(f for f in files if "tfevents" in f)
        for i, file in enumerate(events):
            os.rename(os.path.join(folder, file), os.path.join(folder, f"events.out.tfevents.{i}"))


def common(w, to_tensor):
    """What torch's and tensorboardX's writers have in common."""
    for step in range(3):
        w.add_scalar("loss/train", 1 / (step + 1), step, walltime=1.7e9 + step)
        w.add_scalar("정확도", step / 3, step, walltime=1.7e9 + step)
    w.add_scalar("odd", float("nan"), 0, walltime=1.7e9)
    w.add_scalar("odd", float("-inf"), 1, walltime=1.7e9)
    w.add_histogram("weights", values, 1, walltime=1.7e9)
    w.add_histogram("weights", values * 0, 2, walltime=1.7e9)
    image = (np.arange(4 * 6 * 3).reshape(4, 6, 3) * 3).astype(np.uint8)
    w.add_image("picture", image, 1, walltime=1.7e9, dataformats="HWC")
    w.add_images("pictures", np.stack([image, 255 - image]), 1, walltime=1.7e9, dataformats="NHWC")
    w.add_text("note", "a **bold** 한글 note", 1, walltime=1.7e9)
    w.add_pr_curve("pr", np.array([0, 1, 1, 0, 1]), np.array([0.1, 0.9, 0.6, 0.4, 0.3]), 1,
                   num_thresholds=5, walltime=1.7e9)
    w.add_custom_scalars({"all": {"losses": ["Multiline", ["loss/.*"]],
                                  "band": ["Margin", ["a", "b", "c"]]}})
    vertices = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]], dtype=np.float32)
    w.add_mesh("tetra", vertices=to_tensor(vertices),
               colors=to_tensor(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], dtype=np.uint8)),
               faces=to_tensor(np.array([[[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]], dtype=np.int32)),
               global_step=1, walltime=1.7e9)
    w.add_embedding(to_tensor(values.reshape(8, 3)), metadata=[f"n{i}" for i in range(8)], tag="emb", global_step=1)


def torch_():
    import torch
    from torch.utils.tensorboard import SummaryWriter
    path = fresh("torch")
    w = SummaryWriter(path)
    common(w, torch.from_numpy)
    w.add_audio("tone", torch.sin(torch.arange(80) * 0.3)[None], 1, sample_rate=8000, walltime=1.7e9)
    w.add_tensor("plain", torch.tensor([[1.5, -2.0]]), 1, walltime=1.7e9)
    w.add_graph(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Sigmoid()), torch.zeros(1, 2))
    w.add_hparams({"lr": 0.1, "opt": "sgd", "bias": True}, {"hparam/accuracy": 0.75}, run_name="trial")
    w.close()
    rename(path)


def tensorboardx():
    import tensorboardX
    path = fresh("tensorboardx")
    w = tensorboardX.SummaryWriter(path)
    common(w, lambda x: x)
    w.add_scalars("group", {"a": 1.0, "b": 2.0}, 1, walltime=1.7e9)
    w.add_hparams({"lr": 0.1, "opt": "sgd", "bias": True}, {"hparam/accuracy": 0.75}, name="trial")
    w.close()
    rename(path)


def tensorflow2():
    import tensorflow as tf
    from tensorboard.plugins.hparams import api as hp
    from tensorboard.plugins.mesh import summary_v2 as mesh
    path = fresh("tensorflow2")
    w = tf.summary.create_file_writer(path)
    with w.as_default():
        for step in range(3):
            tf.summary.scalar("loss/train", 1 / (step + 1), step, description="the *loss*")
        tf.summary.scalar("정확도", 0.5, 0)
        tf.summary.histogram("weights", values, 1)
        tf.summary.histogram("weights", np.zeros(24, np.float32), 2)
        tf.summary.histogram("weights", np.zeros(0, np.float32), 3)
        image = (np.arange(4 * 6 * 3).reshape(4, 6, 3) * 3).astype(np.uint8)
        tf.summary.image("pictures", np.stack([image, 255 - image]), 1)
        tf.summary.audio("tone", np.sin(np.arange(80, dtype=np.float32) * 0.3).reshape(1, 80, 1), 8000, 1)
        tf.summary.text("note", "a **bold** 한글 note", 1)
        tf.summary.text("table", [["a", "b"], ["c", "d"]], 1)
        mesh.mesh("tetra", vertices=tf.constant([[[0., 0., 0.], [1., 0., 0.], [0., 1., 0.]]]),
                  faces=tf.constant([[[0, 1, 2]]]), step=1)
        for dtype in ["float64", "int32", "int64", "uint8", "bool", "float16", "int16"]:
            tf.summary.write("plain/" + dtype, tf.constant(np.array([[1, 0], [3, 1]]).astype(dtype)), 1)
        tf.summary.write("plain/string", tf.constant(["a", "bc"]), 1)
        tf.summary.write("plain/zeros", tf.zeros([3]), 1)
        hp.hparams({"lr": 0.1, "opt": "sgd", "bias": True}, trial_id="trial")
        tf.summary.trace_on(graph=True)

        @tf.function
        def double_sigmoid(x):
            return tf.sigmoid(x) * 2

        double_sigmoid(tf.constant([1.0]))
        tf.summary.trace_export("traced", step=1)
    w.close()
    rename(path)


def tensorflow1():
    import tensorflow.compat.v1 as tf
    path = fresh("tensorflow1")
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None], name="x")
        tf.summary.scalar("mean", tf.reduce_mean(x))
        tf.summary.histogram("x", x)
        picture = (np.arange(4 * 6).reshape(1, 4, 6, 1) * 9).astype(np.uint8)
        tf.summary.image("picture", tf.constant(picture))
        tf.summary.audio("tone", tf.sin(tf.range(80, dtype=tf.float32) * 0.3)[None], 8000)
        tf.summary.text("note", tf.constant("a **bold** 한글 note"))
        merged = tf.summary.merge_all()
        with tf.Session() as session:
            w = tf.summary.FileWriter(path, session.graph)
            options, traced = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
            for step in range(2):
                w.add_summary(session.run(merged, {x: values + step}, options, traced), step)
            w.add_run_metadata(traced, "step1", 1)
            w.close()
    rename(path)


for name in sys.argv[1:] or ["torch_", "tensorboardx", "tensorflow2", "tensorflow1"]:
    pid = os.fork()  # TensorFlow 1 and 2 in processes of their own
    if pid == 0:
        globals()[name]()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0, name
