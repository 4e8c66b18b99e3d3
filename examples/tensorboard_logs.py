# %% active="py"
"""Train with two learning rates and log all of it for TensorBoard.

    python examples/tensorboard_logs.py --out runs/rates --serve

writes for each rate, below runs/rates, three runs: train (scalars,
histograms of the weights, the network by layers), validation (scalars)
and mistakes (digits read wrongly, after each epoch). The run "graph"
has the operations of one pass through the network. With --serve
TensorBoard shows the runs while they are made, to this computer alone;
without it the command to do so is printed.

Exit codes: 0 done, 1 the data, the folder or the port cannot be used,
or TensorBoard is not installed, 2 a wrong option, 130 Ctrl-C during the
training.
"""

# %% [markdown] lang="en"
# # Log two trainings for TensorBoard { #tensorboard-logs }
#
# `tensorboard_logs.py` trains one network with two learning rates and
# logs what [TensorBoard](../tensorboard.md) can show: numbers, weights,
# digits that were read wrongly, and the graph. You can start it in a
# terminal, `python examples/tensorboard_logs.py --serve`, and watch the
# charts grow, or run its cells here from top to bottom.
#
# Read it for the order that keeps runs comparable: a folder for each run,
# equal names, equal seeds.

# %% [markdown] lang="ko"
# # 두 훈련을 TensorBoard용으로 기록하기 { #tensorboard-logs }
#
# `tensorboard_logs.py`는 한 신경망을 두 가지 학습률로 훈련하면서 [TensorBoard](../tensorboard.md)가 보여 줄
# 수 있는 것을 기록합니다. 수치와 가중치, 잘못 읽은 숫자, 그래프입니다. 터미널에서
# `python examples/tensorboard_logs.py --serve`로 시작하면 차트가 자라는 것을 지켜볼 수 있고, 여기 있는 셀을
# 위에서부터 차례로 실행할 수도 있습니다.
#
# 실행(run)끼리 비교할 수 있게 하는 정리 방법을 눈여겨보세요. 실행마다 폴더를 따로 쓰고, 이름을 똑같이 붙이고,
# 시드를 똑같이 정합니다.

# %%
import argparse
import contextlib
import errno
import importlib.util
import json
import os
import shlex
import signal
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

# %% [markdown] lang="en"
# ## The options { #options }
#
# `--rates` takes as many learning rates as you like. One that is given
# twice would write into one folder twice, so repetitions are dropped.

# %% [markdown] lang="ko"
# ## 옵션 { #options }
#
# `--rates`에는 학습률을 몇 개든 줄 수 있습니다. 같은 것을 두 번 주면 한 폴더에 두 번 기록하게 되므로, 되풀이된 것은
# 뺍니다.


