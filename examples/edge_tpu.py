"""Make a model that an Edge TPU takes: int8 all through, one picture at a time, and compared.

    python examples/edge_tpu.py --out runs/edge_tpu

trains a small convolutional network (or takes yours: --model file.keras), quantizes it, runs both
on LiteRT, has the result checked by check_tflite.py, and writes to the folder:

    mnist.keras                 the trained model; after --qat mnist_qat.keras as well
    mnist_float.tflite          the same weights in float, for comparison
    mnist_int8.tflite           for the Edge TPU's compiler, and for LiteRT on any processor
    mnist_int8.json, .txt       the report: what came out and how it was made; a table to read
    mnist_int8_edgetpu.tflite   if edgetpu_compiler is on the PATH

Both .tflite files take float pixels 0..255 of shape (1, 28, 28, 1), or their int8 form as the
report says, and answer (1, 10) probabilities. A model of yours must take such pixels, too: with a
Rescaling layer inside, if it wants 0..1.

Without --qat the ranges of all numbers are measured on pictures after the training. With --qat
the model is trained for another epoch while all is rounded as int8 will round it.

The same seed gives the same files on the same machine with the same versions.

Exit codes: 0 done, 1 the data, the model or the folder cannot be used, the checker found errors,
or the compiler refused, 2 a wrong option, 130 Ctrl-C.
"""

import argparse
import contextlib
import hashlib
import importlib.metadata
import json
import math
import os
import platform
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import mnist_data
import numpy as np
from check_tflite import Finding, check
from quantize import (
    ExportError,
    convert,
    for_one_picture,
    quantization_aware,
    quiet,
    run,
    said,
    without_scaling,
)

BATCH = 64
RATE, QAT_RATE = 0.006, 0.001  # the highest learning rate of either training
CALIBRATION = 500  # training images on which ranges are measured
NEAR = 0.01  # a finding says so if the int8 model's accuracy is lower than the float's by more
COMPILER = "edgetpu_compiler"


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
    parser = Parser(prog="edge_tpu.py", description=__doc__.split("\n")[0], allow_abbrev=False)
    option, out = parser.add_argument, Path("runs/edge_tpu")
    option("--model", type=Path, metavar="KERAS", help="your model, instead of training one")
    option("--qat", action="store_true", help="quantization-aware training, one epoch more")
    option("--epochs", type=whole(1, 1000), default=1, help="rounds through the data (1)")
    option("--examples", type=whole(24, 60_000), default=60_000, help="train on the first of them")
    option("--tests", type=whole(1, 10_000), default=10_000, help="compare on the first of them")
    option("--data", type=Path, metavar="NPZ", help="a copy of Keras's mnist.npz")
    option("--out", type=Path, default=out, help=f"folder to write to ({out})")
    option("--seed", type=whole(0, 2**32 - 1), default=0, help="of all that is random (0)")
    return parser.parse_args(argv)


class Output:
    """The folder of the results.

    Attributes:
        name: what all names of files in it begin with.
        kept: the files written so far.
    """

    def __init__(self, folder: Path, name: str):
        """Raises ExportError now rather than after the training if it cannot be written."""
        self.folder, self.name, self.kept = folder, name, []
        probe = folder / f".probe-{secrets.token_hex(4)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as error:
            raise ExportError(
                f"{folder} cannot be written ({error.strerror}): let --out name a folder that can."
            ) from error

    @contextlib.contextmanager
    def file(self, ending: str) -> Iterator[Path]:
        """A file that takes its place when whole; until then an older one stays as it is.

        Raises ExportError if it cannot be written.
        """
        path = self.folder / f"{self.name}{ending}"
        part = self.folder / f".part-{secrets.token_hex(4)}{path.suffix}"  # Keras looks at that
        try:
            yield part
            os.replace(part, path)
        except OSError as error:
            raise ExportError(f"{path} cannot be written: {error.strerror or error}.") from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
        self.kept = [*(other for other in self.kept if other != path.name), path.name]


def build():
    """A model from float32 pixels 0..255, (n, 28, 28, 1), to logits (n, 10)."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255, name="scale"),
            layers.Conv2D(16, 5, activation="relu", name="conv1"),
            layers.MaxPooling2D(name="pool1"),
            layers.Conv2D(32, 5, activation="relu", name="conv2"),
            layers.MaxPooling2D(name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(176, activation="relu", name="hidden"),
            layers.Dense(10, name="logits"),
        ],
        name="mnist",
    )


def check_file(path: Path) -> None:
    """Raise ExportError unless this is the kind of file that Keras saves."""
    try:
        with path.open("rb") as file:
            fits = zipfile.is_zipfile(file)
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}.") from error
    if not fits or path.suffix != ".keras":
        raise ExportError(
            f"{path} is no .keras file, or not a whole one: let --model name what "
            'model.save("name.keras") wrote.'
        )


def load(path: Path):
    """The user's model; raises ExportError unless it is one that reads digits."""
    import keras

    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # a foreign file raises whatever its content provokes
        raise ExportError(f"{path} cannot be loaded by Keras: {said(error)}") from error
    takes, answers = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    if takes not in ((None, 28, 28, 1), (None, 28, 28)) or answers != (None, 10):
        raise ExportError(
            f"{path} takes {takes} and answers {answers}: a model from (None, 28, 28, 1) "
            "or (None, 28, 28) to (None, 10) is needed."
        )
    return model


