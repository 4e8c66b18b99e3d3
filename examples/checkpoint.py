# %% active="py"
"""Train a network that may be killed at any moment, and go on.

    python examples/checkpoint.py --out runs/digits
    python examples/checkpoint.py --out runs/digits --resume

A resumed training ends with the same weights, bit for bit, as one that
was never stopped (on the same machine, with the same versions and
number of cores). For that a checkpoint holds all that the next step
depends on: weights, the state of Dropout's random numbers, the
optimizer's moments, the step, the sums behind the training metrics. The
order of the examples needs no saving: it is computed from the seed and
the epoch.

The folder of a training:

    lock           held while a process trains here; ends with it
    training.json  what must stay the same: seed, batch size, data
    checkpoints/   step-00000100.index and step-00000100.data-...,
                   the newest few
    model.keras    the trained model, and what it reached:
    metrics.json   loss, accuracy and a SHA-256 of the weights

Exit codes: 0 done, 1 the data or the folder cannot be used, 2 a wrong
option, 130 Ctrl-C (saved).
"""

# %% [markdown] lang="en"
# # Be killed, and go on { #checkpoint }
#
# `checkpoint.py` is the training of [Checkpoints](../checkpoints.md) as a
# program. You may kill it at any moment and start it again with
# `--resume`. It ends with the same weights, bit for bit, as if nothing
# had happened. You can start it in a terminal,
# `python examples/checkpoint.py --out digits`, or run its cells here
# from top to bottom.
#
# The page shows what a checkpoint must hold. Read the program for the
# rest: a full disk, a damaged file, two processes in one folder, a resume
# with other options. Each ends in one sentence that says what to do, and
# none costs what was already saved.

# %% [markdown] lang="ko"
# # 강제로 종료되어도 이어 가기 { #checkpoint }
#
# `checkpoint.py`는 [체크포인트](../checkpoints.md)에서 만든 훈련을 프로그램으로 만든 것입니다. 언제 강제로
# 종료해도 `--resume`을 붙여 다시 시작하면 됩니다. 아무 일도 없었던 것처럼, 마지막 비트까지 같은 가중치로
# 끝납니다. 터미널에서 `python examples/checkpoint.py --out digits`로 시작할 수도 있고, 여기 있는 셀을
# 위에서부터 차례로 실행할 수도 있습니다.
#
# 체크포인트에 무엇이 들어 있어야 하는지는 그 페이지에서 보았습니다. 여기서는 나머지를 눈여겨보세요. 디스크가 가득
# 찼을 때, 파일이 손상되었을 때, 두 프로세스가 한 폴더를 쓸 때, 옵션을 바꾸어 재개할 때입니다. 모두 무엇을 하면
# 되는지 알려 주는 한 문장으로 끝나고, 이미 저장한 것은 잃지 않습니다.

# %%
import argparse
import contextlib
import hashlib
import json
import math
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import mnist_data

DEFAULTS = {
    "epochs": 5,
    "batch_size": 64,
    "seed": 1,
    "examples": 60_000,
}


class Problem(Exception):
    """What a user can mend.

    The message is one sentence that says how.
    """


# %% [markdown] lang="en"
# `DEFAULTS` are the options that a training remembers. Whoever resumes it
# need not repeat them.
#
# ## The options { #options }
#
# `Parser` and `whole` are those of [train.py](train.py). An option of
# `DEFAULTS` that was not given is `None` at first, because what holds
# then depends on the folder: the default, or what the training began
# with.

