"""The convolutional network: an old tutorial's loop against the pages that teach it better.

The reference is a loop as it was written for early TensorFlow 2, changed only so far as to run:
its test loop is indented and counts its steps. Each batch goes through the network three times,
one operation at a time. The other side is the code of
docs/en/validate-and-save.md (the step) and docs/en/train-it-well.md (the recipe).

1. Seconds of a step, both sides in turn on the same batches.
2. Seconds from the arrays to 99 % on the 10,000 pictures of the test set (MNIST only), with the
   page's `fit` and with its compiled loop. How many epochs the old loop needs is found with its
   step as a graph, which computes the same in a fraction of the time; its seconds are then those
   of steps taken right before and after the other side's run, so that a busy machine slows both.
   What its pipeline costs is not counted: that favours it.

The step's ratio is bounded: more than half of the page's step is the arithmetic of convolutions,
which the old loop does 5/3 times (three passes forward and one back, instead of one and one).
bfloat16 is faster where the processor and oneDNN have it, and far slower where not, so the page
does without.
"""

import contextlib
import io
import linecache
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as for the pages: tools/engine/processes.py

import keras
import numpy as np
import tensorflow as tf

from tools.bench import Row
from tools.engine.environment import current
from tools.pages import DOCS, read_page

PAGES = "validate-and-save", "train-it-well"
ROUNDS, WARM, AROUND = 40, 5, 10
BATCH, TARGET, MOST_EPOCHS = 100, 0.99, 15
STEP_GOAL, FIT_GOAL, LOOP_GOAL = 5.5, 15, 30


def measure() -> Iterator[Row]:
    """The ratio of the steps, then those of the times to 99 %."""
    source = current().source
    # The old loop's: the dropout's random state is a variable and has no gradient.
    warnings.filterwarnings("ignore", message="Gradients do not exist")
    page = _Page(source.path)
    old, new = _steps(page)
    yield Row(
        "a step of the CNN, old loop / the page's",
        f"{1000 * old:.1f} ms / {1000 * new:.1f} ms = {old / new:.1f} times",
        f"at least {STEP_GOAL}",
        old >= STEP_GOAL * new,
    )
    if source.kind != "mnist":
        print(f"The time to 99 % is not measured: it is for MNIST, the data are {source.label}.")
        return
    epochs, old_accuracy = _epochs_of_old_loop(page)
    steps = epochs * len(page.train[0]) / BATCH
    for name, run, goal in (
        ("fit", page.fit, FIT_GOAL),
        ("compiled loop", page.compiled_loop, LOOP_GOAL),
    ):
        before = _old_step_seconds(page)
        new, accuracy = page.time(run)
        old = steps * (before + _old_step_seconds(page)) / 2
        yield Row(
            f"from the arrays to 99 % of the test set, old loop / the page's recipe, {name}",
            f"{old:.1f} s ({epochs} epochs, {old_accuracy:.2%}) / {new:.1f} s (1 epoch, "
            f"{accuracy:.2%}) = {old / new:.1f} times",
            f"at least {goal}",
            min(old_accuracy, accuracy) >= TARGET and old >= goal * new,
        )


