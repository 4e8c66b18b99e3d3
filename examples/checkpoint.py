# %% active="py"
"""Train a network that may be killed at any moment, and resume it.

    python examples/checkpoint.py --out runs/digits
    python examples/checkpoint.py --out runs/digits --resume

A resumed run ends with the same weights, bit for bit, as one that was
never stopped (on the same machine, with the same versions and number of
cores). The folder of a run:

    .lock          held while a process trains here; ends with it
    training.json  what must stay the same: seed, batch size, data
    checkpoints/   step-00000100.index and step-00000100.data-...,
                   the newest few
    model.keras    the trained model, and what it reached:
    metrics.json   loss, accuracy and a SHA-256 of the weights
"""

# %% [markdown] lang="en"
# # Survive a kill { #checkpoint }
#
# `checkpoint.py` is the training of [Resume exactly](../resume-exactly.md) as a
# program. Kill it at any moment, start it again with `--resume`, and it
# ends with the same weights, bit for bit, as if nothing had happened.
# Start it in a terminal with `python examples/checkpoint.py --out digits`,
# or run its cells here from top to bottom.
#
# Do you need it? If you train with `fit` and can afford to repeat an
# epoch, one callback is enough: `keras.callbacks.BackupAndRestore(folder)`
# resumes at the epoch that was running. It does not save the random state
# of Dropout, so the result is [not the
# same](../checkpoints.md#exact), and it does not notice changed
# options, a damaged file or a second process. This program does.

# %% [markdown] lang="ko"
# # 강제로 종료되어도 이어 가기 { #checkpoint }
#
# `checkpoint.py`는 [똑같이 재개하기](../resume-exactly.md)에서 만든 훈련을 프로그램으로 만든 것입니다. 언제 강제로 종료되어도
# `--resume`을 붙여 다시 시작하면, 아무 일도 없었던 것처럼 마지막 비트까지 같은 가중치로 끝납니다. 터미널에서
# `python examples/checkpoint.py --out digits`로 시작해도 되고, 여기 있는 셀을 위에서부터 차례로 실행해도 됩니다.
#
# 이 프로그램이 꼭 필요할까요? `fit`으로 훈련하고 한 에포크쯤 다시 해도 괜찮다면 콜백 하나로 충분합니다.
# `keras.callbacks.BackupAndRestore(folder)`는 돌고 있던 에포크부터 재개합니다. 다만 드롭아웃의 난수 상태는 저장하지 않아서
# 결과가 [똑같지는 않고](../checkpoints.md#exact), 옵션이 바뀌거나 파일이 손상되거나 두 프로세스가 한 폴더를 써도
# 알아차리지 못합니다. 이 프로그램은 알아차립니다.

# %%
import argparse
import hashlib
import json
import math
import shlex
import shutil
import signal
import sys
from pathlib import Path

import numpy as np

import common
import mnist_data

# %% [markdown] lang="en"
# ## The options { #options }
#
# `SETTINGS` are the options that a run remembers, so you need not repeat
# them when you resume it. One that was not given is `None` at first: its
# value is the default in a new run, and what the run began with in a
# resumed one.

# %% [markdown] lang="ko"
# ## 옵션 { #options }
#
# `SETTINGS`는 훈련이 기억해 두는 옵션입니다. 재개할 때 다시 적지 않아도 됩니다. 주지 않은 옵션은 처음에는 `None`입니다. 새
# 훈련이라면 기본값을 쓰고, 재개하는 훈련이라면 시작할 때의 값을 쓰기 때문입니다.


