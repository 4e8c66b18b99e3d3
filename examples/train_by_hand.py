# %% active="py"
"""Train three dense layers on MNIST with a loop of your own.

    python examples/train_by_hand.py --epochs 3 --out runs/first

writes runs/first/by-hand.keras and its metrics,
runs/first/by-hand.json. Both are written after each epoch, so Ctrl-C
keeps the last finished one. The same options give the same weights, bit
for bit, on the same machine with the same versions.
"""

# %% [markdown] lang="en"
# # Train with a loop of your own { #by-hand }
#
# `train_by_hand.py` is the loop of [Train by hand](../train-by-hand.md)
# as a program: `tf.GradientTape` instead of `fit`, compiled, with a
# choice of two losses. Start it in a terminal with
# `python examples/train_by_hand.py --loss squared`, or run its cells here
# from top to bottom. It shows what `fit` does for you: run many steps in
# one call, average over an epoch, show progress, and never stop in the
# middle of a step.

# %% [markdown] lang="ko"
# # 직접 쓴 루프로 훈련하기 { #by-hand }
#
# `train_by_hand.py`는 [직접 훈련하기](../train-by-hand.md)의 훈련 루프를 프로그램으로 만든 것입니다. `fit` 대신
# `tf.GradientTape`를 쓰고, 그래프로 만들어 빠르게 실행하며, 손실은 두 가지 가운데 고를 수 있습니다. 터미널에서
# `python examples/train_by_hand.py --loss squared`로 시작해도 되고, 여기 있는 셀을 위에서부터 차례로 실행해도
# 됩니다. `fit`이 대신해 주던 일이 무엇인지 볼 수 있습니다. 여러 스텝을 호출 한 번으로 묶고, 에포크의 평균을 내고,
# 진행 상황을 보여 주고, 스텝 도중에는 멈추지 않는 일입니다.

# %%
import argparse
import signal
import sys
from pathlib import Path

import numpy as np

import common
import mnist_data

NAME = "by-hand"
STEPS = 100  # in one compiled call
DIVERGED = (
    "the network's numbers are not finite any more: "
    "try a smaller --learning-rate."
)

# %% [markdown] lang="en"
# `common` and `mnist_data` are those of [train.py](train.py).
#
# ## The options { #options }
#
# `argparse` accepts any function that turns text into a value as the type
# of an option. `common.number` makes one that takes numbers of a range,
# so it refuses what would train without an error and learn nothing: a
# learning rate of 0, `nan` or infinity.

# %% [markdown] lang="ko"
# `common`과 `mnist_data`는 [train.py](train.py)에서 쓴 것과 같습니다.
#
# ## 옵션 { #options }
#
# 글자를 값으로 바꾸는 함수라면 무엇이든 `argparse` 옵션의 타입이 될 수 있습니다. `common.number`는 정해진 범위의 수만 받는
# 함수를 만들어 줍니다. 그래서 오류도 없이 훈련하면서 아무것도 배우지 못하는 학습률을 거절합니다. 0, `nan`, 무한대입니다.


