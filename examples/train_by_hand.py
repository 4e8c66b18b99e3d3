"""Train three dense layers on MNIST with a loop of one's own: tf.GradientTape, compiled.

    python examples/train_by_hand.py --epochs 3 --out runs/first

writes runs/first/by-hand.keras and, beside it, runs/first/by-hand.json with its history. Both are
written after each epoch, so Ctrl-C keeps the last one that was finished. The same options give the
same weights, bit for bit, on the same machine with the same versions.

Exit codes: 0 done, 1 the data or the folder cannot be used or the training went astray, 2 a wrong
option, 130 Ctrl-C.
"""

import argparse
import contextlib
import json
import math
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mnist_data

NAME = "by-hand"
VALIDATION = 1 / 12  # of the training images: 5,000 of 60,000
STEPS = 100  # in one compiled call: more are hardly faster, and the bar should move


class TrainingError(Exception):
    """The training cannot go on or be kept; the message is one sentence for the user."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def whole(low: int, high: int) -> Callable[[str], int]:
    """An argparse type: a whole number from `low` to `high`."""

    def convert(text: str) -> int:
        number = int(text) if text.strip().lstrip("+-").isdecimal() else None
        if number is None or not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {low} to {high}")
        return number

    return convert


def rate(text: str) -> float:
    """An argparse type: a finite number above 0."""
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; leaves with code 2 and a sentence if one is wrong."""
    parser = Parser(description=__doc__.split("\n")[0], allow_abbrev=False)
    option = parser.add_argument
    losses = ("cross-entropy", "squared")
    option("--loss", choices=losses, default=losses[0], help="what is made small (cross-entropy)")
    option("--learning-rate", type=rate, default=0.1, help="of the SGD optimizer (0.1)")
    option("--epochs", type=whole(1, 1000), default=3, help="rounds through the data (3)")
    option("--batch-size", type=whole(1, 60_000), default=32, help="images in a step (32)")
    option("--examples", type=whole(24, 60_000), default=60_000, help="train on the first of them")
    option("--eager", action="store_true", help="do not compile: slow, but print() works in a step")
    option("--data", type=Path, help="a copy of Keras's mnist.npz, before all other data")
    option("--out", type=Path, default=Path("runs/by-hand"), help="to write to (runs/by-hand)")
    option("--seed", type=whole(0, 2**32 - 1), default=0, help="of all that is random (0)")
    return parser.parse_args(argv)


@contextlib.contextmanager
def saving(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when whole; until then an older one stays as it is.

    Raises TrainingError if it cannot be written.
    """
    part = path.with_name(f".part-{secrets.token_hex(4)}{path.suffix}")  # Keras looks at the suffix
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def check_folder(out: Path) -> None:
    """Raise TrainingError now rather than after an epoch if the results cannot be written."""
    for path in (out / f"{NAME}.keras", out / f"{NAME}.json"):
        if path.is_dir():
            raise TrainingError(f"{path} is a folder: remove it, or let --out name another folder.")
    probe = out / f".probe-{secrets.token_hex(4)}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise TrainingError(
            f"{out} cannot be written ({error.strerror}): let --out name a folder that can."
        ) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what TensorFlow prints to stderr while it is imported, whatever its log level."""
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)