# %%
SETTINGS = {  # name -> default, smallest, largest, help
    "epochs": (5, 1, 1000, "how often to go through the images"),
    "batch_size": (64, 1, 60_000, "images in a step"),
    "examples": (60_000, 1, 60_000, "how many images to use"),
    "seed": (1, 0, 2**32 - 1, "seed of all randomness"),
    "every": (100, 1, 10**9, "steps between saves"),
    "keep": (3, 1, 10**9, "checkpoints to keep"),
}
MAY_CHANGE = {"epochs", "every", "keep"}  # when a run is resumed


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program."""
    parser = common.parser(
        "Train a network that may be killed at any moment.",
        "checkpoint.py",
    )
    add_run_options(parser, out="runs/checkpoint")
    return parser.parse_args(argv)


def add_run_options(parser: argparse.ArgumentParser, out: str) -> None:
    """Add the options of a run that can be resumed.

    Those of SETTINGS are None unless they are given.
    """
    parser.epilog += " After SIGTERM it is 143. Both save first."
    add = parser.add_argument
    add("--resume", action="store_true", help="resume the run in --out")
    for name, (default, low, high, text) in SETTINGS.items():
        option = "--" + name.replace("_", "-")
        text += f" (default: {default}, or as the run began)"
        add(option, type=common.number(low, high), help=text)
    add("--data", type=common.path, help="a copy of mnist.npz to use")
    add("--out", type=run_folder, default=out, help="folder of the run")


def run_folder(text: str) -> Path:
    """An argparse type: a folder whose checkpoints can be read."""
    # TensorFlow takes the path of a checkpoint for a pattern.
    if set("*?[") & set(text):
        raise argparse.ArgumentTypeError(
            f"TensorFlow reads no checkpoint in {text!r}: use a name "
            "without *, ? and ["
        )
    return common.path(text)


# %% [markdown] lang="en"
# ## Everything that the next step depends on { #state }
#
# `parts` names the whole state, as plain lists of variables. A checkpoint
# of the Keras model itself would silently leave out the state of
# Dropout's random numbers ([why](../resume-exactly.md#what-to-save)).
#
# The training metrics are part of the state too. Otherwise an epoch that
# was stopped half-way would report the average of its second half. A
# Keras metric cannot be put into a checkpoint, so `sums` adds up loss and
# correct answers.

# %% [markdown] lang="ko"
# ## 다음 스텝에 필요한 모든 것 { #state }
#
# `parts`에 상태 전체를 평범한 변수 리스트로 적습니다. Keras 모델을 그대로 넘기면 드롭아웃이 쓰는 난수의 상태가 오류도 없이
# 체크포인트에서 빠집니다([이유](../resume-exactly.md#what-to-save)).
#
# 훈련 지표도 상태의 일부입니다. 그렇지 않으면 중간에 멈춘 에포크는 뒤쪽 절반의 평균만 알려 줍니다. Keras의 지표는
# 체크포인트에 넣을 수 없으므로, 손실과 맞힌 개수를 `sums`에 더해 둡니다.


# %%
def build():
    """A compiled model from images to logits.

    Images: uint8 (n, 28, 28). Logits: float32 (n, 10).
    """
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


class State:
    """The network and everything else that its next step depends on."""

    def __init__(self, seed: int):
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self.model = build()
        self.optimizer = self.model.optimizer
        self.optimizer.build(self.model.trainable_variables)
        self.step = tf.Variable(0, dtype=tf.int64)
        # Loss and correct answers, over the epoch so far.
        self.sums = tf.Variable([0.0, 0.0])
        self.parts = {
            "step": [self.step],
            "sums": [self.sums],
            "model": [v.value for v in self.model.variables],
            "optimizer": [v.value for v in self.optimizer.variables],
        }
        self.checkpoint = tf.train.Checkpoint(**self.parts)
        images = tf.TensorSpec([None, 28, 28], tf.uint8)
        labels = tf.TensorSpec([None], tf.uint8)
        self.train_step = tf.function(
            self._train_step, input_signature=[images, labels]
        )

    def _train_step(self, images, labels):
        """Learn from one batch.

        Images: uint8 (n, 28, 28). Labels: uint8 (n,).
        """
        import tensorflow as tf

        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            loss = self.model.loss(labels, logits)
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply(gradients, variables)
        correct = tf.argmax(logits, 1) == tf.cast(labels, tf.int64)
        correct = tf.reduce_sum(tf.cast(correct, tf.float32))
        count = tf.cast(tf.shape(labels)[0], tf.float32)
        self.sums.assign_add([loss * count, correct])
        self.step.assign_add(1)


# %% [markdown] lang="en"
# ## Save and restore { #save-and-restore }
#
# A checkpoint is two files: `step-00000100.data-...` with the numbers and
# `step-00000100.index`, which is written last. So without an index it is
# what a kill has left, and to remove a checkpoint the index goes first. On
# a full disk, `save` removes what it has half written. Older checkpoints
# go only after a save that succeeded.

# %% [markdown] lang="ko"
# ## 저장하고 복원하기 { #save-and-restore }
#
# 체크포인트 하나는 파일 두 개입니다. 수가 들어 있는 `step-00000100.data-...`과 마지막에 쓰는 `step-00000100.index`입니다.
# 그래서 인덱스가 없으면 저장하다가 강제로 종료된 것이고, 지울 때는 인덱스부터 지웁니다. 디스크가 가득 차면 `save`는 쓰다 만 것을
# 지웁니다. 오래된 체크포인트는 저장에 성공한 다음에만 지웁니다.


# %%
def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, without suffix, oldest first."""
    return sorted(
        p.with_suffix("") for p in folder.glob("step-*.index")
    )


