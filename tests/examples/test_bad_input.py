"""What every program of examples/ must refuse, in one table.

A row is a program or several, its command line, the exit code, and words of the one sentence. Each
row runs in a folder with the files of PLACE, and must leave it as it was. To add a program: its
name to PROGRAMS (to ALIKE and EVERY, if it has the options of the training programs, with a line
in GOOD), and rows for what only it can be given.
"""

import json
import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from examples import mnist_data
from examples.launcher import free_addresses
from tests import forked
from tests.examples import drawn
from tests.forked import EXAMPLES, run_program

TRAININGS = ("train", "train_by_hand", "tensorboard_logs")
RESUMABLE = ("checkpoint", "scale_out")
EVERY = (*TRAININGS, *RESUMABLE)
ALIKE = (*EVERY, "edge_tpu")  # in their options for data, folder and training
PROGRAMS = (*ALIKE, "predict", "check_tflite")

# The smallest run that succeeds, for what is bad around the program. `{data}` is the data in use,
# `{address}` one of this machine.
GOOD = {
    "train": "--epochs 1 --examples 24 --out 일곱",
    "train_by_hand": "--epochs 1 --examples 24 --out 일곱",
    "tensorboard_logs": "--epochs 1 --examples 24 --out 일곱",
    "checkpoint": "--epochs 1 --examples 24 --out 일곱",
    "scale_out": "--cluster {address} --index 0 --epochs 1 --examples 24 --out 일곱",
}

LONG = "x" * 300  # more than a name may have
RUN = {"epochs": 3, "batch_size": 64, "examples": 600, "seed": 1, "data": "{digest}"}
RUN |= {"every": 100, "keep": 3}
UNFIT = "has no training.json that can be resumed"


def training_json(**changes):
    """The settings of a run that can be resumed, but for the changes."""
    return json.dumps(RUN | changes)


# Files of the folder that each row runs in. `{digest}` is that of the data in use.
PLACE = {
    "text.npz": "label,pixel0\n5,0\n",
    "text.keras": "a model",
    "text.tflite": "a model",
    "file": "",
    "full/thesis.txt": "mine",
    "run/training.json": training_json(),
    "run/.1234.json": "a save that was killed",
    "run/checkpoints/step-00000010.index": "garbage",
    "run/checkpoints/step-00000012.data-00000-of-00001": "a save that was killed",
    "other/training.json": training_json(data="0" * 16),
    "strange/training.json": '{"program": "train.py"}',
    "list/training.json": "[]",
    "empty/training.json": "",
    "word/training.json": training_json(epochs="x"),
    "true/training.json": training_json(epochs=True),
    "float/training.json": training_json(batch_size=20.0),
    "null/training.json": training_json(seed=None),
    "zero/training.json": training_json(batch_size=0),
    "many/training.json": training_json(examples=10**9),
    "blocked/checkpoints": "a file",
    "folder/training.json/file": "",
    "lost/checkpoints/step-00000030.index": "of a run without its settings",
}

