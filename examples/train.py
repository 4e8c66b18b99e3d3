# %% active="py"
"""Train a model on MNIST and keep it.

    python examples/train.py --model cnn --epochs 3 --out runs/first

writes runs/first/cnn.keras and its metrics, runs/first/cnn.json. Both
are written after each epoch, so Ctrl-C keeps the last finished one. The
same options give the same weights, bit for bit, on the same machine
with the same versions.
"""

# %% [markdown] lang="en"
# # Train a model and keep it { #train }
#
# `train.py` is the [quickstart](../quickstart.md) as a program: read the
# options, load the data, build, fit, evaluate, save. Start it in a
# terminal with `python examples/train.py --model cnn`, or run its cells
# here from top to bottom. Copy it when you need a training program of
# your own.

# %% [markdown] lang="ko"
# # 모델을 훈련하고 저장하기 { #train }
#
# `train.py`는 [빠른 시작](../quickstart.md)을 프로그램으로 만든 것입니다. 옵션을 읽고, 데이터를 불러오고, 모델을
# 만들어 훈련하고, 평가하고, 저장합니다. 터미널에서 `python examples/train.py --model cnn`으로 시작해도 되고, 여기 있는
# 셀을 위에서부터 차례로 실행해도 됩니다. 훈련 프로그램을 직접 만들 때 복사해서 고쳐 쓰세요.

# %%
import argparse
import sys
from pathlib import Path

import common
import mnist_data

# %% [markdown] lang="en"
# Two modules of this folder help. `mnist_data` finds MNIST, or offline
# digits where there is no internet (those are made by `mnist_standin`, so
# copy that file, too). `common` has what every program here needs: it
# checks numbers in options, writes a file whole or not at all, and turns
# a mistake into one sentence.
#
# ## The options { #options }
#
# `add_training_options` adds the options that all training programs
# share: `--epochs`, `--examples`, `--seed`, `--data`, `--out` and
# `--overwrite`.

# %% [markdown] lang="ko"
# 이 폴더의 모듈 두 개를 씁니다. `mnist_data`는 MNIST를 찾아 주고, 인터넷이 없으면 오프라인 데이터셋을 줍니다(이 데이터셋은
# `mnist_standin`이 만드니, 이 파일도 함께 복사하세요). `common`에는 모든 프로그램에 필요한 것이 들어 있습니다. 옵션의 수를
# 검사하고, 파일을 통째로 쓰거나 아예 쓰지 않고, 실수가 있으면 한 문장으로 알려 줍니다.
#
# ## 옵션 { #options }
#
# `add_training_options`는 훈련 프로그램이 함께 쓰는 옵션을 더합니다. `--epochs`, `--examples`, `--seed`, `--data`,
# `--out`, `--overwrite`입니다.


# %%
def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program."""
    parser = common.parser("Train a model on MNIST.", "train.py")
    add, names = parser.add_argument, ["dense", "cnn"]
    add("--model", choices=names, default="dense", help="the network")
    common.add_training_options(parser, out="runs/train", epochs=5)
    return parser.parse_args(argv)


# %% [markdown] lang="en"
# ## The network { #networks }
#
# `dense` is the network of the quickstart; `cnn` puts two convolutions in
# front of it. Both take images as MNIST has them, with values from 0 to
# 255, and return ten logits. Keras is imported inside the function: it
# takes seconds, and `--help` should not have to wait.

# %% [markdown] lang="ko"
# ## 신경망 { #networks }
#
# `dense`는 빠른 시작의 신경망이고, `cnn`은 그 앞에 합성곱 층을 두 개 둔 것입니다. 둘 다 MNIST에 들어 있는 그대로 값이
# 0부터 255까지인 이미지를 받아 로짓 열 개를 내놓습니다. Keras는 함수 안에서 불러옵니다. 불러오는 데 몇 초가 걸리는데,
# `--help`까지 기다리게 할 이유는 없습니다.


# %%
def build(name: str):
    """A compiled model from images to logits.

    Images: uint8 (n, 28, 28). Logits: float32 (n, 10).
    """
    import keras
    from keras import layers

    convolutions = [
        layers.Reshape((28, 28, 1)),
        layers.Conv2D(16, 5, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 5, activation="relu"),
        layers.MaxPooling2D(),
    ]
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Rescaling(1 / 255),
            *(convolutions if name == "cnn" else []),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ],
        name=name,
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


# %% [markdown] lang="en"
# ## Train, evaluate, save { #training }
#
# The last twelfth of the training images is set aside for validation. The
# test images are used once, at the very end.
#
# - The data is found before the folder is made, and the folder before the
#   training begins: a wrong path costs you no epoch. The folder is locked,
#   so that no second program writes into it.
# - `save` is called after each epoch, so Ctrl-C never costs more than the
#   epoch that has begun. `stop_after_step` lets the step finish first.
#   `fit` then still calls `save`, so `save` has to look whether the epoch
#   is whole.
# - `tf.data` shuffles. Given arrays and a seed, `fit` would put them in
#   the same order in every epoch.

# %% [markdown] lang="ko"
# ## 훈련하고 평가하고 저장하기 { #training }
#
# 훈련 이미지의 마지막 12분의 1은 검증에 쓰려고 따로 떼어 둡니다. 테스트 이미지는 맨 끝에 딱 한 번 씁니다.
#
# - 데이터를 찾은 다음 폴더를 만들고, 폴더를 만든 다음 훈련을 시작합니다. 경로가 잘못되었다면 한 에포크도 훈련하기 전에 알 수
#   있습니다. 폴더는 잠가 두어서 다른 프로그램이 함께 쓰지 못합니다.
# - 에포크가 끝날 때마다 `save`를 호출합니다. 그래서 Ctrl-C를 눌러도 잃는 것은 돌고 있던 에포크뿐입니다. `stop_after_step`은
#   하던 스텝을 마칠 때까지 기다립니다. 이때도 `fit`은 `save`를 호출하므로, `save`는 에포크를 끝까지 돌았는지부터 봅니다.
# - 섞는 일은 `tf.data`에 맡깁니다. 시드를 정해 두고 배열을 그대로 넣으면 `fit`이 에포크마다 같은 순서로 섞기 때문입니다.


# %%
def main(argv: list[str] | None = None) -> None:
    """Find the data, lock the folder, train."""
    options = parse(argv)
    source = mnist_data.find(path=options.data)
    with common.results_folder(options.out, options.overwrite) as out:
        train(options, source, out)


def train(options, source: mnist_data.Source, out: Path) -> None:
    """Train, save after each epoch, evaluate at the end."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(options.seed)
    tf.config.experimental.enable_op_determinism()
    (x, y), test = source.load()
    x, y = x[: options.examples], y[: options.examples]
    training = len(x) - len(x) // 12
    batches = (
        tf.data.Dataset.from_tensor_slices((x[:training], y[:training]))
        .shuffle(training, seed=options.seed)
        .batch(64)
        .prefetch(tf.data.AUTOTUNE)
    )
    model = build(options.model)
    result = {
        "data": f"{source.kind} {source.digest}",
        "training_images": training,
        "options": vars(options),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "epochs": [],  # loss and accuracy of each
        "test": None,  # after the last one
    }

    metrics = out / f"{model.name}.json"

    def save(epoch: int, logs: dict) -> None:
        if model.stop_training:  # Ctrl-C: this epoch is not whole
            return
        result["epochs"].append({k: float(v) for k, v in logs.items()})
        with common.atomic_write(out / f"{model.name}.keras") as part:
            model.save(part)
        common.write_json(metrics, result)

    keep = keras.callbacks.LambdaCallback(on_epoch_end=save)
    with common.stop_after_step(model, out) as stop:
        model.fit(
            batches,
            epochs=options.epochs,
            validation_data=(x[training:], y[training:]),
            callbacks=[stop, keep],
            shuffle=False,  # the batches are shuffled
            verbose=1 if sys.stdout.isatty() else 2,
        )
    loss, accuracy = model.evaluate(*test, batch_size=500, verbose=0)
    result["test"] = {"loss": loss, "accuracy": accuracy}
    common.write_json(metrics, result)
    print(f"Accuracy on the test images: {accuracy:.4f}")
    print(f"Saved {model.name}.keras and {model.name}.json in {out}")


