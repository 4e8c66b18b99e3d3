"""A 20-block page: plain pytest-markdown-docs against the engine.

The same blocks are run twice by pytest in a session of its own. The reference
is pytest-markdown-docs as it comes, where blocks that build on each other are
marked with `continuation`: it runs all that precedes a block again. The page
is measured behind a first one, so that neither side's start counts; the whole
sessions are told as well.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from tools.bench import Row
from tools.pages import ROOT

BLOCKS, SECONDS = 20, 0.1


def measure() -> Iterator[Row]:
    """The ratio of the page's time, and of the sessions' time."""
    plain, plain_session = _run("python continuation")
    engine, engine_session = _run("python", "-p", "tools.engine.pytest_plugin")
    ratio = plain / engine
    yield Row(
        f"a page of {BLOCKS} blocks of {SECONDS} s, plain pytest-markdown-docs / engine",
        f"{plain:.1f} s / {engine:.1f} s = {ratio:.1f} times",
        "at least 8",
        ratio >= 8,
    )
    sessions = plain_session / engine_session
    yield Row(
        "the whole session of two such pages, start and TensorFlow's import included",
        f"{plain_session:.1f} s / {engine_session:.1f} s = {sessions:.1f} times",
        "more than 1",
        sessions > 1,
    )


def _run(fence: str, *options: str) -> tuple[float, float]:
    """Seconds of the second page's tests, seconds of the whole session."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a", "b"):
            first = f"```{fence.split()[0]}\nimport time\nx = 0\n```\n"
            block = f"```{fence}\ntime.sleep({SECONDS})\nx += 1\n```\n"
            Path(folder, f"{name}.md").write_text(first + block * (BLOCKS - 1))
        start = time.perf_counter()
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "--markdown-docs", *options),
                *("--junitxml=times.xml", "-o", "junit_family=xunit2", "a.md", "b.md"),
            ],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "RECORDS": f"{folder}/records"},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        session = time.perf_counter() - start
        cases = list(ElementTree.parse(Path(folder, "times.xml")).iter("testcase"))
        assert len(cases) == 2 * BLOCKS
        return sum(float(case.get("time")) for case in cases[BLOCKS:]), session
