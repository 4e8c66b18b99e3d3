"""examples/tensorboard_logs.py: its runs are read back from TensorBoard itself, over HTTP."""

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

PROGRAM = Path(__file__).parents[1] / "examples" / "tensorboard_logs.py"
EXAMPLES, VALIDATION = 600, 50  # the last twelfth of them is for validation
KINDS = ("train", "validation", "mistakes")
ENVIRONMENT = os.environ | {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}
OWN_SESSION = {"start_new_session": True, "env": ENVIRONMENT}


def run(*options, **extra) -> subprocess.CompletedProcess:
    """The program, run to its end."""
    command = [sys.executable, PROGRAM, *map(str, options)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, **OWN_SESSION | extra
    )


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
    """A short run of the program: its process, and the folder of its runs."""
    out = tmp_path_factory.mktemp("logs") / "my runs"  # a space: the command must quote it
    process = run("--out", out, "--epochs", 2, "--examples", EXAMPLES, "--rates", 0.02, 0.2)
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


def test_serve_shows_the_runs_until_ctrl_c(tmp_path):
    process = subprocess.Popen(
        [sys.executable, PROGRAM, "--out", tmp_path / "runs", "--epochs", "1", "--rates", "0.1",
         "--examples", "240", "--serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # Whoever starts the tests in the background has told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **OWN_SESSION,
    )  # fmt: skip
    try:
        server = Server(first_line(process.stdout, "TensorBoard: ").split()[1])
        assert server.address.startswith("http://127.0.0.1:")
        first_line(process.stdout, "They are shown at")
        server.wait(
            "plugin/scalars/tags", lambda runs: "epoch_loss" in runs.get("rate-0.1/train", ())
        )
        assert set(server.json("runs")) == {"graph", *(f"rate-0.1/{kind}" for kind in KINDS)}
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in errors
        with pytest.raises(URLError):
            server.get("runs")
    finally:
        kill_session(process)


def refused(process: subprocess.CompletedProcess, *words: str, code: int = 1) -> None:
    """The program ended with this code and one sentence that has these words."""
    assert process.returncode == code, process.stderr
    assert process.stderr.count("\n") == 1 and process.stderr.startswith("tensorboard_logs.py: ")
    assert all(word in process.stderr for word in words), process.stderr


def test_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    refused(run("--out", tmp_path), str(tmp_path), "already holds other files")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_finished_runs_are_not_mixed_with_new_ones(finished):
    before = sorted(finished[1].rglob("*"))
    refused(run("--out", finished[1]), "runs would be mixed")
    assert sorted(finished[1].rglob("*")) == before


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    refused(run("--out", tmp_path / "file" / "runs"), "cannot be written", "--out")


def test_no_room_while_writing(tmp_path):
    resource = pytest.importorskip("resource", reason="this system has no limits for files")
    size = (1024, 1024)  # bytes of any one file: less than the graph needs
    process = run(
        "--out",
        tmp_path / "runs",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, size),
    )
    refused(process, "cannot be written any more: File too large.")


def test_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(
            run("--out", tmp_path / "runs", "--serve", "--port", port), f"Port {port} is in use"
        )
    assert not (tmp_path / "runs").exists()


def test_tensorboard_not_installed(tmp_path):
    hidden = "import runpy, sys; sys.modules['tensorboard'] = None; del sys.argv[0];"
    command = f"{hidden} runpy.run_path(sys.argv[0], run_name='__main__')"
    options = [PROGRAM, "--out", tmp_path / "runs"]
    process = subprocess.run(
        [sys.executable, "-c", command, *options],
        capture_output=True, text=True, timeout=60,
        env=ENVIRONMENT | {"PYTHONPATH": str(PROGRAM.parent)},
    )  # fmt: skip
    refused(process, "pip install tensorboard")
    assert not (tmp_path / "runs").exists()


def test_data_that_is_not_mnist(tmp_path):
    (tmp_path / "other.npz").write_bytes(b"no arrays")
    refused(run("--data", tmp_path / "other.npz", "--out", tmp_path / "runs"), "--data")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "options", [("--epochs", "0"), ("--rates", "nan"), ("--port", "65536"), ("--examples", "x")]
)
def test_wrong_option(options):
    refused(run(*options), options[0], code=2)