# %% [markdown] lang="ko"
# `DEFAULTS`에 있는 것은 훈련이 기억해 두는 옵션입니다. 재개할 때 다시 적지 않아도 됩니다.
#
# ## 옵션 { #options }
#
# `Parser`와 `whole`은 [train.py](train.py)에 있는 것과 같습니다. `DEFAULTS`에 있는 옵션을 주지 않으면
# 처음에는 `None`입니다. 그때 쓸 값이 폴더에 따라 다르기 때문입니다. 새 훈련이라면 기본값이고, 재개하는 훈련이라면
# 시작할 때의 값입니다.


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
    """Read the options; a wrong one ends the program with code 2.

    Those of DEFAULTS are None unless given, and settled later.
    """
    parser = Parser(
        "checkpoint.py",
        description="Train a network that may be killed at any moment "
        "and goes on as if nothing had happened.",
        allow_abbrev=False,
    )
    option = parser.add_argument
    option(
        "--out",
        type=Path,
        default=Path("runs/checkpoint"),
        help="folder (%(default)s)",
    )
    option(
        "--resume",
        action="store_true",
        help="go on with the training in that folder",
    )
    option(
        "--epochs",
        type=whole(1, 1000),
        help="rounds through the data (5)",
    )
    option(
        "--every",
        type=whole(1, 10**9),
        default=100,
        metavar="STEPS",
        help="save so often (100)",
    )
    option(
        "--keep",
        type=whole(1, 10**9),
        default=3,
        help="how many checkpoints to keep (3)",
    )
    option(
        "--batch-size",
        type=whole(1, 60_000),
        help="images in a step (64)",
    )
    option(
        "--examples",
        type=whole(1, 60_000),
        help="train on the first N only (60000)",
    )
    option(
        "--data",
        type=Path,
        metavar="NPZ",
        help="a copy of Keras's mnist.npz",
    )
    option(
        "--seed",
        type=whole(0, 2**32 - 1),
        help="of all that is random (1)",
    )
    return parser.parse_args(argv)


# %% [markdown] lang="en"
# ## All that the next step depends on { #state }
#
# `parts` names the whole state, as plain lists of variables. Given the
# Keras model itself, a checkpoint would leave out the state of Dropout's
# random numbers, and say nothing
# ([why](../checkpoints.md#what-to-save)).
#
# The training metrics are a part of the state too. Otherwise an epoch
# that was stopped half-way would report the average of its second half.
# A Keras metric cannot be put into a checkpoint, so `sums` adds up loss
# and right answers by itself.

# %% [markdown] lang="ko"
# ## 다음 스텝에 필요한 모든 것 { #state }
#
# `parts`에 상태 전체를 평범한 변수 리스트로 적습니다. Keras 모델을 그대로 넘기면 드롭아웃이 쓰는 난수의 상태가
# 체크포인트에서 빠지는데, 아무 말도 없습니다([까닭](../checkpoints.md#what-to-save)).
#
# 훈련 지표도 상태의 일부입니다. 그렇지 않으면 중간에 멈춘 에포크는 뒤쪽 절반의 평균만 알려 줍니다. Keras의 지표는
# 체크포인트에 넣을 수 없으므로, 손실과 맞힌 개수를 `sums`에 직접 더해 둡니다.


# %%
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
        self.loss = keras.losses.SparseCategoricalCrossentropy(
            from_logits=True
        )
        self.step = tf.Variable(0, dtype=tf.int64)
        # Loss and right answers, over the epoch so far.
        self.sums = tf.Variable([0.0, 0.0])
        self.parts = {
            "step": [self.step],
            "sums": [self.sums],
            "model": [v.value for v in self.model.variables],
            "optimizer": [v.value for v in self.optimizer.variables],
        }
        self.checkpoint = tf.train.Checkpoint(**self.parts)
        signature = [
            tf.TensorSpec([None, 28, 28], tf.uint8),
            tf.TensorSpec([None], tf.uint8),
        ]
        self.train_step = tf.function(
            self._train_step, input_signature=signature
        )

    def _train_step(self, images, labels):
        """Learn from one batch.

        Images: uint8 (n, 28, 28). Labels: uint8 (n,).
        """
        import tensorflow as tf

        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            loss = self.loss(labels, logits)
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply(gradients, variables)
        answers = tf.argmax(logits, 1)
        right = tf.equal(answers, tf.cast(labels, tf.int64))
        right = tf.reduce_sum(tf.cast(right, tf.float32))
        count = tf.cast(tf.shape(labels)[0], tf.float32)
        self.sums.assign_add([loss * count, right])
        self.step.assign_add(1)


