"""Train a network that may be killed at any moment and goes on as if nothing had happened.

    python examples/checkpoint.py --out runs/digits
    python examples/checkpoint.py --out runs/digits --resume

A resumed training ends with the same weights, bit for bit, as one that was never stopped (on the
same machine, with the same versions and number of cores). For that a checkpoint holds all that the
next step depends on: weights, the state of Dropout's random numbers, the optimizer's moments, the
step, the sums behind the training metrics. The order of the examples needs no saving: it is
computed from the seed and the epoch.

The folder of a training:

    lock           held while a process trains here; it ends with the process
    training.json  what must stay the same: seed, batch size, data
    checkpoints/   step-00000100.index and step-00000100.data-..., the newest few
    model.keras    the trained model, and what it reached:
    metrics.json   loss, accuracy and a SHA-256 of the weights

Exit codes: 0 done, 1 the data or the folder cannot be used, 2 a wrong option, 130 Ctrl-C (saved).
"""

import argparse
import contextlib
import hashlib
import json
import math
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import mnist_data
import numpy as np

DEFAULTS = {"epochs": 5, "batch_size": 64, "seed": 1, "examples": 60_000}
TENSOR = "/.ATTRIBUTES/VARIABLE_VALUE"  # the end of each variable's key in a checkpoint


class Problem(Exception):
    """What a user can mend; the message is one sentence that says how."""


class Training:
    """The network and all else that its next step depends on."""

    def __init__(self, seed: int):
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self.model = keras.Sequential(
            [
                keras.Input((28, 28)),
                keras.layers.Rescaling(1 / 255.0),
                keras.layers.Flatten(),
                keras.layers.Dense(128, activation="relu"),
                keras.layers.Dropout(0.2),
                keras.layers.Dense(10),
            ]
        )
        self.optimizer = keras.optimizers.Adam()
        self.optimizer.build(self.model.trainable_variables)
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.step = tf.Variable(0, dtype=tf.int64)
        self.sums = tf.Variable([0.0, 0.0])  # loss and right answers, over the epoch so far
        # Lists of variables: given the Keras model itself, Checkpoint leaves out the state of
        # Dropout's random numbers, and says nothing.
        self.parts = {
            "step": [self.step],
            "sums": [self.sums],
            "model": [variable.value for variable in self.model.variables],
            "optimizer": [variable.value for variable in self.optimizer.variables],
        }
        self.checkpoint = tf.train.Checkpoint(**self.parts)
        signature = [tf.TensorSpec([None, 28, 28], tf.uint8), tf.TensorSpec([None], tf.uint8)]
        self.train_step = tf.function(self._train_step, input_signature=signature)

    def _train_step(self, images, labels):
        """Learn from one batch: images uint8 (n, 28, 28), labels uint8 (n,)."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            loss = self.loss(labels, logits)
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        right = tf.equal(tf.argmax(logits, 1), tf.cast(labels, tf.int64))
        count = tf.cast(tf.shape(labels)[0], tf.float32)
        self.sums.assign_add([loss * count, tf.reduce_sum(tf.cast(right, tf.float32))])
        self.step.assign_add(1)

    def save(self, folder: Path, keep: int) -> None:
        """Write a checkpoint of this step, then remove all but the newest `keep`.

        The index is written last, so whoever finds one finds a whole checkpoint. Raises Problem;
        then nothing of the new checkpoint is left, and the older ones are as they were.
        """
        import tensorflow as tf

        step = int(self.step)
        try:
            self.checkpoint.write(str(folder / f"step-{step:08d}"))
        except (tf.errors.OpError, OSError) as error:
            remove(folder / f"step-{step:08d}")
            last = max((number_of(path) for path in finished(folder)), default=None)
            hope = "start again" if last is None else f"--resume goes on from step {last}"
            raise Problem(
                f"Step {step} cannot be saved in {folder} ({reason(error)}): "
                f"make room there, then {hope}."
            ) from None
        # A number beyond this step belongs to a damaged checkpoint that was passed over.
        for old in [path for path in finished(folder) if number_of(path) <= step][:-keep]:
            remove(old)

    def restore(self, folder: Path) -> None:
        """Read the newest checkpoint that is whole; raises Problem if there is none.

        Looks at the files themselves: TensorFlow's own list of them, the file `checkpoint`, seems
        empty when it is damaged, and the training would begin at zero without a word.
        """
        import tensorflow as tf

        for path in reversed(finished(folder)):
            try:
                found = tf.train.load_checkpoint(str(path)).get_variable_to_shape_map()
                if {key: shape for key, shape in found.items() if TENSOR in key} != self.shapes():
                    raise Problem(
                        f"{path} is a checkpoint of another model: nothing was changed; "
                        "name the folder of this model with --out."
                    )
                self.checkpoint.read(str(path)).assert_consumed()
            except (tf.errors.OpError, IndexError, ValueError, AssertionError) as error:
                print(
                    f"{path.name} is damaged ({reason(error)}); trying the one before it.",
                    file=sys.stderr,
                )
            else:
                return
        raise Problem(
            f"No checkpoint in {folder} can be read: bring one back from a copy, "
            "or start anew in another folder with --out."
        )

    def shapes(self) -> dict[str, list[int]]:
        """The key of each variable in a checkpoint -> its shape."""
        return {
            f"{name}/{index}{TENSOR}": list(variable.shape)
            for name, part in self.parts.items()
            for index, variable in enumerate(part)
        }


def finished(folder: Path) -> list[Path]:
    """The checkpoints in a folder that have an index, oldest first, as TensorFlow names them."""
    return sorted(path.with_suffix("") for path in folder.glob("step-*.index"))


def number_of(path: Path) -> int:
    """The step of a checkpoint: step-00000100 -> 100."""
    return int(path.name.removeprefix("step-"))


def remove(path: Path) -> None:
    """Remove a checkpoint, its index first, and what a save that was stopped has left of it."""
    for file in [path.with_name(f"{path.name}.index"), *path.parent.glob(f"{path.name}.*")]:
        file.unlink(missing_ok=True)
    shutil.rmtree(f"{path}_temp", ignore_errors=True)


def reason(error: Exception) -> str:
    """The last part of an error's first line: TensorFlow puts paths and call stacks around it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rpartition("; ")[2].partition(" [Op:")[0].rpartition("}} ")[2]