class _Page:
    """The code of both pages, on the data in use."""

    def __init__(self, data: Path):
        pages = [read_page(DOCS / "en" / f"{name}.md") for name in PAGES]
        self._codes = [fence.code for page in pages for fence in page.blocks]
        with np.load(data) as file:
            self.train = file["x_train"], file["y_train"]
            self.test = file["x_test"], file["y_test"]
        keras.datasets.mnist.load_data = lambda: (self.train, self.test)
        self.names = {"__name__": "train_it_well", "real_mnist": False}
        for text in ("(x_test, y_test) = ", "def create_model", "loss_fn = ", "def train_step"):
            self.run(text)
        self.run("def create_small_model")

    def run(self, text: str) -> None:
        """Run the first block that has this text in it, and show nothing."""
        code = next(code for code in self._codes if text in code)
        # AutoGraph reads the source, or a `for` over tensors would not become a loop of the graph.
        file = f"<the page's block with {text}>"
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, file, "exec"), self.names)

    def batches(self, count: int) -> tf.data.Dataset:
        """The first batches of the training set."""
        pairs = self.names["x_train"][: count * BATCH], self.names["y_train"][: count * BATCH]
        return tf.data.Dataset.from_tensor_slices(pairs).batch(BATCH)

    def fit(self) -> keras.Model:
        """The recipe with `fit`."""
        model = self.names["create_small_model"]()
        self.names["train_by_recipe"](model, self.names["x_train"], self.names["y_train"], 0.01)
        return model

    def compiled_loop(self) -> keras.Model:
        """The recipe as one compiled loop, tracing included."""
        self.run("def whole_epoch")
        return self.names["fast"]

    def time(self, run: Callable[[], keras.Model]) -> tuple[float, float]:
        """Seconds of a training run, and the accuracy it reaches on the test set."""
        keras.utils.set_random_seed(1)
        start = time.perf_counter()
        model = run()
        seconds = time.perf_counter() - start
        return seconds, self.names["accuracy_of"](model, self.names["x_test"], self.test[1])


def _steps(page: _Page) -> tuple[float, float]:
    """Median seconds of the old loop's step and of the page's, in turn on the same batches."""
    names = page.names
    model, optimizer = names["create_model"](), keras.optimizers.Adam(learning_rate=0.001)
    optimizer.build(model.trainable_variables)
    old_step = _old_step_of_program()
    times = []
    for images, labels in page.batches(ROUNDS):
        # The old program does these two before its loop.
        floats, one_hot = tf.cast(images, tf.float32) / 255, tf.one_hot(labels, 10)
        start = time.perf_counter()
        old_step(floats, one_hot)
        middle = time.perf_counter()
        names["train_step"](model, optimizer, images, labels).numpy()
        times.append((middle - start, time.perf_counter() - middle))
    return tuple(np.median(times[WARM:], axis=0))


def _old_step_seconds(page: _Page) -> float:
    """Mean seconds of the old loop's step, now."""
    step, seconds = _old_step_of_program(), []
    for images, labels in page.batches(AROUND + WARM):
        floats, one_hot = tf.cast(images, tf.float32) / 255, tf.one_hot(labels, 10)
        start = time.perf_counter()
        step(floats, one_hot)
        seconds.append(time.perf_counter() - start)
    return np.mean(seconds[WARM:])


def _old_step_of_program() -> Callable[[tf.Tensor, tf.Tensor], None]:
    keras.utils.set_random_seed(1)
    model, optimizer = _old_model(), tf.optimizers.Adam(learning_rate=0.001)

    def step(images, labels):
        _, accuracy = _old_step(model, optimizer, images, labels)
        accuracy.numpy()

    return step


def _epochs_of_old_loop(page: _Page) -> tuple[int, float]:
    """The epoch that ends with 99 % on the test set, and that accuracy."""
    keras.utils.set_random_seed(1)
    (train, test), labels = (
        [np.expand_dims(x.astype(np.float32) / 255, -1) for x, _ in (page.train, page.test)],
        [keras.utils.to_categorical(y, 10) for _, y in (page.train, page.test)],
    )
    data = tf.data.Dataset.from_tensor_slices((train, labels[0])).shuffle(100_000).batch(BATCH)
    model, optimizer = _old_model(), tf.optimizers.Adam(learning_rate=0.001)
    optimizer.build(model.variables)

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            loss = _old_loss(model, images, labels)
        gradients = tape.gradient(loss, model.variables)
        optimizer.apply_gradients(zip(gradients, model.variables, strict=True))

    for epoch in range(1, MOST_EPOCHS + 1):
        for batch in data:
            step(*batch)
        logits = model.predict(test, batch_size=500, verbose=0)
        accuracy = np.mean(logits.argmax(axis=1) == page.test[1])
        if accuracy >= TARGET:
            return epoch, accuracy
    return MOST_EPOCHS, accuracy


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
