# %% active="py"
"""Make a model for the Edge TPU: int8, one picture at a time.

    python examples/edge_tpu.py
    python examples/edge_tpu.py --model digits.keras --out runs/digits

It trains a small convolutional network, or takes yours, quantizes it,
compares the result with the float model on LiteRT, checks it with the
rules of check_tflite.py, and writes to the folder of --out:

    mnist.keras            the trained model; mnist_qat.keras with --qat
    mnist_float.tflite     the same in float, for comparison
    mnist_int8.tflite      for the Edge TPU's compiler, and for LiteRT
    mnist_int8.json        the report: what came out, how it was made
    mnist_int8_edgetpu.tflite  if edgetpu_compiler is on the PATH

Without --qat the ranges of all numbers are measured on pictures after
the training. With --qat the model is trained for one more epoch while
all numbers are rounded as int8 will round them.
"""

# %% [markdown] lang="en"
# # Export to the Edge TPU { #edge-tpu-program }
#
# `edge_tpu.py` goes the whole way of the page [Edge TPU](../edge-tpu.md)
# with one command: train a model or take yours, quantize it to int8,
# compare it with the float model, check the file, and hand it to
# `edgetpu_compiler` if that is installed.
#
# Read it for the order of the steps, and for a report that still says later
# how a file was made.
#
# ```
# python examples/edge_tpu.py --model digits.keras --out runs/digits
# ```

# %% [markdown] lang="ko"
# # Edge TPU용 모델 내보내기 { #edge-tpu-program }
#
# `edge_tpu.py`는 [Edge TPU](../edge-tpu.md) 페이지에서 한 일을 명령 하나로 합니다. 모델을 훈련하거나 여러분의 모델을
# 받아서 int8로 양자화(quantization)하고, float 모델과 비교하고, 파일을 검사합니다. `edgetpu_compiler`가 설치되어 있으면
# 컴파일까지 맡깁니다.
#
# 단계의 순서를 눈여겨보세요. 파일을 어떻게 만들었는지 나중에도 알려 주는 보고서도 살펴보세요.
#
# ```
# python examples/edge_tpu.py --model digits.keras --out runs/digits
# ```

# %%
import hashlib
import importlib.metadata
import math
import os
import platform
import shlex
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

import mnist_data
from common import (
    UserError,
    add_training_options,
    atomic_write,
    number,
    parser,
    path,
    reason,
    results_folder,
    run,
    stop_after_step,
    temporary_folder,
    write_json,
)
from digit_model import add_pixels_option, open_model
from quantize import convert, quantization_aware, without_rescaling
from tflite_check import check
from tflite_run import input_range, scaled
from tflite_run import run as run_tflite

BATCH = 64
RATE, QAT_RATE = 0.006, 0.001  # the highest of each training
CALIBRATION = 500  # training pictures on which ranges are measured
NEAR = 0.01  # more lost accuracy than this is a finding
COMPILER = "edgetpu_compiler"
PACKAGES = ("tensorflow", "keras", "ai-edge-litert", "numpy")

# %% [markdown] lang="en"
# Quantization writes a real number $r$ as a whole number $q$, with a scale
# $S$ and a zero point $Z$:
#
# $r = S\,(q - Z)$
#
# Its steps are in a module of their own, `quantize.py`: put the rescaling
# of the pixels into the first layer, round while training, fix the batch at
# one picture, convert. [check_tflite.py](check_tflite.py) finds the faults of
# a file. This program calls them in the right order.
#
# ## The model and its training { #model }
#
# The network is the small one of [Train it well](../train-it-well.md#fast),
# with only layers that the chip has. Both training runs, the plain one and
# the one with rounding, follow the recipe of that page: the learning rate
# rises for a quarter of the steps and then falls. Only the highest rate
# differs.

# %% [markdown] lang="ko"
# 양자화는 실수 $r$를 정수 $q$로 나타내는 일입니다. 이때 스케일(scale) $S$와 영점(zero point) $Z$를 씁니다.
#
# $r = S\,(q - Z)$
#
# 양자화의 단계는 `quantize.py` 모듈에 따로 들어 있습니다. 픽셀 값의 범위를 바꾸는 일을 첫 층에 맡기고, 반올림하며 훈련하고,
# 배치 크기를 한 장으로 고정하고, 변환합니다. 파일의 잘못은 [check_tflite.py](check_tflite.py)가 찾습니다. 이 프로그램은
# 이 둘을 올바른 순서로 호출합니다.
#
# ## 모델과 훈련 { #model }
#
# 신경망은 [제대로 훈련하기](../train-it-well.md#fast)에 나온 작은 것이고, 칩에 있는 층만 씁니다. 보통 훈련도 반올림하며 하는 훈련도 그
# 페이지의 방법을 따릅니다. 학습률은 전체 스텝의 4분의 1 동안 올라갔다가 그 뒤로 내려갑니다. 다른 것은 가장 높은
# 학습률뿐입니다.


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


