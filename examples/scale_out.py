# %% active="py"
"""Train one network on several workers, which may be killed.

    python examples/scale_out.py --workers 2

starts two processes on this machine. Across machines each one is told
where all are, and which of them it is:

    python examples/scale_out.py --cluster a:2222,b:2222 --index 0
    python examples/scale_out.py --cluster a:2222,b:2222 --index 1

The variable TF_CONFIG says the same. Worker 0, the chief, keeps the
checkpoints in a folder like that of checkpoint.py. When a worker ends,
all end; start all again with --resume, and they finish with the same
weights, bit for bit, as if nothing had happened.
"""

# %% [markdown] lang="en"
# # Train on several workers { #scale-out }
#
# `scale_out.py` is the training of [Scale out](../scale-out.md) as a
# program. Start two workers on your machine with `python
# examples/scale_out.py --workers 2`, or run its cells here from top to
# bottom. The same program trains across machines, and a worker that is
# killed or cut off costs only the steps since the last checkpoint.
#
# All files are worker 0's, the **chief**: it writes what
# [checkpoint.py](checkpoint.py) writes, with that program's own
# functions. The other workers write nothing.

# %% [markdown] lang="ko"
# # 여러 워커로 훈련하기 { #scale-out }
#
# `scale_out.py`는 [분산 훈련](../scale-out.md)에서 한 훈련을 프로그램으로 만든 것입니다. 터미널에서 `python
# examples/scale_out.py --workers 2`로 내 컴퓨터에 워커 두 개를 띄워도 되고, 여기 있는 셀을 위에서부터 차례로 실행해도 됩니다.
# 컴퓨터 여러 대에서 훈련할 때도 같은 프로그램을 씁니다. 워커 하나가 강제로 종료되거나 연결이 끊겨도 마지막 체크포인트 뒤의 스텝만
# 다시 하면 됩니다.
#
# 파일은 모두 워커 0, 즉 **치프(chief)**가 만듭니다. 치프는 [checkpoint.py](checkpoint.py)의 함수를 호출해 그 프로그램과 똑같은
# 파일을 저장합니다. 다른 워커는 아무 파일도 만들지 않습니다.

# %%
import argparse
import contextlib
import hashlib
import json
import math
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

import checkpoint
import common
import launcher
import mnist_data
import rendezvous

# %% [markdown] lang="en"
# Three files of this folder do what is not about training together.
# `rendezvous` lets workers find each other and notices when one is gone,
# `launcher` starts them on this machine, and `checkpoint` is the program
# named above.
#
# ## Which worker is this { #options }
#
# There are three ways to say it: `--workers` starts a cluster here,
# `--cluster` and `--index` join one, and without them `TF_CONFIG` counts,
# [TensorFlow's own variable](../scale-out.md#tf-config). Kubernetes and
# other systems set it for each worker.

# %% [markdown] lang="ko"
# 함께 훈련하는 일 말고 나머지는 이 폴더의 파일 세 개에 맡깁니다. `rendezvous`는 워커들이 서로를 찾게 하고 누가 사라지면 알아차립니다. `launcher`는 이
# 컴퓨터에서 워커를 시작하고, `checkpoint`는 위에서 말한 프로그램입니다.
#
# ## 몇 번째 워커인지 정하기 { #options }
#
# 방법은 세 가지입니다. `--workers`는 여기서 클러스터를 새로 시작하고, `--cluster`와 `--index`는 클러스터에 들어갑니다. 둘 다
# 없으면 [TensorFlow의 환경 변수](../scale-out.md#tf-config)인 `TF_CONFIG`를 읽습니다. Kubernetes 같은 시스템이 워커마다 정해 주는
# 변수입니다.


