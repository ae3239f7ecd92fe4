"""Makes images.json and image_layers.json: what TensorFlow computes of images.

    pip install tensorflow-cpu && python make_images.py

In f64 like make.py, whose words it uses. Made with TensorFlow 2.21.0.
"""

import make
import numpy as np
import tensorflow as tf
from make import case, normal

POOLS = {"MaxPool": tf.nn.max_pool2d, "AvgPool": tf.nn.avg_pool2d}


def pool(op, shape, size, strides, padding, values=None):
    def function(x):
        return POOLS[op](x, size, strides, tensorflows(padding))

    x = normal(*shape) if values is None else values(shape)
    return case(op, function, [x], size=size, strides=strides, padding=padding)


def tensorflows(padding):
    """Rows before and after, columns before and after, as TensorFlow takes them."""
    return padding if isinstance(padding, str) else [[0, 0], *padding, [0, 0]]


def few(shape):
    """Numbers of which many are the same, so that windows have several largest."""
    return make.RANDOM.integers(0, 3, shape).astype(float)


def pools():
    for op in POOLS:
        for shape, size, strides, padding in [
            ([2, 4, 6, 8], [2, 2], [2, 2], "VALID"),  # pairs and whole lanes: a kernel's fast path
            ([2, 4, 4, 11], [2, 2], [2, 2], "SAME"),
            ([3, 5, 7, 3], [2, 2], [2, 2], "VALID"),  # the last row and column are in no window
            ([2, 5, 7, 3], [2, 2], [2, 2], "SAME"),  # the last windows reach beyond the image
            ([1, 7, 5, 2], [3, 3], [1, 1], "SAME"),
            ([2, 7, 6, 9], [3, 3], [2, 2], "VALID"),  # they overlap
            ([1, 7, 6, 1], [3, 2], [2, 3], "SAME"),
            ([1, 8, 9, 5], [2, 3], [4, 4], "VALID"),  # rows and columns between windows
            ([1, 8, 9, 5], [2, 3], [4, 4], "SAME"),
            ([2, 4, 4, 3], [4, 4], [1, 1], "VALID"),  # one window is all of the image
            ([1, 3, 3, 1], [2, 2], [1, 1], "SAME"),  # the lab's 3x3 example
        ]:
            yield pool(op, shape, size, strides, padding)
    yield pool("MaxPool", [1, 5, 6, 3], [3, 3], [2, 2], [[1, 1], [0, 2]])
    yield pool("MaxPool", [1, 6, 6, 9], [2, 2], [2, 2], "VALID", few)
    yield pool("MaxPool", [1, 6, 5, 3], [3, 3], [1, 2], "SAME", few)


def conv(shape, filter, strides, padding):
    function = lambda x, f: tf.nn.conv2d(x, f, strides, tensorflows(padding))
    return case("Conv2D", function, [normal(*shape), normal(*filter)], strides=strides, padding=padding)


def convs():
    for shape, filter, strides, padding in [
        ([2, 5, 6, 3], [3, 3, 3, 5], [1, 1], "SAME"),
        ([2, 5, 6, 3], [3, 3, 3, 5], [1, 1], "VALID"),
        ([1, 6, 6, 8], [3, 3, 8, 16], [1, 1], "SAME"),  # whole lanes
        ([1, 7, 6, 5], [1, 1, 5, 9], [1, 1], "VALID"),
        ([1, 7, 6, 5], [1, 1, 5, 3], [2, 2], "SAME"),  # rows and columns between windows
        ([3, 6, 7, 1], [2, 2, 1, 3], [1, 1], "SAME"),
        ([1, 8, 7, 1], [5, 5, 1, 9], [1, 1], "SAME"),
        ([1, 9, 8, 3], [5, 5, 3, 1], [2, 2], "SAME"),
        ([1, 9, 8, 3], [3, 2, 3, 5], [1, 2], "SAME"),
        ([1, 9, 8, 3], [3, 2, 3, 5], [2, 1], "VALID"),
        ([1, 10, 9, 2], [3, 3, 2, 3], [3, 3], "VALID"),
        ([1, 10, 9, 2], [3, 3, 2, 3], [3, 2], "SAME"),
        ([1, 5, 6, 9], [3, 3, 9, 1], [1, 1], [[2, 1], [0, 2]]),
        ([1, 6, 6, 3], [3, 2, 3, 4], [2, 2], [[1, 0], [1, 1]]),
        ([1, 4, 4, 2], [4, 4, 2, 3], [1, 1], "VALID"),  # one window is all of the image
        ([1, 3, 3, 2], [5, 5, 2, 2], [1, 1], "SAME"),  # it is larger than the image
        ([1, 32, 9, 1], [5, 5, 1, 1], [2, 2], "VALID"),  # (32 - 5) / 2 + 1 = 14.5
        ([1, 3, 3, 1], [2, 2, 1, 1], [1, 1], "VALID"),  # the lab's 3x3 example
    ]:
        yield conv(shape, filter, strides, padding)


