# %% active="py"
"""Make a model that an Edge TPU takes: int8, one picture, compared.

    python examples/edge_tpu.py --out runs/edge_tpu

trains a small convolutional network (or takes yours: --model
file.keras), quantizes it, runs both on LiteRT, has the result checked
by check_tflite.py, and writes to the folder:

    mnist.keras            the trained model
    mnist_qat.keras        after --qat: the model trained on
    mnist_float.tflite     the same weights in float, for comparison
    mnist_int8.tflite      for the Edge TPU's compiler, and for LiteRT
                           on any processor
    mnist_int8.json        the report: what came out, how it was made
    mnist_int8.txt         the report as a table to read
    mnist_int8_edgetpu.tflite  if edgetpu_compiler is on the PATH

Both .tflite files take float pixels 0..255 of shape (1, 28, 28, 1), or
their int8 form as the report says, and answer (1, 10) probabilities. A
model of yours must take such pixels, too: with a Rescaling layer
inside, if it wants 0..1.

Without --qat the ranges of all numbers are measured on pictures after
the training. With --qat the model is trained for another epoch while
all is rounded as int8 will round it.

The same seed gives the same files on the same machine with the same
versions.

Exit codes: 0 done, 1 the data, the model or the folder cannot be used,
the checker found errors, or the compiler refused, 2 a wrong option,
130 Ctrl-C.
"""

# %% [markdown] lang="en"
# # Export to the Edge TPU { #edge-tpu-program }
#
# `edge_tpu.py` takes the whole way of the page [Edge TPU](../edge-tpu.md)
# with one command: it trains a model or takes yours, quantizes it to int8,
# compares it with the float model, checks the file, and hands it to
# `edgetpu_compiler`, if that is there.
#
# Read it for the order of the steps, and for a report that says later how
# a file was made.

# %% [markdown] lang="ko"
# # Edge TPU용 모델 내보내기 { #edge-tpu-program }
#
# `edge_tpu.py`는 [Edge TPU](../edge-tpu.md) 페이지에서 한 일을 명령 하나로 합니다. 모델을 훈련하거나 여러분의 모델을
# 받아서 int8로 양자화(quantization)하고, float 모델과 비교하고, 파일을 검사합니다. `edgetpu_compiler`가 있으면 컴파일까지
# 맡깁니다.
#
# 단계의 순서를 눈여겨보세요. 파일을 어떻게 만들었는지 나중에도 알 수 있게 해 주는 보고서도 살펴보세요.

# %%
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
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

import mnist_data
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
# The highest learning rate of either training.
RATE, QAT_RATE = 0.006, 0.001
CALIBRATION = 500  # training images on which ranges are measured
# A finding says so if the int8 model's accuracy is lower than the
# float's by more.
NEAR = 0.01
COMPILER = "edgetpu_compiler"
PACKAGES = ("tensorflow", "keras", "ai-edge-litert", "numpy")

# %% [markdown] lang="en"
# Quantization writes a real number $r$ as a whole number $q$, with a scale
# $S$ and a zero point $Z$:
#
# $r = S\,(q - Z)$
#
# Its steps are in a module beside this one, `quantize.py`: put the
# rescaling of the pixels into the first layer, train with rounding, fix
# the batch at one picture, convert, run. The faults of a file are found
# by [check_tflite.py](check_tflite.py). What is left for this program is
# to call all of it in the right order.
#
# ## The options { #options }
#
# Without options it trains a model on all of MNIST. `--model` takes yours
# instead, and `--qat` trains for one more epoch with rounding.

# %% [markdown] lang="ko"
# 양자화는 실수 $r$를 정수 $q$로 나타내는 일입니다. 이때 스케일(scale) $S$와 영점(zero point) $Z$를 씁니다.
#
# $r = S\,(q - Z)$
#
# 양자화의 단계는 옆에 있는 `quantize.py` 모듈에 들어 있습니다. 픽셀 값의 범위를 바꾸는 일을 첫 층이 맡게 하기, 반올림하며
# 훈련하기, 배치 크기를 한 장으로 고정하기, 변환하기, 실행하기입니다. 파일의 잘못은 [check_tflite.py](check_tflite.py)가
# 찾습니다. 이 프로그램은 그 모두를 올바른 순서로 부르기만 하면 됩니다.
#
# ## 옵션 { #options }
#
# 옵션을 주지 않으면 MNIST 전체로 모델을 훈련합니다. `--model`을 주면 여러분의 모델을 대신 쓰고, `--qat`를 주면 한
# 에포크 더 반올림하며 훈련합니다.


