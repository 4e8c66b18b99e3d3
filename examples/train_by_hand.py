# %% active="py"
"""Train three dense layers on MNIST with a loop of one's own.

    python examples/train_by_hand.py --epochs 3 --out runs/first

writes runs/first/by-hand.keras and, beside it, runs/first/by-hand.json
with its history. Both are written after each epoch, so Ctrl-C keeps the
last one that was finished. The same options give the same weights, bit
for bit, on the same machine with the same versions.

Exit codes: 0 done, 1 the data or the folder cannot be used or the
training went astray, 2 a wrong option, 130 Ctrl-C.
"""

# %% [markdown] lang="en"
# # Train with a loop of your own { #by-hand }
#
# `train_by_hand.py` is the training loop of
# [Train by hand](../train-by-hand.md) as a program: `tf.GradientTape`
# instead of `fit`, compiled, with a choice of two losses. You can start
# it in a terminal, `python examples/train_by_hand.py --loss squared`, or
# run its cells here from top to bottom.
#
# Read it for what `fit` does without a word: it compiles many steps into
# one call, averages over an epoch, shows how far it is, and must not be
# cut off in the middle of a step.

# %% [markdown] lang="ko"
# # 직접 쓴 루프로 훈련하기 { #by-hand }
#
# `train_by_hand.py`는 [직접 훈련하기](../train-by-hand.md)에서 쓴 훈련 루프를 프로그램으로 만든 것입니다.
# `fit` 대신 `tf.GradientTape`를 쓰고, 그래프로 만들어 빠르게 돌리며, 손실은 두 가지 가운데 고를 수 있습니다.
# 터미널에서 `python examples/train_by_hand.py --loss squared`로 시작할 수도 있고, 여기 있는 셀을
# 위에서부터 차례로 실행할 수도 있습니다.
#
# `fit`이 말없이 해 주던 일을 눈여겨보세요. 여러 스텝을 호출 한 번으로 묶고, 에포크 동안의 평균을 내고, 어디까지
# 왔는지 보여 주고, 스텝 도중에는 끊기지 않게 하는 일입니다.

# %%
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
# In one compiled call: more are hardly faster, and the bar should move.
STEPS = 100

# %% [markdown] lang="en"
# `mnist_data` decides which data is used, and TensorFlow is imported
# later, as in [train.py](train.py).
#
# ## The options { #options }
#
# What a mistyped option gets is one sentence. `whole` and `rate` are
# types of our own for `argparse`: a function that turns the text of an
# option into a value, or says why it cannot. A learning rate of 0 or
# `nan` would train without an error, and learn nothing.

# %% [markdown] lang="ko"
# 어떤 데이터를 쓸지는 `mnist_data`가 정하고, TensorFlow는 [train.py](train.py)에서처럼 나중에 불러옵니다.
#
# ## 옵션 { #options }
#
# 옵션을 잘못 쓰면 한 문장으로 알려 줍니다. `whole`과 `rate`는 `argparse`에 주려고 직접 만든 타입입니다. 옵션에
# 적힌 글을 값으로 바꾸거나, 바꿀 수 없는 까닭을 알려 주는 함수입니다. 학습률이 0이나 `nan`이면 오류도 없이
# 훈련은 하는데 아무것도 배우지 못합니다.


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