# %%
def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program."""
    parser = common.parser(
        "Train on MNIST with tf.GradientTape.", "train_by_hand.py"
    )
    add, losses = parser.add_argument, ["cross-entropy", "squared"]
    add("--loss", choices=losses, default=losses[0], help="the loss")
    rate = common.number(1e-9, 1e9, float)
    add("--learning-rate", type=rate, default=0.1, help="of SGD")
    size = common.number(1, 60_000)
    add("--batch-size", type=size, default=32, help="images in a step")
    slow = "do not compile: slow, but print() works in a step"
    add("--eager", action="store_true", help=slow)
    common.add_training_options(parser, out="runs/by-hand", epochs=3)
    return parser.parse_args(argv)


# %% [markdown] lang="en"
# ## Two losses { #losses }
#
# Keras has the cross-entropy. The **squared error** we write ourselves.
# For a batch of $b$ images it is
#
# $L = \frac{1}{b} \sum_{i=1}^{b} \sum_{k=0}^{9} (y_{ik} - t_{ik})^2$
#
# where $y_{ik}$ is the network's output for image $i$ and digit $k$, and
# $t_{ik}$ is what it should be: 1 for the digit of the label, 0 for the
# others. `reduce_sum` is the inner sum, `reduce_mean` the outer one with
# the division. It divides by the number of images that there are: the
# last batch may be short.

# %% [markdown] lang="ko"
# ## 두 가지 손실 { #losses }
#
# 교차 엔트로피는 Keras에 들어 있습니다. **제곱 오차(squared error)**는 직접 씁니다. 이미지가 $b$장인 배치의 제곱 오차는
# 다음과 같습니다.
#
# $L = \frac{1}{b} \sum_{i=1}^{b} \sum_{k=0}^{9} (y_{ik} - t_{ik})^2$
#
# 여기서 $y_{ik}$는 $i$번째 이미지를 보고 신경망이 숫자 $k$에 대해 내놓은 출력이고, $t_{ik}$는 나와야 할
# 값입니다. 레이블의 숫자이면 1, 나머지는 0입니다. 안쪽의 합이 `reduce_sum`, 바깥쪽의 합과 나눗셈이 `reduce_mean`입니다.
# 나눌 때는 배치에 실제로 들어 있는 이미지 수로 나눕니다. 마지막 배치는 짧을 수 있기 때문입니다.


# %%
def squared_error(labels, outputs):
    """Squared distance to the one-hot labels, mean of the batch.

    Labels: whole numbers (b,). Outputs: float32 (b, 10). Returns one
    float32.
    """
    import tensorflow as tf

    squares = tf.square(outputs - tf.one_hot(labels, 10))
    return tf.reduce_mean(tf.reduce_sum(squares, axis=1))


# %% [markdown] lang="en"
# ## Many steps in one call { #steps }
#
# `step` is the step of the page: record on the tape, compute the
# gradients, apply them, update the metrics. Each batch enters the mean
# loss with its size as its weight, or a short last batch would count as
# much as a full one.
#
# `steps` loops over `step`, and `tf.function` makes the loop a graph: so
# Python works only once in a hundred steps. Why not once in an epoch? No
# progress could be shown, and Ctrl-C would have to wait. With `--eager`
# the same function stays plain Python.

# %% [markdown] lang="ko"
# ## 호출 한 번에 여러 스텝 { #steps }
#
# `step`은 직접 훈련하기에서 쓴 스텝입니다. 테이프에 기록하고, 그래디언트를 구하고, 적용하고, 지표를 갱신합니다. 평균
# 손실을 낼 때는 배치마다 그 크기만큼 비중을 둡니다. 그러지 않으면 짧은 마지막 배치도 꽉 찬 배치와 똑같은 비중을 차지합니다.
#
# `steps`는 `step`을 반복하고, `tf.function`은 이 반복문을 그래프로 만듭니다. 그래서 파이썬은 백 스텝에 한 번만
# 일합니다. 왜 한 에포크를 호출 한 번으로 끝내지 않을까요? 그동안 진행 상황을 보여 줄 수 없고, Ctrl-C를 눌러도 기다려야
# 하기 때문입니다. `--eager`를 주면 같은 함수를 그래프로 만들지 않고 그대로 실행합니다.


# %%
def build(options: argparse.Namespace):
    """Make the network and the function that trains it.

    Returns (model, steps, metrics). The model maps uint8 images
    (n, 28, 28) to float32 outputs (n, 10); `steps(iterator, count)`
    takes one step on each of `count` batches, and updates the metrics:
    the mean loss and the accuracy.
    """
    import keras
    import tensorflow as tf
    from keras import layers, losses

    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            *[layers.Dense(256, activation="relu") for _ in range(3)],
            layers.Dense(10),
        ],
        name=NAME,
    )
    entropy = losses.SparseCategoricalCrossentropy(from_logits=True)
    loss_fn = squared_error if options.loss == "squared" else entropy
    optimizer = keras.optimizers.SGD(options.learning_rate)
    variables = model.trainable_variables
    # Its own variables must exist before anything is compiled.
    optimizer.build(variables)
    mean_loss = keras.metrics.Mean("loss")
    accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")

    def step(images, labels):
        with tf.GradientTape() as tape:
            outputs = model(images, training=True)
            loss = loss_fn(labels, outputs)
        optimizer.apply(tape.gradient(loss, variables), variables)
        mean_loss.update_state(loss, sample_weight=tf.shape(labels)[0])
        accuracy.update_state(labels, outputs)

    def steps(iterator, count):
        for _ in tf.range(count):
            step(*next(iterator))

    if not options.eager:
        steps = tf.function(steps)
    return model, steps, [mean_loss, accuracy]


def measure(model, images, labels) -> float:
    """The accuracy on uint8 images (n, 28, 28) with labels (n,).

    Raises UserError if an output is not a number.
    """
    outputs = model.predict(images, batch_size=500, verbose=0)
    if not np.isfinite(outputs).all():
        raise common.UserError(DIVERGED)
    return float((outputs.argmax(axis=1) == labels).mean())


# %% [markdown] lang="en"
# ## The loop { #training }
#
# Each epoch resets the metrics, takes its steps, and measures the
# accuracy on the images that were set aside.
#
# - `common.signals` only notes Ctrl-C, and the loop looks at the note
#   between two calls. An exception in the middle of a step could crash
#   TensorFlow. A second Ctrl-C does not wait.
# - A loss of `nan` never recovers: each weight that it has touched is
#   `nan` as well. So the loop stops before a broken model replaces a good
#   one. That loss is from before the last update; so `measure` looks at
#   what the network answers, too.

# %% [markdown] lang="ko"
# ## 훈련 루프 { #training }
#
# 에포크마다 지표를 초기화하고, 스텝을 반복하고, 따로 떼어 둔 이미지로 정확도를 잽니다.
#
# - `common.signals`는 Ctrl-C가 눌렸다는 것만 적어 두고, 루프는 호출과 호출 사이에 그것을 확인합니다. 스텝 도중에 예외가
#   나면 TensorFlow가 비정상 종료될 수 있습니다. Ctrl-C를 한 번 더 누르면 기다리지 않고 끝납니다.
# - 손실이 `nan`이 되면 되돌아오지 못합니다. 그 손실이 건드린 가중치도 모두 `nan`이 됩니다. 그래서 망가진 모델이 멀쩡한
#   모델의 자리를 차지하기 전에 멈춥니다. 이 손실은
#   마지막으로 갱신하기 전의 값이라서, `measure`가 신경망의 답도 확인합니다.


# %%
def main(argv: list[str] | None = None) -> None:
    """Find the data, lock the folder, train."""
    options = parse(argv)
    source = mnist_data.find(path=options.data)
    with common.results_folder(options.out, options.overwrite) as out:
        train(options, source, out)


def train(options, source: mnist_data.Source, out: Path) -> None:
    """Train, save after each epoch, test at the end."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(options.seed)
    tf.config.experimental.enable_op_determinism()
    (x, y), test = source.load()
    x, y = x[: options.examples], y[: options.examples].astype("int32")
    training = len(x) - len(x) // 12
    batches = (
        tf.data.Dataset.from_tensor_slices((x[:training], y[:training]))
        .shuffle(training, seed=options.seed)
        .batch(options.batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
    model, steps, metrics = build(options)
    result = {
        "data": f"{source.kind} {source.digest}",
        "training_images": training,
        "options": vars(options),
        "epochs": [],  # loss and accuracy of each
        "test": None,  # after the last one
    }

    file = out / f"{NAME}.json"

    def values() -> dict[str, float]:
        return {m.name: float(m.result()) for m in metrics}

    def run_epoch(caught: list[int]) -> None:
        bar = keras.utils.Progbar(
            len(batches),
            verbose=1 if sys.stdout.isatty() else 2,
            stateful_metrics=["loss", "accuracy", "val_accuracy"],
        )
        for metric in metrics:
            metric.reset_state()
        iterator, done = iter(batches), 0
        while done < len(batches):
            count = min(STEPS, len(batches) - done)
            # Each Python number would be traced for itself.
            steps(iterator, tf.constant(count))
            done += count
            if caught:
                raise common.stopped(len(result["epochs"]), out)
            if not np.isfinite(values()["loss"]):
                raise common.UserError(DIVERGED)
            if done < len(batches):
                bar.update(done, values().items())
        validation = measure(model, x[training:], y[training:])
        line = values() | {"val_accuracy": validation}
        result["epochs"].append(line)
        with common.atomic_write(out / f"{NAME}.keras") as part:
            model.save(part)
        common.write_json(file, result)
        bar.update(done, line.items())

    with common.signals(signal.SIGINT) as caught:
        for epoch in range(options.epochs):
            print(f"Epoch {epoch + 1}/{options.epochs}", flush=True)
            run_epoch(caught)
    accuracy = measure(model, *test)
    result["test"] = {"accuracy": accuracy}
    common.write_json(file, result)
    print(f"Accuracy on the test images: {accuracy:.4f}")
    print(f"Saved {NAME}.keras and {NAME}.json in {out}")


# %% [markdown] lang="en"
# ## Run it { #run }
#
# Three epochs on the first 6,000 images, once with each loss. All else is
# equal: the first weights, the order of the images, the learning rate of
# 0.1.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 처음 6,000장으로 세 에포크씩, 손실마다 한 번 훈련합니다. 처음 가중치와 이미지의 순서, 0.1이라는 학습률까지 나머지는 모두
# 같습니다.

# %% active="ipynb"
# main("--epochs 3 --examples 6000 --out cross-entropy".split())

# %% active="ipynb"
# command = "--loss squared --epochs 3 --examples 6000 --out squared"
# main(command.split())

# %% [markdown] lang="en"
# The history of each run is in its JSON file:

# %% [markdown] lang="ko"
# 훈련 기록은 각각 JSON 파일에 있습니다.

# %% active="ipynb" caption_en="Loss (left) and accuracy (right) on the training images, with either loss." caption_ko="두 가지 손실로 훈련할 때 훈련 이미지의 손실(왼쪽)과 정확도(오른쪽)입니다." alt_en="Two plots over three epochs with a line for cross-entropy and one for squared error. On the left both losses fall, squared error lower down. On the right both accuracies rise and end close to each other." alt_ko="세 에포크에 걸친 꺾은선 그래프 두 개에 교차 엔트로피와 제곱 오차의 선이 하나씩 있습니다. 왼쪽에서는 두 손실이 모두 내려가며 제곱 오차가 더 아래에 있습니다. 오른쪽에서는 두 정확도가 모두 올라가 서로 가까운 곳에서 끝납니다."
# import json
#
# import matplotlib.pyplot as plt
#
# fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
# last = {}
# for name, style in (("cross-entropy", "o-"), ("squared", "s--")):
#     run = json.loads(Path(name, "by-hand.json").read_text())
#     for ax, key in zip(axes, ("loss", "accuracy")):
#         values = [epoch[key] for epoch in run["epochs"]]
#         ax.plot([1, 2, 3], values, style, label=name)
#         ax.set(xlabel="epoch", xticks=[1, 2, 3])
#         assert (values[-1] < values[0]) == (key == "loss")
#     last[name] = run["epochs"][-1]
# axes[0].set(ylabel="training loss", ylim=(0, None))
# axes[1].set(ylabel="training accuracy", ylim=(0, 1))
# axes[0].legend()
# plt.show()
#
# assert last["squared"]["loss"] < last["cross-entropy"]["loss"]

# %% [markdown] lang="en"
# Do not let the left plot deceive you. The squared error is the lower
# number, but the two losses have different units: with all answers
# equally likely, cross-entropy is 2.3 and the squared error 0.9. The
# accuracy can be compared, and there the two are close.
#
# So does it matter which one you take? With larger steps it does. At a
# learning rate of 1 the squared error overshoots, further with each step:

# %% [markdown] lang="ko"
# 왼쪽 그림에 속지 마세요. 수는 제곱 오차가 더 작지만 두 손실은 단위가 다릅니다. 모든 답이 똑같이 그럴듯할 때 교차
# 엔트로피는 2.3이고 제곱 오차는 0.9입니다. 비교할 수 있는 것은 정확도이고, 정확도는 둘이 비슷합니다.
#
# 그러면 어느 것을 골라도 될까요? 한 스텝에 움직이는 폭이 커지면 그렇지 않습니다. 학습률이 1이면 제곱 오차는 목표를 지나치고, 스텝마다 더
# 멀리 지나칩니다.

# %% active="ipynb"
# command = "--loss squared --learning-rate 1 --out squared --overwrite"
# try:
#     main(command.split())
# except common.UserError as error:
#     print(error)
#
# run = json.loads(Path("squared/by-hand.json").read_text())
# print("in the folder: rate", run["options"]["learning_rate"])
# assert run["options"]["learning_rate"] == 0.1 and run["test"]

# %% [markdown] lang="en"
# In a terminal this is one sentence and exit code 1. The model of the run
# before is still there: a file is replaced only when the new one is
# whole.
#
# ## What to change next { #next }
#
# - Try `--learning-rate 1` with cross-entropy: its pull has a limit, as
#   [Which loss learns faster?](../which-loss.md#pull) shows.
# - Clip the gradients in `step` with `tf.clip_by_global_norm`. Does the
#   squared error survive a learning rate of 1 then?
# - Replace SGD with `keras.optimizers.Adam(0.001)`.

# %% [markdown] lang="ko"
# 터미널에서는 한 문장을 출력하고 종료 코드 1로 끝납니다. 앞에서 훈련한 모델은 그대로 있습니다. 새 파일을 다 쓴 다음에야 옛 파일을
# 바꾸기 때문입니다.
#
# ## 이제 바꾸어 볼 것 { #next }
#
# - 교차 엔트로피에도 `--learning-rate 1`을 줘 보세요. [어떤 손실로 더 빨리 배울까요?](../which-loss.md#pull)에서
#   보았듯이, 교차 엔트로피가 끌어 올리는 힘에는 한계가 있습니다.
# - `step`에서 `tf.clip_by_global_norm`으로 그래디언트의 크기를 제한해 보세요. 이제 제곱 오차는 학습률 1을 견딜까요?
# - SGD를 `keras.optimizers.Adam(0.001)`로 바꾸어 보세요.

# %% active="py"
if __name__ == "__main__":
    sys.exit(common.run(main))
