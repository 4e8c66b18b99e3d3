"""examples/tensorboard_logs.py: its runs are read back from TensorBoard itself, over HTTP."""

import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import pytest
from PIL import Image

from examples import mnist_data
from tests import forked
from tests.ctrl_c import watch_fit
from tests.forked import run, run_program

EXAMPLES, VALIDATION = 600, 50  # the last twelfth of them is for validation
KINDS = ("train", "validation", "mistakes")
ENVIRONMENT = os.environ | {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}
OWN_SESSION = {"start_new_session": True, "env": ENVIRONMENT}


def kill_session(process: subprocess.Popen) -> None:
    """End a process and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_reader_who_leaves_in_the_middle_is_no_fault_of_the_folder(tmp_path):
    program = Path(__file__).parents[2] / "examples/tensorboard_logs.py"
    words = [sys.executable, program, "--epochs", "2", "--examples", "600", "--out", "out"]
    process = subprocess.Popen(
        words,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **OWN_SESSION,
    )
    try:
        while not process.stdout.readline().startswith("Learning rate"):
            assert process.poll() is None
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(120) == 1 and "cannot be written" not in said
    finally:
        kill_session(process)


class Server:
    """TensorBoard at an address."""

    def __init__(self, address: str):
        self.address = address.rstrip("/")

    def get(self, path: str, **question) -> bytes:
        with urlopen(f"{self.address}/data/{path}?{urlencode(question)}", timeout=60) as answer:
            return answer.read()

    def json(self, path: str, **question):
        return json.loads(self.get(path, **question))

    def wait(self, path: str, expected: Callable[[object], bool]) -> None:
        """Wait until an answer is as expected: files are read every five seconds."""
        end = time.monotonic() + 60
        while not expected(answer := self.json(path)):
            assert time.monotonic() < end, f"{path} is {answer}"
            time.sleep(0.2)


def names(folder: Path) -> set[str]:
    """The names in a folder."""
    return {path.name for path in folder.iterdir()}


def first_line(stream, start: str) -> str:
    """The first line with this beginning; fails where there is none."""
    seen = []
    for line in stream:
        if line.startswith(start):
            return line.strip()
        seen.append(line)
    raise AssertionError(f"no line begins with {start!r}:\n{''.join(seen)}")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A short run of the program in a process of its own, and the folder of its runs."""
    out = tmp_path_factory.mktemp("logs") / "my runs"  # a space: the command must quote it
    options = ["--out", out, "--epochs", 2, "--examples", EXAMPLES, "--rates", 0.02, 0.2]
    process = subprocess.run(
        [sys.executable, forked.EXAMPLES / "tensorboard_logs.py", *map(str, options)],
        capture_output=True,
        text=True,
        timeout=300,
        **OWN_SESSION,
    )
    assert process.returncode == 0, process.stderr
    return process, out


@pytest.fixture(scope="module")
def board(finished):
    """TensorBoard, started with the command that the program prints."""
    line = first_line(finished[0].stdout.splitlines(), "To look at the runs: ")
    command = [*shlex.split(line.partition(": ")[2]), "--port", "0"]
    assert command[3:5] == ["--samples_per_plugin", "images=100"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **OWN_SESSION)
    try:
        board = Server(first_line(server.stderr, "TensorBoard ").split()[3])
        board.wait("plugin/histograms/tags", lambda runs: len(runs) == 2)
        board.wait("runs", lambda runs: len(runs) == 7)
        yield board
    finally:
        server.terminate()
        try:
            server.wait(30)
        finally:
            kill_session(server)


def test_names_the_data_and_warns_of_nothing(finished):
    process, _ = finished
    assert process.stdout.startswith("Data: ")
    assert "Traceback" not in process.stderr and "Warning" not in process.stderr


def test_runs(board):
    assert set(board.json("runs")) == {
        "graph",
        *(f"rate-0.02/{kind}" for kind in KINDS),
        *(f"rate-0.2/{kind}" for kind in KINDS),
    }


@pytest.mark.parametrize("kind", ["train", "validation"])
def test_scalars_are_what_fit_printed(board, finished, kind):
    prefix = "val_" if kind == "validation" else ""
    lines = [line for line in finished[0].stdout.splitlines() if "val_loss" in line]
    printed = [dict(re.findall(r"(\w+): ([\d.e+-]+)", line)) for line in lines]
    assert len(printed) == 4  # two epochs at either rate
    for rate, epochs in ((0.02, printed[:2]), (0.2, printed[2:])):
        for name in ("loss", "accuracy"):
            points = board.json(
                "plugin/scalars/scalars", run=f"rate-{rate}/{kind}", tag=f"epoch_{name}"
            )
            assert [step for _, step, _ in points] == [0, 1]
            expected = [float(epoch[prefix + name]) for epoch in epochs]
            assert [value for *_, value in points] == pytest.approx(expected, abs=1e-4)


def test_graphs(board):
    traced = board.get("plugin/graphs/graph", run="graph", conceptual="false").decode()
    assert traced.count('op: "MatMul"') == 2
    assert 'name: "probabilities"' in traced
    layers = board.get(
        "plugin/graphs/graph", run="rate-0.2/train", tag="keras", conceptual="true"
    ).decode()
    assert all(f'name: "mlp/{name}"' in layers for name in ("scale", "flatten", "hidden", "logits"))


def test_graphs_tab_opens_with_the_traced_graph(board):
    """It takes the first run that has a graph: one by layers alone would be "Malformed"."""
    information = board.json("plugin/graphs/info")
    assert information[min(information)]["run_graph"]