# %%
def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program.

    `cluster` is None if the workers are to be started here.
    """
    # What TensorFlow logs when a worker is gone fills pages.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = common.parser(
        "Train one network on several workers.", "scale_out.py"
    )
    where = parser.add_mutually_exclusive_group()
    text = "start so many on this machine (default: 2)"
    where.add_argument(
        "--workers", type=common.number(1, 64), help=text
    )
    text = "join the workers at these addresses; the first is the chief"
    where.add_argument(
        "--cluster",
        type=rendezvous.addresses,
        metavar="HOST:PORT,...",
        help=text,
    )
    add, seconds = parser.add_argument, common.number(1, 86_400)
    text = "which of the cluster this one is, counted from 0"
    add("--index", type=common.number(0, 999), help=text)
    text = "seconds to wait for the other workers"
    add("--join-timeout", type=seconds, default=60, help=text)
    text = "seconds of silence after which a worker is gone"
    add("--lost-after", type=seconds, default=30, help=text)
    checkpoint.add_run_options(parser, out="runs/scale_out")
    options = parser.parse_args(argv)
    cluster, index = options.cluster or [], options.index
    if index is not None and not cluster:
        parser.error("argument --index: it needs --cluster")
    if cluster and (index is None or index >= len(cluster)):
        last = len(cluster) - 1
        parser.error(f"argument --index: --cluster needs 0 to {last}")
    text = os.environ.get("TF_CONFIG")
    if text and not cluster and not options.workers:
        found = rendezvous.read_tf_config(text)
        options.cluster, options.index = found
    return options


# %% [markdown] lang="en"
# ## One step of all workers { #step }
#
# The network and its optimizer are built under the strategy's scope, so
# every worker has a copy of each variable. Then the whole batch goes into
# a step, as row numbers, and each worker takes every second one of them
# (every third, if there are three). That is all of the sharding. It also
# works for the last batch of an epoch, where one worker may have fewer
# rows than another, or none at all.
#
# - Each worker divides the sum of its losses by the size of the *whole*
#   batch. Then the sum of the gradients, which `apply` takes over all
#   workers, is the gradient of the mean.
# - The step is traced once, for batches of any size. Two workers that
#   trace at different moments would wait for each other forever.
# - There is no Dropout: each worker would need other random numbers, and
#   two workers would no longer train what one trains.
#
# `share` brings the chief's state to all workers, so only the chief reads
# checkpoints. It uses what TensorFlow does with every new variable under
# the scope: it begins with the chief's value everywhere.

# %% [markdown] lang="ko"
# ## 모든 워커가 함께 하는 한 스텝 { #step }
#
# 신경망과 옵티마이저를 전략(strategy)의 `scope` 안에서 만들면 워커마다 변수의 사본이 하나씩 생깁니다. 스텝에는 배치 전체를 행 번호로
# 넣고, 각 워커는 그 가운데 하나 걸러 하나씩(워커가 셋이면 세 개마다 하나씩) 가져갑니다. 샤딩은 이것이 전부입니다. 에포크의 마지막 배치처럼
# 한 워커의 몫이 더 적거나 아예 없을 때도 맞습니다.
#
# - 워커는 자기 손실의 합을 *전체* 배치의 크기로 나눕니다. 그러면 `apply`가 모든 워커에서 더한 그래디언트의 합이 곧 평균 손실의
#   그래디언트입니다.
# - 스텝은 배치 크기와 상관없이 한 번만 추적(trace)합니다. 두 워커가 서로 다른 때에 추적하면 끝없이 서로를 기다리게 됩니다.
# - 드롭아웃은 없습니다. 워커마다 다른 난수가 필요해지고, 그러면 워커 둘의 결과가 하나의 결과와 더는 같지 않습니다.
#
# `share`는 치프의 상태를 모든 워커에 똑같이 복사해 줍니다. 그래서 체크포인트는 치프만 읽으면 됩니다. `scope` 안에서 새로 만든 변수는 모든
# 워커에서 치프의 값으로 시작한다는 TensorFlow의 성질을 이용했습니다.


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
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


class State:
    """The network on all workers, and what its next step depends on."""

    def __init__(self, strategy, seed: int, x, y):
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self.strategy = strategy
        with strategy.scope():
            self.model = build()
            self.optimizer = self.model.optimizer
            self.optimizer.build(self.model.trainable_variables)
        self.x, self.y = tf.constant(x), tf.constant(y, tf.int64)
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
        rows = tf.TensorSpec([None], tf.int64)
        stop = tf.TensorSpec([], tf.float32)
        self.train_step = tf.function(
            self._train_step, input_signature=[rows, stop]
        )

    def share(self) -> None:
        """Give every worker the chief's state, bit for bit."""
        import tensorflow as tf

        for variables in self.parts.values():
            for variable in variables:
                with self.strategy.scope():
                    chiefs = tf.Variable(variable.numpy())
                variable.assign(chiefs)

    def _train_step(self, rows, stop):
        """Let all workers learn from one batch.

        Args:
            rows: the images of the whole batch, int64 (n,).
            stop: 1 if this worker has been asked to stop, or 0.

        Returns the sum over all workers of their losses, correct
        answers and `stop`: float32 (3,).
        """
        sums = self.strategy.run(self._learn, (rows, stop))
        return self.strategy.reduce("SUM", sums, axis=None)

    def _learn(self, rows, stop):
        """What one worker does in a step, on its share of rows."""
        import keras
        import tensorflow as tf

        context = tf.distribute.get_replica_context()
        first = context.replica_id_in_sync_group
        mine = rows[first :: context.num_replicas_in_sync]
        images = tf.gather(self.x, mine)
        labels = tf.gather(self.y, mine)
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            losses = keras.losses.sparse_categorical_crossentropy(
                labels, logits, from_logits=True
            )
            total = tf.reduce_sum(losses)
            loss = total / tf.cast(tf.size(rows), tf.float32)
        gradients = tape.gradient(loss, variables)
        # It adds up the gradients of all workers first.
        self.optimizer.apply(gradients, variables)
        correct = tf.argmax(logits, 1) == labels
        correct = tf.reduce_sum(tf.cast(correct, tf.float32))
        return tf.stack([total, correct, stop])


