"""The site: its first answer, an edit under `mkdocs serve`, a build from records."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.bench import Row
from tools.engine import RECORDS
from tools.pages import ROOT

_LEFT_OUT = {".git", ".venv", ".cache", "site"}
_MKDOCS = [sys.executable, "-m", "mkdocs"]


def measure() -> Iterator[Row]:
    """The best of three each, in seconds, in a copy of the repository."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=_ignored)
        imports, answers = [], []
        for number in range(3):  # in turn, so that a busy machine is as busy for both
            imports.append(_seconds([sys.executable, "-c", "import tensorflow, keras"], copy))
            start = time.perf_counter()
            with _server(copy, Path(folder, f"no-records-{number}")) as address:
                _wait_for("</html>", address)
                answers.append(time.perf_counter() - start)
        ratio = min(answers) / min(imports)
        yield Row(
            "first answer of mkdocs serve with nothing recorded, against the import of TensorFlow",
            f"{min(answers):.2f} s / {min(imports):.2f} s = {ratio:.2f}",
            "at most 0.4 times",
            ratio <= 0.4,
        )
        build = [*_MKDOCS, "build", "--strict"]
        _seconds(build, copy)  # computes what is missing
        builds = [_seconds(build, copy) for _ in range(3)]
        yield Row("mkdocs build from records", f"{min(builds):.2f} s", "15 s", min(builds) <= 15)
        edits = min(_edits(copy, copy / "docs/en/quickstart.md"))
        yield Row(
            "prose edit to reloaded page under mkdocs serve", f"{edits:.2f} s", "2 s", edits <= 2
        )


def _ignored(folder, names):
    left_out = _LEFT_OUT if Path(folder) == ROOT else set()
    return [name for name in names if name in left_out or name == "__pycache__"]


def _variables(records):
    return {**os.environ, "RECORDS": str(records), "NO_MKDOCS_2_WARNING": "1"}


def _seconds(command, folder):
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    variables = _variables(RECORDS.folder.resolve())
    subprocess.run(command, check=True, cwd=folder, env=variables, **quiet)
    return time.perf_counter() - start


@contextmanager
def _server(folder, records):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(
        [*_MKDOCS, "serve", "-a", address], cwd=folder, env=_variables(records), **quiet
    )
    try:
        yield f"http://{address}/"
    finally:
        server.terminate()
        server.wait()


def _edits(folder, page):
    with _server(folder, RECORDS.folder.resolve()) as address:
        _wait_for("md-content", f"{address}{page.stem}/")
        _wait_for("md-content", f"{address}ko/examples/train_by_hand/")
        sitemap = urllib.request.urlopen(f"{address}sitemap.xml", timeout=60).read().decode()
        for url in re.findall("<loc>(.*?)</loc>", sitemap):
            _wait_for("md-content", url)  # what a page that is left to a later build has not
        for number in range(3):
            mark = f"Edit number {number}."
            start = time.perf_counter()
            with page.open("a") as file:
                file.write(f"\n{mark}\n")
            _wait_for(mark, f"{address}{page.stem}/")
            yield time.perf_counter() - start
            time.sleep(2)


def _wait_for(text, url):
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            if text in urllib.request.urlopen(url, timeout=60).read().decode():
                return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.02)
    raise TimeoutError(f"{text!r} did not appear on {url}")
