"""examples/train.py, run as a reader runs it: what it writes, and what Ctrl-C leaves."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from examples import common, mnist_data
from tests import forked
from tests.ctrl_c import watch_fit
from tests.forked import EXAMPLES, run_program

SMALL = ["--examples", "12000", "--seed", "7"]
FILES = ["dense.json", "dense.keras"]
# Least accuracies, four standard deviations or more below the mean of ten seeds: dense 0.924
# (sd 0.002) on MNIST and 0.819 (0.003) offline, cnn 0.947 (0.004) and 0.857 (0.011).
DENSE = {"mnist": 0.9, "offline": 0.75}
CNN = {"mnist": 0.92, "offline": 0.75}


@pytest.fixture(scope="module")
def source():
    return mnist_data.find()


def weights(path):
    """The bytes of a .keras file's weights; the file itself carries its date."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


def metrics(folder, name="dense"):
    return json.loads((folder / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, source):
    """The folder, stdout, stderr and exit code of a run that got Ctrl-C in its 2nd epoch.

    A process of its own, without what the tests' server has imported.
    """
    folder = tmp_path_factory.mktemp("stopped")
    options = [*SMALL, "--epochs", "100", "--data", source.path, "--out", "first"]
    process = subprocess.Popen(
        [sys.executable, EXAMPLES / "train.py", *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Epoch 2/100"):
            process.send_signal(signal.SIGINT)
    stderr = process.stderr.read()
    process.wait(timeout=60)
    return folder / "first", lines, stderr, process.returncode


@pytest.fixture(scope="module")
def several(tmp_path_factory, source, stopped):
    """The folder of several runs, and how each ended."""
    folder = tmp_path_factory.mktemp("several")
    small = [*SMALL, "--data", source.path]
    epochs = len(metrics(stopped[0])["epochs"])
    full = (200_000, False)  # the model has more bytes
    again = ["--seed", 9, "--out", "other", "--overwrite"]
    runs = [
        run_program("train", *small, "--epochs", epochs, "--out", "same", folder=folder),
        run_program("train", *small, "--epochs", 2, "--seed", 8, "--out", "other", folder=folder),
        run_program(
            "train", *small, "--epochs", 1, "--model", "cnn", "--out", "cnn", folder=folder
        ),
        run_program("train", *small, "--epochs", 1, *again, folder=folder, limit=full),
    ]
    return folder, runs


def test_it_trains_evaluates_and_saves(several, source):
    folder, runs = several
    assert [run.returncode for run in runs] == [0, 0, 0, 1], runs
    lines = runs[1].stdout.splitlines()
    assert lines[0].startswith("Data: ")
    assert lines[1] == "Epoch 1/2" and "val_accuracy" in lines[2] and lines[3] == "Epoch 2/2"
    assert lines[5].startswith("Accuracy on the test images: 0.")
    assert lines[6] == "Saved dense.keras and dense.json in other" and len(lines) == 7
    result = metrics(folder / "other")
    assert result["data"] == f"{source.kind} {source.digest}"
    assert result["options"]["seed"] == 8 and result["training_images"] == 11_000
    first, second = result["epochs"]
    assert second["loss"] < first["loss"]
    assert result["test"]["accuracy"] >= DENSE[source.kind]


def test_the_cnn_is_trained(several, source):
    assert metrics(several[0] / "cnn", "cnn")["test"]["accuracy"] >= CNN[source.kind]


def test_ctrl_c_keeps_the_last_finished_epoch(stopped):
    out, lines, stderr, code = stopped
    assert code == 130 and sorted(os.listdir(out)) == FILES
    result = metrics(out)
    begun = sum(line.startswith("Epoch") for line in lines)
    assert 1 <= len(result["epochs"]) < begun < 100 and result["test"] is None
    assert stderr.endswith(f"\nStopped: {common.stopped(len(result['epochs']), 'first')}.\n")
    assert "Traceback" not in stderr and "Warning" not in stderr


# Where Ctrl-C is pressed: how often, how many steps Keras takes, how `fit` ends, and how many
# epochs are kept. Each epoch of the 1,100 images is 18 steps.
PRESSES = {
    "fit begins": (1, 1, "returns", 0),
    "an epoch ends": (1, 18 + 1, "returns", 1),
    "fit begins, twice": (2, 0, "raises", 0),
}


def stopped_inside_fit():
    """What a process does: the program, with Ctrl-C at each of the places.

    Writes what was printed and done, by place, to stopped.json, and the runs to folders 0, 1, 2.
    """
    import common
    import train

    watch, done = watch_fit({}), {}
    for number, (place, (presses, *_)) in enumerate(PRESSES.items()):
        watch.presses, watch.steps, watch.ends = {place.partition(",")[0]: presses}, 0, []
        options = ["--epochs", "9", "--examples", "1200", "--out", str(number)]
        with contextlib.redirect_stderr(io.StringIO()) as err:
            code = common.run(lambda options=options: train.main(options))
        done[place] = [code, err.getvalue(), watch.steps, watch.ends]
    Path("stopped.json").write_text(json.dumps(done))
    return 0


@pytest.fixture(scope="module")
def pressed(tmp_path_factory):
    """The folder of what stopped_inside_fit does: one process for all its runs."""
    folder = tmp_path_factory.mktemp("pressed")
    done = forked.run(stopped_inside_fit, folder=folder)
    # TensorFlow may warn of several trainings in one process; the program's own stderr is apart.
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("place", PRESSES)
def test_ctrl_c_ends_fit_after_a_step_wherever_it_comes(pressed, place):
    """Not forgotten by `fit`, not by an exception inside of Keras; a whole epoch is kept."""
    _, times, end, epochs = PRESSES[place]
    code, stderr, steps, ends = json.loads((pressed / "stopped.json").read_text())[place]
    assert (code, steps, ends) == (130, times, [end]), stderr
    number = str(list(PRESSES).index(place))
    kept = f": the first epoch is in {number}" if epochs else ": the first epoch was not finished"
    assert stderr == f"Stopped{kept if end == 'returns' else ''}.\n"
    assert sorted(os.listdir(pressed / number)) == (FILES if epochs else [])
    if epochs:
        assert len(metrics(pressed / number)["epochs"]) == epochs


def test_the_same_seed_gives_the_same_weights_in_another_process(stopped, several):
    """And what Ctrl-C kept is the whole epoch: the same as a run of as many epochs ends with."""
    folder, _ = several
    assert weights(stopped[0] / "dense.keras") == weights(folder / "same/dense.keras")
    assert weights(folder / "same/dense.keras") != weights(folder / "other/dense.keras")


def test_a_full_disk_is_one_sentence_and_leaves_the_older_model(several):
    folder, runs = several
    sentence = "train.py: other/dense.keras cannot be written (File too large): make room, or"
    assert runs[-1].stderr.startswith(sentence) and runs[-1].stderr.count("\n") == 1
    assert sorted(os.listdir(folder / "other")) == FILES
    assert metrics(folder / "other")["options"]["seed"] == 8
    with zipfile.ZipFile(folder / "other" / "dense.keras") as archive:
        assert archive.testzip() is None