# %% [markdown] lang="en"
# ## The files of checkpoints { #files }
#
# A checkpoint is two files, `step-00000100.data-...` with the numbers and
# `step-00000100.index`, which is written last. So whoever finds an index
# finds a whole checkpoint, and in removing one the index goes first.

# %% [markdown] lang="ko"
# ## 체크포인트 파일 { #files }
#
# 체크포인트 하나는 파일 두 개입니다. 수가 들어 있는 `step-00000100.data-...`과 마지막에 쓰는
# `step-00000100.index`입니다. 그래서 인덱스가 있으면 온전한 체크포인트가 있는 것이고, 지울 때는 인덱스부터
# 지웁니다.


# %%
def finished(folder: Path) -> list[Path]:
    """The checkpoints in a folder that have an index, oldest first.

    They are named as TensorFlow does it, without a suffix.
    """
    found = folder.glob("step-*.index")
    return sorted(path.with_suffix("") for path in found)


def number_of(path: Path) -> int:
    """The step of a checkpoint: step-00000100 -> 100."""
    return int(path.name.removeprefix("step-"))


def remove(path: Path) -> None:
    """Remove a checkpoint, its index first.

    And what a save that was stopped has left of it.
    """
    index = path.with_name(f"{path.name}.index")
    for file in [index, *path.parent.glob(f"{path.name}.*")]:
        file.unlink(missing_ok=True)
    shutil.rmtree(f"{path}_temp", ignore_errors=True)