# %%
class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def whole(low: int, high: int) -> Callable[[str], int]:
    """An argparse type: a whole number from `low` to `high`."""

    def convert(text: str) -> int:
        digits = text.strip().lstrip("+-").isdecimal()
        number = int(text) if digits else None
        if number is None or not low <= number <= high:
            raise argparse.ArgumentTypeError(
                f"{text!r} is no whole number from {low} to {high}"
            )
        return number

    return convert


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program with code 2."""
    parser = Parser(
        "edge_tpu.py",
        description="Make a model that an Edge TPU takes: int8 all "
        "through, one picture at a time, and compared.",
        allow_abbrev=False,
    )
    option = parser.add_argument
    option(
        "--model",
        type=Path,
        metavar="KERAS",
        help="your model, instead of training one",
    )
    option(
        "--qat",
        action="store_true",
        help="quantization-aware training, one epoch more",
    )
    option(
        "--epochs",
        type=whole(1, 1000),
        default=1,
        help="rounds through the data (1)",
    )
    option(
        "--examples",
        type=whole(24, 60_000),
        default=60_000,
        help="train on the first of them",
    )
    option(
        "--tests",
        type=whole(1, 10_000),
        default=10_000,
        help="compare on the first of them",
    )
    option(
        "--data",
        type=Path,
        metavar="NPZ",
        help="a copy of Keras's mnist.npz",
    )
    option(
        "--out",
        type=Path,
        default=Path("runs/edge_tpu"),
        help="folder to write to (runs/edge_tpu)",
    )
    option(
        "--seed",
        type=whole(0, 2**32 - 1),
        default=0,
        help="of all that is random (0)",
    )
    return parser.parse_args(argv)


# %% [markdown] lang="en"
# ## The folder { #folder }
#
# A run writes up to seven files. Each of them is written beside its place
# and renamed when it is whole, as [Checkpoints](../checkpoints.md#rename)
# explains. `Output` also remembers what it wrote, so that Ctrl-C can say
# what is there.

# %% [markdown] lang="ko"
# ## 결과를 담을 폴더 { #folder }
#
# 한 번 실행하면 파일을 많게는 일곱 개 씁니다. 모두 [체크포인트](../checkpoints.md#rename)에서 설명한 대로 옆자리에 쓴
# 다음 다 되면 이름을 바꿉니다. `Output`은 무엇을 썼는지도 기억합니다. 그래서 Ctrl-C로 멈추어도 무엇이 남았는지 알려
# 줄 수 있습니다.


# %%
class Output:
    """The folder of the results.

    Attributes:
        name: what all names of files in it begin with.
        kept: the files written so far.
    """

    def __init__(self, folder: Path, name: str):
        """Raises ExportError if the folder cannot be written.

        Better now than after the training.
        """
        self.folder, self.name, self.kept = folder, name, []
        probe = folder / f".probe-{secrets.token_hex(4)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as error:
            raise ExportError(
                f"{folder} cannot be written ({error.strerror}): "
                "let --out name a folder that can."
            ) from error

    @contextlib.contextmanager
    def file(self, ending: str) -> Iterator[Path]:
        """A file that takes its place when it is whole.

        Until then an older one stays as it is. Raises ExportError if it
        cannot be written.
        """
        path = self.folder / f"{self.name}{ending}"
        # Keras looks at the suffix.
        part = f".part-{secrets.token_hex(4)}{path.suffix}"
        part = self.folder / part
        try:
            yield part
            os.replace(part, path)
        except OSError as error:
            reason = error.strerror or error
            raise ExportError(
                f"{path} cannot be written: {reason}."
            ) from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
        others = (name for name in self.kept if name != path.name)
        self.kept = [*others, path.name]


# %% [markdown] lang="en"
# ## The model { #model }
#
# The program's own model is the small one of [the page on convolutional
# networks](../cnn.md#fast): only layers that the chip has. A model of
# yours must take pictures of 28×28 pixels and give ten numbers. Whether
# these are logits or probabilities is found out by asking it: ten
# probabilities add up to 1.

# %% [markdown] lang="ko"
# ## 모델 { #model }
#
# 이 프로그램의 모델은 [합성곱 신경망](../cnn.md#fast)에 나온 작은 모델이고, 칩에 있는 층만 씁니다. 여러분의 모델을 쓰려면
# 28×28픽셀 이미지를 받아 수 열 개를 내놓는 모델이어야 합니다. 그 수가 로짓인지 확률인지는 모델에 직접 물어봅니다. 확률
# 열 개라면 더해서 1이 됩니다.


# %%
def build():
    """A model from pixels to logits.

    Pixels: float32 0..255, (n, 28, 28, 1). Logits: (n, 10).
    """
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
    """Raise ExportError unless Keras saves this kind of file."""
    try:
        with path.open("rb") as file:
            fits = zipfile.is_zipfile(file)
    except OSError as error:
        raise ExportError(
            f"{path} cannot be read: {error.strerror}."
        ) from error
    if not fits or path.suffix != ".keras":
        raise ExportError(
            f"{path} is no .keras file, or not a whole one: "
            'let --model name what model.save("name.keras") wrote.'
        )


def load(path: Path):
    """The user's model; raises ExportError unless it reads digits."""
    import keras

    try:
        model = keras.saving.load_model(path, compile=False)
    # A foreign file raises whatever its content provokes.
    except Exception as error:
        raise ExportError(
            f"{path} cannot be loaded by Keras: {said(error)}"
        ) from error
    takes = getattr(model, "input_shape", None)
    answers = getattr(model, "output_shape", None)
    fits = takes in ((None, 28, 28, 1), (None, 28, 28))
    if not fits or answers != (None, 10):
        raise ExportError(
            f"{path} takes {takes} and answers {answers}: a model from "
            "(None, 28, 28, 1) or (None, 28, 28) to (None, 10) "
            "is needed."
        )
    return model


