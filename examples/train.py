"""Train a model on MNIST and keep it: the quickstart's (dense) or a small convolutional one (cnn).

    python examples/train.py --model cnn --epochs 3 --out runs/first

writes runs/first/cnn.keras and, beside it, runs/first/cnn.json with its metrics. Both are written
after each epoch, so Ctrl-C keeps the last one that was finished. The same seed gives the same
weights, bit for bit, on the same machine with the same versions.

Exit codes: 0 done, 1 the data or the folder cannot be used, 2 a wrong option, 130 Ctrl-C.
"""

import argparse
import contextlib
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mnist_data

BATCH = {"dense": 32, "cnn": 64}
VALIDATION = 1 / 12  # of the training images: 5,000 of 60,000


class SaveError(Exception):
    """The model cannot be kept; the message is one sentence for the user."""


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


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; leaves with code 2 and a sentence if one is wrong."""
    parser = Parser(description=__doc__.split("\n")[0], allow_abbrev=False)
    option = parser.add_argument
    option("--model", choices=sorted(BATCH), default="dense", help="which network (dense)")
    option("--epochs", type=whole(1, 1000), default=5, help="rounds through the data (5)")
    option("--examples", type=whole(24, 60_000), default=60_000, help="train on the first of them")
    option("--data", type=Path, help="a copy of Keras's mnist.npz, before all other data")
    option("--out", type=Path, default=Path("runs/train"), help="folder to write to (runs/train)")
    option("--seed", type=whole(0, 2**32 - 1), default=0, help="of all that is random (0)")
    return parser.parse_args(argv)


@contextlib.contextmanager
def saving(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when whole; until then an older one stays as it is.

    Raises SaveError if it cannot be written.
    """
    part = path.with_name(f".part-{secrets.token_hex(4)}{path.suffix}")  # Keras looks at the suffix
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        raise SaveError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def check_folder(out: Path, name: str) -> None:
    """Raise SaveError now rather than after the training if the results cannot be written."""
    for path in (out / f"{name}.keras", out / f"{name}.json"):
        if path.is_dir():
            raise SaveError(f"{path} is a folder: remove it, or let --out name another folder.")
    probe = out / f".probe-{secrets.token_hex(4)}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise SaveError(
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


def build(name: str):
    """A compiled model from uint8 images (n, 28, 28) to logits (n, 10)."""
    import keras
    from keras import layers

    hidden = {
        "dense": [layers.Flatten()],
        "cnn": [
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
        ],
    }
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Rescaling(1 / 255),
            *hidden[name],
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ],
        name=name,
    )
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=25,  # twice as fast as returning to Python for each step
    )
    return model


def train(options: argparse.Namespace, source: mnist_data.Source, data: mnist_data.Arrays) -> dict:
    """Train, keeping model and metrics after each epoch, then evaluate on the test images.

    Returns what is in the JSON file; after Ctrl-C its "finished" is false. Raises SaveError.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(options.seed)
    tf.config.experimental.enable_op_determinism()  # costs nothing here; a GPU needs it
    (x, y), test = data
    x, y = x[: options.examples], y[: options.examples]
    training = len(x) - round(len(x) * VALIDATION)
    batches = (
        # With arrays, `fit` would shuffle a seeded run in the same order in every epoch.
        tf.data.Dataset.from_tensor_slices((x[:training], y[:training]))
        .shuffle(training, seed=options.seed, reshuffle_each_iteration=True)
        .batch(BATCH[options.model])
        .prefetch(tf.data.AUTOTUNE)
    )
    model = build(options.model)
    result = {
        "model": options.model,
        "parameters": model.count_params(),
        "data": {"kind": source.kind, "digest": source.digest, "training_images": training},
        "seed": options.seed,
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "epochs_asked": options.epochs,
        "epochs": 0,
        "finished": False,
        "history": [],
        "test": None,
    }

    def keep(epoch: int, logs: dict) -> None:
        with saving(options.out / f"{options.model}.keras") as part:
            model.save(part)
        result["epochs"] = epoch + 1
        result["history"].append({name: float(value) for name, value in logs.items()})
        keep_metrics()
        if not bar:
            print(
                f"Epoch {epoch + 1}/{options.epochs}: loss {logs['loss']:.4f}, accuracy "
                f"{logs['accuracy']:.4f}, on validation images {logs['val_accuracy']:.4f}, "
                f"{time.monotonic() - begin:.0f} s",
                flush=True,
            )

    def keep_metrics() -> None:
        with saving(options.out / f"{options.model}.json") as part:
            part.write_text(json.dumps(result, indent=2) + "\n")

    bar, begin = sys.stdout.isatty(), time.monotonic()
    with contextlib.suppress(KeyboardInterrupt):
        model.fit(
            batches,
            epochs=options.epochs,
            validation_data=(x[training:], y[training:]),
            validation_batch_size=500,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=keep)],
            shuffle=False,  # the batches are shuffled already
            verbose=1 if bar else 0,
        )
        loss, accuracy = model.evaluate(*test, batch_size=500, verbose=0)
        result |= {"finished": True, "test": {"loss": float(loss), "accuracy": float(accuracy)}}
        keep_metrics()
    return result


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    options = parse(argv)
    try:
        check_folder(options.out, options.model)
        source = mnist_data.find(path=options.data)
        data = source.load()
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with quiet():
            import tensorflow  # noqa: F401
        result = train(options, source, data)
    except (mnist_data.DataError, SaveError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before the training began; nothing was saved.", file=sys.stderr)
        return 130
    kept = options.out / f"{options.model}.keras"
    if result["finished"]:
        print(f"Accuracy on the test images: {result['test']['accuracy']:.4f}. Kept in {kept}.")
        return 0
    epochs = result["epochs"]
    saved = f"the model of epoch {epochs} is kept in {kept}" if epochs else "nothing was saved"
    print(f"\nStopped: {saved}.", file=sys.stderr)
    return 130


if __name__ == "__main__":
    sys.exit(main())