def train(
    model, pictures, labels, *, epochs, rate, logits, seed, save
) -> None:
    """Train, and save after each epoch; Ctrl-C ends after a step."""
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
    pictures = pictures.reshape(-1, *model.input_shape[1:])
    one_hot = np.eye(10, dtype="float32")[labels]
    batches = (
        tf.data.Dataset.from_tensor_slices((pictures, one_hot))
        .shuffle(len(pictures), seed=seed)
        .batch(BATCH)
        .prefetch(tf.data.AUTOTUNE)
    )

    def end(epoch: int, logs: dict) -> None:
        if not model.stop_training:  # Ctrl-C came in this epoch
            save()

    after_epoch = keras.callbacks.LambdaCallback(on_epoch_end=end)
    with stop_after_step(model) as stop:
        model.fit(
            batches,
            epochs=epochs,
            callbacks=[stop, after_epoch],
            shuffle=False,  # the batches are shuffled already
            verbose=1 if sys.stdout.isatty() else 2,
        )


# %% [markdown] lang="en"
# ## The comparison { #comparison }
#
# Both files, float and int8, answer the same test pictures on LiteRT. The
# report has the accuracy of each, how often they agree, and what the
# checker says about the int8 file. It also has a checksum of each file: a
# file whose bytes have changed is not the one in the report.

# %% [markdown] lang="ko"
# ## 비교 { #comparison }
#
# float 파일과 int8 파일이 LiteRT에서 같은 테스트 이미지에 답합니다. 보고서에는 두 파일의 정확도, 둘의 답이 같은 비율,
# 검사기가 int8 파일에서 찾은 것이 들어갑니다. 파일마다 체크섬(checksum)도 적습니다. 바이트가 하나라도 바뀐 파일은
# 보고서에 적힌 그 파일이 아닙니다.