def reason(error: Exception) -> str:
    """The last part of an error's first line.

    TensorFlow puts paths and call stacks around it.
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    line = lines[0].rpartition("; ")[2].partition(" [Op:")[0]
    return line.rpartition("}} ")[2]


# %% [markdown] lang="en"
# ## Save and restore { #save-and-restore }
#
# Saving may fail on a full disk. Then what was half written is removed,
# and the older checkpoints stay as they were. They are thinned out only
# after a save that succeeded.

# %% [markdown] lang="ko"
# ## 저장하고 복원하기 { #save-and-restore }
#
# 디스크가 가득 차면 저장에 실패합니다. 그러면 쓰다 만 것을 지우고, 더 오래된 체크포인트는 그대로 둡니다. 오래된
# 것은 저장에 성공한 다음에만 솎아 냅니다.


# %%
def save(training: Training, folder: Path, keep: int) -> None:
    """Write a checkpoint, then remove all but the newest `keep`.

    Raises Problem; then nothing of the new checkpoint is left, and the
    older ones are as they were.
    """
    import tensorflow as tf

    step = int(training.step)
    path = folder / f"step-{step:08d}"
    try:
        training.checkpoint.write(str(path))
    except (tf.errors.OpError, OSError) as error:
        remove(path)
        last = max(map(number_of, finished(folder)), default=None)
        hope = "start again"
        if last is not None:
            hope = f"--resume goes on from step {last}"
        raise Problem(
            f"Step {step} cannot be saved in {folder} "
            f"({reason(error)}): make room there, then {hope}."
        ) from None
    # A number beyond this step belongs to a damaged checkpoint that was
    # passed over.
    older = [old for old in finished(folder) if number_of(old) <= step]
    for old in older[:-keep]:
        remove(old)


# %% [markdown] lang="en"
# Restoring looks at the files themselves. TensorFlow's own list, the file
# `checkpoint`, seems empty when it is damaged, and the training would
# begin at zero without a word. A damaged checkpoint is passed over. One
# of another model is not: that is a mistake in `--out`, and is told.

# %% [markdown] lang="ko"
# 복원할 때는 파일을 직접 살펴봅니다. TensorFlow의 목록인 `checkpoint` 파일은 손상되면 비어 있는 것처럼 보여서,
# 훈련이 아무 말 없이 0번 스텝에서 시작하게 됩니다. 손상된 체크포인트는 건너뜁니다. 다른 모델의 체크포인트는
# 건너뛰지 않습니다. `--out`을 잘못 준 것이므로 그렇다고 알려 줍니다.


# %%
# The end of each variable's key in a checkpoint.
TENSOR = "/.ATTRIBUTES/VARIABLE_VALUE"


def shapes(training: Training) -> dict[str, list[int]]:
    """The key of each variable in a checkpoint -> its shape."""
    return {
        f"{name}/{index}{TENSOR}": list(variable.shape)
        for name, part in training.parts.items()
        for index, variable in enumerate(part)
    }


def shapes_in(path: Path) -> dict[str, list[int]]:
    """The same of a checkpoint on disk."""
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(path))
    found = reader.get_variable_to_shape_map()
    return {key: found[key] for key in found if TENSOR in key}


def restore(training: Training, folder: Path) -> None:
    """Read the newest checkpoint that is whole.

    Raises Problem if there is none.
    """
    import tensorflow as tf

    damage = tf.errors.OpError, IndexError, ValueError, AssertionError
    for path in reversed(finished(folder)):
        try:
            if shapes_in(path) != shapes(training):
                raise Problem(
                    f"{path} is a checkpoint of another model: "
                    "nothing was changed; "
                    "name the folder of this model with --out."
                )
            training.checkpoint.read(str(path)).assert_consumed()
        except damage as error:
            print(
                f"{path.name} is damaged ({reason(error)}); "
                "trying the one before it.",
                file=sys.stderr,
            )
        else:
            return
    raise Problem(
        f"No checkpoint in {folder} can be read: "
        "bring one back from a copy, "
        "or start anew in another folder with --out."
    )


# %% [markdown] lang="en"
# ## One process, one folder { #lock }
#
# Two trainings in one folder would mix their numbers without an error. So
# the program locks a file there, for as long as it runs. A lock of the
# operating system ends with the process, however that ends. A file that
# merely says "in use" would be left behind by a kill.

# %% [markdown] lang="ko"
# ## 폴더 하나에 프로세스 하나 { #lock }
#
# 한 폴더에서 훈련을 두 개 하면 오류도 없이 수가 뒤섞입니다. 그래서 프로그램은 실행되는 동안 폴더에 있는 파일 하나를
# 잠급니다. 운영 체제의 잠금은 프로세스가 어떻게 끝나든 함께 풀립니다. "사용 중"이라고 적어 둔 파일이라면 강제로
# 종료되었을 때 그대로 남습니다.


# %%
@contextlib.contextmanager
def claimed(folder: Path, resume: bool) -> Iterator[None]:
    """Hold the folder against other processes.

    The system frees it when this one ends, however.

    Raises:
        Problem: it holds other files, nothing to resume, or another
            process trains there.
        OSError: it cannot be written.
    """
    lock, note = folder / "lock", folder / "training.json"
    if not lock.exists() and not note.exists():
        if resume:
            raise Problem(
                f"{folder} has no training to resume: "
                "leave --resume out to start one."
            )
        if folder.exists() and any(folder.iterdir()):
            raise Problem(
                f"{folder} holds other files: "
                "name a new folder with --out."
            )
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


# %% [markdown] lang="en"
# ## The same settings as before { #settings }
#
# A training that resumes with another seed or batch size is another
# training. So `training.json` keeps the settings and the digest of the
# data, and `settle` compares. More epochs are fine: that only means to go
# on for longer.

# %% [markdown] lang="ko"
# ## 처음과 같은 설정 { #settings }
#
# 시드나 배치 크기를 바꾸어 재개하면 다른 훈련이 됩니다. 그래서 `training.json`에 설정과 데이터의 해시를 적어
# 두고, `settle`이 견주어 봅니다. 에포크를 늘리는 것은 괜찮습니다. 더 오래 이어 가겠다는 뜻일 뿐입니다.


# %%
def settle(options: argparse.Namespace, digest: str) -> dict:
    """The settings of this training.

    As given, or as they were when it was started. Raises Problem where
    the two do not go together, so that nothing is overwritten.
    """
    folder, note = options.out, options.out / "training.json"
    given = {name: getattr(options, name) for name in DEFAULTS}
    given = {k: v for k, v in given.items() if v is not None}
    steps = map(number_of, finished(folder / "checkpoints"))
    if not note.exists() and any(steps):
        raise Problem(
            f"{folder} holds checkpoints but no training.json: "
            "bring that file back, or name another folder with --out."
        )
    if not options.resume:
        if note.exists():
            raise Problem(
                f"{folder} holds a training: "
                "add --resume to go on with it, "
                "or name another folder with --out."
            )
        ours = {"program": "checkpoint.py", "data": digest}
        return DEFAULTS | given | ours
    if not note.exists():
        raise Problem(
            f"{folder} has no training to resume: "
            "leave --resume out to start one."
        )
    try:
        settings = json.loads(note.read_text("utf-8"))
        if settings["program"] != "checkpoint.py":
            raise ValueError
        if not {*DEFAULTS, "data"} <= set(settings):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Problem(
            f"{note} is damaged or of another program: "
            "nothing was changed; name another folder with --out."
        ) from None
    for name in given.keys() - {"epochs"}:
        if given[name] != settings[name]:
            option = "--" + name.replace("_", "-")
            raise Problem(
                f"{folder} was trained with "
                f"{option} {settings[name]}, not {given[name]}: "
                f"leave {option} out, "
                "or name another folder with --out."
            )
    if settings["data"] != digest:
        raise Problem(
            f"{folder} was trained on other data: "
            "name the same data, or another folder with --out."
        )
    return settings | given


# %% [markdown] lang="en"
# ## Signals { #signals }
#
# Ctrl-C and `SIGTERM` ask a program to end. Here they wait until the step
# is done and saved. Whoever is impatient presses Ctrl-C again.
# (`SIGKILL` asks nobody. Against it there are the checkpoints.)

# %% [markdown] lang="ko"
# ## 신호 { #signals }
#
# Ctrl-C와 `SIGTERM`은 프로그램에 끝내 달라고 부탁하는 신호입니다. 여기서는 스텝을 마치고 저장할 때까지 기다립니다.
# 기다리기 싫으면 Ctrl-C를 한 번 더 누르면 됩니다. (`SIGKILL`은 누구에게도 묻지 않습니다. 그때를 위해
# 체크포인트가 있습니다.)


# %%
@contextlib.contextmanager
def signals() -> Iterator[list[int]]:
    """A list that gets the signal's number on Ctrl-C or SIGTERM.

    So a step that has begun is always brought to its end. A second
    signal ends the program.
    """
    caught: list[int] = []

    def note(number, frame):
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    both = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, note) for number in both}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# %% [markdown] lang="en"
# ## The training { #training }
#
# The step alone says where the training is: its epoch, the place in it,
# and with the seed the order of the images. So the position in the data
# [needs no saving](../checkpoints.md#data-position). The loop begins at
# whatever step was restored; for a new training that is 0.

# %% [markdown] lang="ko"
# ## 훈련 { #training }
#
# 몇 번 스텝인지만 알면 훈련이 어디에 있는지 알 수 있습니다. 몇 번째 에포크의 어디인지, 그리고 시드와 함께 이미지의
# 순서까지 정해집니다. 그래서 데이터를 읽던 위치는 [저장하지 않아도 됩니다](../checkpoints.md#data-position).
# 훈련 루프는 복원한 스텝에서 시작합니다. 새 훈련이라면 0번입니다.


# %%
def train(
    training: Training, images, labels, settings: dict, options
) -> int:
    """Train to the last step.

    Returns 0, or the number of the signal that stopped it (saved).
    """
    import keras

    size, epochs = settings["batch_size"], settings["epochs"]
    per_epoch = math.ceil(len(images) / size)
    total, step = epochs * per_epoch, int(training.step)
    if step > total:
        raise Problem(
            f"{options.out} is at step {step} already, "
            f"beyond --epochs {epochs}."
        )
    checkpoints = options.out / "checkpoints"
    order, terminal = None, sys.stdout.isatty()
    with signals() as caught:
        while step < total:
            epoch, position = divmod(step, per_epoch)
            if order is None or position == 0:
                rng = np.random.default_rng([settings["seed"], epoch])
                order = rng.permutation(len(images))
                print(f"Epoch {epoch + 1}/{epochs}", flush=True)
                begin = time.monotonic()
                bar = keras.utils.Progbar(
                    per_epoch, stateful_metrics=("loss", "accuracy")
                )
            if position == 0:
                training.sums.assign([0.0, 0.0])
            rows = order[position * size : (position + 1) * size]
            training.train_step(images[rows], labels[rows])
            step, seen = step + 1, position * size + len(rows)
            loss, right = training.sums.numpy() / seen
            if terminal:
                values = [("loss", loss), ("accuracy", right)]
                bar.update(position + 1, values)
            elif position + 1 == per_epoch:
                took = time.monotonic() - begin
                print(
                    f"{per_epoch} steps, loss {loss:.4f}, "
                    f"accuracy {right:.4f}, {took:.1f} s",
                    flush=True,
                )
            last = step == total
            if step % options.every == 0 or last or caught:
                save(training, checkpoints, options.keep)
            if caught and not last:
                print(
                    f"\nStopped and saved at step {step} of {total}. "
                    f"To go on: python {sys.argv[0]} "
                    f"--out {options.out} --resume",
                    file=sys.stderr,
                )
                return caught[0]
    return 0


# %% [markdown] lang="en"
# ## The result { #result }
#
# The model and its metrics are written as a whole or not at all, as
# [Checkpoints](../checkpoints.md#rename) explains. Among the metrics is a
# fingerprint of the weights. By it two trainings can be compared.

# %% [markdown] lang="ko"
# ## 결과 { #result }
#
# 모델과 지표는 [체크포인트](../checkpoints.md#rename)에서 설명한 대로 통째로 쓰거나 아예 쓰지 않습니다. 지표
# 가운데에는 가중치의 지문이 있습니다. 이 지문으로 두 훈련을 견줄 수 있습니다.


# %%
def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path` and rename it.

    So nobody ever finds a part.
    """
    part = path.with_name(f"part-{path.name}")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, content: dict) -> None:
    """Write a JSON file as a whole."""
    text = json.dumps(content, indent=2) + "\n"
    write_whole(path, lambda part: part.write_text(text, "utf-8"))