def clean(folder: Path) -> None:
    """Remove what a save has left that was not finished."""
    whole = [path.name for path in checkpoints(folder)]
    for part in folder.glob("step-*"):
        if part.is_dir():
            shutil.rmtree(part)
        elif part.name.partition(".")[0] not in whole:
            part.unlink()


def save(state: State, folder: Path, keep: int) -> None:
    """Write a checkpoint, then remove all but the newest `keep`.

    Raises UserError; then the older checkpoints are as they were.
    """
    import tensorflow as tf

    path = folder / f"step-{int(state.step):08d}"
    try:
        state.checkpoint.write(str(path))
    except (tf.errors.OpError, OSError) as error:
        clean(folder)
        then = "start again"
        if checkpoints(folder):
            then = "go on from the last checkpoint with --resume"
        raise common.UserError(
            f"{path} cannot be written ({common.reason(error)}): "
            f"make room there, then {then}."
        ) from None
    # One behind this step is damaged: it was passed over.
    older = [old for old in checkpoints(folder) if old <= path]
    for old in older[:-keep]:
        old.with_suffix(".index").unlink()
    clean(folder)


# %% [markdown] lang="en"
# `restore` looks at the files themselves. TensorFlow's own list, the file
# `checkpoint`, seems to be empty when it is damaged, and the run would
# silently begin at zero. `assert_consumed` makes sure that every variable
# was read. A checkpoint that cannot be read is passed over, and that is
# reported.

# %% [markdown] lang="ko"
# `restore`는 파일을 직접 살펴봅니다. TensorFlow의 목록인 `checkpoint` 파일은 손상되면 비어 있는 것처럼 보여서, 훈련이 오류도
# 없이 0번 스텝에서 시작하게 됩니다. `assert_consumed`는 모든 변수를 읽었는지 확인합니다. 읽을 수 없는 체크포인트는 그렇다고
# 알려 주고 건너뜁니다.


# %%
def restore(state: State, folder: Path) -> None:
    """Read the newest checkpoint that can be read.

    Raises UserError if there is none.
    """
    import tensorflow as tf

    damage = tf.errors.OpError, IndexError, ValueError, AssertionError
    for path in reversed(checkpoints(folder)):
        try:
            state.checkpoint.read(str(path)).assert_consumed()
            return
        except damage as error:
            common.say(
                f"{path.name} is damaged or of another model "
                f"({common.reason(error)}); trying the one before it."
            )
    raise common.UserError(
        f"No checkpoint in {folder} can be read: bring one back from a "
        "copy, or start again in another folder with --out."
    )


# %% [markdown] lang="en"
# ## One process, one folder { #lock }
#
# Two processes in one folder would mix their numbers without an error. So
# `common.locked` locks a file for as long as the program runs. The
# operating system releases the lock when the process ends, however it
# ends; a file that merely says "in use" would survive a kill.
#
# ## The same settings as before { #settings }
#
# With another seed or batch size it would be another run. So
# `training.json` remembers the settings and the digest of the data, and
# `settle` compares. More epochs are fine: they only mean to go on for
# longer. How often to save may change as well. A file may be damaged or
# edited, so its values are checked like options.