# %% [markdown] lang="en"
# ## Run it { #run }
#
# `main` takes the options as a list, so a cell can do what a terminal
# does. Two epochs of the convolutional network, on the first 12,000
# images:

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# `main`은 옵션을 리스트로 받으므로, 셀에서도 터미널에서와 똑같이 실행할 수 있습니다. 합성곱 신경망을 처음 12,000장으로
# 두 에포크 훈련합니다.

# %% active="ipynb"
# command = "--model cnn --epochs 2 --examples 12000 --out first"
# main(command.split())

# %% [markdown] lang="en"
# The metrics say how good the model is, and how it was made:

# %% [markdown] lang="ko"
# 지표 파일에는 모델이 얼마나 정확한지, 어떻게 만들었는지가 적혀 있습니다.

# %% active="ipynb"
# import json
#
# with open("first/cnn.json") as file:
#     metrics = json.load(file)
# for name, value in metrics.items():
#     if name != "epochs":
#         print(f"{name:16} {value}")
#
# first, last = metrics["epochs"]
# assert last["loss"] < first["loss"]

# %% [markdown] lang="en"
# Load the model with `keras.saving.load_model("first/cnn.keras")`, or let
# [predict.py](predict.py) read your own pictures with it.
#
# A second start with the same folder is refused, so no result is lost by
# accident. In a terminal this is the sentence that you see:

# %% [markdown] lang="ko"
# 모델은 `keras.saving.load_model("first/cnn.keras")`로 불러올 수 있습니다. 이 모델로 내가 찍은 사진을 읽으려면
# [predict.py](predict.py)를 쓰세요.
#
# 같은 폴더로 한 번 더 시작하면 거절합니다. 그래서 실수로 결과를 잃는 일이 없습니다. 터미널에 나오는 문장은 다음과
# 같습니다.

# %% active="ipynb"
# try:
#     main(command.split())
# except common.UserError as error:
#     print(error)

# %% [markdown] lang="en"
# ## What to change next { #next }
#
# - Add a layer in `build`, and compare the two JSON files.
# - Add an option for the learning rate: one `add_argument`, and
#   `keras.optimizers.Adam(...)` in `build`.
# - Call `fit` with `keras.callbacks.EarlyStopping` as a third callback.

# %% [markdown] lang="ko"
# ## 이제 바꾸어 볼 것 { #next }
#
# - `build`에 층을 하나 더하고, 두 JSON 파일을 비교해 보세요.
# - 학습률 옵션을 더해 보세요. `add_argument` 한 번과 `build`의 `keras.optimizers.Adam(...)`이면 됩니다.
# - `fit`에 세 번째 콜백으로 `keras.callbacks.EarlyStopping`을 넣어 보세요.

# %% active="py"
if __name__ == "__main__":
    sys.exit(common.run(main))