def finish(
    training: Training, test, examples: int, folder: Path
) -> dict:
    """Evaluate on the test set; write and return the metrics.

    Writes model.keras and metrics.json.
    """
    model = training.model
    model.compile(
        training.optimizer, training.loss, metrics=["accuracy"]
    )
    loss, accuracy = model.evaluate(*test, batch_size=1000, verbose=0)
    sums = (training.sums.numpy() / examples).tolist()
    weights = [array.tobytes() for array in model.get_weights()]
    fingerprint = hashlib.sha256(b"".join(weights)).hexdigest()
    metrics = {
        "steps": int(training.step),
        "training_loss": sums[0],  # over the last epoch, with dropout
        "training_accuracy": sums[1],
        "test_loss": loss,
        "test_accuracy": accuracy,
        "weights_sha256": fingerprint,
    }
    write_whole(folder / "model.keras", model.save)
    write_json(folder / "metrics.json", metrics)
    return metrics


# %% [markdown] lang="en"
# ## The program { #program }
#
# `run` has the folder for itself. It clears away what a killed save has
# left, starts or resumes, and trains. `training.json` is written only
# after the first checkpoint: where this file is, there is something to
# resume.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# `run`이 시작될 때 폴더는 이미 이 프로세스의 것입니다. 저장하다가 강제로 종료되어 남은 것을 치우고, 새로 시작하거나
# 재개해서 훈련합니다. `training.json`은 첫 체크포인트 다음에 씁니다. 이 파일이 있으면 재개할 것도 있습니다.


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


