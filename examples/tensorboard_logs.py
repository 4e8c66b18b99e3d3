"""Train the same network with two learning rates and log all of it for TensorBoard.

    python examples/tensorboard_logs.py --out runs/rates --serve

writes for each rate, below runs/rates, three runs: train (scalars, histograms of the weights, the
network by layers), validation (scalars) and mistakes (digits read wrongly, after each epoch). The
run "graph" has the operations of one pass through the network. With --serve TensorBoard shows the
runs while they are made, to this computer alone; without it the command to do so is printed.

Exit codes: 0 done, 1 the data, the folder or the port cannot be used, or TensorBoard is not
installed, 2 a wrong option, 130 Ctrl-C during the training.
"""

import argparse
import contextlib
import errno
import importlib.util
import json
import os
import shlex
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import mnist_data

BATCH = 100
VALIDATION = 1 / 12  # of the training images: 5,000 of 60,000
WRONG = 6  # images of mistakes an epoch
HOST = "127.0.0.1"  # TensorBoard asks for no password: never the network


class LogError(Exception):
    """The runs cannot be written or shown; the message is one sentence for the user."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def number(kind: type, low: float, high: float) -> Callable[[str], float]:
    """An argparse type: a number of this kind (int or float) from `low` to `high`."""

    def convert(text: str) -> float:
        with contextlib.suppress(ValueError):
            if low <= kind(text) <= high:
                return kind(text)
        what = "whole number" if kind is int else "number"
        raise argparse.ArgumentTypeError(f"{text!r} is no {what} from {low} to {high}")

    return convert


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; leaves with code 2 and a sentence if one is wrong."""
    parser = Parser(description=__doc__.split("\n")[0], allow_abbrev=False)
    add, new = parser.add_argument, Path("runs/tensorboard")
    rate = number(float, 1e-6, 10)
    add("--rates", type=rate, nargs="+", default=[0.01, 0.1], help="of learning (0.01 0.1)")
    add("--epochs", type=number(int, 1, 1000), default=5, help="rounds through the data (5)")
    add("--examples", type=number(int, 24, 60_000), default=20_000, help="images used (20000)")
    add("--data", type=Path, metavar="NPZ", help="a copy of Keras's mnist.npz")
    add("--out", type=Path, default=new, help=f"folder of the runs, new or empty ({new})")
    add("--seed", type=number(int, 0, 2**32 - 1), default=0, help="of all that is random (0)")
    add("--serve", action="store_true", help="show the runs while they are made, until Ctrl-C")
    add("--port", type=number(int, 0, 65_535), default=6006, help="of TensorBoard (6006; 0: any)")
    options = parser.parse_args(argv)
    options.rates = list(dict.fromkeys(options.rates))  # a run each, without repetition
    return options