def gives_probabilities(model, pictures: np.ndarray) -> bool:
    """Whether a model's answers are shares that add up to 1.

    Else they are taken for logits.
    """
    pictures = pictures.astype("float32")
    answers = np.asarray(model(pictures, training=False))
    add_up = np.allclose(answers.sum(axis=1), 1, atol=1e-3)
    return bool((answers >= 0).all() and add_up)


# %% [markdown] lang="en"
# ## The training { #training }
#
# Both trainings, the first one and the one with rounding, follow the
# recipe of [the page on convolutional networks](../cnn.md#fast): the
# learning rate rises for a quarter of the steps and then falls. Only the
# highest rate differs.
#
# Ctrl-C ends either of them at the end of a step. It takes a callback,
# for the reason that [train.py](train.py) gives.

# %% [markdown] lang="ko"
# ## 훈련 { #training }
#
# 처음 하는 훈련도 반올림하며 하는 훈련도 [합성곱 신경망](../cnn.md#fast)에 나온 방법을 따릅니다. 학습률은 전체 스텝의 4분의
# 1 동안 올라갔다가 그 뒤로 내려갑니다. 다른 것은 가장 높은 학습률뿐입니다.
#
# Ctrl-C를 누르면 어느 쪽이든 스텝이 끝날 때 멈춥니다. 여기에 콜백이 필요한 까닭은 [train.py](train.py)에 있습니다.