def run(options: argparse.Namespace) -> int:
    """Start or resume the training; returns the exit code.

    The folder must be ours.
    """
    source = mnist_data.find(print, options.data)
    settings = settle(options, source.digest)
    (images, labels), test = source.load()
    examples = settings["examples"]
    images, labels = images[:examples], labels[:examples]
    checkpoints = options.out / "checkpoints"

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet():
        training = Training(settings["seed"])
    whole = {path.name for path in finished(checkpoints)}
    # By a process that was killed while it saved:
    for left in checkpoints.glob("step-*"):
        name = left.name.partition(".")[0].removesuffix("_temp")
        if name not in whole:
            remove(checkpoints / name)
    if options.resume:
        restore(training, checkpoints)
        print(f"Resuming at step {int(training.step)}")
    else:
        checkpoints.mkdir(exist_ok=True)
        save(training, checkpoints, options.keep)
    write_json(options.out / "training.json", settings)

    number = train(training, images, labels, settings, options)
    if number:
        return 128 + number
    metrics = finish(training, test, len(images), options.out)
    print(f"Test accuracy {metrics['test_accuracy']:.2%}", end=", ")
    print(f"loss {metrics['test_loss']:.4f}")
    print(f"Weights {metrics['weights_sha256'][:16]}", end=", ")
    print(f"all in {options.out}")
    return 0


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
            f"{options.out} cannot be used "
            f"({error.strerror or error}): "
            "make room there, or name another folder with --out."
        )
    except KeyboardInterrupt:
        print(
            "\nStopped; the checkpoints are as they were.",
            file=sys.stderr,
        )
        return 130
    print(f"checkpoint.py: {message}", file=sys.stderr)
    return 1