@contextlib.contextmanager
def new_folder(out: Path) -> Iterator[None]:
    """The folder of the runs, removed again if nothing is written to it.

    Raises LogError unless it is new or empty and can be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise FileExistsError
        (out / "graph").mkdir()  # a second program cannot make it too
    except FileExistsError:
        raise LogError(
            f"{out} already holds other files, and runs would be mixed: "
            "let --out name a new folder, or move the old one away."
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise LogError(f"{out} cannot be written ({reason}): let --out name another.") from None
    try:
        yield
    finally:
        for folder in (out / "graph", out):
            with contextlib.suppress(OSError):
                folder.rmdir()


def check_port(port: int) -> None:
    """Raise LogError now rather than later if another program listens at this port."""
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as TensorBoard does
        try:
            probe.bind((HOST, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "is in use" if taken else f"cannot be used ({error.strerror})"
            raise LogError(f"Port {port} {reason}: let --port name another, or 0.") from None


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


def serve(out: Path, port: int) -> str:
    """Start TensorBoard in a thread, which ends with this process; returns its address.

    Raises LogError if the port was taken meanwhile, or no answer came in a minute.
    """
    from tensorboard import program

    board = program.TensorBoard()
    # Without load_fast there is no second process that could be left behind.
    flags = {"logdir": out, "host": HOST, "port": port, "load_fast": "false"}
    board.configure([None, *(f"--{name}={value}" for name, value in flags.items())])
    try:
        address = board.launch()
    except program.TensorBoardServerException as error:
        raise LogError(f"TensorBoard does not start: {error.msg}.") from None
    for _ in range(120):
        with contextlib.suppress(OSError), urlopen(f"{address}data/runs", timeout=10) as answer:
            json.load(answer)
            return address
        time.sleep(0.5)
    raise LogError(f"TensorBoard does not answer at {address}: let --port name another.")


def build(rate: float, seed: int):
    """A compiled model from uint8 images (n, 28, 28) to logits (n, 10), equal for equal seeds."""
    import keras

    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8", name="pixels"),
            keras.layers.Rescaling(1 / 255, name="scale"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(64, activation="relu", name="hidden"),
            keras.layers.Dense(10, name="logits"),
        ],
        name="mlp",  # tags begin with it: equal names put two runs into one chart
    )
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def log_graph(model, folder: Path) -> None:
    """Write the operations of one pass through the model as the graph of a run of its own."""
    import tensorflow as tf

    @tf.function(autograph=False)  # the loop is over a list, once
    def forward(images):
        for layer in model.layers:
            images = layer(images)
        return tf.nn.softmax(images, name="probabilities")

    traced = forward.get_concrete_function(tf.TensorSpec((None, 28, 28), tf.uint8, name="images"))
    with tf.summary.create_file_writer(str(folder)).as_default() as writer:
        tf.summary.graph(traced.graph.as_graph_def())
        writer.close()


def log_mistakes(model, images, labels, folder: Path):
    """A Keras callback that writes the first digits read wrongly, after each epoch."""
    import keras
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder))

    def write(epoch: int, logs: dict) -> None:
        answers = model.predict(images, batch_size=500, verbose=0).argmax(axis=1)
        wrong = (answers != labels).nonzero()[0][:WRONG]
        if len(wrong):
            pairs = ", ".join(f"{labels[i]} read as {answers[i]}" for i in wrong)
            with writer.as_default():
                tf.summary.image(
                    "mistakes", images[wrong][..., None], epoch, WRONG, description=pairs
                )
        writer.flush()

    return keras.callbacks.LambdaCallback(
        on_epoch_end=write, on_train_end=lambda logs: writer.close()
    )


def train(options: argparse.Namespace, data: mnist_data.Arrays) -> None:
    """Train once for each rate and write the runs; raises LogError if they cannot be written."""
    import keras
    import tensorflow as tf

    (x, y), _ = data  # these runs are for choosing: the test images are not for that
    x, y = x[: options.examples], y[: options.examples]
    training = len(x) - round(len(x) * VALIDATION)
    held_out = x[training:], y[training:]
    bar = sys.stdout.isatty()
    try:
        log_graph(build(options.rates[0], options.seed), options.out / "graph")
        for rate in options.rates:
            print(f"Learning rate {rate:g}", flush=True)
            run = options.out / f"rate-{rate:g}"
            model = build(rate, options.seed)
            # With arrays, `fit` would shuffle a seeded run in the same order in every epoch.
            batches = tf.data.Dataset.from_tensor_slices((x[:training], y[:training]))
            batches = batches.shuffle(training, seed=options.seed).batch(BATCH).prefetch(2)
            model.fit(
                batches,
                epochs=options.epochs,
                validation_data=held_out,
                validation_batch_size=500,
                callbacks=[
                    keras.callbacks.TensorBoard(run, histogram_freq=1),
                    # A folder of its own: of two files that grow in one, TensorBoard may read one.
                    log_mistakes(model, *held_out, run / "mistakes"),
                ],
                shuffle=False,  # the batches are shuffled already
                verbose=1 if bar else 2,
            )
    except (OSError, tf.errors.OpError) as error:
        # TensorFlow puts the system's reason between its own words.
        reasons = map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
        reason = next((known for known in reasons if known in str(error)), str(error))
        raise LogError(f"{options.out} cannot be written any more: {reason}.") from error


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    options = parse(argv)
    try:
        if importlib.util.find_spec("tensorboard") is None:
            raise LogError("TensorBoard is not installed: run pip install tensorboard.")
        if options.serve:
            check_port(options.port)
        data = mnist_data.find(path=options.data).load()
        with new_folder(options.out):
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            with quiet():
                import tensorflow  # noqa: F401
            if options.serve:
                address = serve(options.out, options.port)
                print(f"TensorBoard: {address} (Ctrl-C ends it)", flush=True)
            train(options, data)
    except (mnist_data.DataError, LogError) as error:
        print(f"tensorboard_logs.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = f"what was logged is in {options.out}" if options.out.exists() else "nothing is kept"
        print(f"\nStopped: {kept}.", file=sys.stderr)
        return 130
    print(f"Look at the runs: tensorboard --logdir {shlex.quote(str(options.out))}", flush=True)
    if options.serve:
        print(f"They are shown at {address} until Ctrl-C.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