# %% [markdown] lang="en"
# ## The loop { #training }
#
# It is the loop of `checkpoint.py`, on every worker at once: the step
# number and the seed decide which rows come next. Only the chief shows
# progress and saves.
#
# One thing is new. Ctrl-C may reach one worker alone, and if that one
# simply stopped, the others would wait for its gradients. So each step
# adds up, with the losses, how many workers want to stop. All of them see
# the same sum and stop after the same step.

# %% [markdown] lang="ko"
# ## 훈련 루프 { #training }
#
# `checkpoint.py`의 루프를 모든 워커가 동시에 돕니다. 다음에 올 행은 스텝 번호와 시드가 정합니다. 진행 상황을 보여 주고 저장하는 일은
# 치프만 합니다.
#
# 새로운 것이 하나 있습니다. Ctrl-C는 워커 하나에만 올 수도 있습니다. 그 워커가 그냥 멈추면 나머지는 오지 않을 그래디언트를
# 기다립니다. 그래서 스텝마다 손실과 함께 멈추려는 워커의 수도 더합니다. 모두 같은 합을 보고 같은 스텝에서 멈춥니다.


# %%
def train(
    state: State, settings: dict, options, cluster, caught
) -> int:
    """Train to the last step, on all workers.

    Returns 0, or the number of a signal that stopped it (saved).
    """
    import keras

    chief, folder = cluster.chief, options.out / "checkpoints"
    examples, size = settings["examples"], settings["batch_size"]
    epochs, per_epoch = settings["epochs"], math.ceil(examples / size)
    total, step = epochs * per_epoch, int(state.step)
    if chief:
        checkpoint.begin(state, total, settings, options)
    order = None
    while step < total:
        epoch, position = divmod(step, per_epoch)
        if order is None or position == 0:
            rng = np.random.default_rng([settings["seed"], epoch])
            order = rng.permutation(examples)
            if chief:
                print(f"Epoch {epoch + 1}/{epochs}", flush=True)
                bar = keras.utils.Progbar(
                    per_epoch,
                    verbose=1 if sys.stdout.isatty() else 2,
                    stateful_metrics=["loss", "accuracy"],
                )
        if position == 0:
            state.sums.assign([0.0, 0.0])
        rows = order[position * size : (position + 1) * size]
        asked = float(bool(caught))
        *sums, stop = state.train_step(rows, asked).numpy()
        state.sums.assign_add(sums)
        state.step.assign_add(1)
        step += 1
        cluster.progressed(last=stop or step == total)
        if chief:
            means = state.sums.numpy() / (position * size + len(rows))
            names = ("loss", "accuracy")
            bar.update(position + 1, [*zip(names, means, strict=True)])
            if step % settings["every"] == 0 or step == total or stop:
                checkpoint.save(state, folder, settings["keep"])
        if stop and step < total:
            if chief:
                common.say(
                    f"\nStopped and saved at step {step} of {total}. "
                    "To go on, start all workers again, with --resume."
                )
            return caught[0] if caught else signal.SIGINT
    return 0