# %% [markdown] lang="ko"
# ## 폴더 하나에 프로세스 하나 { #lock }
#
# 두 프로세스가 한 폴더에서 훈련하면 오류도 없이 수가 뒤섞입니다. 그래서 `common.locked`는 프로그램이 실행되는 동안 파일
# 하나를 잠급니다. 프로세스가 어떻게 끝나든 운영체제가 잠금을 풀어 줍니다. "사용 중"이라고 적어 둔 파일이라면 강제로
# 종료되었을 때 그대로 남습니다.
#
# ## 처음과 같은 설정 { #settings }
#
# 시드나 배치 크기를 바꾸면 다른 훈련이 됩니다. 그래서 `training.json`에 설정과 데이터의 해시를 적어 두고, `settle`이
# 비교합니다. 에포크를 늘리는 것은 괜찮습니다. 더 오래 이어 가겠다는 뜻일 뿐입니다. 얼마나 자주 저장할지도 바꿀 수
# 있습니다. 파일은 손상되었거나 누가 고쳤을 수 있으므로, 들어 있는 값도 옵션처럼 검사합니다.


# %%
def settle(options: argparse.Namespace, digest: str) -> dict:
    """The settings of the run: as given, or as it began.

    Changes no file. Raises UserError if the folder does not fit.
    """
    out, note = options.out, options.out / "training.json"
    given = {name: getattr(options, name) for name in SETTINGS}
    given = {k: v for k, v in given.items() if v is not None}

    def refuse(fault: str) -> common.UserError:
        other = "or name another folder with --out"
        return common.UserError(f"{out} {fault}, {other}.")

    if not options.resume:
        # What a run leaves that was killed as it began.
        folder = out / "checkpoints"
        left = {folder, folder / "step-00000000"}
        found = {*common.visible(out), *checkpoints(folder)}
        if note in found:
            raise refuse("holds a run: add --resume to go on with it")
        if found - left or folder.is_file():
            raise refuse("holds other files: move them")
        defaults = {name: row[0] for name, row in SETTINGS.items()}
        return defaults | given | {"data": digest}
    try:
        settings = json.loads(note.read_text("utf-8"))
        for name, (_, low, high, _) in SETTINGS.items():
            value = settings[name]
            if type(value) is not int or not low <= value <= high:
                raise ValueError
        same_data = settings["data"] == digest
    except (OSError, ValueError, LookupError, TypeError) as error:
        fault = getattr(error, "strerror", None) or "damaged"
        raise refuse(
            f"has no training.json that can be resumed ({fault}): "
            "bring it back from a copy, leave --resume out"
        ) from None
    if not same_data:
        raise refuse("was trained on other data: name it with --data")
    for name in given.keys() - MAY_CHANGE:
        if given[name] != settings[name]:
            option = "--" + name.replace("_", "-")
            raise refuse(
                f"was trained with {option} {settings[name]}, "
                f"not {given[name]}: leave {option} out"
            )
    return settings | given


# %% [markdown] lang="en"
# ## The loop { #training }
#
# The step alone says where the run is: its epoch, the position in it, and
# with the seed the order of the images. So the position in the data
# [needs no saving](../resume-exactly.md#data-position). The loop begins at
# whatever step was restored; in a new run that is 0.
#
# Ctrl-C and `SIGTERM` ask a program to end. They wait here until the step
# is done and saved; a second Ctrl-C does not wait. (`SIGKILL` does not
# ask. The checkpoints are there for it.)

# %% [markdown] lang="ko"
# ## 훈련 루프 { #training }
#
# 몇 번째 스텝인지만 알면 훈련이 어디까지 왔는지 알 수 있습니다. 몇 번째 에포크의 어디인지, 그리고 시드와 함께 이미지의 순서까지
# 정해집니다. 그래서 데이터를 읽던 위치는 [저장하지 않아도 됩니다](../resume-exactly.md#data-position). 루프는 복원한 스텝에서
# 시작합니다. 새 훈련이라면 0번입니다.
#
# Ctrl-C와 `SIGTERM`은 프로그램에 끝내 달라고 부탁하는 신호입니다. 여기서는 스텝을 마치고 저장한 다음에 끝냅니다. Ctrl-C를 한
# 번 더 누르면 기다리지 않습니다. (`SIGKILL`은 부탁하지 않고 바로 끝냅니다. 그때를 위해 체크포인트가 있습니다.)


