"""examples/train.py, run as a reader runs it: what it writes, what stops it, what it says."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import pytest

from examples import mnist_data
from tests import forked
from tests.ctrl_c import watch_fit
from tests.forked import run_program

PROGRAM = str(Path(__file__).parent.parent / "examples" / "train.py")


@pytest.fixture(scope="module")
def source():
    return mnist_data.find()


@pytest.fixture(scope="module")
def data(source):
    return str(source.path)


def run(*options, cwd):
    """Run the program with a time limit; returns what subprocess.run does."""
    return subprocess.run(
        [sys.executable, PROGRAM, *map(str, options)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
    )


def weights(path):
    """The bytes of a .keras file's weights; the file itself carries its date."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


# Refused before any training starts: TensorFlow is not even imported.


@pytest.fixture
def refused(refusal, tmp_path, monkeypatch):
    """Run the program with options that must be refused; returns the one sentence."""
    monkeypatch.chdir(tmp_path)
    return partial(refusal, "train")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--epochs", "0"], "--epochs: '0' is no whole number from 1 to 1000"),
        (["--epochs", "2.5"], "--epochs: '2.5' is no whole number"),
        (["--epochs", "many"], "--epochs: 'many' is no whole number"),
        (["--examples", "60001"], "--examples: '60001' is no whole number from 24 to 60000"),
        (["--seed", "-1"], "--seed: '-1' is no whole number from 0 to 4294967295"),
        (["--model", "rnn"], "--model: invalid choice: 'rnn'"),
        (["--epoch", "1"], "unrecognized arguments: --epoch 1"),
    ],
)
def test_a_wrong_option_is_one_sentence(refused, options, words):
    assert words in refused(2, *options)


def test_a_wrong_file_is_one_sentence(refused, tmp_path):
    (tmp_path / "notes.txt").write_text("not MNIST")
    sentence = refused(1, "--data", "notes.txt")
    assert "--data names notes.txt, which is damaged, cut short or not an .npz file" in sentence
    assert "--data names absent.npz, which does not exist" in refused(1, "--data", "absent.npz")


def test_a_wrong_variable_is_one_sentence(refused, monkeypatch):
    monkeypatch.setenv("MNIST_NPZ", "absent.npz")
    assert "MNIST_NPZ names absent.npz, which does not exist" in refused(1)


def test_a_folder_that_cannot_be_written_is_one_sentence(refused, tmp_path, data):
    (tmp_path / "file").write_text("")
    sentence = refused(1, "--data", data, "--out", "file/below")
    assert "file/below cannot be written (Not a directory): let --out name" in sentence
    (tmp_path / "runs" / "dense.keras").mkdir(parents=True)
    assert "dense.keras is a folder" in refused(1, "--data", data, "--out", "runs")
    assert "/dev/full" in refused(1, "--data", data, "--out", "/dev/full")


def test_help_names_every_option(tmp_path):
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    for option in ("--epochs", "--model", "--data", "--out", "--seed", "--examples"):
        assert option in done.stdout


# Training.