# %% [markdown] lang="en"
# ## Meet first, then start TensorFlow { #meet }
#
# Left alone, TensorFlow's cluster waits without a word for a worker that
# is missing, and it does not ask whether all workers train on the same data.
# So `work` lets them meet first: `join` compares a `card` of what must be
# equal, and each worker tries the addresses of all others. Whatever is
# wrong is one sentence, before the first step; a worker that does not
# come is given up after `--join-timeout` seconds.
#
# `watch` stays in touch. If a worker dies, its connection closes; if its
# cable is pulled, it falls silent for `--lost-after` seconds. Then every
# worker ends, even one that waits inside a TensorFlow operation, and the
# chief's last checkpoint is where they begin again.

# %% [markdown] lang="ko"
# ## 먼저 모이고, 그다음에 TensorFlow 시작하기 { #meet }
#
# 그냥 두면 TensorFlow의 클러스터는 오지 않는 워커를 아무 말 없이 기다리고, 모두 같은 데이터로 훈련하는지 묻지도 않습니다. 그래서 `work`는
# 워커들을 먼저 모읍니다. `join`은 같아야 하는 것을 적은 `card`를 비교하고, 각 워커는 다른 모든 워커의 주소에 연결해 봅니다. 잘못된
# 것이 있으면 첫 스텝을 하기 전에 한 문장으로 알려 줍니다. 오지 않는 워커는 `--join-timeout`초까지만 기다리고 포기합니다.
#
# `watch`는 그 뒤에도 연결을 지켜봅니다. 워커가 죽으면 연결이 닫히고, 선이 뽑히면 `--lost-after`초 동안 아무 소식이 없습니다. 그러면
# TensorFlow 연산 안에서 기다리던 워커까지 모두 끝나고, 치프의 마지막 체크포인트에서 다시 시작하면 됩니다.


# %%
def work(options: argparse.Namespace) -> int:
    """Be one of the workers; returns the exit code."""
    cluster = rendezvous.Cluster(options.cluster, options.index)
    announce = print if cluster.chief else lambda line: None
    source = mnist_data.find(announce, options.data)
    with contextlib.ExitStack() as held:
        given = {k: getattr(options, k) for k in checkpoint.SETTINGS}
        settings = {k: v for k, v in given.items() if v is not None}
        if cluster.chief:
            # Before a folder is made, and once more while it is held.
            checkpoint.settle(options, source.digest)
            held.enter_context(common.locked(options.out))
            settings = checkpoint.settle(options, source.digest)
        import tensorflow as tf

        (x, y), test = source.load()
        equal = card(options, source, settings)
        limit = options.join_timeout
        settings = cluster.join(equal, settings, limit)
        cluster.watch(options.lost_after)
        task = {"type": "worker", "index": options.index}
        config = {"cluster": {"worker": options.cluster}, "task": task}
        os.environ["TF_CONFIG"] = json.dumps(config)
        count = settings["examples"]
        try:
            strategy = tf.distribute.MultiWorkerMirroredStrategy()
            # After it, for it has a handler of SIGTERM of its own.
            stops = common.signals(signal.SIGINT, signal.SIGTERM)
            caught = held.enter_context(stops)
            state = State(
                strategy, settings["seed"], x[:count], y[:count]
            )
            if cluster.chief and options.resume:
                checkpoint.restore(state, options.out / "checkpoints")
                print(f"Resuming at step {int(state.step)}")
            state.share()
            number = train(state, settings, options, cluster, caught)
        except tf.errors.OpError as error:
            # If a worker is gone, `watch` ends this process meanwhile.
            time.sleep(options.lost_after + rendezvous.PULSE)
            raise common.UserError(
                "The workers cannot go on together "
                f"({common.reason(error)}): start all of them "
                "again, with --resume."
            ) from None
        if cluster.chief and not number:
            weights = state.model.get_weights()
            state.model = build()  # of this worker alone
            state.model.set_weights(weights)
            checkpoint.finish(state, test, count, options.out)
        cluster.finish()
    return 128 + number if number else 0