def write_whole(path: Path, write) -> None:
    """Let `write` make a file beside `path` and rename it, so that nobody ever finds a part."""
    part = path.with_name(f"part-{path.name}")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def claimed(folder: Path, resume: bool) -> Iterator[None]:
    """Hold the folder against other processes. The system frees it when this one ends, however.

    Raises:
        Problem: it holds other files, nothing to resume, or another process trains there.
        OSError: it cannot be written.
    """
    lock, ours = folder / "lock", ("lock", "training.json")
    if not any((folder / name).exists() for name in ours):
        if resume:
            raise Problem(f"{folder} has no training to resume: leave --resume out to start one.")
        if folder.exists() and any(folder.iterdir()):
            raise Problem(f"{folder} holds other files: name a new folder with --out.")
    folder.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            if os.name == "nt":
                import msvcrt

                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise Problem(
                f"Another process is training in {folder}: "
                "wait for it, or name another folder with --out."
            ) from None
        yield


def settle(options: argparse.Namespace, digest: str) -> dict:
    """The settings of this training: as given, or as they were when it was started.

    Raises Problem where the two do not go together, so that nothing is overwritten.
    """
    folder, note = options.out, options.out / "training.json"
    given = {name: getattr(options, name) for name in DEFAULTS}
    given = {name: value for name, value in given.items() if value is not None}
    if not note.exists() and any(map(number_of, finished(folder / "checkpoints"))):
        raise Problem(
            f"{folder} holds checkpoints but no training.json: "
            "bring that file back, or name another folder with --out."
        )
    if not options.resume:
        if note.exists():
            raise Problem(
                f"{folder} holds a training: "
                "add --resume to go on with it, or name another folder with --out."
            )
        return DEFAULTS | given | {"program": "checkpoint.py", "data": digest}
    if not note.exists():
        raise Problem(f"{folder} has no training to resume: leave --resume out to start one.")
    try:
        settings = json.loads(note.read_text("utf-8"))
        if settings["program"] != "checkpoint.py" or not {*DEFAULTS, "data"} <= set(settings):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Problem(
            f"{note} is damaged or of another program: "
            "nothing was changed; name another folder with --out."
        ) from None
    for name in given.keys() - {"epochs"}:  # more epochs only mean to go on for longer
        if given[name] != settings[name]:
            option = "--" + name.replace("_", "-")
            raise Problem(
                f"{folder} was trained with {option} {settings[name]}, not {given[name]}: "
                f"leave {option} out, or name another folder with --out."
            )
    if settings["data"] != digest:
        raise Problem(
            f"{folder} was trained on other data: name the same data, or another folder with --out."
        )
    return settings | given


