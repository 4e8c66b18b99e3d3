# %% active="py"
"""Train a model on MNIST and keep it.

    python examples/train.py --model cnn --epochs 3 --out runs/first

writes runs/first/cnn.keras and, beside it, runs/first/cnn.json with its
metrics. Both are written after each epoch, so Ctrl-C keeps the last one
that was finished. The same seed gives the same weights, bit for bit, on
the same machine with the same versions.

Exit codes: 0 done, 1 the data or the folder cannot be used, 2 a wrong
option, 130 Ctrl-C.
"""

# %% [markdown] lang="en"
# # Train a model and keep it { #train }
#
# `train.py` trains the network of the [quickstart](../quickstart.md), or a
# small convolutional one, and writes the model beside its metrics. You can
# start it in a terminal, `python examples/train.py --model cnn`, or run
# its cells here from top to bottom.
#
# Read it for what a program needs beyond the training itself: options,
# files that are always whole, an end with Ctrl-C, and errors that say
# what to do.

# %% [markdown] lang="ko"
# # 모델을 훈련하고 남기기 { #train }
#
# `train.py`는 [빠른 시작](../quickstart.md)의 신경망이나 작은 합성곱 신경망을 훈련하고, 모델을 지표와
# 나란히 파일로 남깁니다. 터미널에서 `python examples/train.py --model cnn`으로 시작할 수도 있고,
# 여기 있는 셀을 위에서부터 차례로 실행할 수도 있습니다.
#
# 훈련 말고도 프로그램에 무엇이 필요한지 눈여겨보세요. 옵션, 언제 보아도 온전한 파일, Ctrl-C로 끝내기,
# 무엇을 하면 되는지 알려 주는 오류 메시지가 있습니다.

# %%
import argparse
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mnist_data

BATCH = {"dense": 32, "cnn": 64}
VALIDATION = 1 / 12  # of the training images: 5,000 of 60,000

# %% [markdown] lang="en"
# `mnist_data` decides which data is used: your own file, the copy that
# Keras keeps, a download, or the offline digits. TensorFlow is not in the
# list. Importing it takes seconds, and a mistyped option should be told
# at once.
#
# ## The options { #options }
#
# `argparse` checks the options and writes the text of `--help`. A number
# out of range ends in one sentence, not in an error of TensorFlow ten
# minutes later.

# %% [markdown] lang="ko"
# 어떤 데이터를 쓸지는 `mnist_data`가 정합니다. 내가 지정한 파일, Keras가 보관해 둔 파일, 내려받은 파일,
# 오프라인 데이터셋 순서입니다. TensorFlow는 여기서 불러오지 않습니다. 불러오는 데 몇 초가 걸리는데, 옵션을
# 잘못 쓴 것은 바로 알려 주어야 하기 때문입니다.
#
# ## 옵션 { #options }
#
# `argparse`는 옵션을 검사하고 `--help`에 나올 글도 만들어 줍니다. 범위를 벗어난 수는 곧바로 한 문장으로
# 알려 줍니다. 10분 뒤에 TensorFlow 오류로 끝나는 것보다 낫습니다.


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
        "train.py",
        description="Train a model on MNIST and keep it: the "
        "quickstart's (dense) or a small convolutional one (cnn).",
        allow_abbrev=False,
    )
    option = parser.add_argument
    option(
        "--model",
        choices=sorted(BATCH),
        default="dense",
        help="which network (dense)",
    )
    option(
        "--epochs",
        type=whole(1, 1000),
        default=5,
        help="rounds through the data (5)",
    )
    option(
        "--examples",
        type=whole(24, 60_000),
        default=60_000,
        help="train on the first of them",
    )
    option(
        "--data",
        type=Path,
        help="a copy of Keras's mnist.npz, before all other data",
    )
    option(
        "--out",
        type=Path,
        default=Path("runs/train"),
        help="folder to write to (runs/train)",
    )
    option(
        "--seed",
        type=whole(0, 2**32 - 1),
        default=0,
        help="of all that is random (0)",
    )
    return parser.parse_args(argv)


# %% [markdown] lang="en"
# ## Files that are always whole { #whole-files }
#
# A file is written beside its place and renamed when it is whole, as
# [Checkpoints](../checkpoints.md#rename) explains. And whether the folder
# can be written is tried before the training, not after it.

# %% [markdown] lang="ko"
# ## 언제 보아도 온전한 파일 { #whole-files }
#
# [체크포인트](../checkpoints.md#rename)에서 설명한 대로, 파일을 옆자리에 쓴 다음 다 되면 이름을 바꿉니다.
# 폴더에 쓸 수 있는지는 훈련을 마친 뒤가 아니라 훈련하기 전에 확인합니다.


# %%
class SaveError(Exception):
    """The model cannot be kept; the message says what to do."""