def card(options, source, settings: dict) -> dict:
    """What must be the same for all workers, by its name."""
    import keras
    import tensorflow as tf

    program = Path(__file__).read_bytes()
    return {
        "the cluster": ",".join(options.cluster),
        "the program": hashlib.sha256(program).hexdigest()[:8],
        "TensorFlow": tf.__version__,
        "Keras": keras.__version__,
        "the data": f"{source.kind} {source.digest}",
    } | {
        "--" + name.replace("_", "-"): value
        for name, value in settings.items()
        if name != "data"
    }


# %% [markdown] lang="en"
# ## The program { #program }
#
# With `--workers`, the program starts itself that many times, and each
# copy joins the cluster. What the chief would refuse is refused before
# that.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# `--workers`를 주면 프로그램이 자기 자신을 그 수만큼 시작하고, 하나하나가 클러스터에 들어갑니다. 치프가 시작하지 못할 이유가 있으면
# 그 전에 찾아냅니다.


# %%
def main(argv: list[str] | None = None) -> int:
    """Join a cluster or start one here; returns the exit code."""
    options = parse(argv)
    if options.cluster:
        return work(options)
    # What is wrong for the chief is wrong before it starts.
    source = mnist_data.find(lambda line: None, options.data)
    checkpoint.settle(options, source.digest)
    with common.locked(options.out):
        pass
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--workers")
    words = own.parse_known_args(argv)[1]
    command = [sys.executable, __file__, *words]
    return launcher.launch(command, options.workers or 2)


# %% [markdown] lang="en"
# ## Run it { #run }
#
# Each worker is a process of its own, so this cell starts the program as
# a terminal does, and shows what it prints. Two workers train for two
# epochs on 3,000 images:

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 워커는 각각 별도의 프로세스입니다. 그래서 이 셀은 터미널에서처럼 프로그램을 시작하고, 프로그램의 출력을 보여 줍니다. 워커 둘이
# 3,000장을 두 에포크 훈련합니다.

# %% active="ipynb"
# import subprocess
#
#
# def run(words):
#     command = [sys.executable, __file__, *words.split()]
#     done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
#     print(done.stdout, end="")
#
#
# run("--workers 2 --examples 3000 --epochs 2 --out two")

# %% [markdown] lang="en"
# And one worker, which has every batch to itself:

# %% [markdown] lang="ko"
# 이번에는 워커 하나가 배치를 혼자 다 맡습니다.

# %% active="ipynb"
# run("--workers 1 --examples 3000 --epochs 2 --out one")

# %% active="ipynb"
# metrics = {
#     name: json.loads(Path(name, "metrics.json").read_text())
#     for name in ("one", "two")
# }
# for name, values in metrics.items():
#     print(f"{name}: training loss {values['training_loss']:.6f}")
#     print(f"     weights {values['weights_sha256'][:16]}")
#
# losses = [values["training_loss"] for values in metrics.values()]
# assert abs(losses[0] - losses[1]) < 1e-4
# hashes = {values["weights_sha256"] for values in metrics.values()}
# assert len(hashes) == 2