def rate(text: str) -> float:
    """An argparse type: a finite number above 0."""
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program with code 2."""
    parser = Parser(
        "train_by_hand.py",
        description="Train three dense layers on MNIST with a loop of "
        "one's own: tf.GradientTape, compiled.",
        allow_abbrev=False,
    )
    option = parser.add_argument
    option(
        "--loss",
        choices=("cross-entropy", "squared"),
        default="cross-entropy",
        help="what is made small (cross-entropy)",
    )
    option(
        "--learning-rate",
        type=rate,
        default=0.1,
        help="of the SGD optimizer (0.1)",
    )
    option(
        "--epochs",
        type=whole(1, 1000),
        default=3,
        help="rounds through the data (3)",
    )
    option(
        "--batch-size",
        type=whole(1, 60_000),
        default=32,
        help="images in a step (32)",
    )
    option(
        "--examples",
        type=whole(24, 60_000),
        default=60_000,
        help="train on the first of them",
    )
    option(
        "--eager",
        action="store_true",
        help="do not compile: slow, but print() works in a step",
    )
    option(
        "--data",
        type=Path,
        help="a copy of Keras's mnist.npz, before all other data",
    )
    option(
        "--out",
        type=Path,
        default=Path("runs/by-hand"),
        help="to write to (runs/by-hand)",
    )
    option(
        "--seed",
        type=whole(0, 2**32 - 1),
        default=0,
        help="of all that is random (0)",
    )
    return parser.parse_args(argv)


# %% [markdown] lang="en"
# ## Two losses to choose from { #losses }
#
# The network is that of the page: three hidden layers of 256 units, ten
# outputs. Only the division by 255 is new in it, so the kept model takes
# pictures as they come.

# %% [markdown] lang="ko"
# ## 고를 수 있는 두 가지 손실 { #losses }
#
# 신경망은 그 페이지에서 쓴 것과 같습니다. 유닛 256개짜리 은닉층이 세 개이고 출력은 열 개입니다. 255로 나누는 층만
# 새로 들어갔습니다. 그래서 저장한 모델에 이미지를 그대로 넣을 수 있습니다.


# %%
def build():
    """The network of the page, from images to ten outputs.

    Images: uint8 (n, 28, 28). Outputs: float32 (n, 10).
    """
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


# %% [markdown] lang="en"
# Cross-entropy is ready made in Keras. The **squared error** we write
# ourselves. For a batch of $b$ images it is
#
# $L = \frac{1}{b} \sum_{i=1}^{b} \sum_{k=0}^{9} (y_{ik} - t_{ik})^2$
#
# Here $y_{ik}$ is the output of the network for image $i$ and digit $k$,
# and $t_{ik}$ is what it should be: 1 for the digit of the label, 0 for
# the others. The inner sum is `reduce_sum`, the outer one with the
# division `reduce_mean`.

# %% [markdown] lang="ko"
# 교차 엔트로피는 Keras에 들어 있습니다. **제곱 오차(squared error)**는 직접 씁니다. 이미지가 $b$장인 배치의
# 제곱 오차는 다음과 같습니다.
#
# $L = \frac{1}{b} \sum_{i=1}^{b} \sum_{k=0}^{9} (y_{ik} - t_{ik})^2$
#
# 여기서 $y_{ik}$는 $i$번째 이미지를 보고 신경망이 숫자 $k$의 자리에 내놓은 출력이고, $t_{ik}$는 그 자리에
# 나와야 할 값입니다. 레이블의 숫자이면 1, 나머지는 0입니다. 안쪽의 합이 `reduce_sum`이고, 바깥쪽의 합과
# 나눗셈이 `reduce_mean`입니다.


# %%
def squared_error(labels, outputs):
    """Squared distance to the one-hot labels, mean of the batch.

    Labels: whole numbers (b,). Outputs: float32 (b, 10). Returns one
    float32.
    """
    import tensorflow as tf

    squares = tf.square(outputs - tf.one_hot(labels, 10))
    errors = tf.reduce_sum(squares, axis=1)
    # The last batch may be short: no typed number here.
    return tf.reduce_mean(errors)


# %% [markdown] lang="en"
# ## Steps in one call { #steps }
#
# `step` is the step of the page: record on the tape, take the gradients,
# apply them, tell the meters. Around it stands a loop that takes `count`
# batches, and `@tf.function` turns the loop into a graph. So Python is
# asked only once in a hundred steps.
#
# Why not one call for a whole epoch, as on the page? Because nothing
# could be shown until it ends, and Ctrl-C would have to wait for it. With
# `--eager` the same `step` runs without a graph: much slower, but a
# `print` in it works.

# %% [markdown] lang="ko"
# ## 호출 한 번에 여러 스텝 { #steps }
#
# `step`은 그 페이지의 스텝입니다. 테이프에 기록하고, 그래디언트를 구하고, 적용하고, 측정기에 알려 줍니다. 이것을
# 둘러싼 반복문이 배치를 `count`개 꺼내 쓰고, `@tf.function`이 이 반복문을 그래프로 만듭니다. 그래서 파이썬은
# 백 스텝에 한 번만 일합니다.
#
# 그 페이지에서처럼 한 에포크를 호출 한 번으로 끝내지 않는 까닭은 무엇일까요? 끝날 때까지 아무것도 보여 줄 수
# 없고, Ctrl-C를 눌러도 그때까지 기다려야 하기 때문입니다. `--eager`를 주면 똑같은 `step`을 그래프 없이
# 실행합니다. 훨씬 느리지만 그 안에서 `print`가 동작합니다.


# %%
def new_steps(model, options: argparse.Namespace):
    """Make the function that trains, and the meters that it moves.

    Returns (steps, loss, accuracy): `steps(iterator, count)` takes
    `count` batches of images and labels from a dataset's iterator and a
    step for each; the two Keras metrics average over all steps since
    their last reset.
    """
    import keras
    import tensorflow as tf

    if options.loss == "squared":
        loss_fn = squared_error
    else:
        loss_fn = keras.losses.SparseCategoricalCrossentropy(
            from_logits=True
        )
    variables = model.trainable_variables
    optimizer = keras.optimizers.SGD(options.learning_rate)
    # Its own variables must exist before anything is compiled.
    optimizer.build(variables)
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

    steps = eager if options.eager else compiled
    return steps, loss_meter, accuracy_meter


# %% [markdown] lang="en"
# Each batch enters the mean loss with its size as its weight. Without
# `sample_weight` a short last batch would count as much as a whole one.
#
# For images that are not trained on, no tape is needed:

# %% [markdown] lang="ko"
# 배치의 손실은 배치 크기만큼의 무게로 평균에 들어갑니다. `sample_weight`가 없으면 짧은 마지막 배치도 꽉 찬
# 배치와 똑같이 셉니다.
#
# 훈련에 쓰지 않는 이미지에는 테이프가 필요 없습니다.


# %%
def measure(model, images, labels) -> float:
    """The accuracy on uint8 images (n, 28, 28) with labels (n,)."""
    right = 0
    for first in range(0, len(images), 500):
        part = slice(first, first + 500)
        outputs = model(images[part], training=False).numpy()
        right += (outputs.argmax(1) == labels[part]).sum()
    return float(right / len(images))


# %% [markdown] lang="en"
# ## Files that are always whole { #whole-files }
#
# As in [train.py](train.py): a file is written beside its place and
# renamed when it is whole, and whether the folder can be written is tried
# before the training.

# %% [markdown] lang="ko"
# ## 언제 보아도 온전한 파일 { #whole-files }
#
# [train.py](train.py)와 같습니다. 파일을 옆자리에 쓴 다음 다 되면 이름을 바꾸고, 폴더에 쓸 수 있는지는 훈련하기
# 전에 확인합니다.


# %%
class TrainingError(Exception):
    """The training cannot go on or be kept.

    The message is one sentence for the user.
    """


@contextlib.contextmanager
def saving(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when it is whole.

    Until then an older one stays as it is. Raises TrainingError if it
    cannot be written.
    """
    # Keras looks at the suffix.
    part = path.with_name(f".part-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        reason = error.strerror or error
        raise TrainingError(
            f"{path} cannot be written: {reason}."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def check_folder(out: Path) -> None:
    """Raise TrainingError if the results will not be written there."""
    for path in (out / f"{NAME}.keras", out / f"{NAME}.json"):
        if path.is_dir():
            raise TrainingError(
                f"{path} is a folder: "
                "remove it, or let --out name another folder."
            )
    probe = out / f".probe-{secrets.token_hex(4)}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise TrainingError(
            f"{out} cannot be written ({error.strerror}): "
            "let --out name a folder that can."
        ) from error


# %% [markdown] lang="en"
# ## Ctrl-C between two calls { #ctrl-c }
#
# Ctrl-C usually raises `KeyboardInterrupt` wherever Python happens to be,
# perhaps in the middle of a file. Inside this `with` it is only noted.
# The loop asks between two calls whether it was pressed.

# %% [markdown] lang="ko"
# ## 호출과 호출 사이의 Ctrl-C { #ctrl-c }
#
# Ctrl-C를 누르면 보통은 파이썬이 어디에 있든 그 자리에서 `KeyboardInterrupt`가 일어납니다. 파일을 쓰던
# 도중일 수도 있습니다. 이 `with` 안에서는 눌렸다는 것만 적어 둡니다. 훈련 루프가 호출과 호출 사이에 눌렸는지
# 물어봅니다.


# %%
@contextlib.contextmanager
def ctrl_c() -> Iterator[Callable[[], bool]]:
    """Within, Ctrl-C only makes the given function true.

    So nothing is cut off half-way.
    """
    pressed = []
    before = signal.signal(
        signal.SIGINT, lambda *_: pressed.append(True)
    )
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


# %% [markdown] lang="en"
# ## The training { #training }
#
# Now the epochs. Each one begins with fresh meters, takes its steps, and
# ends with the accuracy on the twelfth of the images that was kept apart,
# and with a model on disk. The test images are looked at once, at the
# very end.
#
# A loss that is `nan` or infinite never recovers: every weight that it
# has touched is `nan` too. So the loop looks at it after each call, and
# stops before a spoiled model takes the place of a good one.

# %% [markdown] lang="ko"
# ## 훈련 { #training }
#
# 이제 에포크입니다. 에포크마다 측정기를 초기화하고, 스텝을 밟고, 따로 떼어 둔 12분의 1로 정확도를 재고, 모델을
# 디스크에 남깁니다. 테스트 이미지는 맨 끝에 딱 한 번 봅니다.
#
# 손실이 `nan`이나 무한대가 되면 되돌아오지 못합니다. 그 손실이 건드린 가중치도 모두 `nan`이 되기 때문입니다. 그래서
# 루프는 호출이 끝날 때마다 손실을 살펴보고, 망가진 모델이 멀쩡한 모델의 자리를 차지하기 전에 멈춥니다.


# %%
def train(
    options: argparse.Namespace,
    source: mnist_data.Source,
    data: mnist_data.Arrays,
) -> dict:
    """Train, keep model and history after each epoch, test at the end.

    Returns what is in the JSON file; after Ctrl-C its "finished" is
    false. Raises TrainingError.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(options.seed)
    # Costs nothing here; a GPU needs it.
    tf.config.experimental.enable_op_determinism()
    (x, y), test = data
    x, y = x[: options.examples], y[: options.examples].astype("int32")
    training = len(x) - round(len(x) * VALIDATION)
    held_out = x[training:], y[training:]
    batches = (
        tf.data.Dataset.from_tensor_slices((x[:training], y[:training]))
        .shuffle(
            training, seed=options.seed, reshuffle_each_iteration=True
        )
        .batch(options.batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
    model = build()
    steps, loss, accuracy = new_steps(model, options)
    in_epoch = math.ceil(training / options.batch_size)
    result = {
        "model": NAME,
        "parameters": model.count_params(),
        "data": {
            "kind": source.kind,
            "digest": source.digest,
            "training_images": training,
        },
        "loss": options.loss,
        "learning_rate": options.learning_rate,
        "batch_size": options.batch_size,
        "eager": options.eager,
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
    bar = sys.stdout.isatty()

    def run_epoch(epoch: int, stopped: Callable[[], bool]) -> None:
        """All steps of an epoch, or those until Ctrl-C."""
        if bar:
            print(f"Epoch {epoch}/{options.epochs}", flush=True)
        progress = keras.utils.Progbar(
            in_epoch, stateful_metrics=["loss", "accuracy"]
        )
        iterator, done = iter(batches), 0
        # One step in eager mode: Ctrl-C must not wait.
        most = 1 if options.eager else STEPS
        while done < in_epoch and not stopped():
            count = min(most, in_epoch - done)
            # A Python number would be traced anew each time.
            steps(iterator, tf.constant(count))
            done += count
            if not math.isfinite(loss.result()):
                raise TrainingError(
                    f"the loss is no number any more in epoch {epoch}: "
                    "try a smaller --learning-rate than "
                    f"{options.learning_rate:g}."
                )
            if bar:
                values = [
                    ("loss", loss.result()),
                    ("accuracy", accuracy.result()),
                ]
                progress.update(done, values, finalize=done == in_epoch)

    def keep() -> None:
        with saving(options.out / f"{NAME}.keras") as part:
            model.save(part)
        keep_history()

    def keep_history() -> None:
        with saving(options.out / f"{NAME}.json") as part:
            part.write_text(json.dumps(result, indent=2) + "\n")

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
                "val_accuracy": measure(model, *held_out),
            }
            result["epochs"] = epoch
            result["history"].append(line)
            keep()
            print(
                "" if bar else f"Epoch {epoch}/{options.epochs}: ",
                f"loss {line['loss']:.4f}, "
                f"accuracy {line['accuracy']:.4f}, "
                f"on validation images {line['val_accuracy']:.4f}, "
                f"{time.monotonic() - begin:.1f} s",
                sep="",
                flush=True,
            )
        accuracy_on_test = measure(model, *test)
        result |= {
            "finished": True,
            "test": {"accuracy": accuracy_on_test},
        }
        keep_history()
    return result


# %% [markdown] lang="en"
# ## The program { #program }
#
# `main` tries first what can go wrong, imports TensorFlow last, and gives
# each end its exit code.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# `main`은 잘못될 수 있는 것을 먼저 확인하고, TensorFlow를 마지막에 불러오며, 어떻게 끝났는지를 종료 코드로
# 알립니다.


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
        print(
            "\nStopped before the training began; nothing was saved.",
            file=sys.stderr,
        )
        return 130
    kept = options.out / f"{NAME}.keras"
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
# Three epochs on the first 6,000 images, once with each loss. All else is
# equal: the weights to start from, the order of the images, the learning
# rate of 0.1.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 처음 6,000장으로 세 에포크씩, 손실마다 한 번 훈련합니다. 처음 가중치와 이미지의 순서, 0.1이라는 학습률까지
# 나머지는 모두 같습니다.

# %% active="ipynb"
# command = "--epochs 3 --examples 6000 --out cross-entropy"
# assert main(command.split()) == 0

# %% active="ipynb"
# command = "--loss squared --epochs 3 --examples 6000 --out squared"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# Most of the time of a first epoch goes into tracing the graph. The
# history of each run is in its JSON file, to be drawn whenever you like.

# %% [markdown] lang="ko"
# 첫 에포크의 시간은 대부분 그래프를 추적하는 데 들어갑니다. 훈련 기록은 저마다 JSON 파일에 있으므로 언제든
# 그려 볼 수 있습니다.

# %% active="ipynb" caption_en="Loss of the training images (left) and accuracy on the validation images (right), with either loss." caption_ko="두 가지 손실로 훈련할 때 훈련 이미지의 손실(왼쪽)과 검증 이미지의 정확도(오른쪽)입니다." alt_en="Two plots over three epochs with a line for cross-entropy and one for squared error. On the left both losses fall, squared error lower down. On the right both accuracies end higher than they began, and close to each other." alt_ko="세 에포크에 걸친 꺾은선 그래프 두 개에 교차 엔트로피와 제곱 오차의 선이 하나씩 있습니다. 왼쪽에서는 두 손실이 모두 내려가며 제곱 오차가 더 아래에 있습니다. 오른쪽에서는 두 정확도가 모두 처음보다 높은 곳에서, 서로 가까이 끝납니다."
# import matplotlib.pyplot as plt
#
# fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
# last = {}
# for name, style in (("cross-entropy", "o-"), ("squared", "s--")):
#     kept = json.loads(Path(name, "by-hand.json").read_text())
#     history, epochs = kept["history"], range(1, kept["epochs"] + 1)
#     for ax, key in zip(axes, ("loss", "val_accuracy")):
#         values = [line[key] for line in history]
#         ax.plot(epochs, values, style, label=name)
#         ax.set(xlabel="epoch", xticks=epochs)
#         assert (values[-1] < values[0]) == (key == "loss")
#     last[name] = history[-1]
# axes[0].set(ylabel="training loss", ylim=(0, None))
# axes[1].set(ylabel="validation accuracy", ylim=(0, 1))
# axes[0].legend()
# plt.show()
#
# one, other = last["cross-entropy"], last["squared"]
# assert other["loss"] < one["loss"]
# assert abs(one["val_accuracy"] - other["val_accuracy"]) < 0.08
# assert min(one["val_accuracy"], other["val_accuracy"]) > 0.78

# %% [markdown] lang="en"
# Do not let the left plot deceive you. The squared error is the lower
# number, but the two losses are measured in different units: without any
# knowledge, cross-entropy is 2.3 and the squared error 0.9. What can be
# compared is the accuracy, and there the two are close.
#
# So does it matter which one you take? It does as soon as the steps are
# larger. With a learning rate of 1 the squared error overshoots, further
# with each step. The message goes to the error output; the first line of
# the cell shows it here.

# %% [markdown] lang="ko"
# 왼쪽 그림에 속지 마세요. 수는 제곱 오차가 더 작지만 두 손실은 단위가 다릅니다. 아무것도 모를 때 교차 엔트로피는
# 2.3이고 제곱 오차는 0.9입니다. 견줄 수 있는 것은 정확도이고, 정확도는 둘이 비슷합니다.
#
# 그러면 어느 것을 골라도 될까요? 스텝이 커지면 그렇지 않습니다. 학습률이 1이면 제곱 오차는 목표를 지나치고, 스텝마다
# 더 멀리 지나칩니다. 오류 메시지는 오류 출력으로 나가는데, 셀의 첫 줄이 그것을 여기에 보여 줍니다.

# %% active="ipynb"
# with contextlib.redirect_stderr(sys.stdout):
#     command = "--loss squared --learning-rate 1 --out squared"
#     assert main(command.split()) == 1
#
# kept = json.loads(Path("squared/by-hand.json").read_text())
# print("kept: learning rate", kept["learning_rate"], kept["test"])
# assert kept["learning_rate"] == 0.1 and kept["finished"]

# %% [markdown] lang="en"
# The program stopped with exit code 1 and one sentence, and the model of
# the run before is still there. Try `--learning-rate 1` with
# cross-entropy: its pull has a limit, as
# [Train by hand](../train-by-hand.md#cross-entropy) shows.

# %% [markdown] lang="ko"
# 프로그램은 한 문장을 남기고 종료 코드 1로 끝났고, 앞에서 훈련한 모델은 그대로 있습니다. 교차 엔트로피에도
# `--learning-rate 1`을 줘 보세요. [직접 훈련하기](../train-by-hand.md#cross-entropy)에서 보았듯이, 교차
# 엔트로피가 끌어 올리는 힘에는 한계가 있습니다.

# %% active="py"
if __name__ == "__main__":
    sys.exit(main())