# %% [markdown] lang="en"
# ## Run it { #run }
#
# A kill is hard to show in a notebook, because it would end the notebook
# as well. So this training stops by itself, after one epoch of two. For
# the checkpoints that makes no difference.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 노트북에서는 강제 종료를 보여 주기 어렵습니다. 노트북까지 끝나 버리기 때문입니다. 그래서 이 훈련은 두 에포크 가운데
# 한 에포크만 하고 스스로 멈춥니다. 체크포인트에는 다를 것이 없습니다.

# %% active="ipynb"
# command = "--out stopped --examples 6000 --epochs 1 --every 40"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# What is in the folder now?

# %% [markdown] lang="ko"
# 이제 폴더에 무엇이 있을까요?

# %% active="ipynb"
# sizes = {
#     path.as_posix(): path.stat().st_size
#     for path in sorted(Path("stopped").rglob("*"))
#     if path.is_file()
# }
# for name, size in sizes.items():
#     print(f"{size:9,} bytes  {name}")
#
# names = [path.name for path in finished(Path("stopped/checkpoints"))]
# assert names == ["step-00000040", "step-00000080", "step-00000094"]
# assert max(sizes.values()) > 3 * 4 * 101_770

# %% [markdown] lang="en"
# One epoch is 94 steps. There is a checkpoint of every 40th step and one
# of the last. The 101,770 weights and biases with 4 bytes each would need
# only a third of its size: for each of them the optimizer remembers two
# moments. `list_variables` tells what a checkpoint holds.