# %%
def answers(content: bytes, pictures, pixels) -> tuple:
    """What a .tflite file answers, and its input and output.

    Pictures: uint8 (n, 28, 28). Answers: real numbers, (n, 10).
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    ends = {
        "input": interpreter.get_input_details()[0],
        "output": interpreter.get_output_details()[0],
    }
    pixels = input_range(ends["input"]) or pixels
    return run_tflite(interpreter, scaled(pictures, pixels)), {
        name: {
            "dtype": end["dtype"].__name__,
            "shape": end["shape"].tolist(),
            "scale": float(end["quantization"][0]),
            "zero_point": int(end["quantization"][1]),
        }
        for name, end in ends.items()
    }


def compare(files: dict, name: str, pictures, labels, pixels) -> dict:
    """Run the "float" and the "int8" file, and check the latter."""
    report, guesses = {}, {}
    for kind, content in files.items():
        rows, described = answers(content, pictures, pixels)
        guesses[kind] = rows.argmax(axis=1)
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
    report["findings"] = [asdict(each) for each in check(files["int8"])]
    lost = report["float"]["accuracy"] - report["int8"]["accuracy"]
    if lost > NEAR:
        text = f"int8 reads {lost:.1%} fewer digits right than float: "
        report["findings"].append(
            {
                "level": "warning",
                "rule": "accuracy",
                "place": "file",
                "text": text + "train for longer, or with --qat.",
            }
        )
    return report


# %% [markdown] lang="en"
# ## The compiler { #compiler }
#
# Google's compiler runs in a folder that is thrown away, because it also
# leaves a log. It may refuse a file that has passed all checks; then the
# report has its words.

# %% [markdown] lang="ko"
# ## 컴파일러 { #compiler }
#
# 구글의 컴파일러는 로그도 남기므로, 쓰고 버릴 폴더에서 실행합니다. 검사를 모두 통과한 파일도 컴파일러는 거부할 수 있습니다.
# 그때는 컴파일러가 출력한 말이 보고서에 남습니다.


# %%
def compile_for_edge_tpu(file: Path) -> tuple[bool | None, str]:
    """Make `*_edgetpu.tflite` of a file, if the compiler is installed.

    Returns whether it was made (None without a compiler), and the
    compiler's own words.
    """
    made = file.with_name(f"{file.stem}_edgetpu.tflite")
    compiler = shutil.which(COMPILER)
    if not compiler:
        return None, f"{COMPILER} is not on the PATH."
    with temporary_folder() as folder:
        shutil.copy(file, folder)
        command = [os.path.abspath(compiler), "-s", file.name]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            return False, f"{COMPILER} cannot be run: {error.strerror}."
        log = f"{done.stdout}{done.stderr}Exit code {done.returncode}."
        if done.returncode or not (folder / made.name).is_file():
            return False, log
        with atomic_write(made) as part:
            shutil.copy(folder / made.name, part)
    return True, log


# %% [markdown] lang="en"
# ## The program { #program }
#
# The order is the heart of the program. What can be refused is refused
# first. After a plain training the ranges are measured on 500 training
# pictures; after `--qat` they are in the model. The report is written before
# the compiler starts, so that a crash loses nothing.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# 순서가 이 프로그램의 핵심입니다. 거절할 것은 먼저 거절합니다. 보통 훈련한 모델이라면 훈련 이미지 500장으로 범위를 재고,
# `--qat`로 훈련했다면 범위가 이미 모델 안에 있습니다. 보고서는 컴파일러를 시작하기 전에 쓰므로, 컴파일러가 갑자기 멈춰도
# 잃는 것이 없습니다.


# %%
def show(report: dict, file: Path) -> None:
    """Print the report for a reader, and its file."""
    print(f"\n{'':10}{'float':>12}{'int8':>12}")
    floats, ints = report["float"], report["int8"]
    for row, form in (("accuracy", "12.2%"), ("bytes", "12,")):
        print(f"{row:10}{floats[row]:{form}}{ints[row]:{form}}")
    tests = report["data"]["test_images"]
    print(f"the same digit: {report['agreement']:.2%} of {tests:,}\n")
    for name in ("input", "output"):
        end = ints[name]
        print(
            f"{name}: {end['dtype']} {tuple(end['shape'])}, scale "
            f"{end['scale']:.6g}, zero point {end['zero_point']}"
        )
    for each in report["findings"]:
        print(f"{each['level']}: {each['text']}")
    print(f"Edge TPU: {report['edge_tpu']['text']}")
    print(f"Report: {file}")


def parse(argv: list[str]):
    """The options; a wrong one ends the program with code 2."""
    options = parser(
        "Make an int8 model for the Edge TPU.", "edge_tpu.py"
    )
    add = options.add_argument
    add("--model", type=path, help="your .keras file; trains none then")
    add_pixels_option(options)
    add("--qat", action="store_true", help="train on while rounding")
    tests, use = number(1, 10_000), "how many test pictures to use"
    add("--tests", type=tests, default=10_000, help=use)
    add_training_options(options, "runs/edge_tpu", epochs=1)
    return options.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Find what is given, lock the folder, make the files."""
    argv = sys.argv[1:] if argv is None else argv
    options = parse(argv)
    source, yours = mnist_data.find(path=options.data), None
    if options.model:
        if options.model.suffix != ".keras":
            raise UserError(f"{options.model} is not a .keras file.")
        yours = open_model(options.model, options.pixels)
    command = shlex.join(["python", "examples/edge_tpu.py", *argv])
    with results_folder(options.out, options.overwrite) as folder:
        return make(options, source, yours, folder, command)


def make(options, source, yours, folder: Path, command: str) -> int:
    """Make the files; returns 1 if the result cannot be used.

    `yours` is the opened model of --model, or None.
    """
    report = {
        "command": command,
        "route": "quantization-aware"
        if options.qat
        else "post-training",
        "epochs": None if yours else options.epochs,
        "seed": options.seed,
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in PACKAGES},
    }
    import keras

    keras.utils.set_random_seed(options.seed)
    (x, y), (x_test, y_test) = source.load()
    x, y = x[: options.examples], y[: options.examples]
    x_test, y_test = x_test[: options.tests], y_test[: options.tests]
    name = options.model.stem if yours else "mnist"
    pixels, logits = (0, 255), True
    model = yours.model if yours else build()
    if yours:
        pixels, logits = yours.pixels, yours.logits
        print(f"{options.model} {yours.takes}")

    def save(ending: str = "") -> None:
        with atomic_write(folder / f"{name}{ending}.keras") as part:
            model.save(part)

    recipe = {"logits": logits, "seed": options.seed}
    if not yours:
        plain = {"epochs": options.epochs, "rate": RATE, "save": save}
        train(model, scaled(x, pixels), y, **plain, **recipe)
    how = {"pictures": x[:CALIBRATION]}
    if options.qat:
        inner, ends = without_rescaling(model, pixels)
        how = {"aware": quantization_aware(inner)}
        print("Training on while numbers are rounded:", flush=True)
        recipe |= {"epochs": 1, "rate": QAT_RATE}
        recipe["save"] = lambda: save("_qat")
        train(how["aware"], scaled(x, ends), y, **recipe)
    files = convert(model, softmax=logits, pixels=pixels, **how)
    try:
        result = compare(files, name, x_test, y_test, pixels)
    except RuntimeError as error:  # depends on the model's layers
        raise UserError(
            f"LiteRT cannot run this model ({reason(error)}): build it "
            "from layers such as Conv2D, MaxPooling2D and Dense."
        ) from None
    report |= {
        "parameters": model.count_params(),
        "data": {
            "kind": source.kind,
            "digest": source.digest,
            "training_images": len(x),
            "test_images": len(x_test),
        },
        **result,
        "edge_tpu": {
            "compiled": None,
            "text": "not compiled",
        },
    }
    file = folder / f"{name}_int8.json"
    compiled = folder / f"{name}_int8_edgetpu.tflite"
    compiled.unlink(missing_ok=True)  # of an earlier model
    for kind, content in files.items():
        with atomic_write(folder / f"{name}_{kind}.tflite") as part:
            part.write_bytes(content)
    write_json(file, report)
    levels = [each["level"] for each in report["findings"]]
    if "error" not in levels:
        made, text = compile_for_edge_tpu(file.with_suffix(".tflite"))
        report["edge_tpu"] = {"compiled": made, "text": text}
        write_json(file, report)
    show(report, file)
    refused = report["edge_tpu"]["compiled"] is False
    return int("error" in levels or refused)


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
# digit for nearly every picture. Whether the file was compiled as well
# depends on the computer.
#
# The report has the same for other programs. Here are its first lines, and
# the checksum of the file on the disk, which must be the one in the report.

