"""Each page's script, run by Python in an empty folder, prints what the page shows as printed.

The code of each page runs before this, as its notebook. What is left is whether the script is
put together rightly, so those of pages that train are left to the nightly run (`-m slow`).
"""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked
from tools.engine import RECORDS, current, fingerprints, processes, run_page
from tools.engine.compare_outputs import difference
from tools.engine.kernel import as_a_reader
from tools.engine.outputs import as_terminal, text_of
from tools.notebooks import can_be_downloaded, downloads
from tools.pages import all_pages

ADDRESS = "https://example.org/"
PAGES = [page for page in all_pages() if page.language == "en" and can_be_downloaded(page)]


def trains(page) -> bool:
    return any(re.search(r"\.fit\(|GradientTape", block.code) for block in page.blocks)


def write(page, folder: Path) -> str:
    files = downloads(page, lambda block: [], ADDRESS, ADDRESS)
    folder.mkdir()
    (folder / f"{files.name}.py").write_text(files.script, encoding="utf-8")
    return f"{files.name}.py"


def printed(page) -> list[str]:
    """What the page's blocks print, without the values that they show; it is run if need be."""
    keys = fingerprints(page, current())
    if not all(map(RECORDS.get, keys)):
        error = run_page(page, current())
        assert error is None, f"{error}\n{error.details}"
    outputs = [output for key in keys for output in RECORDS.get(key).outputs]
    return [text_of(one) for one in outputs if one["output_type"] in ("stream", "error")]


def as_script(name: str, folder: str, variables: dict) -> None:
    """In the process: run a script as Python does, without the repository."""
    os.environ.clear()
    os.environ.update({**variables, "MPLBACKEND": "agg"})
    as_a_reader(Path(folder))
    sys.stdout.reconfigure(line_buffering=True)
    sys.argv[:] = [name]
    runpy.run_path(name, run_name="__main__")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.path.stem, marks=[pytest.mark.slow] if trains(page) else [])
        for page in PAGES
        if not page.is_program
    ],
)
def test_it_prints_what_the_page_shows(page, tmp_path):
    expected, folder, out = printed(page), tmp_path / "reader", tmp_path / "out"
    name = write(page, folder)
    variables = processes.environment(current().source.path)
    child = forked.start(
        as_script, name, str(folder), variables, folder=folder, out=out, err=f"{out}.err"
    )
    child.join(1800)
    alive = child.exitcode is None
    child.kill()
    assert not alive and child.exitcode == 0, (tmp_path / "out.err").read_text()[-3000:]
    assert difference([as_terminal(out.read_text())], expected) == ""


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.is_program], ids=lambda page: page.path.stem
)
def test_a_program_is_whole_and_shows_its_help(page, tmp_path):
    name = write(page, tmp_path / "reader")
    command = [sys.executable, "-P", name, "--help"]
    environment = processes.environment(current().source.path)
    done = subprocess.run(
        command, cwd=tmp_path / "reader", env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {name}") and "Exit codes" in done.stdout


def test_there_are_pages_of_each_kind():
    kinds = {(page.is_program, trains(page)) for page in PAGES}
    assert {(False, False), (False, True), (True, True)} <= kinds
