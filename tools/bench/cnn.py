"""The convolutional network: an old tutorial's loop against the page docs/en/cnn.md.

The reference is a loop as it was written for early TensorFlow 2, changed only so far as to run:
its test loop is indented and counts its steps. Each batch goes through the network three times,
one operation at a time. The other side is the code of the page itself.

1. Seconds of a step, both sides in turn on the same batches.
2. Seconds from the arrays to 99 % on the 10,000 pictures of the test set (MNIST only).
"""

import contextlib
import io
import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as for the pages: tools/engine/processes.py

import keras
import numpy as np
import tensorflow as tf

from tools.bench import Row
from tools.engine.environment import current
from tools.pages import DOCS, read_page

ROUNDS, WARM = 40, 5
BATCH, TARGET, MOST_EPOCHS = 100, 0.99, 15


def measure() -> Iterator[Row]:
    """The ratio of the steps, then that of the times to 99 %."""
    source = current().source
    # The old loop's: the dropout's random state is a variable and has no gradient.
    warnings.filterwarnings("ignore", message="Gradients do not exist")
    page = _Page(source.path)
    old, new = _steps(page)
    yield Row(
        "a step of the CNN, old loop / the page's",
        f"{1000 * old:.1f} ms / {1000 * new:.1f} ms = {old / new:.1f} times",
        "at least 4",
        old >= 4 * new,
    )
    if source.kind != "mnist":
        print(f"The time to 99 % is not measured: it is for MNIST, the data are {source.label}.")
        return
    new, new_accuracy = page.time_recipe()
    old, old_accuracy, epochs = _time_old_loop(page)
    yield Row(
        "from the arrays to 99 % of the test set, old loop / the page's recipe",
        f"{old:.1f} s ({epochs} epochs, {old_accuracy:.2%}) / {new:.1f} s (1 epoch, "
        f"{new_accuracy:.2%}) = {old / new:.1f} times",
        "at least 15",
        min(old_accuracy, new_accuracy) >= TARGET and old >= 15 * new,
    )


class _Page:
    """The code of the page, on the data in use."""

    def __init__(self, data: Path):
        self._codes = [fence.code for fence in read_page(DOCS / "en" / "cnn.md").blocks]
        with np.load(data) as file:
            self.train = file["x_train"], file["y_train"]
            self.test = file["x_test"], file["y_test"]
        keras.datasets.mnist.load_data = lambda: (self.train, self.test)
        self.names = {"__name__": "cnn"}
        for text in ("load_data()", "x_val, y_val =", "def create_model", "def make_data"):
            self.run(text)
        self.names["BATCH"] = BATCH  # as the old loop has it
        for text in ("loss_fn = ", "optimizer = keras", "def train_step"):
            self.run(text)

    def run(self, text: str) -> None:
        """Run the first block that has this text in it, and show nothing."""
        code = next(code for code in self._codes if text in code)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, self.names)

    def time_recipe(self) -> tuple[float, float]:
        """Seconds of the fast recipe with its evaluation, and its accuracy on the test set."""
        start = time.perf_counter()
        self.run("def create_small_model")
        self.run("small.fit(")
        logits = self.names["small"].predict(self.names["x_test"], batch_size=500, verbose=0)
        accuracy = np.mean(logits.argmax(axis=1) == self.names["y_test"])
        return time.perf_counter() - start, accuracy


def _steps(page: _Page) -> tuple[float, float]:
    """Median seconds of the old loop's step and of the page's, in turn on the same batches."""
    names = page.names
    optimizer = names["optimizer"]
    optimizer.build(names["model"].trainable_variables)
    keras.utils.set_random_seed(1)
    old_model, old_optimizer = _old_model(), tf.optimizers.Adam(learning_rate=0.001)
    times = []
    for images, labels in names["make_data"](seed=1).take(ROUNDS):
        # The old program does these two before its loop.
        floats = tf.cast(images, tf.float32) / 255
        one_hot = tf.one_hot(labels, 10)
        start = time.perf_counter()
        _, accuracy = _old_step(old_model, old_optimizer, floats, one_hot)
        accuracy.numpy()
        middle = time.perf_counter()
        names["train_step"](names["model"], optimizer, images, labels).numpy()
        times.append((middle - start, time.perf_counter() - middle))
    return tuple(np.median(times[WARM:], axis=0))


def _time_old_loop(page: _Page) -> tuple[float, float, int]:
    """Seconds until an epoch ends with 99 % on the test set; that accuracy; the epochs."""
    keras.utils.set_random_seed(1)
    start = time.perf_counter()
    (train, test), labels = (
        [np.expand_dims(x.astype(np.float32) / 255, -1) for x, _ in (page.train, page.test)],
        [keras.utils.to_categorical(y, 10) for _, y in (page.train, page.test)],
    )
    dataset = tf.data.Dataset.from_tensor_slices
    train_dataset = dataset((train, labels[0])).shuffle(100_000).batch(BATCH)
    test_dataset = dataset((test, labels[1])).batch(BATCH)
    model, optimizer = _old_model(), tf.optimizers.Adam(learning_rate=0.001)
    epoch, accuracy = 0, 0.0
    while accuracy < TARGET and epoch < MOST_EPOCHS:
        epoch += 1
        for batch in train_dataset:
            _old_step(model, optimizer, *batch)
        accuracy = np.mean([_old_accuracy(model, *batch) for batch in test_dataset])
    return time.perf_counter() - start, accuracy, epoch


def _old_model() -> keras.Model:
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (32, 64, 128):
        model.add(keras.layers.Conv2D(filters, 3, activation=tf.nn.relu, padding="same"))
        model.add(keras.layers.MaxPool2D(padding="same"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(256, activation=tf.nn.relu))
    model.add(keras.layers.Dropout(0.4))
    model.add(keras.layers.Dense(10))
    return model


def _old_step(model, optimizer, images, labels):
    """Gradients of all variables, then the loss again, then a third pass for the accuracy."""
    with tf.GradientTape() as tape:
        loss = _old_loss(model, images, labels)
    gradients = tape.gradient(loss, model.variables)
    optimizer.apply_gradients(zip(gradients, model.variables, strict=True))
    return _old_loss(model, images, labels), _old_accuracy(model, images, labels)


def _old_loss(model, images, labels):
    logits = model(images, training=True)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=labels))


def _old_accuracy(model, images, labels):
    correct = tf.equal(tf.argmax(model(images, training=False), 1), tf.argmax(labels, 1))
    return tf.reduce_mean(tf.cast(correct, tf.float32))
