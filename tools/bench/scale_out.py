"""Several workers: seconds of a step, and the bytes that it moves, of examples/scale_out.py.

Clusters of 1, 2 and 4 workers with the program's own step train in turn on loopback, the same
global batch. On one machine they share its cores, so a step of more workers takes longer: the ratio
is what the exchange and the processes cost here, not what several machines would gain.

The bytes are those of the loopback interface, against theory: in a ring all-reduce each of N
workers sends 2 (N - 1) / N times the bytes of the gradients (Patarasuk and Yuan, 2009). Headers,
and the sum of the losses, come on top.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

import psutil

from examples.launcher import free_addresses
from tools.bench import Row
from tools.pages import ROOT

SIZES = 1, 2, 4
ROUNDS, WARM, STEPS = 12, 2, 25
BATCH, PICTURES = 256, 4096
MOST = 1.1  # times the bytes of theory


def measure() -> Iterator[Row]:
    """The steps of several workers against that of one, and their bytes against theory."""
    clusters = {size: _start(size) for size in SIZES}
    everyone = [worker for workers in clusters.values() for worker in workers]
    try:
        gradient = max(_answers(everyone))
        seconds = {size: [] for size in SIZES}
        moved = {size: [] for size in SIZES}
        for _ in range(ROUNDS):
            for size, workers in clusters.items():
                before = _loopback()
                for worker in workers:
                    worker.stdin.write("\n")
                    worker.stdin.flush()
                seconds[size].append(max(_answers(workers)))
                moved[size].append((_loopback() - before) / STEPS)
    finally:
        for worker in everyone:
            worker.kill()
            worker.wait()
    one = median(seconds[1][WARM:])
    for size in SIZES[1:]:
        step = median(seconds[size][WARM:])
        yield Row(
            f"a step of {BATCH} pictures on one machine, {size} workers / 1 worker",
            f"{1e3 * step:.1f} ms / {1e3 * one:.1f} ms = {step / one:.1f} times",
            "none: they share its cores",
            True,
        )
        theory = size * 2 * (size - 1) / size * gradient
        ratio = median(moved[size][WARM:]) / theory
        yield Row(
            f"bytes that {size} workers send in a step, measured / ring all-reduce",
            f"{ratio * theory / 1e6:.2f} MB / {theory / 1e6:.2f} MB = {ratio:.3f} times",
            f"1 to {MOST}",
            1 <= ratio <= MOST,
        )


def _start(size):
    """Workers that wait for a line before each round."""
    cluster = ",".join(free_addresses(size))
    return [
        subprocess.Popen(
            [sys.executable, "-m", __name__, cluster, str(index)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for index in range(size)
    ]


def _answers(workers):
    return [json.loads(worker.stdout.readline()) for worker in workers]


def _loopback():
    """Bytes sent on the loopback interface so far."""
    counters = psutil.net_io_counters(pernic=True)
    return sum(one.bytes_sent for name, one in counters.items() if name.startswith("lo"))


def _work(cluster: list[str], index: int) -> None:
    """Be a worker: print the bytes of the gradients, then seconds of a step for each line read."""
    sys.path.insert(0, str(ROOT / "examples"))
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    task = {"type": "worker", "index": index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": cluster}, "task": task})
    import numpy as np
    import scale_out
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (PICTURES, 28, 28), dtype=np.uint8)
    y = rng.integers(0, 10, PICTURES)
    state = scale_out.State(tf.distribute.MultiWorkerMirroredStrategy(), 0, x, y)
    weights = state.model.trainable_variables
    print(sum(4 * int(np.prod(one.shape)) for one in weights), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(STEPS):
            state.train_step(rng.permutation(PICTURES)[:BATCH], 0.0).numpy()
        print((time.perf_counter() - start) / STEPS, flush=True)


if __name__ == "__main__":
    _work(sys.argv[1].split(","), int(sys.argv[2]))
