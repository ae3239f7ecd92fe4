"""Makes the sample from the four files of MNIST: `python3 make.py DIRECTORY`, where DIRECTORY has
them as .gz. Nothing but Python is needed."""
import gzip
import sys
from pathlib import Path

# The first 5,000 training images are validation, in the sample the first 100.
TRAIN = [50 * i for i in range(100)] + [5_000 + 183 * i for i in range(300)]
TEST = [100 * i for i in range(100)]

source, target = Path(sys.argv[1]), Path(__file__).parent


def write(name, header, items):
    # Without a time, so that the same data give the same file.
    packed = gzip.compress(header + b"".join(items), compresslevel=9, mtime=0)
    (target / f"{name}.gz").write_bytes(packed)


for part, picked in (("train", TRAIN), ("t10k", TEST)):
    count = len(picked).to_bytes(4, "big")
    images = gzip.decompress((source / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((source / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    write(
        f"{part}-images-idx3-ubyte",
        images[:4] + count + images[8:16],
        [images[16 + 784 * i : 16 + 784 * (i + 1)] for i in picked],
    )
    write(f"{part}-labels-idx1-ubyte", labels[:4] + count, [labels[8 + i : 9 + i] for i in picked])