# %%
def begin(state: State, total: int, settings: dict, options) -> None:
    """Make the folder that of this run, of `total` steps.

    Raises UserError if it is at a later step already.
    """
    out, folder = options.out, options.out / "checkpoints"
    if int(state.step) > total:
        raise common.UserError(
            f"{out} is at step {int(state.step)}, beyond "
            f"--epochs {settings['epochs']}: give more, or leave "
            "--epochs out."
        )
    # From here on the folder is changed.
    clean(folder)
    if not options.resume:
        folder.mkdir(exist_ok=True)
        save(state, folder, settings["keep"])
    common.write_json(out / "training.json", settings)


def train(state: State, x, y, settings: dict, options) -> int:
    """Train to the last step.

    Returns 0, or the number of the signal that stopped it (saved).
    """
    import keras

    folder = options.out / "checkpoints"
    size, epochs = settings["batch_size"], settings["epochs"]
    per_epoch = math.ceil(len(x) / size)
    total, step = epochs * per_epoch, int(state.step)
    begin(state, total, settings, options)
    order = None
    with common.signals(signal.SIGINT, signal.SIGTERM) as caught:
        while step < total:
            epoch, position = divmod(step, per_epoch)
            if order is None or position == 0:
                rng = np.random.default_rng([settings["seed"], epoch])
                order = rng.permutation(len(x))
                print(f"Epoch {epoch + 1}/{epochs}", flush=True)
                bar = keras.utils.Progbar(
                    per_epoch,
                    verbose=1 if sys.stdout.isatty() else 2,
                    stateful_metrics=["loss", "accuracy"],
                )
            if position == 0:
                state.sums.assign([0.0, 0.0])
            rows = order[position * size : (position + 1) * size]
            state.train_step(x[rows], y[rows])
            step += 1
            means = state.sums.numpy() / (position * size + len(rows))
            names = ("loss", "accuracy")
            bar.update(position + 1, [*zip(names, means, strict=True)])
            if step % settings["every"] == 0 or step == total or caught:
                save(state, folder, settings["keep"])
            if caught and step < total:
                again = ["python", sys.argv[0], "--out", options.out]
                again += ["--data", options.data] * bool(options.data)
                common.say(
                    f"\nStopped and saved at step {step} of {total}. "
                    "To go on: "
                    f"{shlex.join(map(str, again))} --resume"
                )
                return caught[0]
    return 0


# %% [markdown] lang="en"
# ## The program { #program }
#
# `main` checks everything before it changes anything, so a command that
# is refused leaves the folder as it was. `training.json` is written after
# the first checkpoint: where it is, there is something to resume. Among
# the metrics is a hash of the weights, by which two runs can be compared.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# `main`은 모두 검사한 다음에야 무언가를 바꿉니다. 그래서 거절된 명령은 폴더를 그대로 둡니다. `training.json`은 첫 체크포인트
# 다음에 씁니다. 이 파일이 있으면 재개할 것도 있습니다. 지표 가운데에는 가중치의 해시가 있어서, 이것으로 두 훈련을 비교할 수
# 있습니다.


# %%
def finish(state: State, test, examples: int, out: Path) -> None:
    """Evaluate; write model.keras and metrics.json."""
    model = state.model
    loss, accuracy = model.evaluate(*test, batch_size=1000, verbose=0)
    weights = b"".join(w.tobytes() for w in model.get_weights())
    sums = (state.sums.numpy() / examples).tolist()
    metrics = {
        "steps": int(state.step),
        "training_loss": sums[0],  # over the last epoch, with dropout
        "training_accuracy": sums[1],
        "test_loss": loss,
        "test_accuracy": accuracy,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
    }
    with common.atomic_write(out / "model.keras") as part:
        model.save(part)
    common.write_json(out / "metrics.json", metrics)
    print(f"Test accuracy {accuracy:.4f}, loss {loss:.4f}")
    print(f"Weights {metrics['weights_sha256'][:16]}, all in {out}")


def main(argv: list[str] | None = None) -> int:
    """Start or resume a run; returns the exit code."""
    options = parse(argv)
    source = mnist_data.find(path=options.data)
    settle(options, source.digest)  # before a folder is made
    with common.locked(options.out):
        settings = settle(options, source.digest)
        (x, y), test = source.load()
        x, y = x[: settings["examples"]], y[: settings["examples"]]
        state = State(settings["seed"])
        if options.resume:
            restore(state, options.out / "checkpoints")
            print(f"Resuming at step {int(state.step)}")
        if number := train(state, x, y, settings, options):
            return 128 + number
        finish(state, test, len(x), options.out)
    return 0