# %%
@contextlib.contextmanager
def ctrl_c_after_a_step(model) -> Iterator:
    """Let Ctrl-C end `fit` after a step; raises KeyboardInterrupt then.

    Yields the callback that `fit` needs for it. Inside of TensorFlow an
    exception may crash the process. A second Ctrl-C does not wait.
    """
    import keras

    pressed = []

    def press(*_):
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)

    def stop(step: int, logs: dict) -> None:
        model.stop_training = bool(pressed)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield keras.callbacks.LambdaCallback(on_train_batch_end=stop)
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def train(
    model, pictures, labels, *, epochs, rate, logits, seed, after_epoch
) -> None:
    """Train, and call `after_epoch` after each epoch."""
    import keras
    import tensorflow as tf

    steps = epochs * math.ceil(len(pictures) / BATCH)
    rise = max(1, steps // 4)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 30,
        max(1, steps - rise),
        warmup_target=rate,
        warmup_steps=rise,
    )
    model.compile(
        optimizer=keras.optimizers.Adam(schedule, beta_2=0.99),
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=logits, label_smoothing=0.1
        ),
        metrics=["accuracy"],
        steps_per_execution=8,
        jit_compile=False,  # would take longer than it saves
    )
    # With arrays, `fit` would shuffle a seeded run in the same order in
    # every epoch.
    one_hot = np.eye(10, dtype="float32")[labels]
    batches = (
        tf.data.Dataset.from_tensor_slices((pictures, one_hot))
        .shuffle(len(pictures), seed=seed)
        .batch(BATCH)
        .prefetch(tf.data.AUTOTUNE)
    )
    bar = sys.stdout.isatty()

    def end(epoch: int, logs: dict) -> None:
        if model.stop_training:  # this epoch is not whole
            return
        after_epoch()
        if not bar:
            print(
                f"Epoch {epoch + 1}/{epochs}: loss {logs['loss']:.4f}, "
                f"accuracy {logs['accuracy']:.4f}",
                flush=True,
            )

    with ctrl_c_after_a_step(model) as stop:
        model.fit(
            batches,
            epochs=epochs,
            callbacks=[
                stop,
                keras.callbacks.LambdaCallback(on_epoch_end=end),
            ],
            shuffle=False,  # the batches are shuffled already
            verbose=1 if bar else 0,
        )


# %% [markdown] lang="en"
# ## The comparison { #comparison }
#
# Both files, float and int8, answer the same test pictures on LiteRT. The
# report keeps the accuracy of each, how often they agree, and what the
# checker says about the int8 file. It also keeps a checksum of each file:
# a file whose bytes have changed is not the one in the report.

# %% [markdown] lang="ko"
# ## 비교 { #comparison }
#
# float 파일과 int8 파일이 LiteRT에서 같은 테스트 이미지에 답합니다. 보고서에는 두 파일의 정확도, 둘의 답이 같은 비율,
# 검사기가 int8 파일에 대해 한 말이 남습니다. 파일마다 체크섬(checksum)도 남깁니다. 바이트가 하나라도 바뀐 파일은
# 보고서에 적힌 그 파일이 아닙니다.


# %%
def compare(files: dict[str, bytes], name: str, images, labels) -> dict:
    """Run the "float" and the "int8" file, and check the latter.

    Images: uint8 (n, 28, 28), the same for both. Labels: (n,).
    """
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
    same = guesses["float"] == guesses["int8"]
    report["agreement"] = float(same.mean())
    report["size_ratio"] = len(files["float"]) / len(files["int8"])
    findings = check(files["int8"])
    lost = report["float"]["accuracy"] - report["int8"]["accuracy"]
    if lost > NEAR:
        text = (
            f"The int8 model reads {lost:.1%} fewer digits right than "
            "the float one: train for longer, or with --qat."
        )
        findings.append(Finding("warning", "accuracy", "file", text))
    report["findings"] = [asdict(finding) for finding in findings]
    return report