def test_the_quickstart_model_is_trained_and_kept(tmp_path, source, data):
    options = ["--epochs", 2, "--examples", 30_000, "--data", data]
    done = run_program("train", *options, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Data: ")
    assert [line.split(":")[0] for line in lines[1:3]] == ["Epoch 1/2", "Epoch 2/2"]
    assert lines[3].startswith("Accuracy on the test images: 0.") and len(lines) == 4

    out = tmp_path / "runs" / "train"
    assert sorted(os.listdir(out)) == ["dense.json", "dense.keras"]
    metrics = json.loads((out / "dense.json").read_text())
    assert metrics["data"]["kind"] == source.kind and metrics["data"]["digest"] == source.digest
    assert metrics["finished"] and metrics["epochs"] == len(metrics["history"]) == 2
    assert metrics["parameters"] == 784 * 128 + 128 + 128 * 10 + 10
    assert metrics["data"]["training_images"] == 27_500
    # The page, with five epochs, has more.
    assert metrics["test"]["accuracy"] >= (0.93 if source.kind == "mnist" else 0.80)
    assert metrics["history"][0]["loss"] > metrics["history"][1]["loss"]


SMALL = ["--examples", "12000", "--seed", "7"]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, data):
    """The folder, the printed text and the exit code of a run that got Ctrl-C in its 2nd epoch.

    As a process of its own, which also shows that it prints nothing but its own lines.
    """
    folder = tmp_path_factory.mktemp("stopped")
    process = subprocess.Popen(
        [sys.executable, PROGRAM, *SMALL, "--epochs", "100", "--data", data, "--out", "first"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Epoch 1/100"):
            process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    return folder / "first", lines, process.stderr.read(), process.returncode


@pytest.fixture(scope="module")
def several(tmp_path_factory, data, stopped):
    """The folder of several runs, their exit codes, and stderr of the last."""
    folder = tmp_path_factory.mktemp("several")
    small = [*SMALL, "--data", data, "--epochs", 1]
    epochs = json.loads((stopped[0] / "dense.json").read_text())["epochs"]
    full = (200_000, False)  # the model has more bytes
    runs = [
        run_program("train", *small, "--epochs", epochs, "--out", "same", folder=folder),
        run_program("train", *small, "--seed", 8, "--out", "other", folder=folder),
        run_program("train", *small, "--model", "cnn", "--out", "cnn", folder=folder),
        run_program("train", *small, "--seed", 9, "--out", "other", folder=folder, limit=full),
    ]
    return folder, [run.returncode for run in runs], runs[-1].stderr


def test_ctrl_c_keeps_the_last_finished_epoch(stopped):
    out, lines, stderr, code = stopped
    assert code == 130
    assert sorted(os.listdir(out)) == ["dense.json", "dense.keras"]
    metrics = json.loads((out / "dense.json").read_text())
    epochs = metrics["epochs"]
    assert epochs == len(metrics["history"]) == sum(line.startswith("Epoch") for line in lines)
    assert 1 <= epochs < 5 and metrics["epochs_asked"] == 100
    assert metrics["finished"] is False and metrics["test"] is None
    assert stderr == f"\nStopped: the model of epoch {epochs} is kept in first/dense.keras.\n"


# Where Ctrl-C is pressed: how often, how many times Keras takes (up to 25) steps, how `fit` ends,
# and the epochs that are kept. Each epoch of the 1,100 images is two times.
PRESSES = {
    "fit begins": (1, 1, "returns", 0),
    "an epoch ends": (1, 2 + 1, "returns", 1),
    "fit begins, twice": (2, 0, "raises", 0),
}


def stopped_inside_fit():
    """What a process does: the program, with Ctrl-C at each of the places.

    Writes what was printed and done, by place, to stopped.json, and the runs to folders 0, 1, 2.
    """
    import train

    watch, done = watch_fit({}), {}
    for number, (place, (presses, *_)) in enumerate(PRESSES.items()):
        watch.presses, watch.steps, watch.ends = {place.partition(",")[0]: presses}, 0, []
        out, err = io.StringIO(), io.StringIO()
        options = ["--epochs", "9", "--examples", "1200", "--out", str(number)]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = train.main(options)
        done[place] = [code, out.getvalue(), err.getvalue(), watch.steps, watch.ends]
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
    code, stdout, stderr, steps, ends = json.loads((pressed / "stopped.json").read_text())[place]
    assert (code, steps, ends) == (130, times, [end]), stderr
    lines = [line.split(":")[0] for line in stdout.splitlines()]
    assert lines == ["Data", "Epoch 1/9"][: 1 + epochs]
    number = str(list(PRESSES).index(place))
    if not epochs:
        assert stderr == "\nStopped: nothing was saved.\n"
        assert not os.listdir(pressed / number)
        return
    assert stderr == f"\nStopped: the model of epoch 1 is kept in {number}/dense.keras.\n"
    assert sorted(os.listdir(pressed / number)) == ["dense.json", "dense.keras"]
    metrics = json.loads((pressed / number / "dense.json").read_text())
    assert metrics["epochs"] == len(metrics["history"]) == 1 and metrics["finished"] is False


def test_the_same_seed_gives_the_same_weights_in_another_process(stopped, several):
    """And what Ctrl-C kept is the whole epoch: the same as a run of as many epochs ends with."""
    assert weights(stopped[0] / "dense.keras") == weights(several[0] / "same" / "dense.keras")


def test_another_seed_gives_other_weights(several):
    folder = several[0]
    assert weights(folder / "same/dense.keras") != weights(folder / "other/dense.keras")
    assert json.loads((folder / "other" / "dense.json").read_text())["seed"] == 8


def test_the_cnn_is_trained(several):
    metrics = json.loads((several[0] / "cnn" / "cnn.json").read_text())
    assert metrics["model"] == "cnn" and metrics["test"]["accuracy"] > 0.8


def test_a_full_disk_is_one_sentence_and_leaves_the_older_model(several):
    folder, codes, stderr = several
    assert codes == [0, 0, 0, 1]
    assert stderr == "train.py: other/dense.keras cannot be written: File too large.\n"
    assert sorted(os.listdir(folder / "other")) == ["dense.json", "dense.keras"]
    assert json.loads((folder / "other" / "dense.json").read_text())["seed"] == 8
    with zipfile.ZipFile(folder / "other" / "dense.keras") as archive:
        assert archive.testzip() is None
