"""Images of MNIST's number and size: the same as examples/epoch_time/digits.rs makes."""

import numpy as np

TRAIN, TEST, BATCH = 55_000, 10_000, 100


def hash32(x):
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def digits(first, count):
    """Pixels, [count, 784] bytes, and labels."""
    drawn = hash32(np.uint32(0xF0000000) + np.arange(7840, dtype=np.uint32))
    pictures = np.where(drawn % 5 == 0, drawn >> np.uint32(24), 0).astype(np.uint8).reshape(10, 784)
    images = np.arange(first, first + count, dtype=np.uint32)
    drawn = hash32(np.uint32(0x80000000) + images)
    shown = drawn % 10
    labels = np.where((drawn >> np.uint32(8)) % 20 == 0, (drawn >> np.uint32(16)) % 10, shown)
    pixels = np.empty((count, 784), np.uint8)
    column = np.arange(784, dtype=np.uint32)
    for start in range(0, count, 1000):  # so that what is thrown away needs little memory
        some = slice(start, start + 1000)
        drawn = hash32(images[some, None] * np.uint32(784) + column)
        source = np.where(drawn % 4 == 0, (drawn >> np.uint32(8)) % 10, shown[some, None])
        pixels[some] = pictures[source, column]
    return pixels, labels.astype(np.int32)


def scaled():
    """Training and test images as f32 from 0 to 1, each with its labels."""
    for first, count in [(0, TRAIN), (TRAIN, TEST)]:
        pixels, labels = digits(first, count)
        yield np.multiply(pixels, np.float32(1 / 255), dtype=np.float32), labels
