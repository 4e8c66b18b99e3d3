"""Training by hand: an old tutorial's loop against the page docs/en/faster-loop.md.

The reference is a loop as it was written for early TensorFlow 2, changed only so far as to run:
`learning_rate=` for `lr=`, `reset_state` for `reset_states`. The other side is the code of the page
itself: its compiled loop, the fastest that it teaches, and the slower ones, with the same network
and the same loss. All take the same number of steps of 32 pictures, in turn.
"""

import contextlib
import io
import linecache
import os
import time
from collections.abc import Iterator
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as for the pages: tools/engine/processes.py

import keras
import numpy as np
import tensorflow as tf

from tools.bench import Row
from tools.engine.environment import current
from tools.pages import DOCS, read_page

ROUNDS, STEPS, BATCH = 9, 200, 32
GOAL = 20


def measure() -> Iterator[Row]:
    """The old loop's seconds a step against those of the page's loops."""
    with np.load(current().source.path) as file:
        train, test = (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])
    keras.datasets.mnist.load_data = lambda: (train, test)
    page = _page_names()
    runs = {"old loop": _old_loop(train), **_page_loops(page)}
    for run in runs.values():
        run()  # traces
    seconds = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append((time.perf_counter() - start) / STEPS)
    old = median(seconds.pop("old loop"))
    for name, values in seconds.items():
        new, goal = median(values), GOAL if name == "compiled loop" else 1
        yield Row(
            f"a step by hand, old loop / the page's {name}",
            f"{1e3 * old:.2f} ms / {1e3 * new:.2f} ms = {old / new:.1f} times",
            f"at least {goal}" if goal > 1 else "more than 1",
            old >= goal * new if goal > 1 else old > new,
        )


def _page_names() -> dict:
    """What the page's blocks define that its loops need."""
    names = {"__name__": "faster_loop_page"}
    blocks = read_page(DOCS / "en" / "faster-loop.md").blocks
    for text in ("def new_network", "def new_step"):
        _run(blocks, text, names)
    return names


def _run(blocks, text: str, names: dict) -> None:
    """Run the first block that has this text in it, and show nothing."""
    code = next(block.code for block in blocks if text in block.code)
    # AutoGraph reads the source, or a `for` over tensors would not become a loop of the graph.
    file = f"<the page's block with {text}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, file, "exec"), names)


def _page_loops(page: dict) -> dict:
    """The page's ways to take `STEPS` steps."""
    loss, order = page["squared_error"], page["order"][:STEPS]
    step = tf.function(page["new_step"](loss)[2])
    loop = page["compiled_loop"](page["new_step"](loss)[2])
    network = page["new_network"]()
    network.compile(
        keras.optimizers.SGD(0.01), loss=loss, metrics=["accuracy"], steps_per_execution=50
    )
    some = (page["x"][: STEPS * BATCH], page["y"][: STEPS * BATCH])
    some = tf.data.Dataset.from_tensor_slices(some).batch(BATCH)

    def step_by_step():
        for chosen in order:
            step(chosen)

    return {
        "compiled step": step_by_step,
        "compiled loop": lambda: loop(order),
        "fit, 50 steps a call": lambda: network.fit(some, shuffle=False, verbose=0),
    }


def _old_loop(train):
    """The old program: its preparation is done here, its loop is what is returned."""
    xs, ys = train[0][: STEPS * BATCH], train[1][: STEPS * BATCH]
    xs = tf.convert_to_tensor(xs, dtype=tf.float32) / 255.0
    db = tf.data.Dataset.from_tensor_slices((xs, ys)).batch(32)
    layers = keras.layers
    network = keras.Sequential(
        [*[layers.Dense(256, activation="relu") for _ in range(3)], layers.Dense(10)]
    )
    network.build(input_shape=(None, 28 * 28))
    optimizer = keras.optimizers.SGD(learning_rate=0.01)
    acc_meter = keras.metrics.Accuracy()

    def run():
        for step, (x, y) in enumerate(db):
            with tf.GradientTape() as tape:
                x = tf.reshape(x, (-1, 28 * 28))
                out = network(x)
                y_onehot = tf.one_hot(y, depth=10)
                loss = tf.square(out - y_onehot)
                loss = tf.reduce_sum(loss) / 32
            acc_meter.update_state(tf.argmax(out, axis=1), y)
            grads = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(grads, network.trainable_variables, strict=True))
            if step % 200 == 0:
                float(loss), acc_meter.result().numpy()  # it prints them
                acc_meter.reset_state()

    return run