# %%
class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def number(
    kind: type, low: float, high: float
) -> Callable[[str], float]:
    """An argparse type: a number from `low` to `high`.

    Its kind is int or float.
    """
    what = "whole number" if kind is int else "number"

    def convert(text: str) -> float:
        with contextlib.suppress(ValueError):
            if low <= kind(text) <= high:
                return kind(text)
        raise argparse.ArgumentTypeError(
            f"{text!r} is no {what} from {low} to {high}"
        )

    return convert


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program with code 2."""
    parser = Parser(
        "tensorboard_logs.py",
        description="Train the same network with two learning rates "
        "and log all of it for TensorBoard.",
        allow_abbrev=False,
    )
    option, new = parser.add_argument, Path("runs/tensorboard")
    option(
        "--rates",
        type=number(float, 1e-6, 10),
        nargs="+",
        default=[0.01, 0.1],
        help="of learning (0.01 0.1)",
    )
    option(
        "--epochs",
        type=number(int, 1, 1000),
        default=5,
        help="rounds through the data (5)",
    )
    option(
        "--examples",
        type=number(int, 24, 60_000),
        default=20_000,
        help="images used (20000)",
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
        default=new,
        help=f"folder of the runs, new or empty ({new})",
    )
    option(
        "--seed",
        type=number(int, 0, 2**32 - 1),
        default=0,
        help="of all that is random (0)",
    )
    option(
        "--serve",
        action="store_true",
        help="show the runs while they are made, until Ctrl-C",
    )
    option(
        "--port",
        type=number(int, 0, 65_535),
        default=6006,
        help="of TensorBoard (6006; 0: any)",
    )
    options = parser.parse_args(argv)
    # A run each, without repetition.
    options.rates = list(dict.fromkeys(options.rates))
    return options


# %% [markdown] lang="en"
# ## A folder for these runs alone { #folder }
#
# Two trainings in one folder are drawn as one line that jumps back and
# forth. So the folder must be new or empty. `mkdir` of `graph` is also a
# lock: of two programs that start at once, only one can make it.

# %% [markdown] lang="ko"
# ## 이번 실행만 담을 폴더 { #folder }
#
# 한 폴더에 훈련 두 개를 기록하면 앞뒤로 왔다 갔다 하는 선 하나로 그려집니다. 그래서 새 폴더이거나 빈 폴더여야 합니다.
# `graph` 폴더를 만드는 `mkdir`는 잠금 구실도 합니다. 두 프로그램이 한꺼번에 시작해도 하나만 만들 수 있습니다.


# %%
class LogError(Exception):
    """The runs cannot be written or shown.

    The message is one sentence for the user.
    """


@contextlib.contextmanager
def new_folder(out: Path) -> Iterator[None]:
    """The folder of the runs, removed again if nothing is written.

    Raises LogError unless it is new or empty and can be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise FileExistsError
        # A second program cannot make it too.
        (out / "graph").mkdir()
    except FileExistsError:
        raise LogError(
            f"{out} already holds other files, "
            "and runs would be mixed: "
            "let --out name a new folder, or move the old one away."
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise LogError(
            f"{out} cannot be written ({reason}): "
            "let --out name another."
        ) from None
    try:
        yield
    finally:
        for folder in (out / "graph", out):
            with contextlib.suppress(OSError):
                folder.rmdir()


# %% [markdown] lang="en"
# ## A network with names { #network }
#
# Each rate starts from the same random weights. And the network and its
# layers have the same names each time, so that TensorBoard puts their
# weights into one chart.

# %% [markdown] lang="ko"
# ## 이름을 붙인 신경망 { #network }
#
# 어느 학습률이든 같은 무작위 가중치에서 출발합니다. 신경망과 층의 이름도 언제나 같습니다. 그래야 TensorBoard가
# 가중치를 한 차트에 모아 줍니다.


# %%
def build(rate: float, seed: int):
    """A compiled model from images to logits, equal for equal seeds.

    Images: uint8 (n, 28, 28). Logits: float32 (n, 10).
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8", name="pixels"),
            layers.Rescaling(1 / 255, name="scale"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="hidden"),
            layers.Dense(10, name="logits"),
        ],
        # Tags begin with it: equal names put two runs into one chart.
        name="mlp",
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=loss,
        metrics=["accuracy"],
    )
    return model


# %% [markdown] lang="en"
# ## The graph { #graph }
#
# The Keras callback logs the network layer by layer. The operations in it
# are traced and written here, into the run `graph`. By the alphabet it is
# the first run, the one that the Graphs tab opens with
# ([more](../tensorboard.md#log-the-graph)).

# %% [markdown] lang="ko"
# ## 그래프 { #graph }
#
# Keras의 콜백은 신경망을 층 단위로 기록합니다. 그 안의 연산은 여기서 추적해 `graph`라는 실행에 기록합니다. 이름순으로
# 첫 번째라서 Graphs 탭이 이 실행부터 엽니다([자세히](../tensorboard.md#log-the-graph)).


# %%
def log_graph(model, folder: Path) -> None:
    """Write the operations of one pass through the model.

    They are the graph of a run of its own.
    """
    import tensorflow as tf

    @tf.function(autograph=False)  # the loop is over a list, once
    def forward(images):
        for layer in model.layers:
            images = layer(images)
        return tf.nn.softmax(images, name="probabilities")

    spec = tf.TensorSpec((None, 28, 28), tf.uint8, name="images")
    traced = forward.get_concrete_function(spec)
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        tf.summary.graph(traced.graph.as_graph_def())
        writer.close()


# %% [markdown] lang="en"
# ## The mistakes { #mistakes }
#
# After each epoch the first six digits of the validation images that the
# model reads wrongly are logged as images. In TensorBoard a slider then
# goes through the epochs.

# %% [markdown] lang="ko"
# ## 잘못 읽은 숫자 { #mistakes }
#
# 에포크가 끝날 때마다 검증 이미지 가운데 모델이 잘못 읽은 숫자 여섯 개를 앞에서부터 이미지로 기록합니다. 그러면
# TensorBoard에 에포크를 오가는 슬라이더가 생깁니다.


# %%
def log_mistakes(model, images, labels, folder: Path):
    """A Keras callback that writes the first digits read wrongly.

    It does so after each epoch.
    """
    import keras
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder))

    def write(epoch: int, logs: dict) -> None:
        if model.stop_training:  # this epoch is not whole
            return
        logits = model.predict(images, batch_size=500, verbose=0)
        answers = logits.argmax(axis=1)
        wrong = (answers != labels).nonzero()[0][:WRONG]
        if len(wrong):
            pairs = [f"{labels[i]} read as {answers[i]}" for i in wrong]
            with writer.as_default():
                tf.summary.image(
                    "mistakes",
                    images[wrong][..., None],
                    epoch,
                    WRONG,
                    description=", ".join(pairs),
                )
        writer.flush()

    return keras.callbacks.LambdaCallback(
        on_epoch_end=write, on_train_end=lambda logs: writer.close()
    )


# %% [markdown] lang="en"
# ## The trainings { #training }
#
# These runs are for choosing a learning rate, so the test images are left
# alone. Everything that writes is a callback of `fit`: Keras's own for
# scalars and histograms, ours for the mistakes.
#
# Ctrl-C waits for the end of a step, as an exception inside TensorFlow may
# crash the program. A callback then sets `stop_training`. `fit` still ends
# the epoch as if it were whole, so each of the others looks first: half an
# epoch is no point of a curve.

# %% [markdown] lang="ko"
# ## 훈련 { #training }
#
# 이 훈련들은 학습률을 고르려는 것이므로 테스트 이미지는 쓰지 않습니다. 기록은 모두 `fit`의 콜백이 합니다. 스칼라와
# 히스토그램은 Keras의 콜백이, 잘못 읽은 숫자는 우리의 콜백이 기록합니다.
#
# Ctrl-C를 누르면 하던 스텝을 마칠 때까지 기다립니다. TensorFlow 안에서 예외가 나면 프로그램이 비정상 종료될 수 있기
# 때문입니다. 스텝이 끝나면 콜백이 `stop_training`을 켭니다. 그래도 `fit`은 에포크를 다 돈 것처럼 마무리하므로 다른
# 콜백은 이 값부터 봅니다. 돌다 만 에포크의 값은 곡선의 점이 될 수 없습니다.


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


def log_numbers(folder: Path):
    """Keras's callback, which writes after each epoch that is whole."""
    import keras

    class WholeEpochs(keras.callbacks.TensorBoard):
        def on_epoch_end(self, epoch, logs=None):
            if not self.model.stop_training:
                super().on_epoch_end(epoch, logs)

    return WholeEpochs(folder, histogram_freq=1)


def print_epochs(model, epochs: int):
    """A Keras callback that prints a line after each epoch."""
    import keras

    begin = time.monotonic()

    def write(epoch: int, logs: dict) -> None:
        if model.stop_training:  # this epoch is not whole
            return
        parts = [f"Epoch {epoch + 1}/{epochs}"]
        parts += [f"{name}: {logs[name]:.4f}" for name in logs]
        parts += [f"{time.monotonic() - begin:.1f} s"]
        print(" - ".join(parts), flush=True)

    return keras.callbacks.LambdaCallback(on_epoch_end=write)


def train(options: argparse.Namespace, data: mnist_data.Arrays) -> None:
    """Train once for each rate and write the runs.

    Raises LogError if they cannot be written.
    """
    import tensorflow as tf

    (x, y), _ = data
    x, y = x[: options.examples], y[: options.examples]
    training = len(x) - round(len(x) * VALIDATION)
    held_out = x[training:], y[training:]
    # With arrays, `fit` would shuffle a seeded run in the same order in
    # every epoch.
    pairs = tf.data.Dataset.from_tensor_slices(
        (x[:training], y[:training])
    )
    bar, seed = sys.stdout.isatty(), options.seed
    try:
        log_graph(build(options.rates[0], seed), options.out / "graph")
        for rate in options.rates:
            print(f"Learning rate {rate:g}", flush=True)
            run = options.out / f"rate-{rate:g}"
            model = build(rate, seed)
            batches = pairs.shuffle(training, seed=seed).batch(BATCH)
            callbacks = [
                log_numbers(run),
                # A folder of its own: of two files that grow in one,
                # TensorBoard may read one.
                log_mistakes(model, *held_out, run / "mistakes"),
            ]
            if not bar:
                callbacks.append(print_epochs(model, options.epochs))
            with ctrl_c_after_a_step(model) as stop:
                model.fit(
                    batches.prefetch(2),
                    epochs=options.epochs,
                    validation_data=held_out,
                    validation_batch_size=500,
                    callbacks=[stop, *callbacks],
                    shuffle=False,  # the batches are shuffled already
                    verbose=1 if bar else 0,
                )
    except (OSError, tf.errors.OpError) as error:
        reason = reason_of(error)
        raise LogError(
            f"{options.out} cannot be written any more: {reason}."
        ) from error


def reason_of(error: Exception) -> str:
    """What the system says is wrong.

    TensorFlow puts it between its own words.
    """
    codes = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
    known = map(os.strerror, codes)
    return next((k for k in known if k in str(error)), str(error))


# %% [markdown] lang="en"
# ## TensorBoard in the program { #serve }
#
# With `--serve` TensorBoard runs in a thread of this program and ends
# with it. A port that is taken is told before the training begins. The
# host is always this computer: TensorBoard asks for no password.

# %% [markdown] lang="ko"
# ## 프로그램 안의 TensorBoard { #serve }
#
# `--serve`를 주면 TensorBoard가 이 프로그램의 스레드에서 돌다가 프로그램과 함께 끝납니다. 누가 포트를 이미 쓰고
# 있으면 훈련을 시작하기 전에 알려 줍니다. 호스트는 언제나 이 컴퓨터입니다. TensorBoard는 비밀번호를 묻지 않기
# 때문입니다.


# %%
# TensorBoard asks for no password: never the network.
HOST = "127.0.0.1"


def check_port(port: int) -> None:
    """Raise LogError if another program listens at this port."""
    with socket.socket() as probe:
        if os.name == "posix":
            # As TensorBoard does.
            reuse = socket.SO_REUSEADDR
            probe.setsockopt(socket.SOL_SOCKET, reuse, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = f"cannot be used ({error.strerror})"
            if error.errno == errno.EADDRINUSE:
                reason = "is in use"
            raise LogError(
                f"Port {port} {reason}: let --port name another, or 0."
            ) from None


def serve(out: Path, port: int) -> str:
    """Start TensorBoard in a thread; returns its address.

    The thread ends with this process. Raises LogError if the port was
    taken meanwhile, or no answer came in a minute.
    """
    from tensorboard import program

    board = program.TensorBoard()
    flags = [
        f"--logdir={out}",
        f"--host={HOST}",
        f"--port={port}",
        # Without it there is no second process to be left behind.
        "--load_fast=false",
    ]
    board.configure([None, *flags])
    try:
        address = board.launch()
    except program.TensorBoardServerException as error:
        raise LogError(
            f"TensorBoard does not start: {error.msg}."
        ) from None
    runs = f"{address}data/runs"
    for _ in range(120):
        with contextlib.suppress(OSError):
            with urlopen(runs, timeout=10) as answer:
                json.load(answer)
            return address
        time.sleep(0.5)
    raise LogError(
        f"TensorBoard does not answer at {address}: "
        "let --port name another."
    )


# %% [markdown] lang="en"
# ## The program { #program }
#
# `main` tries what can go wrong, starts TensorBoard if asked to, trains,
# and says how to look at the runs.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# `main`은 잘못될 수 있는 것을 먼저 확인하고, 옵션이 있으면 TensorBoard를 시작하고, 훈련한 다음, 실행을 어떻게
# 보면 되는지 알려 줍니다.


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
    out = options.out
    try:
        if importlib.util.find_spec("tensorboard") is None:
            raise LogError(
                "TensorBoard is not installed: "
                "run pip install tensorboard."
            )
        if options.serve:
            check_port(options.port)
        data = mnist_data.find(path=options.data).load()
        with new_folder(out):
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            with quiet():
                import tensorflow  # noqa: F401
            if options.serve:
                address = serve(out, options.port)
                print(f"TensorBoard: {address}", end=" ")
                print("(Ctrl-C ends it)", flush=True)
            train(options, data)
    except (mnist_data.DataError, LogError) as error:
        print(f"tensorboard_logs.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = "nothing is kept"
        if out.exists():
            kept = f"what was logged is in {out}"
        print(f"\nStopped: {kept}.", file=sys.stderr)
        return 130
    command = f"tensorboard --logdir {shlex.quote(str(out))}"
    print(f"Look at the runs: {command}", flush=True)
    if options.serve:
        print(f"They are shown at {address} until Ctrl-C.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
        print()
    return 0


# %% [markdown] lang="en"
# ## Run it { #run }
#
# Two learning rates, four epochs each, on the first 6,000 images. Without
# `--serve`, because that would wait for Ctrl-C.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 처음 6,000장을 두 가지 학습률로 네 에포크씩 훈련합니다. `--serve`를 주면 Ctrl-C를 기다리므로 여기서는 뺍니다.

# %% active="ipynb"
# command = "--rates 0.01 0.1 --epochs 4 --examples 6000 --out rates"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# In a terminal you would now type the command of the last line. Here we
# read the files ourselves. An events file is a list of records, each with
# a step and some values, and each value has a tag.

# %% [markdown] lang="ko"
# 터미널이라면 이제 마지막 줄의 명령을 입력합니다. 여기서는 파일을 직접 읽어 보겠습니다. 이벤트 파일은 레코드를 이어
# 놓은 것입니다. 레코드마다 스텝과 값이 몇 개 있고, 값마다 태그가 있습니다.

# %% active="ipynb"
# import tensorflow as tf
#
#
# def values(run):
#     """Step and value of each entry of a run, in their order."""
#     files = [str(file) for file in Path("rates", run).glob("events*")]
#     for record in tf.data.TFRecordDataset(files):
#         event = tf.compat.v1.Event.FromString(record.numpy())
#         for value in event.summary.value:
#             yield event.step, value
#
#
# tags = {
#     run: sorted({value.tag for _, value in values(run)})
#     for run in ("rate-0.1/train", "rate-0.1/mistakes")
# }
# for run in tags:
#     print(run, *tags[run], sep="\n  ")
#
# assert "mlp/hidden/kernel/histogram" in tags["rate-0.1/train"]
# assert tags["rate-0.1/mistakes"] == ["mistakes"]

# %% [markdown] lang="en"
# `keras` is the network by layers, `epoch_` are the scalars, `histogram`
# the weights. Which learning rate is better?

# %% [markdown] lang="ko"
# `keras`는 층 단위의 신경망이고, `epoch_`로 시작하는 것은 스칼라, `histogram`으로 끝나는 것은 가중치입니다. 어느
# 학습률이 더 나을까요?

# %% active="ipynb" caption_en="Loss with either learning rate, read from the events files." caption_ko="이벤트 파일에서 읽은, 두 학습률의 손실입니다." alt_en="Four falling curves over the epochs 0 to 3: training and validation loss for the learning rates 0.01 and 0.1. Those of 0.1 lie far below those of 0.01." alt_ko="0부터 3까지의 에포크에 걸쳐 내려가는 곡선 네 개입니다. 학습률 0.01과 0.1의 훈련 손실과 검증 손실이며, 0.1의 곡선이 0.01의 곡선보다 훨씬 아래에 있습니다."
# import matplotlib.pyplot as plt
#
#
# def curve(run, tag):
#     """Steps and numbers of a scalar."""
#     found = [pair for pair in values(run) if pair[1].tag == tag]
#     steps = [step for step, _ in found]
#     return steps, [float(tf.make_ndarray(v.tensor)) for _, v in found]
#
#
# plt.figure(figsize=(6.5, 3.2), layout="constrained")
# losses = {}
# for rate, color in ((0.01, "tab:blue"), (0.1, "tab:orange")):
#     for kind, style in (("train", "o-"), ("validation", "s--")):
#         epochs, loss = curve(f"rate-{rate}/{kind}", "epoch_loss")
#         label = f"{rate}, {kind}"
#         plt.plot(epochs, loss, style, color=color, label=label)
#         losses[rate, kind] = loss
#         assert epochs == [0, 1, 2, 3] and loss[-1] < loss[0]
# plt.xlabel("epoch")
# plt.ylabel("loss")
# plt.xticks(epochs)
# plt.ylim(bottom=0)
# plt.legend(
#     title="learning rate", loc="upper left", bbox_to_anchor=(1, 1)
# )
# plt.show()
#
# for kind in ("train", "validation"):
#     assert losses[0.1, kind][1] < losses[0.01, kind][3]

# %% [markdown] lang="en"
# In four epochs 0.01 does not get as far as 0.1 in two: its steps are too
# short. And the mistakes that are left with 0.1? They are PNG files
# inside the events file, behind their width and height.

# %% [markdown] lang="ko"
# 0.01은 네 에포크 동안에도 0.1이 두 에포크에 간 곳까지 가지 못합니다. 스텝이 너무 짧습니다. 그러면 0.1로도 잘못
# 읽은 숫자는 무엇일까요? 이벤트 파일 안에 너비와 높이가 있고, 그 뒤에 PNG 파일로 들어 있습니다.

# %% active="ipynb" caption_en="Six validation images that are read wrongly after the last epoch, as they were logged." caption_ko="마지막 에포크 뒤에도 잘못 읽은 검증 이미지 여섯 장을 기록된 그대로 그린 것입니다." alt_en="Six handwritten digits in a row. Above each stands which digit it is and as which one it was read." alt_ko="손글씨 숫자 여섯 개가 한 줄로 있습니다. 숫자마다 위에 원래 어떤 숫자이고 무엇으로 읽었는지 적혀 있습니다."
# *_, (epoch, value) = values("rate-0.1/mistakes")
# pairs = value.metadata.summary_description.split(", ")
# pictures = [tf.io.decode_png(p) for p in value.tensor.string_val[2:]]
#
# fig, axes = plt.subplots(1, 6, figsize=(8, 1.7), layout="constrained")
# for ax, picture, pair in zip(axes, pictures, pairs):
#     ax.imshow(picture[..., 0], cmap="gray_r")
#     ax.set_title(pair, fontsize=9)
#     ax.axis("off")
# plt.show()
#
# assert epoch == 3 and len(pictures) == len(pairs) == WRONG

# %% [markdown] lang="en"
# TensorBoard does no magic: all that it draws is in these files, and you
# can take it out for a plot of your own. To look at the runs as
# [TensorBoard](../tensorboard.md#look-at-it) shows them, start the
# program with `--serve`.

# %% [markdown] lang="ko"
# TensorBoard는 마술을 부리지 않습니다. 그리는 것은 모두 이 파일들에 있고, 꺼내서 내 그림에 쓸 수도 있습니다.
# [TensorBoard](../tensorboard.md#look-at-it)의 화면으로 보려면 프로그램을 `--serve`로 시작하세요.

# %% active="py"
if __name__ == "__main__":
    sys.exit(main())