def table(report: dict) -> str:
    """The report for a reader."""
    floats, ints, data = report["float"], report["int8"], report["data"]
    what = "MNIST" if data["kind"] == "mnist" else "offline digits"
    lines = [f"{'':10}{'float':>12}{'int8':>12}"]
    for row, form in (("accuracy", ".2%"), ("bytes", ",")):
        pair = format(floats[row], form), format(ints[row], form)
        lines.append(f"{row:10}{pair[0]:>12}{pair[1]:>12}")
    lines += [
        "",
        f"On LiteRT, {data['test_images']:,} test images of {what}; "
        f"the same digit from both: {report['agreement']:.2%}.",
        f"The int8 file is {report['size_ratio']:.2f} times smaller. "
        "Its numbers stand for",
    ]
    for side in ("input", "output"):
        one = ints[side]
        value = f"(number - {one['zero_point']}) x {one['scale']:.6g}"
        value = value.replace("- -", "+ ")
        kind = f"{one['dtype']} {tuple(one['shape'])}"
        lines.append(f"  {side + ':':9}{value:30}{kind}")
    lines.append("")
    for one in report["findings"]:
        lines.append(f"{one['level'].title()}: {one['text']}")
    if not report["findings"]:
        lines.append(
            "Check: nothing found that keeps it off an Edge TPU."
        )
    lines.append(f"Edge TPU: {report['edge_tpu']['text']}")
    return "\n".join(lines) + "\n"


# %% [markdown] lang="en"
# ## The compiler { #compiler }
#
# Google's compiler is called where it is installed. It runs in a folder
# that is thrown away, because it also leaves a log where it stands. It
# may refuse a file that has passed all checks; then the report has its
# words.

# %% [markdown] lang="ko"
# ## 컴파일러 { #compiler }
#
# 구글의 컴파일러가 설치되어 있으면 부릅니다. 컴파일러는 자기가 실행된 폴더에 로그까지 남기므로, 쓰고 버릴 폴더에서
# 실행합니다. 검사를 모두 통과한 파일도 컴파일러는 거부할 수 있습니다. 그때는 컴파일러가 한 말이 보고서에 남습니다.


# %%
def compile_for_edge_tpu(content: bytes, output: Output) -> dict:
    """Let the Edge TPU's compiler make its file, if it is there.

    Returns what came of it: "compiled" (None if there is no compiler),
    "text" and "log".
    """
    name, compiler = f"{output.name}_int8", shutil.which(COMPILER)
    if not compiler:
        text = (
            f"{COMPILER} is not on the PATH, so {name}.tflite is not "
            "compiled. It runs on any processor as it is."
        )
        older = f"{name}_edgetpu.tflite"
        if (output.folder / older).exists():
            text += f" What is in {older} there is not this model."
        return {"compiled": None, "text": text, "log": ""}
    try:
        done, compiled = run_compiler(compiler, name, content)
    except OSError as error:
        text = f"{COMPILER} cannot be run: {error.strerror or error}."
        return {"compiled": False, "text": text, "log": ""}
    if compiled is None:
        code = done.returncode
        text = f"{COMPILER} made no file and ended with code {code}."
        return {"compiled": False, "text": text, "log": done.stdout}
    with output.file("_int8_edgetpu.tflite") as part:
        part.write_bytes(compiled)
    text = f"compiled to {name}_edgetpu.tflite."
    return {"compiled": True, "text": text, "log": done.stdout}


def run_compiler(
    compiler: str, name: str, content: bytes
) -> tuple[subprocess.CompletedProcess, bytes | None]:
    """The ended compiler, and its file, or None if it made none."""
    with tempfile.TemporaryDirectory() as folder:
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
        if done.returncode or not made.is_file():
            return done, None
        return done, made.read_bytes()


# %% [markdown] lang="en"
# ## The order of the steps { #export }
#
# `export` is the heart of the program. After a plain training the ranges
# are measured on 500 training pictures. After `--qat` they are in the
# model already. Two files are made from the same weights, and the report
# is written before the compiler starts: if it crashes, the files and the
# report are there.

# %% [markdown] lang="ko"
# ## 단계의 순서 { #export }
#
# `export`가 이 프로그램의 중심입니다. 보통 훈련한 모델이라면 훈련 이미지 500장으로 범위를 잽니다. `--qat`로 훈련했다면
# 범위가 이미 모델 안에 있습니다. 같은 가중치로 파일 두 개를 만들고, 보고서는 컴파일러를 시작하기 전에 씁니다. 컴파일러가
# 갑자기 죽더라도 파일과 보고서는 남습니다.