def gives_probabilities(model, pictures: np.ndarray) -> bool:
    """Whether a model's answers are shares that add up to 1; else they are taken for logits."""
    answers = np.asarray(model(pictures.astype("float32"), training=False))
    return bool((answers >= 0).all() and np.allclose(answers.sum(axis=1), 1, atol=1e-3))


def train(model, pictures, labels, *, epochs, rate, logits, seed, after_epoch) -> None:
    """Train with the fast recipe of the page about convolutional networks."""
    import keras
    import tensorflow as tf

    steps = epochs * math.ceil(len(pictures) / BATCH)
    rise = max(1, steps // 4)
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(
                rate / 30, max(1, steps - rise), warmup_target=rate, warmup_steps=rise
            ),
            beta_2=0.99,
        ),
        loss=keras.losses.CategoricalCrossentropy(from_logits=logits, label_smoothing=0.1),
        metrics=["accuracy"],
        steps_per_execution=8,
        jit_compile=False,  # would take longer than it saves
    )
    batches = (
        # With arrays, `fit` would shuffle a seeded run in the same order in every epoch.
        tf.data.Dataset.from_tensor_slices((pictures, np.eye(10, dtype="float32")[labels]))
        .shuffle(len(pictures), seed=seed)
        .batch(BATCH)
        .prefetch(tf.data.AUTOTUNE)
    )
    bar = sys.stdout.isatty()

    def end(epoch: int, logs: dict) -> None:
        after_epoch()
        if not bar:
            loss, accuracy = logs["loss"], logs["accuracy"]
            text = f"Epoch {epoch + 1}/{epochs}: loss {loss:.4f}, accuracy {accuracy:.4f}"
            print(text, flush=True)

    model.fit(
        batches,
        epochs=epochs,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=end)],
        shuffle=False,  # the batches are shuffled already
        verbose=1 if bar else 0,
    )


def compare(files: dict[str, bytes], name: str, images, labels) -> dict:
    """Run the "float" and the "int8" file on the same pictures, and check the latter."""
    report, guesses = {}, {}
    for kind, content in files.items():
        answers, described = run(content, images)
        guesses[kind] = answers.argmax(axis=1)
        report[kind] = {
            "file": f"{name}_{kind}.tflite",
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "accuracy": float((guesses[kind] == labels).mean()),
            **described,
        }
    report["agreement"] = float((guesses["float"] == guesses["int8"]).mean())
    report["size_ratio"] = len(files["float"]) / len(files["int8"])
    findings = check(files["int8"])
    lost = report["float"]["accuracy"] - report["int8"]["accuracy"]
    if lost > NEAR:
        text = f"The int8 model reads {lost:.1%} fewer digits right than the float one"
        text += ": train for longer, or with --qat."
        findings.append(Finding("warning", "accuracy", "file", text))
    report["findings"] = [asdict(finding) for finding in findings]
    return report


def table(report: dict) -> str:
    """The report for a reader."""
    floats, ints, data = report["float"], report["int8"], report["data"]
    what = "MNIST" if data["kind"] == "mnist" else "offline digits"
    lines = [
        f"{'':10}{'float':>12}{'int8':>12}",
        f"{'accuracy':10}{floats['accuracy']:>12.2%}{ints['accuracy']:>12.2%}",
        f"{'bytes':10}{floats['bytes']:>12,}{ints['bytes']:>12,}",
        "",
        f"On LiteRT, {data['test_images']:,} test images of {what}; "
        f"the same digit from both: {report['agreement']:.2%}.",
        f"The int8 file is {report['size_ratio']:.2f} times smaller. Its numbers stand for",
    ]
    for side in ("input", "output"):
        one = ints[side]
        value = f"(number - {one['zero_point']}) x {one['scale']:.6g}".replace("- -", "+ ")
        lines.append(f"  {side + ':':9}{value:30}{one['dtype']} {tuple(one['shape'])}")
    lines += ["", *(f"{one['level'].title()}: {one['text']}" for one in report["findings"])]
    if not report["findings"]:
        lines.append("Check: nothing found that keeps it off an Edge TPU.")
    return "\n".join([*lines, f"Edge TPU: {report['edge_tpu']['text']}"]) + "\n"


