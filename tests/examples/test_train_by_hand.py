"""examples/train_by_hand.py, run as a reader runs it: what it learns, writes and survives."""

import json
import os
import pty
import signal
import subprocess
import sys
import zipfile

import pytest

from examples import mnist_data
from tests import forked
from tests.forked import EXAMPLES

FILES = ["by-hand.json", "by-hand.keras"]
# Least accuracies. Ten seeds have a mean of 0.942 (sd 0.016) on MNIST and 0.881 (0.031) offline:
# with a learning rate of 0.1 the last steps decide, and another processor takes other ones.
ACCURACY = {"mnist": 0.8, "offline": 0.6}
SMALL = ["--examples", "6000", "--epochs", "1", "--seed", "7"]


@pytest.fixture(scope="module")
def source():
    return mnist_data.find()


def metrics(folder):
    return json.loads((folder / "by-hand.json").read_text())


def weights(folder):
    """The bytes of a .keras file's weights; the file itself carries its date."""
    with zipfile.ZipFile(folder / "by-hand.keras") as archive:
        return archive.read("model.weights.h5")


def train_and_compare(data, epochs):
    """What a process does that has TensorFlow already: several runs, and a look at the models."""
    import resource

    import common
    import keras
    import numpy as np
    import train_by_hand

    sys.argv[:] = ["by_hand"]

    def run(*options):
        words = [*SMALL, "--data", data, *options]
        print("code", common.run(lambda: train_by_hand.main(words)), flush=True)

    run("--out", "same", "--epochs", epochs)
    run("--out", "whole", "--examples", "30000", "--epochs", "2")
    run("--out", "other", "--seed", "8", "--batch-size", "64")
    run("--out", "compiled", "--loss", "squared", "--examples", "2000")
    run("--out", "eager", "--loss", "squared", "--examples", "2000", "--eager")
    run("--out", "compiled", "--loss", "squared", "--learning-rate", "1e6", "--overwrite")
    two_steps = "--loss squared --examples 24 --batch-size 11 --learning-rate 1e4".split()
    run("--out", "compiled", *two_steps, "--overwrite")  # the last update breaks it
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))  # as a full disk
    run("--out", "other", "--seed", "9", "--overwrite")

    one, two = (keras.saving.load_model(f"{n}/by-hand.keras") for n in ("compiled", "eager"))
    pairs = zip(one.get_weights(), two.get_weights(), strict=True)
    print("eager differs by", max(float(np.abs(a - b).max()) for a, b in pairs))
    labels, outputs = np.arange(8) % 3, np.eye(8, 10, dtype="float32") - 0.3
    short = train_by_hand.squared_error(labels, outputs)
    full = train_by_hand.squared_error(np.tile(labels, 4), np.tile(outputs, (4, 1)))
    print("a short batch reads", float(short / full))
    with np.load(data) as file:
        model = keras.saving.load_model("whole/by-hand.keras")
        answers = model.predict(file["x_test"], verbose=0).argmax(1)
        print("read again", float((answers == file["y_test"]).mean()))


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, source):
    """A run in a terminal that got Ctrl-C in its 2nd epoch: folder, what was shown, exit code.

    This is a process of its own; the others are forked.
    """
    folder = tmp_path_factory.mktemp("stopped")
    ours, theirs = pty.openpty()
    options = [*SMALL, "--epochs", "200", "--data", source.path, "--out", "o"]
    process = subprocess.Popen(
        [sys.executable, EXAMPLES / "train_by_hand.py", *options],
        cwd=folder,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown, sent = b"", False
    try:
        while part := os.read(ours, 4096):
            shown += part
            if b"Epoch 2/200" in shown and not sent:
                process.send_signal(signal.SIGINT)
                sent = True
    except OSError:  # how Linux reports that the other side is closed
        pass
    finally:
        os.close(ours)
        if not sent:
            process.kill()
        process.wait(timeout=60)
    return folder / "o", shown.decode(), process.returncode


@pytest.fixture(scope="module")
def several(tmp_path_factory, source, stopped):
    """The folder of several runs, their exit codes, what they printed, and stderr."""
    folder = tmp_path_factory.mktemp("several")
    epochs = str(len(metrics(stopped[0])["epochs"]))
    done = forked.run(train_and_compare, str(source.path), epochs, folder=folder)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    codes = [int(line.split()[1]) for line in lines if line.startswith("code ")]
    return folder, codes, lines, done.stderr


def last_number(lines, start):
    return next(float(line.split()[-1]) for line in lines if line.startswith(start))


def test_ctrl_c_keeps_the_last_finished_epoch(stopped):
    out, shown, code = stopped
    assert code == 130 and sorted(os.listdir(out)) == FILES
    result = metrics(out)
    assert 1 <= len(result["epochs"]) < shown.count("Epoch ") < 20 and result["test"] is None
    epochs = len(result["epochs"])
    kept = "the first epoch is" if epochs == 1 else f"the first {epochs} epochs are"
    assert f"Stopped: {kept} in o." in shown
    assert "Traceback" not in shown and "Warning" not in shown


def press_ctrl_c_twice(times):
    """What a process does: the program, with Ctrl-C in its first call of the compiled loop."""
    import common
    import train_by_hand

    build, calls = train_by_hand.build, []

    def pressed(options):
        model, steps, *metrics = build(options)

        def press(iterator, count):
            calls.append(count)
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            steps(iterator, count)
            calls.append("finished")

        return model, press, *metrics

    train_by_hand.build = pressed
    code = common.run(lambda: train_by_hand.main([*SMALL, "--out", "new"]))
    print(len(calls), os.listdir("new"))
    return code


@pytest.mark.parametrize(("times", "calls"), [(1, 2), (2, 1)])
def test_a_second_ctrl_c_does_not_wait_for_the_steps(tmp_path, times, calls):
    done = forked.run(press_ctrl_c_twice, times, folder=tmp_path)
    assert done.returncode == 130, done.stderr
    assert done.stdout.splitlines()[-1] == f"{calls} []"
    kept = ": the first epoch was not finished" if times == 1 else ""
    assert done.stderr.endswith(f"Stopped{kept}.\n") and "Traceback" not in done.stderr


def test_a_terminal_gets_a_bar(stopped):
    assert "100/172" in stopped[1] and "━" in stopped[1]


def test_it_learns_and_shows_progress(several, source):
    folder, _, lines, _ = several
    result = metrics(folder / "whole")
    assert result["data"] == f"{source.kind} {source.digest}"
    assert result["training_images"] == 27_500  # 12 in the last batch
    first, second = result["epochs"]
    assert second["loss"] < first["loss"] and second["accuracy"] > first["accuracy"]
    assert result["test"]["accuracy"] >= ACCURACY[source.kind]
    own = lines[lines.index("code 0") + 1 :]  # behind the first run's
    assert own[0].startswith("Data: ")
    assert own[1] == "Epoch 1/2" and "val_accuracy: " in own[2]
    assert own[3] == "Epoch 2/2" and "val_accuracy: " in own[4]
    assert own[5].startswith("Accuracy on the test images: 0.") and own[7] == "code 0"
    assert "━" not in "".join(lines)  # a bar is for terminals


def test_the_saved_model_reads_pictures_as_they_come(several):
    folder, _, lines, _ = several
    accuracy = metrics(folder / "whole")["test"]["accuracy"]
    assert abs(last_number(lines, "read again") - accuracy) < 1e-3


def test_a_short_batch_has_the_loss_of_a_full_one(several):
    assert abs(last_number(several[2], "a short batch") - 1) < 1e-6


def test_the_same_seed_gives_the_same_weights_in_another_process(stopped, several):
    """And what Ctrl-C kept is the whole epoch: the same as a run of as many epochs ends with."""
    assert weights(stopped[0]) == weights(several[0] / "same")
    assert weights(several[0] / "same") != weights(several[0] / "other")


def test_eager_and_compiled_steps_agree(several):
    folder, _, lines, _ = several
    assert last_number(lines, "eager differs") < 1e-4
    options = [metrics(folder / name)["options"] for name in ("compiled", "eager")]
    assert [one["eager"] for one in options] == [False, True]
    assert options[0]["loss"] == "squared"


def test_what_goes_wrong_is_one_sentence_and_leaves_the_older_model(several):
    folder, codes, _, stderr = several
    assert codes == [0, 0, 0, 0, 0, 1, 1, 1]
    faults = [line for line in stderr.splitlines() if line.startswith("by_hand: ")]
    broken = "the network's numbers are not finite any more: try a smaller --learning-rate."
    assert faults[:2] == [f"by_hand: {broken}"] * 2
    assert "other/by-hand.keras cannot be written (File too large): make room" in faults[2]
    for name in ("compiled", "other"):
        assert sorted(os.listdir(folder / name)) == FILES
        with zipfile.ZipFile(folder / name / "by-hand.keras") as archive:
            assert archive.testzip() is None
    assert metrics(folder / "compiled")["options"]["learning_rate"] == 0.1
    assert metrics(folder / "other")["options"]["seed"] == 8