ROWS = [
    # (programs, command line, exit code, words)
    (ALIKE, "--no-such-option", 2, "unrecognized arguments: --no-such-option"),
    (ALIKE, "--out ''", 2, "argument --out: the path is empty"),
    (ALIKE, "--data ''", 2, "argument --data: the path is empty"),
    (ALIKE, "--data absent.npz --out new", 1, "--data names absent.npz, which does not exist"),
    (ALIKE, "--data . --out new", 1, "--data names ., which is not a file"),
    (ALIKE, "--data text.npz --out new", 1, "which is damaged, cut short or not an .npz file"),
    (ALIKE, "--data huge.npz --out new", 1, "x_train that is not (60000, 28, 28) of uint8"),
    (ALIKE, "--data {data} --out file", 1, "file cannot be written (Not a directory): name"),
    (ALIKE, "--data {data} --out file/below", 1, "below cannot be written (Not a directory): n"),
    (ALIKE, f"--data {LONG} --out new", 1, "which cannot be read (File name too long): let it"),
    (ALIKE, f"--data {{data}} --out {LONG}", 1, "cannot be written (File name too long): name"),
    (
        (*TRAININGS, "edge_tpu"),
        "--data {data} --out full",
        1,
        "full holds earlier results: name another",
    ),
    (ALIKE, "--epochs 0", 2, "argument --epochs: '0' is not a whole number from 1 to 1000"),
    (ALIKE, "--epochs=+-5", 2, "argument --epochs: '+-5' is not a whole number from 1 to 1000"),
    (ALIKE, "--epochs 2.5", 2, "argument --epochs: '2.5' is not a whole number"),
    (ALIKE, "--epochs", 2, "argument --epochs: expected one argument"),
    (ALIKE, "--examples 60001", 2, "argument --examples: '60001' is not a whole number"),
    (ALIKE, "--seed -1", 2, "argument --seed: '-1' is not a whole number from 0 to 4294967295"),
    ("train", "--model rnn", 2, "argument --model: invalid choice: 'rnn'"),
    ("train_by_hand", "--loss hinge", 2, "argument --loss: invalid choice: 'hinge'"),
    ("train_by_hand", "--batch-size 0", 2, "'0' is not a whole number from 1 to 60000"),
    ("train_by_hand", "--learning-rate nan", 2, "'nan' is not a number from 1e-09 to"),
    ("tensorboard_logs", "--rates 11", 2, "'11' is not a number from 1e-06 to 10"),
    ("tensorboard_logs", "--rates", 2, "argument --rates: expected at least one argument"),
    (RESUMABLE, "--every x", 2, "argument --every: 'x' is not a whole number"),
    *[(RESUMABLE, f"--out {name}", 2, "without *, ? and [") for name in ("lr=[1]", "a*", "a?")],
    (RESUMABLE, "--keep 0", 2, "argument --keep: '0' is not a whole number"),
    (RESUMABLE, "--out run", 1, "run holds a run: add --resume to go on with it"),
    (RESUMABLE, "--out full", 1, "full holds other files: move them"),
    (RESUMABLE, "--out lost", 1, "lost holds other files"),
    (RESUMABLE, "--out blocked", 1, "blocked holds other files"),
    (RESUMABLE, f"--out {LONG} --resume", 1, f"{UNFIT} (File name too long)"),
    (RESUMABLE, "--out file --resume", 1, f"file {UNFIT} (Not a directory"),
    (RESUMABLE, "--out folder --resume", 1, f"folder {UNFIT} (Is a directory"),
    (RESUMABLE, "--out lost --resume", 1, f"lost {UNFIT} (No such file"),
    (RESUMABLE, "--out new --resume", 1, "leave --resume out, or name another folder"),
    (RESUMABLE, "--out run --resume --seed 8", 1, "was trained with --seed 1, not 8"),
    (RESUMABLE, "--out run --resume --batch-size 9", 1, "with --batch-size 64, not 9"),
    (RESUMABLE, "--out run --resume --examples 9", 1, "was trained with --examples 600, not 9"),
    (RESUMABLE, "--out other --resume", 1, "other was trained on other data: name it with --data"),
    ("scale_out", "--workers 65", 2, "argument --workers: '65' is not a whole number from 1 to 64"),
    ("scale_out", "--workers 2 --cluster a:1", 2, "not allowed with argument --workers"),
    ("scale_out", "--cluster a", 2, "'a' is not a list of different HOST:PORT, with commas"),
    ("scale_out", "--cluster a:1,a:1", 2, "'a:1,a:1' is not a list of different HOST:PORT"),
    ("scale_out", "--cluster a:1,b:1", 2, "argument --index: --cluster needs 0 to 1"),
    ("scale_out", "--cluster a:1,b:1 --index 2", 2, "argument --index: --cluster needs 0 to 1"),
    ("scale_out", "--index 0", 2, "argument --index: it needs --cluster"),
    ("scale_out", "--join-timeout 0", 2, "'0' is not a whole number from 1 to 86400"),
    *[
        (RESUMABLE, f"--out {folder} --resume", 1, f"{folder} {UNFIT} (damaged): bring it back")
        for folder in "strange list empty word true float null zero many".split()
    ],
    ("edge_tpu", "--tests 0", 2, "argument --tests: '0' is not a whole number"),
    ("edge_tpu", "--pixels 2", 2, "argument --pixels: invalid choice: 2"),
    ("edge_tpu", "--model ''", 2, "argument --model: the path is empty"),
    ("predict", "--model '' three.png", 2, "argument --model: the path is empty"),
    ("edge_tpu", "--data {data} --model gone.keras", 1, "gone.keras cannot be read"),
    ("edge_tpu", "--data {data} --model text.keras", 1, "is not a whole .keras file"),
    ("edge_tpu", "--data {data} --model text.tflite", 1, "text.tflite is not a .keras file"),
    ("predict", "", 2, "name at least one PICTURE"),
    ("predict", "--wrong three.png", 2, "unrecognized arguments: --wrong"),
    ("predict", "--pixels 7 three.png", 2, "argument --pixels: invalid choice: 7"),
    ("predict", "gone.png", 1, "gone.png cannot be read (No such file"),
    ("predict", ".", 1, "is a folder: name the pictures in it"),
    ("predict", "file", 1, "is empty: copy or save the picture again"),
    ("predict", "text.npz", 1, "is not a picture that this program reads: save it as PNG"),
    ("predict", "half.png", 1, "is damaged or incomplete: copy or save it again"),
    ("predict", "photo.jpg", 1, "is a HEIC photo, whatever its name says: save it as JPEG"),
    ("predict", "blank.png", 1, "has no digit on it that stands out from the paper: write"),
    ("predict", "twins.png", 1, "has more than one thing on it: crop it to one digit"),
    ("predict", "cut.png", 1, "reaches the edge: leave paper around the digit"),
    ("predict", "--raw three.png", 1, "is 320x240, and --raw takes 28x28: omit --raw"),
    ("predict", "-- --gone.png", 1, "--gone.png cannot be read"),
    ("predict", "--model gone.tflite three.png", 1, "gone.tflite cannot be read"),
    ("predict", "--model folder.tflite three.png", 1, "folder.tflite cannot be read"),
    ("predict", "--model text.tflite three.png", 1, "text.tflite cannot be used"),
    ("predict", "--model text.keras three.png", 1, "is not a whole .keras file"),
    ("predict", "--model three.png three.png", 1, "neither a .keras nor a .tflite file"),
    ("check_tflite", "", 2, "required: FILE"),
    ("check_tflite", "gone.tflite", 1, "'gone.tflite' cannot be read"),
    ("check_tflite", "full", 1, "'full' cannot be read (not a file): name a .tflite file"),
    ("check_tflite", "/dev/zero", 1, "'/dev/zero' cannot be read (not a file)"),
    ("check_tflite", "''", 1, "'' cannot be read (not a file)"),
    ("check_tflite", "gone.tflite {model}", 1, "name a .tflite file"),
    ("check_tflite", "{model} --images 0", 2, "'0' is not a whole number from 1 to 10000"),
    ("check_tflite", "{model} --images x", 2, "'x' is not a whole number"),
    ("check_tflite", "{model} --images +-5", 2, "'+-5' is not a whole number"),
    ("check_tflite", "{model} --float {model}", 2, "argument --float: it needs --images"),
    ("check_tflite", "{model} --images 9 --float none", 1, "'none' cannot be read"),
    ("check_tflite", "{model} --images 9 --float text.tflite", 1, "cannot be run"),
    ("check_tflite", "{model} --images 9 --data text.npz", 1, "--data"),
    ("check_tflite", "{model} --images 9 --data ''", 2, "argument --data: the path is empty"),
    ("check_tflite", "{model} --images 9 --float ''", 2, "argument --float: the path is empty"),
    ("check_tflite", "{model} --data text.npz", 2, "argument --data: it needs --images"),
    ("check_tflite", "{model} --python ''", 2, "argument --python: '' is not a program"),
    ("check_tflite", "{model} --python no-such-python", 2, "is not a program"),
    *[
        ("check_tflite", f"{{model}} --python {name}", 2, f"{name} is not a Python")
        for name in ("true", "false", "echo", "cat")
    ],
]
CASES = [
    pytest.param(program, *row, id=f"{program} {row[0]}")
    for programs, *row in ROWS
    for program in ([programs] if isinstance(programs, str) else programs)
]


