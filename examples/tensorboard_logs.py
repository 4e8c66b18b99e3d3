# %% active="py"
"""Train with several learning rates and log it all for TensorBoard.

    python examples/tensorboard_logs.py --rates 0.01 0.1 --out runs/rates

writes for each rate, below runs/rates, three runs: train (scalars,
histograms of the weights, the network by layers), validation (scalars)
and mistakes (digits read wrong, after each epoch). The run "graph" has
the operations of one pass through the network. The command that shows
them is printed.
"""

# %% [markdown] lang="en"
# # Log runs for TensorBoard { #tensorboard-logs }
#
# `tensorboard_logs.py` trains one network with several learning rates and
# logs what [TensorBoard](../tensorboard.md) can show: numbers, weights,
# digits read wrong, and the graph. Start it in a terminal with
# `python examples/tensorboard_logs.py --out runs/rates`, or run its cells
# here from top to bottom. The command that it prints opens TensorBoard; in
# a second terminal you can use it while the training runs, and watch the
# charts grow.
#
# What makes runs comparable is order: a folder for each run, equal names,
# equal seeds.

# %% [markdown] lang="ko"
# # TensorBoard용 기록 남기기 { #tensorboard-logs }
#
# `tensorboard_logs.py`는 한 신경망을 여러 학습률로 훈련하면서 [TensorBoard](../tensorboard.md)가 보여 줄 수 있는 것을
# 기록합니다. 수치와 가중치, 잘못 읽은 숫자, 그래프입니다. 터미널에서
# `python examples/tensorboard_logs.py --out runs/rates`로 시작해도 되고, 여기 있는 셀을 위에서부터 차례로 실행해도
# 됩니다. 프로그램이 출력하는 명령을 실행하면 TensorBoard가 열립니다. 훈련하는 동안 다른 터미널에서 실행하면 차트가 자라는
# 것을 지켜볼 수 있습니다.
#
# 실행(run)끼리 비교하려면 처음부터 가지런히 기록해야 합니다. 실행마다 폴더를 따로 쓰고, 이름을 똑같이 붙이고, 시드를 똑같이 정합니다.

# %%
import argparse
import contextlib
import importlib.util
import shlex
import sys
from pathlib import Path

import common
import mnist_data

WRONG = 6  # images of mistakes in an epoch

# %% [markdown] lang="en"
# ## The options { #options }
#
# `--rates` takes as many learning rates as you like. The other options
# are those of [train.py](train.py).

# %% [markdown] lang="ko"
# ## 옵션 { #options }
#
# `--rates`에는 학습률을 몇 개든 줄 수 있습니다. 나머지 옵션은 [train.py](train.py)와 같습니다.