@contextlib.contextmanager
def saving(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when it is whole.

    Until then an older one stays as it is. Raises SaveError if it
    cannot be written.
    """
    # Keras looks at the suffix.
    part = path.with_name(f".part-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        reason = error.strerror or error
        raise SaveError(
            f"{path} cannot be written: {reason}."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def check_folder(out: Path, name: str) -> None:
    """Raise SaveError if the results will not be written there."""
    for path in (out / f"{name}.keras", out / f"{name}.json"):
        if path.is_dir():
            raise SaveError(
                f"{path} is a folder: "
                "remove it, or let --out name another folder."
            )
    probe = out / f".probe-{secrets.token_hex(4)}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise SaveError(
            f"{out} cannot be written ({error.strerror}): "
            "let --out name a folder that can."
        ) from error


# %% [markdown] lang="en"
# ## The two networks { #networks }
#
# Both take pictures as MNIST has them, numbers from 0 to 255, and answer
# ten logits. `steps_per_execution=25` lets Keras take 25 steps before it
# returns to Python: twice as fast here, and nothing else changes.

# %% [markdown] lang="ko"
# ## 두 신경망 { #networks }
#
# 둘 다 MNIST에 들어 있는 그대로, 0부터 255까지의 수로 된 이미지를 받아 로짓 열 개를 내놓습니다.
# `steps_per_execution=25`를 주면 Keras가 스물다섯 스텝을 마친 뒤에야 파이썬으로 돌아옵니다. 여기서는 두 배쯤
# 빨라지고, 결과는 달라지지 않습니다.


# %%
def build(name: str):
    """A compiled model from images to logits.

    Images: uint8 (n, 28, 28). Logits: float32 (n, 10).
    """
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
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        optimizer="adam",
        loss=loss,
        metrics=["accuracy"],
        steps_per_execution=25,
    )
    return model


# %% [markdown] lang="en"
# ## The training { #training }
#
# The last twelfth of the training images is kept apart for validation.
# The test images are looked at once, at the very end.
#
# `keep` runs after each epoch. It writes the model and the metrics, so
# whoever presses Ctrl-C has the model of the last finished epoch.
#
# Ctrl-C is only remembered, until a callback sets `stop_training` at the
# end of a step. Set at once, it could be lost: `fit` clears it as it
# begins. And `fit` still ends the epoch as if it were whole, so `keep`
# looks first.
#
# The batches come from `tf.data`, because `fit` would shuffle arrays in
# the same order in every epoch once a seed is set.

# %% [markdown] lang="ko"
# ## 훈련 { #training }
#
# 훈련 이미지의 마지막 12분의 1은 검증에 쓰려고 따로 떼어 둡니다. 테스트 이미지는 맨 끝에 딱 한 번 봅니다.
#
# `keep`은 에포크가 끝날 때마다 모델과 지표를 씁니다. 그래서 Ctrl-C를 누르면 마지막으로 끝낸 에포크의 모델이
# 남습니다.
#
# Ctrl-C를 누른 것은 일단 기억만 해 두고, 스텝이 끝날 때 콜백이 `stop_training`을 켭니다. 누르자마자 켜면 헛일이 될 수
# 있습니다. `fit`이 시작하면서 이 값을 끄기 때문입니다. 값을 켜도 `fit`은 에포크를 다 돈 것처럼 마무리하므로, `keep`은
# 이 값부터 봅니다.
#
# 배치는 `tf.data`로 만듭니다. 시드를 정해 두고 배열을 그대로 넣으면 `fit`이 에포크마다 같은 순서로 섞기 때문입니다.


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
    options: argparse.Namespace,
    source: mnist_data.Source,
    data: mnist_data.Arrays,
) -> dict:
    """Train, keep the model after each epoch, evaluate at the end.

    Returns what is in the JSON file; after Ctrl-C its "finished" is
    false. Raises SaveError.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(options.seed)
    # Costs nothing here; a GPU needs it.
    tf.config.experimental.enable_op_determinism()
    (x, y), test = data
    x, y = x[: options.examples], y[: options.examples]
    training = len(x) - round(len(x) * VALIDATION)
    batches = (
        tf.data.Dataset.from_tensor_slices((x[:training], y[:training]))
        .shuffle(training, seed=options.seed)
        .batch(BATCH[options.model])
        .prefetch(tf.data.AUTOTUNE)
    )
    model = build(options.model)
    result = {
        "model": options.model,
        "parameters": model.count_params(),
        "data": {
            "kind": source.kind,
            "digest": source.digest,
            "training_images": training,
        },
        "seed": options.seed,
        "versions": {
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "epochs_asked": options.epochs,
        "epochs": 0,
        "finished": False,
        "history": [],
        "test": None,
    }
    bar, begin = sys.stdout.isatty(), time.monotonic()

    def keep(epoch: int, logs: dict) -> None:
        if model.stop_training:  # this epoch is not whole
            return
        with saving(options.out / f"{options.model}.keras") as part:
            model.save(part)
        result["epochs"] = epoch + 1
        logs = {name: float(value) for name, value in logs.items()}
        result["history"].append(logs)
        keep_metrics()
        if not bar:
            print(
                f"Epoch {epoch + 1}/{options.epochs}: "
                f"loss {logs['loss']:.4f}, "
                f"accuracy {logs['accuracy']:.4f}, "
                f"on validation images {logs['val_accuracy']:.4f}, "
                f"{time.monotonic() - begin:.0f} s",
                flush=True,
            )

    def keep_metrics() -> None:
        with saving(options.out / f"{options.model}.json") as part:
            part.write_text(json.dumps(result, indent=2) + "\n")

    with contextlib.suppress(KeyboardInterrupt):
        with ctrl_c_after_a_step(model) as stop:
            model.fit(
                batches,
                epochs=options.epochs,
                validation_data=(x[training:], y[training:]),
                validation_batch_size=500,
                callbacks=[
                    stop,
                    keras.callbacks.LambdaCallback(on_epoch_end=keep),
                ],
                shuffle=False,  # the batches are shuffled already
                verbose=1 if bar else 0,
            )
        loss, accuracy = model.evaluate(
            *test, batch_size=500, verbose=0
        )
        result["test"] = {
            "loss": float(loss),
            "accuracy": float(accuracy),
        }
        result["finished"] = True
        keep_metrics()
    return result


# %% [markdown] lang="en"
# ## The program { #program }
#
# `main` ties it together: what can go wrong is tried first, TensorFlow is
# imported last, and each end has its exit code. `quiet` hides what
# TensorFlow prints while it is imported, whatever its log level.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# `main`이 모두를 하나로 묶습니다. 잘못될 수 있는 것을 먼저 확인하고, TensorFlow는 마지막에 불러오며, 어떻게
# 끝났는지를 종료 코드로 알립니다. `quiet`은 TensorFlow가 로그 수준과 상관없이 불러올 때 찍는 글을 감춥니다.


# %%
@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what is printed to stderr, by C++ code too."""
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
        print(
            "\nStopped before the training began; nothing was saved.",
            file=sys.stderr,
        )
        return 130
    kept = options.out / f"{options.model}.keras"
    if result["finished"]:
        accuracy = result["test"]["accuracy"]
        print(f"Accuracy on the test images: {accuracy:.4f}.", end=" ")
        print(f"Kept in {kept}.")
        return 0
    saved = "nothing was saved"
    if result["epochs"]:
        saved = (
            f"the model of epoch {result['epochs']} is kept in {kept}"
        )
    print(f"\nStopped: {saved}.", file=sys.stderr)
    return 130


# %% [markdown] lang="en"
# ## Run it { #run }
#
# First the help. `main` takes the options as a list, so a cell can do
# what a terminal does.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 먼저 도움말을 봅니다. `main`은 옵션을 리스트로 받으므로, 셀에서도 터미널에서와 똑같이 실행할 수 있습니다.

# %% active="ipynb"
# with contextlib.suppress(SystemExit):
#     main(["--help"])

# %% [markdown] lang="en"
# Now a short training: two epochs of the convolutional network, on the
# first 12,000 images.

# %% [markdown] lang="ko"
# 이제 짧게 훈련해 봅니다. 합성곱 신경망을 처음 12,000장으로 두 에포크 훈련합니다.

# %% active="ipynb"
# command = "--model cnn --epochs 2 --examples 12000 --out first"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# The folder holds the model and its metrics. The metrics also say how the
# model was made: data, seed and versions.

# %% [markdown] lang="ko"
# 폴더에는 모델과 지표가 있습니다. 지표에는 데이터, 시드, 버전처럼 모델을 어떻게 만들었는지도 적혀 있습니다.

# %% active="ipynb"
# metrics = json.loads(Path("first/cnn.json").read_text())
# print(sorted(os.listdir("first")))
# for name in ("parameters", "seed", "epochs", "test"):
#     print(f"{name:10} {metrics[name]}")
#
# assert metrics["test"]["accuracy"] > 0.9

# %% [markdown] lang="en"
# More than nine of ten test images are read rightly after a few seconds.
# Load the model with `keras.saving.load_model("first/cnn.keras")`, or let
# [predict.py](predict.py) read your own pictures with it.

# %% [markdown] lang="ko"
# 몇 초 훈련했을 뿐인데 테스트 이미지 열 장 가운데 아홉 장 넘게 맞힙니다. 모델은
# `keras.saving.load_model("first/cnn.keras")`로 불러올 수 있습니다. 이 모델로 내가 찍은 사진을 읽으려면
# [predict.py](predict.py)를 쓰세요.

# %% active="py"
if __name__ == "__main__":
    sys.exit(main())