# %%
def export(
    options, output: Output, source: mnist_data.Source, report: dict
) -> None:
    """Train or load, quantize, compare, write.

    What comes out is added to the report. Raises ExportError.
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
    softmax = True
    if options.model:
        softmax = not gives_probabilities(model, x[:100])
    recipe = {"logits": softmax, "seed": options.seed}
    if not options.model:
        recipe |= {"epochs": options.epochs, "rate": RATE}
        train(model, x, y, after_epoch=lambda: keep(".keras"), **recipe)
    if options.qat:
        print("The same while all is rounded as in int8:", flush=True)
        aware = quantization_aware(model)
        recipe |= {"epochs": 1, "rate": QAT_RATE}
        recipe["after_epoch"] = lambda: keep("_qat.keras")
        train(aware, x, y, **recipe)
    plain = for_one_picture(without_scaling(model), softmax=softmax)
    if options.qat:
        aware = for_one_picture(aware, softmax=softmax, rounded=True)
        int8 = convert(aware, int8=True)
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
        "edge_tpu": {
            "compiled": None,
            "text": "not compiled.",
            "log": "",
        },
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
    texts = {
        ".json": json.dumps(report, indent=2) + "\n",
        ".txt": table(report),
    }
    for ending, text in texts.items():
        with output.file(f"_int8{ending}") as part:
            part.write_text(text, encoding="utf-8")


def errors(report: dict) -> int:
    """How many errors the checker found."""
    levels = [finding["level"] for finding in report["findings"]]
    return levels.count("error")


# %% [markdown] lang="en"
# ## The program { #program }
#
# `main` begins the report with the command, the seed and the versions, and
# ends with the table. Errors of the checker and a compiler that refuses
# end it with exit code 1: a script must not go on with such a file.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# `main`은 명령과 시드와 버전으로 보고서를 시작하고, 표를 출력하며 끝납니다. 검사기가 오류를 찾거나 컴파일러가 거부하면
# 종료 코드 1로 끝납니다. 다른 스크립트가 그런 파일을 가지고 다음 일로 넘어가면 안 되기 때문입니다.


# %%
def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    argv = sys.argv[1:] if argv is None else argv
    options, output = parse(argv), None
    try:
        name = "mnist"
        if options.model:
            check_file(options.model)
            name = options.model.stem
        output = Output(options.out, name)
        source = mnist_data.find(path=options.data)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with quiet():
            import tensorflow  # noqa: F401
        report = {
            "command": shlex.join(
                ["python", "examples/edge_tpu.py", *argv]
            ),
            "route": "post-training",
            "epochs": None if options.model else options.epochs,
            "seed": options.seed,
            "versions": {"python": platform.python_version()},
        }
        if options.qat:
            report["route"] = "quantization-aware"
        for package in PACKAGES:
            version = importlib.metadata.version(package)
            report["versions"][package] = version
        export(options, output, source, report)
    except (mnist_data.DataError, ExportError) as error:
        print(f"edge_tpu.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = output.kept if output else []
        print(
            f"\nStopped: {options.out} has "
            f"{', '.join(kept) or 'nothing'} of this run.",
            file=sys.stderr,
        )
        return 130
    print(f"\n{table(report)}")
    edge_tpu = report["edge_tpu"]
    if edge_tpu["log"]:
        print(f"{COMPILER} said:\n{edge_tpu['log'].rstrip()}\n")
    print(f"Kept in {options.out}: {', '.join(output.kept)}")
    return int(errors(report) > 0 or edge_tpu["compiled"] is False)


# %% [markdown] lang="en"
# ## Run it { #run }
#
# A short run, on the first 4,000 training pictures, compared on 1,000
# test pictures.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 짧게 실행해 봅니다. 처음 4,000장으로 훈련하고, 테스트 이미지 1,000장으로 비교합니다.

# %% active="ipynb"
# command = "--examples 4000 --tests 1000 --out chip"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# The int8 file is almost four times smaller, and both files give the same
# digit for nearly every picture. The two lines in the middle are the
# formula from above, with the numbers of this file. Whether the file was
# compiled as well depends on the computer; the last lines say so.
#
# The same is in the report, for other programs. Here are its first lines,
# and the checksum of the file on the disk beside the one in the report.

# %% [markdown] lang="ko"
# int8 파일은 거의 4배 작아졌고, 두 파일은 거의 모든 이미지에 같은 숫자를 답합니다. 가운데의 두 줄은 앞의 식에 이 파일의
# 값을 넣은 것입니다. 컴파일까지 했는지는 컴퓨터에 따라 다르며, 마지막 줄에 적혀 있습니다.
#
# 같은 내용이 다른 프로그램도 읽을 수 있는 보고서에 있습니다. 보고서의 첫 부분을 보고, 디스크에 있는 파일의 체크섬을
# 보고서의 것과 견주어 봅니다.

# %% active="ipynb"
# report = json.loads(Path("chip/mnist_int8.json").read_text())
# for name in ("command", "route", "seed", "parameters", "agreement"):
#     print(f"{name:11}{report[name]}")
#
# content = Path("chip/mnist_int8.tflite").read_bytes()
# checksum = hashlib.sha256(content).hexdigest()
# print(f"{'sha256':11}{checksum[:16]}...")
#
# assert checksum == report["int8"]["sha256"]
# assert report["agreement"] > 0.97 and report["size_ratio"] > 3.7
# assert report["findings"] == []

# %% [markdown] lang="en"
# Now use the formula. Turned around, it makes the whole numbers that the
# file takes of pixels. Then it makes probabilities of the whole numbers
# that the file answers.

# %% [markdown] lang="ko"
# 이제 식을 써 봅니다. 식을 거꾸로 쓰면 픽셀이 파일에 넣을 정수가 됩니다. 그런 다음 파일이 답한 정수를 식에 넣으면 확률이
# 됩니다.

# %% active="ipynb"
# S, Z = (report["int8"]["input"][k] for k in ("scale", "zero_point"))
# for r in (0, 100, 255):
#     print(f"pixel {r:3} -> {round(r / S) + Z:4}")
#
# _, (images, labels) = mnist_data.load(lambda line: None)
# answers, described = run(content, images[:1])
# S, Z = (described["output"][k] for k in ("scale", "zero_point"))
# q = answers[0].astype(int)  # int8 cannot hold q - Z
# probabilities = S * (q - Z)
# for digit in q.argsort()[::-1][:3]:
#     print(f"{digit}: {q[digit]:4} -> {probabilities[digit]:.3f}")
# print("label:", labels[0], "sum:", probabilities.sum())
#
# assert report["int8"]["input"]["zero_point"] == Z == -128
# assert abs(probabilities.sum() - 1) < 0.05

# %% [markdown] lang="en"
# A pixel becomes the pixel minus 128. In the answer −128 is the probability
# 0; the three largest are shown. All ten are rounded to whole 256ths, so
# their sum may miss 1 by a little.
#
# The model kept in the repository was made by this program, with
# `--epochs 2 --qat` and all of MNIST. [predict.py](predict.py) reads
# pictures with it. What else keeps a file off the chip,
# [check_tflite.py](check_tflite.py) shows.

# %% [markdown] lang="ko"
# 픽셀은 128을 뺀 수가 됩니다. 답에서는 −128이 확률 0이고, 여기에는 가장 큰 셋만 보였습니다. 확률 열 개는 저마다 256분의
# 1 단위로 반올림되므로, 모두 더하면 1에서 조금 벗어날 수 있습니다.
#
# 저장소에 들어 있는 모델도 이 프로그램에 `--epochs 2 --qat`를 주고 MNIST 전체로 만들었습니다. 그 모델로
# [predict.py](predict.py)가 사진을 읽습니다. 칩에 올리지 못하는 파일에는 또 어떤 것이 있는지
# [check_tflite.py](check_tflite.py)에서 볼 수 있습니다.

# %% active="py"
if __name__ == "__main__":
    sys.exit(main())