# %% [markdown] lang="en"
# ## Run it { #run }
#
# A kill would end the notebook as well. So this run stops by itself,
# after one epoch of two; for the checkpoints that makes no difference.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 강제로 종료하면 주피터 노트북까지 끝나 버립니다. 그래서 이 훈련은 두 에포크 가운데 한 에포크만 하고 스스로 멈춥니다. 체크포인트로서는
# 강제로 종료된 것과 다를 것이 없습니다.

# %% active="ipynb"
# main("--out stopped --examples 6000 --epochs 1 --every 40".split())
#
# for path in sorted(Path("stopped").rglob("*")):
#     if path.is_file():
#         print(f"{path.stat().st_size:9,} bytes  {path.as_posix()}")
#
# names = [path.name for path in checkpoints(Path("stopped/checkpoints"))]
# assert names == ["step-00000040", "step-00000080", "step-00000094"]

# %% [markdown] lang="en"
# One epoch is 94 steps. There is a checkpoint of every 40th step and one
# of the last. The 101,770 weights and biases of 4 bytes would need a third
# of its size; the optimizer keeps two moments for each of them.
#
# Let us start again and forget `--resume`:

# %% [markdown] lang="ko"
# 한 에포크는 94스텝입니다. 40스텝마다 하나씩, 그리고 마지막 스텝의 체크포인트가 있습니다. 4바이트짜리 가중치와 편향
# 101,770개만 있다면 크기가 3분의 1이면 됩니다. 옵티마이저가 그 하나하나에 모멘트를 두 개씩 기억하기 때문에 커집니다.
#
# `--resume`을 잊고 다시 시작해 보겠습니다.

# %% active="ipynb"
# try:
#     main("--out stopped --epochs 2".split())
# except common.UserError as error:
#     print(error)

# %% [markdown] lang="en"
# Nothing was overwritten, and the sentence says what to do. We do it, and
# train for two epochs without a stop as well:

# %% [markdown] lang="ko"
# 덮어쓴 것은 없고, 문장이 무엇을 하면 되는지 알려 줍니다. 그대로 해 보고, 비교하려고 두 에포크를 한 번도 멈추지 않고 훈련하기도 합니다.

# %% active="ipynb"
# main("--out stopped --epochs 2 --resume".split())

# %% active="ipynb"
# main("--out whole --examples 6000 --epochs 2".split())

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
# The same hash: not one bit of a weight is different. The run resumed at
# step 94 with the 6,000 images of its first start, which we did not repeat.
#
# ## What to change next { #next }
#
# - Do what the notebook cannot: start the program in a terminal, end it
#   with `kill -9` wherever you like, and resume it.
# - Take `"sums"` out of `parts`, and stop the program with Ctrl-C in the
#   middle of an epoch. After the resume, which number of `metrics.json`
#   differs, and which does not?
# - Put your own network into `build`. Everything that changes in a step
#   must be in `parts`.

# %% [markdown] lang="ko"
# 해시가 같습니다. 가중치의 비트 하나도 다르지 않습니다. 94번 스텝에서 재개했고, 다시 적지 않았는데도 처음 시작할 때의
# 6,000장을 그대로 썼습니다.
#
# ## 이제 바꾸어 볼 것 { #next }
#
# - 노트북에서 할 수 없는 일을 해 보세요. 터미널에서 프로그램을 시작하고, 아무 때나 `kill -9`로 끝낸 다음, 재개하세요.
# - `parts`에서 `"sums"`를 빼고, 에포크 중간에 Ctrl-C로 프로그램을 멈춰 보세요. 재개한 다음 `metrics.json`에서 어떤 수가
#   달라지고 어떤 수가 그대로일까요?
# - `build`에 다른 신경망을 넣어 보세요. 스텝마다 바뀌는 것은 모두 `parts`에 있어야 합니다.

# %% active="py"
if __name__ == "__main__":
    sys.exit(common.run(main))