def lrn(shape, **parameters):
    """TensorFlow's kernel computes in f32 alone: its formula in f64, which the kernel must agree with."""
    numbers = {name: float(make.f32(value)) for name, value in parameters.items()}
    radius, bias, alpha, beta = (numbers[name] for name in ["depth_radius", "bias", "alpha", "beta"])

    def function(x):
        ones = tf.linalg.band_part(tf.ones([shape[-1]] * 2, tf.float64), *[min(int(radius), shape[-1])] * 2)
        y = x / (bias + alpha * tf.tensordot(x * x, ones, 1)) ** beta
        kernel = tf.nn.local_response_normalization(tf.cast(x, tf.float32), **parameters)
        np.testing.assert_allclose(y, kernel, rtol=2e-5, atol=1e-6)
        return y

    return case("LRN", function, [normal(*shape)], **parameters)


def lrns():
    yield lrn([1, 2, 3, 5], depth_radius=1, bias=1.0, alpha=1.0, beta=0.5)
    yield lrn([2, 2, 2, 11], depth_radius=2, bias=2.0, alpha=1e-4, beta=0.75)  # AlexNet's
    yield lrn([1, 2, 2, 16], depth_radius=5, bias=0.5, alpha=0.3, beta=0.6)
    yield lrn([1, 3, 1, 3], depth_radius=5, bias=1.0, alpha=0.5, beta=1.5)  # as wide as all channels


def splices():
    for axis, sizes, width in [(3, [3, 1, 8], None), (1, [2, 3], 4), (2, [1, 1], 5), (0, [2, 1], 3)]:
        shapes = [[2, 2, 3, width or 2] for _ in sizes]
        for shape, size in zip(shapes, sizes):
            shape[axis] = size
        values = [normal(*shape) for shape in shapes]
        yield case("ConcatV2", lambda *values: tf.concat(values, axis), values, axis=axis)
    for axis, start, len in [(3, 2, 3), (1, 0, 1), (0, 1, 1)]:
        begin, size = [0] * 4, [-1] * 4
        begin[axis], size[axis] = start, len
        function = lambda x: tf.slice(x, begin, size)
        yield case("Slice", function, [normal(2, 3, 2, 6)], axis=axis, start=start, len=len)
    for axis, before, after in [(3, 2, 1), (2, 0, 2), (0, 1, 0)]:
        paddings = [[0, 0] for _ in range(4)]
        paddings[axis] = [before, after]
        function = lambda x: tf.pad(x, paddings)
        yield case("Pad", function, [normal(2, 1, 2, 3)], axis=axis, before=before, after=after)


def global_average_pools():
    for shape in [(2, 3, 4, 5), (3, 2, 2, 8)]:
        yield case("GlobalAveragePool", tf.keras.layers.GlobalAveragePooling2D(dtype="float64"), [normal(*shape)])


if __name__ == "__main__":
    print("TensorFlow", tf.__version__)
    with make.drawn_from(20170518):
        cases = [*pools(), *convs(), *lrns(), *splices(), *global_average_pools()]
    make.write("images.json", cases)
    with make.drawn_from(20170523):
        layers = [make.batch_normalization("batch_normalization_of_images", (2, 4, 5))]
    make.write("image_layers.json", layers)
