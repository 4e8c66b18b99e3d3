"""One picture on LiteRT: float against int8, of the networks of two example programs.

Both files come from examples/edge_tpu.py's own functions, one thread, batch 1, both sides in turn.
The weights are not trained: the time does not depend on them. On a processor without int8 products
(VNNI, or the dot product of Arm), int8 convolutions may well be slower than float ones.
"""

import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tools.bench import Row
from tools.pages import ROOT

sys.path.insert(0, str(ROOT / "examples"))  # where these programs find each other

ROUNDS, WARM, CALLS = 200, 20, 5
PRODUCTS = {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"}  # as /proc/cpuinfo names them


def measure() -> Iterator[Row]:
    """The ratio of the latencies for a convolutional and for a dense network."""
    import edge_tpu
    import keras
    import train

    keras.utils.set_random_seed(0)
    products = _has_products()
    networks = {
        "edge_tpu.py's convolutional network": edge_tpu.build(),
        "train.py's dense network": train.build("dense"),
    }
    for name, model in networks.items():
        slow, fast = _latencies(edge_tpu, model)
        yield Row(
            f"one picture through {name} on LiteRT, one thread, float / int8",
            f"{1e6 * slow:.0f} us / {1e6 * fast:.0f} us = {slow / fast:.2f} times",
            "more than 1" if products else "none without int8 products in the processor",
            slow > fast or not products,
        )


def _latencies(edge_tpu, model) -> tuple[float, float]:
    """Median seconds of a picture with the float and with the int8 file."""
    from ai_edge_litert.interpreter import Interpreter

    pictures = np.random.default_rng(0).integers(0, 256, (100, 28, 28)).astype("uint8")
    files = edge_tpu.convert(model, softmax=True, pixels=(0, 255), pictures=pictures)
    interpreters = []
    for content in (files["float"], files["int8"]):
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
        details = interpreter.get_input_details()[0]
        interpreter.set_tensor(details["index"], np.zeros(details["shape"], details["dtype"]))
        interpreters.append(interpreter)
    times = [[_time(interpreter) for interpreter in interpreters] for _ in range(ROUNDS)]
    return tuple(np.median(times[WARM:], axis=0))


def _time(interpreter) -> float:
    """Seconds of one call, as the mean of a few in a row."""
    start = time.perf_counter()
    for _ in range(CALLS):
        interpreter.invoke()
    return (time.perf_counter() - start) / CALLS


def _has_products() -> bool:
    """Whether the processor multiplies bytes and adds them up in one instruction."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        return not PRODUCTS.isdisjoint(information.read_text().split())
    return platform.machine() == "arm64"