def compile_for_edge_tpu(content: bytes, output: Output) -> dict:
    """Let the Edge TPU's compiler make its file, if it is there.

    Returns what came of it: "compiled" (None if there is no compiler), "text" and "log".
    """
    name, compiler = f"{output.name}_int8", shutil.which(COMPILER)
    if not compiler:
        text = (
            f"{COMPILER} is not on the PATH, so {name}.tflite is not compiled. "
            "It runs on any processor as it is."
        )
        older = f"{name}_edgetpu.tflite"
        if (output.folder / older).exists():
            text += f" What is in {older} there is not this model."
        return {"compiled": None, "text": text, "log": ""}
    try:
        with tempfile.TemporaryDirectory() as folder:  # it writes where it stands, a log as well
            Path(folder, f"{name}.tflite").write_bytes(content)
            done = subprocess.run(
                [os.path.abspath(compiler), "-s", f"{name}.tflite"],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            made = Path(folder, f"{name}_edgetpu.tflite")
            if done.returncode == 0 and made.is_file():
                compiled = made.read_bytes()
                with output.file("_int8_edgetpu.tflite") as part:
                    part.write_bytes(compiled)
                return {"compiled": True, "text": f"compiled to {made.name}.", "log": done.stdout}
    except OSError as error:
        text = f"{COMPILER} cannot be run: {error.strerror or error}."
        return {"compiled": False, "text": text, "log": ""}
    text = f"{COMPILER} made no file and ended with code {done.returncode}."
    return {"compiled": False, "text": text, "log": done.stdout}


def export(options, output: Output, source: mnist_data.Source, report: dict) -> None:
    """Train or load, quantize, compare, write; what comes out is added to the report.

    Raises ExportError.
    """
    import keras

    def keep(ending: str) -> None:
        with output.file(ending) as part:
            model.save(part)

    keras.utils.set_random_seed(options.seed)
    (x, y), (x_test, y_test) = source.load()
    x, y = x[: options.examples], y[: options.examples]
    x_test, y_test = x_test[: options.tests], y_test[: options.tests]
    model = load(options.model) if options.model else build()
    x = x.reshape(-1, *model.input_shape[1:])
    softmax = not options.model or not gives_probabilities(model, x[:100])
    recipe = {"logits": softmax, "seed": options.seed}
    if not options.model:
        recipe |= {"epochs": options.epochs, "rate": RATE}
        train(model, x, y, after_epoch=lambda: keep(".keras"), **recipe)
    if options.qat:
        print("The same while all is rounded as in int8:", flush=True)
        aware = quantization_aware(model)
        recipe |= {"epochs": 1, "rate": QAT_RATE}
        train(aware, x, y, after_epoch=lambda: keep("_qat.keras"), **recipe)
    plain = for_one_picture(without_scaling(model), softmax=softmax)
    if options.qat:
        int8 = convert(for_one_picture(aware, softmax=softmax, rounded=True), int8=True)
    else:
        int8 = convert(plain, int8=True, pictures=x[:CALIBRATION])
    files = {"float": convert(plain, int8=False), "int8": int8}
    report |= {
        "parameters": model.count_params(),
        "data": {
            "kind": source.kind,
            "digest": source.digest,
            "training_images": len(x),
            "test_images": len(x_test),
        },
        **compare(files, output.name, x_test, y_test),
        "edge_tpu": {"compiled": None, "text": "not compiled.", "log": ""},
    }
    for kind, content in files.items():
        with output.file(f"_{kind}.tflite") as part:
            part.write_bytes(content)
    keep_report(report, output)
    if not errors(report):
        report["edge_tpu"] = compile_for_edge_tpu(int8, output)
        keep_report(report, output)


def keep_report(report: dict, output: Output) -> None:
    """Write the report as JSON and as a table."""
    for ending, text in ((".json", json.dumps(report, indent=2) + "\n"), (".txt", table(report))):
        with output.file(f"_int8{ending}") as part:
            part.write_text(text, encoding="utf-8")


def errors(report: dict) -> int:
    """How many errors the checker found."""
    return sum(finding["level"] == "error" for finding in report["findings"])


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    argv = sys.argv[1:] if argv is None else argv
    options, output = parse(argv), None
    try:
        if options.model:
            check_file(options.model)
        output = Output(options.out, options.model.stem if options.model else "mnist")
        source = mnist_data.find(path=options.data)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with quiet():
            import tensorflow  # noqa: F401
        packages = ("tensorflow", "keras", "ai-edge-litert", "numpy")
        versions = {package: importlib.metadata.version(package) for package in packages}
        report = {
            "command": shlex.join(["python", "examples/edge_tpu.py", *argv]),
            "route": "quantization-aware" if options.qat else "post-training",
            "epochs": None if options.model else options.epochs,
            "seed": options.seed,
            "versions": {"python": platform.python_version(), **versions},
        }
        export(options, output, source, report)
    except (mnist_data.DataError, ExportError) as error:
        print(f"edge_tpu.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = ", ".join(output.kept) if output and output.kept else "nothing"
        print(f"\nStopped: {options.out} has {kept} of this run.", file=sys.stderr)
        return 130
    print(f"\n{table(report)}")
    if report["edge_tpu"]["log"]:
        print(f"{COMPILER} said:\n{report['edge_tpu']['log'].rstrip()}\n")
    print(f"Kept in {options.out}: {', '.join(output.kept)}")
    return int(errors(report) > 0 or report["edge_tpu"]["compiled"] is False)


if __name__ == "__main__":
    sys.exit(main())