@contextlib.contextmanager
def signals() -> Iterator[list[int]]:
    """A list that gets the signal's number on Ctrl-C or SIGTERM; a second one ends the program.

    So a step that has begun is always brought to its end.
    """
    caught: list[int] = []

    def note(number, frame):
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def train(training: Training, images, labels, settings: dict, options) -> int:
    """Train to the last step; returns 0, or the number of the signal that stopped it (saved)."""
    import keras

    size, epochs = settings["batch_size"], settings["epochs"]
    per_epoch = math.ceil(len(images) / size)
    total, step = epochs * per_epoch, int(training.step)
    if step > total:
        raise Problem(f"{options.out} is at step {step} already, beyond --epochs {epochs}.")
    order, verbose = None, 1 if sys.stdout.isatty() else 2
    with signals() as caught:
        while step < total:
            epoch, position = divmod(step, per_epoch)
            if order is None or position == 0:
                order = np.random.default_rng([settings["seed"], epoch]).permutation(len(images))
                print(f"Epoch {epoch + 1}/{epochs}", flush=True)
                bar = keras.utils.Progbar(
                    per_epoch, verbose=verbose, stateful_metrics=("loss", "accuracy")
                )
            if position == 0:
                training.sums.assign([0.0, 0.0])
            rows = order[position * size : (position + 1) * size]
            training.train_step(images[rows], labels[rows])
            step, seen = step + 1, position * size + len(rows)
            loss, right = training.sums.numpy() / seen
            bar.update(position + 1, [("loss", loss), ("accuracy", right)])
            if step % options.every == 0 or step == total or caught:
                training.save(options.out / "checkpoints", options.keep)
            if caught and step < total:
                print(
                    f"\nStopped and saved at step {step} of {total}. "
                    f"To go on: python {sys.argv[0]} --out {options.out} --resume",
                    file=sys.stderr,
                )
                return caught[0]
    return 0


def finish(training: Training, test, examples: int, folder: Path) -> dict:
    """Evaluate on the test set; write model.keras and metrics.json, and return the metrics."""
    training.model.compile(training.optimizer, training.loss, metrics=["accuracy"])
    loss, accuracy = training.model.evaluate(*test, batch_size=1000, verbose=0)
    training_loss, training_accuracy = (training.sums.numpy() / examples).tolist()
    weights = b"".join(array.tobytes() for array in training.model.get_weights())
    metrics = {
        "steps": int(training.step),
        "training_loss": training_loss,  # over the last epoch, with dropout
        "training_accuracy": training_accuracy,
        "test_loss": loss,
        "test_accuracy": accuracy,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
    }
    write_whole(folder / "model.keras", training.model.save)
    text = json.dumps(metrics, indent=2) + "\n"
    write_whole(folder / "metrics.json", lambda part: part.write_text(text, "utf-8"))
    return metrics


def run(options: argparse.Namespace) -> int:
    """Start or resume the training in a folder that is ours; returns the exit code."""
    source = mnist_data.find(print, options.data)
    settings = settle(options, source.digest)
    (images, labels), test = source.load()
    images, labels = images[: settings["examples"]], labels[: settings["examples"]]
    checkpoints, text = options.out / "checkpoints", json.dumps(settings, indent=2) + "\n"

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet():
        training = Training(settings["seed"])
    whole = {path.name for path in finished(checkpoints)}
    for left in checkpoints.glob("step-*"):  # by a process that was killed while it saved
        if (name := left.name.partition(".")[0].removesuffix("_temp")) not in whole:
            remove(checkpoints / name)
    if options.resume:
        training.restore(checkpoints)
        print(f"Resuming at step {int(training.step)}")
    else:
        checkpoints.mkdir(exist_ok=True)
        training.save(checkpoints, options.keep)
    # Written after the first checkpoint: where this file is, there is something to resume.
    write_whole(options.out / "training.json", lambda part: part.write_text(text, "utf-8"))

    if number := train(training, images, labels, settings, options):
        return 128 + number
    metrics = finish(training, test, len(images), options.out)
    print(f"Test accuracy {metrics['test_accuracy']:.2%}, loss {metrics['test_loss']:.4f}")
    print(f"Weights {metrics['weights_sha256'][:16]}, all in {options.out}")
    return 0


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
    """Read the options; those of DEFAULTS are None unless given, and settled later."""
    parser = Parser(description=__doc__.split("\n")[0], allow_abbrev=False)
    option = parser.add_argument
    option("--out", type=Path, default=Path("runs/checkpoint"), help="folder (%(default)s)")
    option("--resume", action="store_true", help="go on with the training in that folder")
    option("--epochs", type=whole(1, 1000), help="rounds through the data (5)")
    option(
        "--every", type=whole(1, 10**9), default=100, metavar="STEPS", help="save so often (100)"
    )
    option("--keep", type=whole(1, 10**9), default=3, help="how many checkpoints to keep (3)")
    option("--batch-size", type=whole(1, 60_000), help="images in a step (64)")
    option("--examples", type=whole(1, 60_000), help="train on the first N only (60000)")
    option("--data", type=Path, metavar="NPZ", help="a copy of Keras's mnist.npz")
    option("--seed", type=whole(0, 2**32 - 1), help="of all that is random (1)")
    return parser.parse_args(argv)


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


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    options = parse(argv)
    try:
        with claimed(options.out, options.resume):
            return run(options)
    except (Problem, mnist_data.DataError) as error:
        message = str(error)
    except OSError as error:
        message = (
            f"{options.out} cannot be used ({error.strerror or error}): "
            "make room there, or name another folder with --out."
        )
    except KeyboardInterrupt:
        print("\nStopped; the checkpoints are as they were.", file=sys.stderr)
        return 130
    print(f"checkpoint.py: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