@pytest.fixture(scope="module")
def source():
    return mnist_data.find()


@pytest.fixture
def place(tmp_path, monkeypatch, source):
    """The folder that a row runs in."""
    monkeypatch.chdir(tmp_path)
    for name, content in PLACE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("{digest}", source.digest))
    Path("folder.tflite").mkdir()
    Path("photo.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    drawn.on_paper(3).save("three.png")
    Path("half.png").write_bytes(Path("three.png").read_bytes()[:600])
    for name, draw in (("blank", drawn.blank), ("twins", drawn.twice), ("cut", drawn.cut_off)):
        draw(drawn.on_paper(3)).save(f"{name}.png")
    with zipfile.ZipFile("huge.npz", "w") as archive, archive.open("x_train.npy", "w") as member:
        # That nothing is there would be found only by unpacking it.
        huge = {"descr": "|u1", "fortran_order": False, "shape": (5_000_000, 28, 28)}
        np.lib.format.write_array_header_1_0(member, huge)
    return tmp_path


def contents(folder):
    """Each file and folder, and what is in it."""
    paths = sorted(folder.rglob("*"))
    return {path: path.read_bytes() if path.is_file() else None for path in paths}


@pytest.mark.parametrize(("program", "line", "code", "words"), CASES)
def test_it_is_refused_in_one_sentence_and_changes_nothing(
    refusal, place, source, program, line, code, words
):
    before = contents(place)
    line = line.format(data=source.path, model=EXAMPLES / "models/mnist_int8.tflite")
    sentence = refusal(program, code, *shlex.split(line))
    assert words in sentence
    assert contents(place) == before


@pytest.mark.parametrize("program", EVERY)
def test_a_wrong_variable_is_refused_as_well(refusal, place, monkeypatch, program):
    monkeypatch.setenv("MNIST_NPZ", "absent.npz")
    before = contents(place)
    assert "MNIST_NPZ names absent.npz, which does not exist" in refusal(program, 1, "--out", "new")
    assert contents(place) == before


# What is bad around a program that is started rightly.


def good(program, source):
    """The command line of GOOD."""
    return GOOD[program].format(data=source.path, address=free_addresses(1)[0])


def poor_streams(name, options):
    """In a process: the program where stderr is closed and stdout knows only ASCII."""
    os.close(2)
    sys.stderr = None
    sys.stdout.reconfigure(encoding="ascii", errors="strict")
    return forked._program(name, options, None)


def unread(name, options):
    """In a process: the program when nobody reads what it prints."""
    ours, theirs = os.pipe()
    os.close(ours)
    os.dup2(theirs, 1)
    sys.stdout = os.fdopen(1, "w")
    return forked._program(name, options, None)


@pytest.mark.parametrize("program", EVERY)
def test_it_works_with_poor_streams(tmp_path, source, program):
    options = shlex.split(good(program, source))
    done = forked.run(poor_streams, program, options, folder=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert "\\uc77c\\uacf1" in done.stdout  # the name of the folder
    assert any(path.is_file() for path in (tmp_path / "일곱").rglob("*"))


@pytest.mark.parametrize("program", EVERY)
def test_nobody_reads_on(tmp_path, source, program):
    options = shlex.split(good(program, source))
    done = forked.run(unread, program, options, folder=tmp_path)
    assert done.returncode == 1, "it stopped at its first line, and nothing is trained"
    assert done.stderr == ""


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_names_the_exit_codes(tmp_path, program):
    done = run_program(program, "--help", folder=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith(f"usage: {program}.py ")
    text = " ".join(done.stdout.split())
    assert "Exit codes: 0 " in text and "2 a wrong option, 130 Ctrl-C." in text
    assert "(default: None)" not in text and "SUPPRESS" not in text
    assert sys.prefix not in text  # the page shows it: no path of one machine


@pytest.mark.parametrize("program", PROGRAMS)
def test_nobody_reads_the_help(tmp_path, program):
    done = forked.run(unread, program, ["--help"], folder=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("program", EVERY)
def test_the_environment_does_not_choose_the_backend(refusal, monkeypatch, program):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    refusal(program, 2, "--no-such-option")
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


def test_the_backend_is_chosen_before_keras_is_imported(tmp_path, source):
    """A process of its own: Keras reads the variable as it is imported."""
    options = shlex.split(good("train", source))
    done = subprocess.run(
        [sys.executable, EXAMPLES / "train.py", *options],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_every_program_is_in_the_table():
    programs = {path.stem for path in Path(EXAMPLES).glob("*.py") if path.read_text()[:4] == "# %%"}
    assert {*PROGRAMS} == programs == {case.values[0] for case in CASES}
    assert {*GOOD} == {*EVERY}
