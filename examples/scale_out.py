# %%
import argparse
import contextlib
import hashlib
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import checkpoint
import common
import mnist_data
import rendezvous


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
    add, seconds = parser.add_argument, common.number(1, 86_400)
    text = "start so many on this machine (default: 2)"
    add("--workers", type=common.number(1, 64), help=text)
    text = "join the workers at these addresses; the first is the chief"
    add("--cluster", type=addresses, metavar="HOST:PORT,...", help=text)
    text = "which of them this one is, from 0"
    add("--index", type=common.number(0, 999), help=text)
    text = "seconds to wait for the other workers"
    add("--join-timeout", type=seconds, default=60, help=text)
    text = "seconds of silence after which a worker is gone"
    add("--lost-after", type=seconds, default=30, help=text)
    checkpoint.add_run_options(parser, out="runs/scale_out")
    options = parser.parse_args(argv)
    if options.cluster is None and options.index is not None:
        parser.error("argument --index: --cluster is missing")
    if options.cluster and options.workers:
        parser.error("argument --workers: not allowed with --cluster")
    if options.cluster:
        count = len(options.cluster)
        if options.index is None or options.index >= count:
            which = "0" if count == 1 else f"0 to {count - 1}"
            parser.error(f"argument --index: must be {which}")
    elif not options.workers and os.environ.get("TF_CONFIG"):
        config = os.environ["TF_CONFIG"]
        options.cluster, options.index = read_tf_config(config)
    return options


def addresses(text: str) -> list[str]:
    """An argparse type: addresses of workers, each another one."""
    found = text.split(",")
    with contextlib.suppress(ValueError):
        if len({rendezvous.split(one) for one in found}) == len(found):
            return found
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a list of different HOST:PORT, with commas"
    )


def read_tf_config(text: str) -> tuple[list[str], int]:
    """The addresses and the index that the variable TF_CONFIG names.

    Raises UserError if it does not name them.
    """
    try:
        config = json.loads(text)
        jobs, task = config["cluster"], config["task"]
        chief = jobs.get("chief", [])
        found = addresses(",".join([*chief, *jobs.get("worker", [])]))
        first = {"chief": 0, "worker": len(chief)}[task["type"]]
        index = range(len(found))[first:][int(task["index"])]
        return found, index
    except (argparse.ArgumentTypeError, *DAMAGE):
        raise common.UserError(
            "TF_CONFIG does not say which worker of which cluster this "
            'is: it needs {"cluster": {"worker": ["HOST:PORT", ...]}, '
            '"task": {"type": "worker", "index": 0}}.'
        ) from None


DAMAGE = ValueError, LookupError, TypeError, AttributeError


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
        self.strategy, self.x, self.y = strategy, x, y
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
        """What one worker does in a step, with its share of the rows."""
        import keras
        import tensorflow as tf

        here = tf.distribute.get_replica_context()
        first, count = (
            here.replica_id_in_sync_group,
            here.num_replicas_in_sync,
        )
        mine = rows[first::count]
        images, labels = (
            tf.gather(self.x, mine),
            tf.gather(self.y, mine),
        )
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
        *sums, stop = state.train_step(
            rows, float(bool(caught))
        ).numpy()
        state.sums.assign_add(sums)
        state.step.assign_add(1)
        step += 1
        cluster.progressed(last=stop or step == total)
        if chief:
            means = state.sums.numpy() / (position * size + len(rows))
            names = ("loss", "accuracy")
            bar.update(position + 1, [*zip(names, means, strict=True)])
            if step % options.every == 0 or step == total or stop:
                checkpoint.save(state, folder, options.keep)
        if stop and step < total:
            if chief:
                common.say(
                    f"\nStopped and saved at step {step} of {total}. To "
                    "go on: start all workers again, with --resume"
                )
            return caught[0] if caught else signal.SIGINT
    return 0