@contextlib.contextmanager
def ctrl_c() -> Iterator[Callable[[], bool]]:
    """Within, Ctrl-C only makes the given function true: nothing is cut off half-way."""
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def build():
    """The network of the page, from uint8 images (n, 28, 28) to ten outputs (n, 10)."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            *[layers.Dense(256, activation="relu") for _ in range(3)],
            layers.Dense(10),
        ],
        name=NAME,
    )


def squared_error(labels, outputs):
    """Squares of the distance to the one-hot labels, added up over the digits, mean of the batch.

    Labels (b,), whole numbers; outputs (b, 10), float32; one float32.
    """
    import tensorflow as tf

    errors = tf.reduce_sum(tf.square(outputs - tf.one_hot(labels, 10)), axis=1)
    return tf.reduce_mean(errors)  # the last batch may be short: no typed number here


def new_steps(model, options: argparse.Namespace):
    """Make the function that trains, and the meters that it moves.

    Returns (steps, loss, accuracy): `steps(iterator, count)` takes `count` batches of images and
    labels from a dataset's iterator and a step for each; the two Keras metrics average over all
    steps since their last reset.
    """
    import keras
    import tensorflow as tf

    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    loss_fn = squared_error if options.loss == "squared" else cross_entropy
    variables = model.trainable_variables
    optimizer = keras.optimizers.SGD(options.learning_rate)
    optimizer.build(variables)  # its own variables must exist before anything is compiled
    loss_meter = keras.metrics.Mean()
    accuracy_meter = keras.metrics.SparseCategoricalAccuracy()

    def step(images, labels):
        with tf.GradientTape() as tape:
            outputs = model(images, training=True)
            loss = loss_fn(labels, outputs)
        optimizer.apply(tape.gradient(loss, variables), variables)
        loss_meter.update_state(loss, sample_weight=tf.shape(labels)[0])
        accuracy_meter.update_state(labels, outputs)

    @tf.function
    def compiled(iterator, count):
        for _ in tf.range(count):
            step(*next(iterator))

    def eager(iterator, count):
        for _ in range(count):
            step(*next(iterator))

    return (eager if options.eager else compiled), loss_meter, accuracy_meter


def measure(model, images, labels) -> float:
    """The accuracy on uint8 images (n, 28, 28) with labels (n,)."""
    right = [
        (model(images[i : i + 500], training=False).numpy().argmax(1) == labels[i : i + 500]).sum()
        for i in range(0, len(images), 500)
    ]
    return float(sum(right) / len(images))


def train(options: argparse.Namespace, source: mnist_data.Source, data: mnist_data.Arrays) -> dict:
    """Train, keeping model and history after each epoch, then measure on the test images.

    Returns what is in the JSON file; after Ctrl-C its "finished" is false. Raises TrainingError.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(options.seed)
    tf.config.experimental.enable_op_determinism()  # costs nothing here; a GPU needs it
    (x, y), test = data
    x, y = x[: options.examples], y[: options.examples].astype("int32")
    training = len(x) - round(len(x) * VALIDATION)
    batches = (
        tf.data.Dataset.from_tensor_slices((x[:training], y[:training]))
        .shuffle(training, seed=options.seed, reshuffle_each_iteration=True)
        .batch(options.batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
    model = build()
    steps, loss, accuracy = new_steps(model, options)
    in_epoch = math.ceil(training / options.batch_size)
    result = {
        "model": NAME,
        "parameters": model.count_params(),
        "data": {"kind": source.kind, "digest": source.digest, "training_images": training},
        "loss": options.loss,
        "learning_rate": options.learning_rate,
        "batch_size": options.batch_size,
        "eager": options.eager,
        "seed": options.seed,
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "epochs_asked": options.epochs,
        "epochs": 0,
        "finished": False,
        "history": [],
        "test": None,
    }

    def run_epoch(epoch: int, stopped: Callable[[], bool]) -> None:
        """All steps of an epoch, or those until Ctrl-C."""
        if bar:
            print(f"Epoch {epoch}/{options.epochs}", flush=True)
        progress = keras.utils.Progbar(in_epoch, stateful_metrics=["loss", "accuracy"])
        iterator, done = iter(batches), 0
        while done < in_epoch and not stopped():
            # One step in eager mode: Ctrl-C must not wait.
            count = min(1 if options.eager else STEPS, in_epoch - done)
            steps(iterator, tf.constant(count))  # a Python number would be traced anew each time
            done += count
            if not math.isfinite(loss.result()):
                raise TrainingError(
                    f"the loss is no number any more in epoch {epoch}: "
                    f"try a smaller --learning-rate than {options.learning_rate:g}."
                )
            if bar:
                values = [("loss", loss.result()), ("accuracy", accuracy.result())]
                progress.update(done, values, finalize=done == in_epoch)

    def keep() -> None:
        with saving(options.out / f"{NAME}.keras") as part:
            model.save(part)
        keep_history()

    def keep_history() -> None:
        with saving(options.out / f"{NAME}.json") as part:
            part.write_text(json.dumps(result, indent=2) + "\n")

    bar = sys.stdout.isatty()
    with ctrl_c() as stopped:
        for epoch in range(1, options.epochs + 1):
            begin = time.monotonic()
            loss.reset_state()
            accuracy.reset_state()
            run_epoch(epoch, stopped)
            if stopped():
                return result
            line = {
                "loss": float(loss.result()),
                "accuracy": float(accuracy.result()),
                "val_accuracy": measure(model, x[training:], y[training:]),
            }
            result["epochs"] = epoch
            result["history"].append(line)
            keep()
            print(
                "" if bar else f"Epoch {epoch}/{options.epochs}: ",
                f"loss {line['loss']:.4f}, accuracy {line['accuracy']:.4f}, on validation images "
                f"{line['val_accuracy']:.4f}, {time.monotonic() - begin:.1f} s",
                sep="",
                flush=True,
            )
        result |= {"finished": True, "test": {"accuracy": measure(model, *test)}}
        keep_history()
    return result


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    options = parse(argv)
    try:
        check_folder(options.out)
        source = mnist_data.find(path=options.data)
        data = source.load()
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with quiet():
            import tensorflow  # noqa: F401
        result = train(options, source, data)
    except (mnist_data.DataError, TrainingError) as error:
        print(f"train_by_hand.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before the training began; nothing was saved.", file=sys.stderr)
        return 130
    kept = options.out / f"{NAME}.keras"
    if result["finished"]:
        print(f"Accuracy on the test images: {result['test']['accuracy']:.4f}. Kept in {kept}.")
        return 0
    epochs = result["epochs"]
    saved = f"the model of epoch {epochs} is kept in {kept}" if epochs else "nothing was saved"
    print(f"\nStopped: {saved}.", file=sys.stderr)
    return 130


if __name__ == "__main__":
    sys.exit(main())