# %%
def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program."""
    parser = common.parser(
        "Train with several learning rates and log for TensorBoard.",
        "tensorboard_logs.py",
    )
    add, rate = parser.add_argument, common.number(1e-6, 10, float)
    rates, each = [0.01, 0.1], "learning rates, a run for each"
    add("--rates", type=rate, nargs="+", default=rates, help=each)
    common.add_training_options(parser, "runs/tensorboard", epochs=5)
    return parser.parse_args(argv)


# %% [markdown] lang="en"
# ## A network with names { #network }
#
# TensorBoard puts values with equal names into one chart. So the network
# and its layers have names, and they are the same in each run. Each run
# starts from the same random weights.

# %% [markdown] lang="ko"
# ## 이름을 붙인 신경망 { #network }
#
# TensorBoard는 이름이 같은 값을 한 차트에 모아 줍니다. 그래서 신경망과 층에 이름을 붙이고, 실행마다 똑같이 씁니다. 어느
# 실행이든 같은 무작위 가중치에서 출발합니다.


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
        name="mlp",
    )
    optimizer = keras.optimizers.SGD(rate)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


# %% [markdown] lang="en"
# ## The graph { #graph }
#
# Keras logs the network layer by layer. The operations inside are traced
# here and written into a run of their own. By the alphabet it is the
# first, the one that the Graphs tab opens with
# ([more](../tensorboard-log.md#log-the-graph)).

# %% [markdown] lang="ko"
# ## 그래프 { #graph }
#
# Keras는 신경망을 층 단위로 기록합니다. 그 안의 연산은 여기서 추적해 별도의 실행에 기록합니다. 이름순으로 첫 번째라서 Graphs
# 탭이 이 실행부터 엽니다([자세히](../tensorboard-log.md#log-the-graph)).


# %%
def log_graph(model, folder: Path) -> None:
    """Write the operations of one pass through the model."""
    import tensorflow as tf

    @tf.function(autograph=False)  # the loop is over a list
    def forward(images):
        for layer in model.layers:
            images = layer(images)
        return tf.nn.softmax(images, name="probabilities")

    spec = tf.TensorSpec((None, 28, 28), tf.uint8, name="images")
    graph = forward.get_concrete_function(spec).graph
    with tf.summary.create_file_writer(str(folder)).as_default():
        tf.summary.graph(graph.as_graph_def())
        tf.summary.flush()


# %% [markdown] lang="en"
# ## One callback { #mistakes }
#
# Keras's callback `TensorBoard` logs scalars and, with `histogram_freq=1`,
# the weights. Ours extends it: after each epoch it also logs the first
# six validation images that the model reads wrong. They get a folder of
# their own, because of two files that grow in one folder TensorBoard may
# read only one.
#
# After Ctrl-C `fit` ends the epoch as if it were whole. Half an epoch is
# no point of a curve, so the callback looks at `stop_training` first.

# %% [markdown] lang="ko"
# ## 콜백 하나 { #mistakes }
#
# Keras의 콜백 `TensorBoard`는 스칼라를 기록하고, `histogram_freq=1`을 주면 가중치도 기록합니다. 여기서는 이 콜백을 확장해서,
# 에포크가 끝날 때마다 모델이 잘못 읽은 검증 이미지도 앞에서부터 여섯 장 기록합니다. 이 이미지는 폴더를 따로 씁니다. 한
# 폴더에서 파일 두 개가 함께 자라면 TensorBoard가 하나만 읽을 수도 있기 때문입니다.
#
# Ctrl-C를 눌러도 `fit`은 에포크를 끝까지 돈 것처럼 마무리합니다. 돌다 만 에포크의 값은 곡선의 점이 될 수 없으므로, 콜백은
# `stop_training`부터 봅니다.


# %%
def new_callback(folder: Path, images, labels):
    """Keras's TensorBoard callback that logs mistakes as well.

    Args:
        folder: of the runs train, validation and mistakes.
        images: uint8 (n, 28, 28).
        labels: uint8 (n,).
    """
    import keras
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder / "mistakes"))

    class Logs(keras.callbacks.TensorBoard):
        def on_epoch_end(self, epoch, logs=None):
            if self.model.stop_training:  # this epoch is not whole
                return
            super().on_epoch_end(epoch, logs)
            logits = self.model.predict(images, verbose=0)
            answers = logits.argmax(axis=1)
            wrong = (answers != labels).nonzero()[0][:WRONG]
            if not len(wrong):
                return
            pairs = [f"{labels[i]} read as {answers[i]}" for i in wrong]
            with writer.as_default(step=epoch):
                tf.summary.image(
                    "mistakes",
                    images[wrong][..., None],
                    max_outputs=WRONG,
                    description=", ".join(pairs),
                )
            writer.flush()

    return Logs(folder, histogram_freq=1)


# %% [markdown] lang="en"
# ## The program { #program }
#
# These runs are for choosing a learning rate, so the test images are left
# alone. The printed command has an option that is easy to miss: TensorBoard
# shows ten images of a series and drops the others;
# `--samples_per_plugin images=100` keeps up to a hundred epochs.
#
# Of two runs in one folder TensorBoard shows only the later one, without a
# word. So the folder must be new or empty, and `--overwrite` removes the
# events files of its older runs, and nothing else.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# 이 훈련은 학습률을 고르려는 것이므로 테스트 이미지는 쓰지 않습니다. 출력하는 명령에는 놓치기 쉬운 옵션이 하나 있습니다.
# TensorBoard는 이어지는 이미지 가운데 열 장만 보여 주고 나머지는 버립니다. `--samples_per_plugin images=100`을 주면 백
# 에포크 분량까지 남습니다.
#
# 한 폴더에 두 번 기록하면 TensorBoard는 아무 말 없이 나중 것만 보여 줍니다. 그래서 새 폴더이거나 빈 폴더여야 하고, `--overwrite`는
# 그 폴더에서 옛 실행의 이벤트 파일만 지웁니다.


# %%
def remove_runs(out: Path) -> None:
    """Remove the events files of earlier runs, and emptied folders."""
    for pattern in ("graph", "rate-*/*", "rate-*"):
        for folder in out.glob(pattern):
            for file in folder.glob("events.out.tfevents.*"):
                file.unlink()
            with contextlib.suppress(OSError):  # it holds other files
                folder.rmdir()


def main(argv: list[str] | None = None) -> None:
    """Find the data, lock the folder, train."""
    options = parse(argv)
    if importlib.util.find_spec("tensorboard") is None:
        raise common.UserError(
            "TensorBoard is missing: run pip install tensorboard."
        )
    source = mnist_data.find(path=options.data)
    with common.results_folder(options.out, options.overwrite) as out:
        train(options, source, out)


def train(options, source: mnist_data.Source, out: Path) -> None:
    """Train once for each rate and write the runs."""
    import tensorflow as tf

    (x, y), _ = source.load()
    x, y = x[: options.examples], y[: options.examples]
    training = len(x) - len(x) // 12
    pairs = x[:training], y[:training]
    held_out = x[training:], y[training:]
    command = f"tensorboard --logdir {shlex.quote(str(out))}"
    command += " --samples_per_plugin images=100"
    print(f"To look at the runs: {command}", flush=True)
    try:
        remove_runs(out)
        log_graph(build(options.rates[0], options.seed), out / "graph")
        for rate in dict.fromkeys(options.rates):  # each once
            print(f"Learning rate {rate}", flush=True)
            model = build(rate, options.seed)
            # A new data set: its order begins with the seed again.
            batches = (
                tf.data.Dataset.from_tensor_slices(pairs)
                .shuffle(training, seed=options.seed)
                .batch(100)
                .prefetch(tf.data.AUTOTUNE)
            )
            folder = out / f"rate-{rate}"
            log = new_callback(folder, *held_out)
            with common.stop_after_step(model, folder) as stop:
                model.fit(
                    batches,
                    epochs=options.epochs,
                    validation_data=held_out,
                    callbacks=[stop, log],
                    shuffle=False,  # the batches are shuffled
                    verbose=1 if sys.stdout.isatty() else 2,
                )
    except BrokenPipeError:  # nobody reads what is printed
        raise
    except (OSError, tf.errors.OpError) as error:
        raise common.UserError(
            f"{out} cannot be written any more "
            f"({common.reason(error)}): make room, or name another "
            "folder with --out."
        ) from None


# %% [markdown] lang="en"
# ## Run it { #run }
#
# Two learning rates, four epochs each, on the first 6,000 images:

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 처음 6,000장을 두 가지 학습률로 네 에포크씩 훈련합니다.

# %% active="ipynb"
# command = "--rates 0.01 0.1 --epochs 4 --examples 6000 --out rates"
# main(command.split())

# %% [markdown] lang="en"
# In a terminal you would now type the command of the second line. Here we
# read the files ourselves. An events file is a list of records, each with
# a step and some values, and each value has a tag.

# %% [markdown] lang="ko"
# 터미널이라면 이제 둘째 줄의 명령을 입력합니다. 여기서는 파일을 직접 읽어 보겠습니다. 이벤트 파일은 레코드를 이어 놓은
# 것입니다. 레코드마다 스텝과 값이 몇 개 있고, 값마다 태그가 있습니다.

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
# losses = {}
# for rate, color in ((0.01, "tab:blue"), (0.1, "tab:orange")):
#     for kind, style in (("train", "o-"), ("validation", "s--")):
#         loss = losses[rate, kind] = [
#             float(tf.make_ndarray(value.tensor))
#             for _, value in values(f"rate-{rate}/{kind}")
#             if value.tag == "epoch_loss"
#         ]
#         label = f"rate {rate}, {kind}"
#         plt.plot(loss, style, color=color, label=label)
#         assert len(loss) == 4 and loss[-1] < loss[0]
# plt.xlabel("epoch")
# plt.ylabel("loss")
# plt.xticks(range(4))
# plt.ylim(bottom=0)
# plt.legend()
# plt.show()
#
# for kind in ("train", "validation"):
#     assert losses[0.1, kind][1] < losses[0.01, kind][3]

# %% [markdown] lang="en"
# In four epochs 0.01 does not get as far as 0.1 in two: its steps are too
# short. And which digits does 0.1 still read wrong? They are PNG files
# inside the events file, behind their width and height.

# %% [markdown] lang="ko"
# 0.01은 네 에포크 동안에도 0.1이 두 에포크에 간 곳까지 가지 못합니다. 한 스텝에 움직이는 폭이 너무 작습니다. 그러면 0.1로도 잘못 읽은
# 숫자는 무엇일까요? 이벤트 파일 안에 너비와 높이가 있고, 그 뒤에 PNG 파일로 들어 있습니다.

# %% active="ipynb" caption_en="Validation images that are read wrong after the last epoch, as they were logged." caption_ko="마지막 에포크 뒤에도 잘못 읽은 검증 이미지를 기록된 그대로 그린 것입니다." alt_en="Six handwritten digits in a row. Above each stands which digit it is and as which one it was read." alt_ko="손글씨 숫자 여섯 개가 한 줄로 있습니다. 숫자마다 위에 원래 어떤 숫자이고 무엇으로 읽었는지 적혀 있습니다."
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
# TensorBoard does no magic: everything that it draws is in these files,
# and you can take it out for a plot of your own.
#
# ## What to change next { #next }
#
# - Log the learning rate too, with `tf.summary.scalar` in the callback.
# - Run `--rates 0.03 0.3 3`. At which rate does the loss stop falling?
# - Train for 20 epochs and leave `--samples_per_plugin` out. Which epochs
#   does the slider of the images show?

# %% [markdown] lang="ko"
# TensorBoard는 마술을 부리지 않습니다. 그리는 것은 모두 이 파일들에 있고, 꺼내서 내 그림에 쓸 수도 있습니다.
#
# ## 이제 바꾸어 볼 것 { #next }
#
# - 콜백에서 `tf.summary.scalar`로 학습률도 기록해 보세요.
# - `--rates 0.03 0.3 3`으로 실행해 보세요. 학습률이 얼마일 때부터 손실이 내려가지 않을까요?
# - 20에포크를 훈련하고 `--samples_per_plugin`을 빼고 열어 보세요. 이미지 슬라이더에 어느 에포크가 나오나요?

# %% active="py"
if __name__ == "__main__":
    sys.exit(common.run(main))