def test_histograms(board):
    tag = "mlp/hidden/kernel/histogram"
    for rate in (0.02, 0.2):
        curves = board.json("plugin/histograms/histograms", run=f"rate-{rate}/train", tag=tag)
        assert [step for _, step, _ in curves] == [0, 1]
        for _, _, buckets in curves:
            assert sum(count for _, _, count in buckets) == 784 * 64


def test_images_are_digits_of_the_validation_images(board):
    place = {"run": "rate-0.02/mistakes", "tag": "mistakes"}
    about = board.json("plugin/images/tags")[place["run"]]["mistakes"]
    pairs = [pair.split(" read as ") for pair in about["description"][3:-4].split(", ")]
    assert pairs and all(label != answer for label, answer in pairs)

    (x, y), _ = mnist_data.load(print)
    x, y = x[EXAMPLES - VALIDATION : EXAMPLES], y[EXAMPLES - VALIDATION : EXAMPLES]
    seen = board.json("plugin/images/images", sample=0, **place)[0]
    png = board.get("plugin/images/individualImage", blob_key=seen["query"].partition("=")[2])
    assert png.startswith(b"\x89PNG")
    picture = np.asarray(Image.open(io.BytesIO(png)))
    assert picture.shape == (28, 28)
    (found,) = np.flatnonzero((x == picture).all(axis=(1, 2)))
    assert str(y[found]) == pairs[0][0]


def stopped_inside_fit(place, out):
    """What a process does: the program with one Ctrl-C that comes while `fit` runs.

    Args:
        place: as in tests/ctrl_c.py.
        out: the folder of the runs, and of stopped.json, which says how it went.
    """
    import common
    import tensorboard_logs
    import tensorflow as tf

    watch = watch_fit({place: 1})
    options = ["--epochs", 9, "--examples", EXAMPLES, "--out", out]
    code = common.run(lambda: tensorboard_logs.main([str(option) for option in options]))
    logged = {}
    for kind in KINDS:
        files = sorted(map(str, (out / "rate-0.01" / kind).glob("events*")))
        for record in tf.data.TFRecordDataset(files):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                if value.tag in ("epoch_loss", "mlp/hidden/kernel/histogram", "mistakes"):
                    logged.setdefault(f"{kind} {value.tag}", []).append(event.step)
    said = {"ends": watch.ends, "steps": watch.steps, "logged": logged}
    (out / "stopped.json").write_text(json.dumps(said))
    return code


@pytest.mark.parametrize(
    ("place", "steps", "epochs"),
    [("fit begins", 1, 0), ("step 8", 6 + 2, 1), ("predict", 6 + 1, 1)],
)
def test_ctrl_c_ends_the_training_after_a_step(tmp_path, place, steps, epochs):
    """Not by an exception inside of Keras; what is logged is whole epochs, all of them."""
    out = tmp_path / "runs"
    process = run(stopped_inside_fit, place, out)
    assert process.returncode == 130, process.stderr
    kept = f"is in {out}/rate-0.01" if epochs else "was not finished"
    assert process.stderr.endswith(f"Stopped: the first epoch {kept}.\n")
    assert "Traceback" not in process.stderr and "Learning rate 0.1" not in process.stdout
    assert names(out) == {"graph", "rate-0.01", "stopped.json"}
    tags = ["train epoch_loss", "train mlp/hidden/kernel/histogram"]
    tags += ["validation epoch_loss", "mistakes mistakes"]
    assert json.loads((out / "stopped.json").read_text()) == {
        "ends": ["returns"],
        "steps": steps,
        "logged": {tag: [0] for tag in tags if epochs},
    }


def test_tensorboard_is_not_installed(refusal, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    out = tmp_path / "runs"
    assert "pip install tensorboard" in refusal("tensorboard_logs", 1, "--out", out)
    assert not out.exists()


def test_overwriting_removes_the_older_runs_alone(tmp_path):
    """Two runs in one folder would be drawn as one line that jumps back and forth."""
    older = "rate-0.5/train/events.out.tfevents.1", "graph/events.out.tfevents.2"
    mine = "notes.txt", "graph/notes.txt", "rate-limits/notes.txt"
    for name in (*older, *mine):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    rates = ["--rates", 0.1, 0.1, 0.10000001]
    small = ["--epochs", 1, "--examples", 24, *rates, "--out", tmp_path]
    refused = run_program("tensorboard_logs", *small)
    assert refused.returncode == 1 and "add --overwrite" in refused.stderr
    assert all((tmp_path / name).exists() for name in (*older, *mine))
    done = run_program("tensorboard_logs", *small, "--overwrite")
    assert done.returncode == 0, done.stderr
    runs = {"rate-0.1", "rate-0.10000001"}  # each once
    assert names(tmp_path) == {"graph", "notes.txt", "rate-limits"} | runs
    assert done.stdout.count("Learning rate") == 2
    assert not any((tmp_path / name).exists() for name in older)
    assert all((tmp_path / name).exists() for name in mine)


def test_no_room_while_writing(tmp_path):
    size = 1024  # bytes of any one file: less than the graph needs
    process = run_program("tensorboard_logs", "--out", tmp_path / "runs", limit=(size, False))
    assert process.returncode == 1
    assert process.stderr.startswith("tensorboard_logs.py: ") and process.stderr.count("\n") == 1
    assert "runs cannot be written any more (" in process.stderr
    assert "(File too large): make room" in process.stderr
