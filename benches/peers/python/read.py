"""Prints the scalars per second that TensorBoard's own loader reads, and their sum: read.py FILE."""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

if __name__ == "__main__":
    loader = EventFileLoader(sys.argv[1])
    start = time.perf_counter()
    count, total = 0, 0.0
    for event in loader.Load():
        for value in event.summary.value:
            # The loader has made tensors of simple values.
            total += tensor_util.make_ndarray(value.tensor).item()
            count += 1
    print("%.1f %.4f" % (count / (time.perf_counter() - start), total))