# %% [markdown] lang="ko"
# int8 파일은 크기가 거의 4분의 1로 줄었고, 두 파일은 거의 모든 이미지에 같은 숫자를 답합니다. 컴파일까지 했는지는 컴퓨터에 따라
# 다릅니다.
#
# 같은 내용이 다른 프로그램도 읽을 수 있는 보고서에 있습니다. 보고서의 첫 부분을 보고, 디스크에 있는 파일의 체크섬이 보고서의
# 것과 같은지 확인합니다.

# %% active="ipynb"
# import json
#
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
# file takes of pixels from 0 to 1. The same formula stands between the
# whole numbers that the file answers and probabilities.

# %% [markdown] lang="ko"
# 이제 식을 써 봅니다. 식을 거꾸로 쓰면 0부터 1까지의 픽셀이 파일에 넣을 정수가 됩니다. 파일이 답하는 정수와 확률 사이에도
# 같은 식이 있습니다.

# %% active="ipynb"
# S, Z = (report["int8"]["input"][k] for k in ("scale", "zero_point"))
# for pixel in (0, 100, 255):
#     print(f"pixel {pixel:3} -> {round(pixel / 255 / S) + Z:4}")
#
# _, (images, labels) = mnist_data.load(lambda line: None)
# (probabilities,), _ = answers(content, images[:1], (0, 1))
# S, Z = (report["int8"]["output"][k] for k in ("scale", "zero_point"))
# for digit in probabilities.argsort()[::-1][:3]:
#     r = probabilities[digit]
#     print(f"{digit}: {round(r / S) + Z:4} -> {r:.3f}")
# print("label:", labels[0], "sum:", probabilities.sum())
#
# assert report["int8"]["input"]["zero_point"] == Z == -128
# assert abs(probabilities.sum() - 1) < 0.05

# %% [markdown] lang="en"
# A pixel becomes the pixel minus 128. In the answer −128 is the probability
# 0. All ten are rounded to whole 256ths, so their sum may miss 1 by a
# little.
#
# ## Change it { #change }
#
# - Train for another epoch while numbers are rounded: `--qat`. Does int8 lose
#   less?
# - Give it a model of your own with `--model`. Which layers does
#   [check_tflite.py](check_tflite.py) refuse?
# - The model kept in the repository was made by this program, with
#   `--epochs 2 --qat` and all of MNIST. [predict.py](predict.py) reads
#   pictures with it. Let it read yours with a model that you make now.

# %% [markdown] lang="ko"
# 픽셀은 128을 뺀 수가 됩니다. 답에서는 −128이 확률 0입니다. 확률 열 개는 각각 256분의 1 단위로 반올림되므로, 모두 더하면
# 1에서 조금 벗어날 수 있습니다.
#
# ## 바꿔 보기 { #change }
#
# - `--qat`를 주어 한 에포크 더 반올림하며 훈련해 보세요. int8에서 잃는 정확도가 줄어들까요?
# - `--model`로 여러분의 모델을 지정해 보세요. [check_tflite.py](check_tflite.py)가 받아들이지 않는 층은 무엇일까요?
# - 저장소에 들어 있는 모델은 이 프로그램에 `--epochs 2 --qat`를 주고 MNIST 전체로 만들었습니다. 그 모델로
#   [predict.py](predict.py)가 사진을 읽습니다. 지금 만든 모델로 여러분의 사진을 읽어 보세요.

# %% active="py"
if __name__ == "__main__":
    sys.exit(run(main))