# %% [markdown] lang="en"
# The losses agree, the hashes do not: two workers add up the same
# gradients in another order, and each sum is rounded. Two runs of *two*
# workers have the same hash, even if one of them was killed and resumed.
#
# On one machine the two workers share its cores, so this is a rehearsal,
# not a speed-up. What several machines can gain is [worked
# out](../more-workers.md#cost) from the time of a step and the bandwidth.
#
# ## On other machines { #clusters }
#
# The folder `examples/clusters` has two ways to start the program
# elsewhere. They were checked as far as one machine allows, and not run.
#
# - `two_machines.sh` copies the programs to two machines over SSH and
#   starts one worker on each:
#   `bash examples/clusters/two_machines.sh ann@10.0.0.1 ann@10.0.0.2`.
# - `kubernetes.yaml` is one Job for the chief, with a volume for its
#   checkpoints, and one for all other workers. Each pod gets its
#   `TF_CONFIG`. A pod that ends takes all others with it; their Jobs
#   start them again, and they resume.
#
# The workers trust each other, and nothing of what they send is
# encrypted. Let only your own network reach their ports.
#
# ## What to change next { #next }
#
# - Start the program in a terminal with `--epochs 50`, end one of its
#   processes with `kill -9`, and start it again with `--resume`.
# - Resume a run with another number of workers. It goes on; what is no
#   longer exact?
# - Put your own network into `build`. If it has Dropout or batch
#   normalization, which of the promises above still hold?

# %% [markdown] lang="ko"
# 손실은 거의 같지만 해시는 다릅니다. 워커 둘은 같은 그래디언트를 다른 순서로 더하고, 더할 때마다 반올림이 생기기 때문입니다. 워커 *둘*로 두
# 번 훈련하면 해시까지 같습니다. 한 번은 강제로 종료되었더라도 그렇습니다.
#
# 한 컴퓨터에서는 두 워커가 코어를 나누어 쓰니 빨라지지 않습니다. 여기서 하는 것은 예행연습입니다. 컴퓨터가 여러 대라면 얼마나
# 빨라질 수 있는지는 한 스텝의 시간과 대역폭으로 [계산해 봅니다](../more-workers.md#cost).
#
# ## 다른 컴퓨터에서 실행하기 { #clusters }
#
# `examples/clusters` 폴더에는 프로그램을 다른 곳에서 시작하는 방법이 두 가지 있습니다. 컴퓨터 한 대로 할 수 있는 데까지만
# 검사했고, 실제로 실행해 보지는 않았습니다.
#
# - `two_machines.sh`는 SSH로 컴퓨터 두 대에 프로그램을 복사하고 워커를 하나씩 시작합니다.
#   `bash examples/clusters/two_machines.sh ann@10.0.0.1 ann@10.0.0.2`처럼 씁니다.
# - `kubernetes.yaml`에는 치프의 Job 하나와 나머지 워커의 Job 하나가 있습니다. 치프에는 체크포인트를 둘 볼륨이 있고, 파드(pod)마다
#   `TF_CONFIG`를 받습니다. 파드 하나가 끝나면 나머지도 모두 끝납니다. 그러면 Job이 다시 시작하고, 훈련은 이어집니다.
#
# 워커는 서로를 믿고, 주고받는 내용을 암호화하지 않습니다. 그러니 워커의 포트에는 내 네트워크에서만 연결할 수 있게 하세요.
#
# ## 이제 바꾸어 볼 것 { #next }
#
# - 터미널에서 `--epochs 50`으로 시작하고, 프로세스 하나를 `kill -9`로 끝낸 다음 `--resume`으로 다시 시작해 보세요.
# - 워커 수를 바꾸어 재개해 보세요. 훈련은 이어집니다. 이제 무엇이 똑같지 않을까요?
# - `build`에 다른 신경망을 넣어 보세요. 드롭아웃이나 배치 정규화가 있다면 위에서 한 약속 가운데 무엇이 남을까요?

# %% active="py"
if __name__ == "__main__":
    sys.exit(common.run(main))
