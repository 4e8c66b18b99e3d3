"""examples/tensorboard_logs.py: its runs are read back from TensorBoard itself, over HTTP."""

import contextlib
import io
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import pytest
from PIL import Image

from examples import mnist_data
from tests.ctrl_c import watch_fit
from tests.forked import run, run_program, start

PROGRAM = Path(__file__).parents[1] / "examples" / "tensorboard_logs.py"
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
    """A short run of the program: its process, and the folder of its runs.

    A process of its own, which also shows that it prints nothing but its own lines.
    """
    out = tmp_path_factory.mktemp("logs") / "my runs"  # a space: the command must quote it
    options = ["--out", out, "--epochs", 2, "--examples", EXAMPLES, "--rates", 0.02, 0.2]
    process = subprocess.run(
        [sys.executable, PROGRAM, *map(str, options)],
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
    line = first_line(finished[0].stdout.splitlines(), "Look at the runs: ")
    command = [*shlex.split(line.partition(": ")[2]), "--port", "0"]
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


def test_says_which_data_and_nothing_on_stderr(finished):
    process, _ = finished
    assert process.stdout.startswith("Data: ")
    assert not process.stderr


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


def in_own_session(*options):
    """What a process does: all that it starts can be ended with it."""
    os.setsid()
    os.environ.update(ENVIRONMENT)
    import tensorboard_logs

    return tensorboard_logs.main([str(option) for option in options])


def test_serve_shows_the_runs_until_ctrl_c(tmp_path):
    files = {"out": tmp_path / "out", "err": tmp_path / "err"}
    options = ["--epochs", 1, "--rates", 0.1, "--examples", 240, "--serve", "--port", 0]
    process = start(in_own_session, "--out", tmp_path / "runs", *options, **files)

    def line(start: str) -> str:
        while not (found := re.search(f"^{start}.*\n", files["out"].read_text(), re.M)):
            assert process.is_alive(), files["err"].read_text()
            time.sleep(0.05)
        return found[0]

    try:
        while not files["out"].exists():
            time.sleep(0.05)
        server = Server(line("TensorBoard: ").split()[1])
        assert server.address.startswith("http://127.0.0.1:")
        line("They are shown at")
        server.wait(
            "plugin/scalars/tags", lambda runs: "epoch_loss" in runs.get("rate-0.1/train", ())
        )
        assert set(server.json("runs")) == {"graph", *(f"rate-0.1/{kind}" for kind in KINDS)}
        os.kill(process.pid, signal.SIGINT)
        process.join(30)
        assert process.exitcode == 0
        assert "Traceback" not in files["err"].read_text()
        with pytest.raises(URLError):
            server.get("runs")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def stopped_inside_fit(place, out):
    """What a process does: the program with one Ctrl-C that comes while `fit` runs.

    Args:
        place: as in tests/ctrl_c.py.
        out: the folder of the runs, and of stopped.json, which says how it went.
    """
    import tensorboard_logs
    import tensorflow as tf

    watch = watch_fit({place: 1})
    options = ["--epochs", 9, "--examples", EXAMPLES, "--out", out]
    code = tensorboard_logs.main([str(option) for option in options])
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
    assert process.stderr == f"\nStopped: what was logged is in {out}.\n"
    lines = process.stdout.splitlines()
    assert lines[0].startswith("Data: ") and lines[1] == "Learning rate 0.01"
    assert [line.partition(" - ")[0] for line in lines[2:]] == ["Epoch 1/9"][:epochs]
    assert {path.name for path in out.iterdir()} == {"graph", "rate-0.01", "stopped.json"}
    tags = ["train epoch_loss", "train mlp/hidden/kernel/histogram"]
    tags += ["validation epoch_loss", "mistakes mistakes"]
    assert json.loads((out / "stopped.json").read_text()) == {
        "ends": ["returns"],
        "steps": steps,
        "logged": {tag: [0] for tag in tags if epochs},
    }


# What it refuses.


@pytest.fixture
def refused(refusal):
    """Run the program with options that must be refused; its sentence must have these words."""

    def refused(*options, words, code=1):
        text = refusal("tensorboard_logs", code, *options)
        assert all(word in text for word in words), text

    return refused


def test_folder_with_other_files_is_left_alone(refused, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    refused("--out", tmp_path, words=[str(tmp_path), "already holds other files"])
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_finished_runs_are_not_mixed_with_new_ones(refused, finished):
    before = sorted(finished[1].rglob("*"))
    refused("--out", finished[1], words=["runs would be mixed"])
    assert sorted(finished[1].rglob("*")) == before


def test_folder_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "file").touch()
    refused("--out", tmp_path / "file" / "runs", words=["cannot be written", "--out"])


def test_port_in_use(refused, tmp_path):
    out = tmp_path / "runs"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused("--out", out, "--serve", "--port", port, words=[f"Port {port} is in use"])
    assert not out.exists()


def test_tensorboard_not_installed(refused, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    refused("--out", tmp_path / "runs", words=["pip install tensorboard"])
    assert not (tmp_path / "runs").exists()


def test_data_that_is_not_mnist(refused, tmp_path):
    (tmp_path / "other.npz").write_bytes(b"no arrays")
    refused("--data", tmp_path / "other.npz", "--out", tmp_path / "runs", words=["--data"])
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "options", [("--epochs", "0"), ("--rates", "nan"), ("--port", "65536"), ("--examples", "x")]
)
def test_wrong_option(refused, options):
    refused(*options, words=options[:1], code=2)


def test_no_room_while_writing(tmp_path):
    size = 1024  # bytes of any one file: less than the graph needs
    process = run_program("tensorboard_logs", "--out", tmp_path / "runs", limit=(size, False))
    assert process.returncode == 1
    assert process.stderr.startswith("tensorboard_logs.py: ") and process.stderr.count("\n") == 1
    assert "cannot be written any more: File too large." in process.stderr
