"""The site with all records at hand: a build, and an edit under `mkdocs serve`."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tools.bench import Row
from tools.engine.pages_old import RECORDS
from tools.engine.processes import ROOT

_IGNORED = shutil.ignore_patterns(".git", ".venv", ".cache", "site", "__pycache__")


def measure() -> Iterator[Row]:
    """The best of three builds and of three edits, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=_IGNORED)
        mkdocs = [sys.executable, "-m", "mkdocs"]
        # The copy finds the records of this repository.
        run = {
            "cwd": copy,
            "env": {**os.environ, "RECORDS": str(RECORDS.folder), "NO_MKDOCS_2_WARNING": "1"},
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }
        subprocess.run([*mkdocs, "build"], check=True, **run)  # computes what is missing
        builds = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run([*mkdocs, "build", "--strict"], check=True, **run)
            builds.append(time.perf_counter() - start)
        yield Row(
            "warm mkdocs build, both languages, best of 3",
            f"{min(builds):.2f} s",
            "under 2 s",
            min(builds) < 2,
        )
        edits = min(_edits(mkdocs, run, copy / "docs/en/quickstart.md"))
        yield Row(
            "prose edit to reloaded page under mkdocs serve, best of 3",
            f"{edits:.2f} s",
            "under 2 s",
            edits < 2,
        )


def _edits(mkdocs, run, page):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    server = subprocess.Popen([*mkdocs, "serve", "-a", address], **run)
    try:
        url = f"http://{address}/{page.stem}/"
        _wait_for("</html>", url)
        time.sleep(2)  # the first build's own files have settled
        for number in range(3):
            mark = f"Edit number {number}."
            start = time.perf_counter()
            with page.open("a") as file:
                file.write(f"\n{mark}\n")
            _wait_for(mark, url)
            yield time.perf_counter() - start
            time.sleep(1)
    finally:
        server.terminate()
        server.wait()


def _wait_for(text, url):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if text in urllib.request.urlopen(url, timeout=10).read().decode():
                return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.02)
    raise TimeoutError(f"{text!r} did not appear on {url}")