# %% [markdown] lang="ko"
# 한 에포크는 94스텝입니다. 40스텝마다 하나씩, 그리고 마지막 스텝의 체크포인트가 있습니다. 4바이트짜리 가중치와
# 편향 101,770개만 있다면 크기가 3분의 1이면 됩니다. 옵티마이저가 그 하나하나에 모멘트를 두 개씩 기억하기
# 때문에 커집니다. 체크포인트에 무엇이 들어 있는지는 `list_variables`로 볼 수 있습니다.

# %% active="ipynb"
# import tensorflow as tf
#
# newest = "stopped/checkpoints/step-00000094"
# count = {}
# for key, shape in tf.train.list_variables(newest):
#     if TENSOR in key:
#         print(f"{key.removesuffix(TENSOR):13} {shape}")
#         part = key.partition("/")[0]
#         count[part] = count.get(part, 0) + 1
#
# assert count["model"] == 5 and {"step", "sums"} < count.keys()

# %% [markdown] lang="en"
# `model` has kernel and bias of two layers and, with two numbers, the
# state of Dropout. `optimizer` has two moments for each kernel and each
# bias, besides its step count and learning rate.
#
# Let us start the same training again and forget `--resume`. The message
# goes to the error output; the first line of the cell shows it here.

# %% [markdown] lang="ko"
# `model`에는 두 층의 커널과 편향이 있고, 수 두 개로 된 드롭아웃의 상태가 있습니다. `optimizer`에는 스텝 수와 학습률
# 말고도 커널과 편향마다 모멘트가 두 개씩 있습니다.
#
# 같은 훈련을 다시 시작하면서 `--resume`을 잊어 보겠습니다. 오류 메시지는 오류 출력으로 나가는데, 셀의 첫 줄이
# 그것을 여기에 보여 줍니다.

# %% active="ipynb"
# with contextlib.redirect_stderr(sys.stdout):
#     command = "--out stopped --epochs 2"
#     assert main(command.split()) == 1

# %% [markdown] lang="en"
# The program does not write over what is there, and says what to do. We
# do it:

# %% [markdown] lang="ko"
# 프로그램은 이미 있는 것을 덮어쓰지 않고, 무엇을 하면 되는지 알려 줍니다. 그대로 해 봅니다.

# %% active="ipynb"
# command = "--out stopped --epochs 2 --resume"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# It went on at step 94, with the 6,000 images of the first start, which
# we did not repeat. And a training of two epochs that was never stopped?

# %% [markdown] lang="ko"
# 94번 스텝에서 이어 갔습니다. 다시 적지 않았는데도 처음 시작할 때의 6,000장을 그대로 썼습니다. 그렇다면 한 번도
# 멈추지 않고 두 에포크를 훈련하면 어떻게 될까요?

# %% active="ipynb"
# command = "--out whole --examples 6000 --epochs 2"
# assert main(command.split()) == 0

# %% active="ipynb"
# metrics = {
#     name: json.loads(Path(name, "metrics.json").read_text())
#     for name in ("stopped", "whole")
# }
# for name, values in metrics.items():
#     print(f"{name:8}", values["weights_sha256"])
#
# assert metrics["stopped"] == metrics["whole"]
# assert metrics["whole"]["steps"] == 188

# %% [markdown] lang="en"
# The same fingerprint: not one bit of a weight is different. Accuracy and
# loss are equal to the last digit too.
#
# Now do what the notebook cannot. Start the program in a terminal, end it
# with `kill -9` wherever you like, and resume it.

# %% [markdown] lang="ko"
# 지문이 같습니다. 가중치의 비트 하나도 다르지 않습니다. 정확도와 손실도 마지막 자리까지 같습니다.
#
# 이제 노트북에서 할 수 없는 일을 해 보세요. 터미널에서 프로그램을 시작하고, 아무 때나 `kill -9`로 끝낸 다음,
# 재개해 보세요.

# %% active="py"
if __name__ == "__main__":
    sys.exit(main())