# %%
def work(options: argparse.Namespace) -> int:
    """Be one of the workers; returns the exit code."""
    cluster = rendezvous.Cluster(options.cluster, options.index)
    announce = print if cluster.chief else lambda line: None
    source = mnist_data.find(announce, options.data)
    with contextlib.ExitStack() as held:
        settings = {
            name: getattr(options, name)
            for name in checkpoint.SETTINGS
            if getattr(options, name) is not None
        }
        if cluster.chief:
            # Before a folder is made.
            checkpoint.settle(options, source.digest)
            held.enter_context(checkpoint.locked(options.out))
            settings = checkpoint.settle(options, source.digest)
        import keras
        import tensorflow as tf

        (x, y), test = source.load()
        program = Path(__file__).read_bytes()
        card = {
            "the cluster": ",".join(options.cluster),
            "the program": hashlib.sha256(program).hexdigest()[:8],
            "TensorFlow": tf.__version__,
            "Keras": keras.__version__,
            "the data": f"{source.kind} {source.digest}",
        }
        for name, value in settings.items():
            card["--" + name.replace("_", "-")] = value
        settings = cluster.join(card, settings, options.join_timeout)
        caught = held.enter_context(
            common.signals(signal.SIGINT, signal.SIGTERM)
        )
        cluster.watch(options.lost_after)
        task = {"type": "worker", "index": options.index}
        config = {"cluster": {"worker": options.cluster}, "task": task}
        os.environ["TF_CONFIG"] = json.dumps(config)
        try:
            strategy = tf.distribute.MultiWorkerMirroredStrategy()
            count = settings["examples"]
            state = State(
                strategy, settings["seed"], x[:count], y[:count]
            )
            if cluster.chief and options.resume:
                checkpoint.restore(state, options.out / "checkpoints")
                print(f"Resuming at step {int(state.step)}")
            state.share()
            number = train(state, settings, options, cluster, caught)
        except tf.errors.OpError as error:
            # If a worker is gone, its silence ends this process.
            time.sleep(options.lost_after + rendezvous.PULSE)
            raise common.UserError(
                "The workers cannot go on together "
                f"({checkpoint.reason(error)}): start all of them "
                "again, with --resume."
            ) from None
        if cluster.chief and not number:
            weights = state.model.get_weights()
            state.model = build()
            state.model.set_weights(weights)
            checkpoint.finish(state, test, count, options.out)
        cluster.finish()
    return 128 + number if number else 0


# %%
def launch(options: argparse.Namespace, argv: list[str]) -> int:
    """Start workers on this machine; returns the exit code."""
    source = mnist_data.find(lambda line: None, options.data)
    checkpoint.settle(options, source.digest)
    with checkpoint.locked(options.out):
        pass  # the chief will hold it
    # Below the ports that systems give away by themselves.
    ports = random.SystemRandom().sample(
        range(20_000, 30_000), options.workers or 2
    )
    cluster = ",".join(f"127.0.0.1:{port}" for port in ports)
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--workers")
    command = [sys.executable, __file__, *own.parse_known_args(argv)[1]]
    command += ["--cluster", cluster, "--index"]
    with contextlib.ExitStack() as held:
        stops = [getattr(signal, name, None) for name in STOPS]
        caught = held.enter_context(
            common.signals(*filter(None, stops))
        )
        workers, logs = [], []
        for index in range(len(ports)):
            logs.append(
                held.enter_context(tempfile.TemporaryFile("w+"))
            )
            worker = subprocess.Popen(
                [*command, str(index)],
                stdin=subprocess.DEVNULL,
                stdout=logs[index] if index else None,
                stderr=logs[index] if index else None,
                start_new_session=True,  # Ctrl-C comes through here
            )
            held.callback(worker.wait)
            held.callback(worker.kill)
            workers.append(worker)
        first = wait(workers, caught)
        silent = workers[0].returncode < 0  # the chief was ended
        if caught:
            if silent:
                common.say("Stopped.")
            return 128 + caught[0]
        if first is None:
            return 0
        code = workers[first].returncode
        if silent:
            logs[first].seek(0)
            common.say(
                logs[first].read().strip()
                or f"scale_out.py: Worker {first} was ended by signal "
                f"{-code}: start again, with --resume."
            )
    return max(code, 1)


STOPS = "SIGINT", "SIGTERM", "SIGHUP"


def wait(workers: list[subprocess.Popen], caught: list[int]):
    """Wait for all workers; a signal, or a failure of one, ends all.

    Returns the index of the first one that failed, or None.
    """
    first, told = None, False
    while True:
        codes = [worker.poll() for worker in workers]
        failed = [i for i, code in enumerate(codes) if code]
        first = failed[0] if first is None and failed else first
        # Those that stop with a checkpoint do so together.
        fault = first is not None and codes[first] not in (130, 143)
        if (caught or fault) and not told:
            told = True
            for worker in workers:
                worker.terminate()
        if None not in codes:
            return first
        time.sleep(0.05)


# %%
def main(argv: list[str] | None = None) -> int:
    """Join a cluster or start one here; returns the exit code."""
    options = parse(argv)
    if options.cluster:
        return work(options)
    return launch(options, sys.argv[1:] if argv is None else argv)


# %% active="py"
if __name__ == "__main__":
    sys.exit(common.run(main))
