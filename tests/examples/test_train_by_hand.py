"""examples/train_by_hand.py, run as a reader runs it: what it learns, keeps, says, and survives."""

import json
import os
import pty
import signal
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import pytest

from examples import mnist_data
from tests import forked

PROGRAM = str(Path(__file__).parent.parent / "examples" / "train_by_hand.py")
FILES = ["by-hand.json", "by-hand.keras"]


@pytest.fixture(scope="module")
def source():
    return mnist_data.find()


def run(*options, cwd):
    """Run the program with a time limit; returns what subprocess.run does."""
    return subprocess.run(
        [sys.executable, PROGRAM, *map(str, options)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
    )


def history(folder):
    return json.loads((folder / "by-hand.json").read_text())


# Refused before any training starts: TensorFlow is not even imported.


@pytest.fixture
def refused(refusal, tmp_path, monkeypatch):
    """Run the program with options that must be refused; returns the one sentence."""
    monkeypatch.chdir(tmp_path)
    return partial(refusal, "train_by_hand")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--epochs", "0"], "--epochs: '0' is no whole number from 1 to 1000"),
        (["--batch-size", "0"], "--batch-size: '0' is no whole number from 1 to 60000"),
        (["--learning-rate", "-1"], "--learning-rate: '-1' is no number above 0"),
        (["--learning-rate", "nan"], "--learning-rate: 'nan' is no number above 0"),
        (["--learning-rate", "much"], "--learning-rate: 'much' is no number above 0"),
        (["--loss", "hinge"], "--loss: invalid choice: 'hinge'"),
        (["--epoch", "1"], "unrecognized arguments: --epoch 1"),
    ],
)
def test_a_wrong_option_is_one_sentence(refused, options, words):
    assert words in refused(2, *options)


def test_a_wrong_file_or_folder_is_one_sentence(refused, tmp_path, source):
    assert "--data names absent.npz, which does not exist" in refused(1, "--data", "absent.npz")
    (tmp_path / "file").write_text("")
    sentence = refused(1, "--data", source.path, "--out", "file/below")
    assert "file/below cannot be written (Not a directory): let --out name" in sentence
    (tmp_path / "runs" / "by-hand.json").mkdir(parents=True)
    assert "by-hand.json is a folder" in refused(1, "--data", source.path, "--out", "runs")


def test_help_names_every_option(tmp_path):
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    for option in "epochs batch-size learning-rate loss eager out seed data examples".split():
        assert f"--{option}" in done.stdout


# Training.

SMALL = ["--examples", "6000", "--epochs", "1", "--seed", "7"]


def train_and_compare(data, epochs):
    """What a process does that has TensorFlow already: several runs, and a look at the models."""
    import resource

    import keras
    import numpy as np
    import train_by_hand

    def run(*options):
        code = train_by_hand.main([*SMALL, "--data", data, *options])
        print("code", code, flush=True)

    run("--out", "same", "--epochs", epochs)
    run("--out", "whole", "--examples", "30000", "--epochs", "2")
    run("--out", "other", "--seed", "8", "--batch-size", "64")
    run("--out", "compiled", "--loss", "squared", "--examples", "2000")
    run("--out", "eager", "--loss", "squared", "--examples", "2000", "--eager")
    run("--out", "compiled", "--loss", "squared", "--learning-rate", "1e6")
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))  # as a full disk
    run("--out", "other", "--seed", "9")

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
    process = subprocess.Popen(
        [sys.executable, PROGRAM, *SMALL, "--epochs", "200", "--data", source.path, "--out", "o"],
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
    epochs = str(history(stopped[0])["epochs"])
    done = forked.run(train_and_compare, str(source.path), epochs, folder=folder)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    codes = [int(line.split()[1]) for line in lines if line.startswith("code ")]
    return folder, codes, lines, done.stderr


def test_ctrl_c_keeps_the_last_finished_epoch(stopped):
    out, shown, code = stopped
    assert code == 130 and sorted(os.listdir(out)) == FILES
    result = history(out)
    epochs = result["epochs"]
    assert 1 <= epochs < 20 and result["epochs_asked"] == 200
    assert epochs == len(result["history"]) == shown.count("on validation images")
    assert result["finished"] is False and result["test"] is None
    assert f"Stopped: the model of epoch {epochs} is kept in o/by-hand.keras." in shown
    assert "Traceback" not in shown


def test_a_terminal_gets_a_bar(stopped):
    assert "100/172" in stopped[1] and "━" in stopped[1]


def test_it_learns_and_says_how_far_it_is(several, source):
    folder, _, lines, _ = several
    result = history(folder / "whole")
    assert result["finished"] and result["parameters"] == 335_114
    assert result["data"] == {
        "kind": source.kind,
        "digest": source.digest,
        "training_images": 27_500,  # 12 in the last batch
    }
    # The page, with all pictures, has more.
    assert result["test"]["accuracy"] > (0.93 if source.kind == "mnist" else 0.80)
    assert result["history"][1]["loss"] < result["history"][0]["loss"] < 1
    assert result["history"][1]["val_accuracy"] > 0.9
    own = lines[lines.index("code 0") + 1 :]  # behind the first run's
    assert own[0].startswith("Data: ")
    assert own[1].startswith("Epoch 1/2: loss ") and own[2].startswith("Epoch 2/2: loss ")
    assert own[3].startswith("Accuracy on the test images: 0.") and own[4] == "code 0"
    assert "━" not in "".join(lines)  # a bar is for terminals


def test_the_kept_model_reads_pictures_as_they_come(several):
    folder, _, lines, _ = several
    again = next(float(line.split()[-1]) for line in lines if line.startswith("read again"))
    assert abs(again - history(folder / "whole")["test"]["accuracy"]) < 1e-3


def test_a_short_batch_has_the_loss_of_a_full_one(several):
    reads = next(float(line.split()[-1]) for line in several[2] if "a short batch" in line)
    assert abs(reads - 1) < 1e-6


def weights(folder):
    """The bytes of a .keras file's weights; the file itself carries its date."""
    with zipfile.ZipFile(folder / "by-hand.keras") as archive:
        return archive.read("model.weights.h5")


def test_the_same_seed_gives_the_same_weights_in_another_process(stopped, several):
    """And what Ctrl-C kept is the whole epoch: the same as a run of as many epochs ends with."""
    assert weights(stopped[0]) == weights(several[0] / "same")
    assert weights(several[0] / "same") != weights(several[0] / "other")


def test_eager_and_compiled_steps_agree(several):
    folder, _, lines, _ = several
    apart = next(float(line.split()[-1]) for line in lines if line.startswith("eager differs"))
    assert apart < 1e-4
    assert [history(folder / name)["eager"] for name in ("compiled", "eager")] == [False, True]
    assert history(folder / "compiled")["loss"] == "squared"


def test_what_goes_wrong_is_one_sentence_and_leaves_the_older_model(several):
    folder, codes, _, stderr = several
    assert codes == [0, 0, 0, 0, 0, 1, 1]
    assert [line for line in stderr.splitlines() if "train_by_hand.py" in line] == [
        "train_by_hand.py: the loss is no number any more in epoch 1: "
        "try a smaller --learning-rate than 1e+06.",
        "train_by_hand.py: other/by-hand.keras cannot be written: File too large.",
    ]
    for name in ("compiled", "other"):
        assert sorted(os.listdir(folder / name)) == FILES
        with zipfile.ZipFile(folder / name / "by-hand.keras") as archive:
            assert archive.testzip() is None
    assert history(folder / "compiled")["learning_rate"] == 0.1
    assert history(folder / "other")["seed"] == 8
