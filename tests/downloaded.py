"""Runs what readers download of a page, in a folder of its own.

The processes are forked from one that has imported TensorFlow. Nothing of the repository is on
their path: what a page needs must have come with the download.
"""

import contextlib
import io
import json
import os
import runpy
import sys
from pathlib import Path

from tests import forked
from tools.engine import environment
from tools.engine import processes as process
from tools.engine.kernel import Kernel, as_a_reader
from tools.engine.notebook_session_old import run_if_unrecorded
from tools.engine.pages_old import RECORDS, Page, all_pages
from tools.notebooks.downloads import Downloads, can_be_downloaded, downloads

ADDRESS = "https://example.org/"


def pages(language: str) -> list[Page]:
    """All pages that can be downloaded, in one language."""
    return [page for page in all_pages() if page.language == language and can_be_downloaded(page)]


def printed(page: Page) -> list[str]:
    """What the page's blocks print, without the values that they show; it is run if need be."""
    where = environment.current(lambda line: None)
    error = run_if_unrecorded(page, where, RECORDS)
    assert error is None, f"{error}\n{error.details}"
    outputs = [output for key in page.keys(where) for output in RECORDS.get(key).outputs]
    return [output["text"] for output in outputs if output["type"] in ("text", "error")]


def seconds(page: Page) -> float:
    """What the blocks of a page took as recorded; those without a record count nothing."""
    records = map(RECORDS.get, page.keys(environment.current(lambda line: None)))
    return sum(record.seconds for record in records if record)


def download(page: Page) -> Downloads:
    """The page's notebook and script."""
    return downloads(page, lambda block: None, ADDRESS, ADDRESS)


def start(target, *arguments, folder: Path, out: Path):
    """Start a function in a process that knows the reader's data and no repository."""
    variables = process.environment(environment.current(lambda line: None).source.path)
    everything = (target, arguments, str(folder), variables)
    return forked.start(alone, *everything, folder=folder, out=out, err=f"{out}.err")


def alone(target, arguments, folder, variables):
    """In the process: forget the repository, then call the function."""
    as_a_reader(Path(folder), variables)
    os.environ["MPLBACKEND"] = "agg"
    sys.stdout.reconfigure(line_buffering=True)
    return target(*arguments)


def script(name: str) -> None:
    """In the process: run a script as Python does."""
    sys.argv[:] = [name]
    runpy.run_path(name, run_name="__main__")


def program(name: str, cells: list[str]) -> None:
    """In the process: run cells of a program's page, each call of `main` as a command line.

    What the program prints as its one sentence is raised as `main` does it.
    """

    def command(words):
        sys.argv[:] = [name, *words]
        stderr = io.StringIO()
        try:
            with contextlib.redirect_stderr(stderr):
                runpy.run_path(name, run_name="__main__")
        except SystemExit as end:
            sys.stdout.flush()
            *_, last = ["", *stderr.getvalue().splitlines()]
            if end.code == 1 and last.startswith(f"{name}: "):
                raise sys.modules["common"].UserError(last.removeprefix(f"{name}: ")) from None
            print(stderr.getvalue(), end="", file=sys.stderr)
            return end.code or 0
        raise AssertionError(f"{name} ended without an exit code")

    namespace = runpy.run_path(name, run_name="notebook")
    namespace["main"] = command
    for cell in cells:
        exec(compile(cell, name, "exec"), namespace)


def run_notebook(notebook: str, folder: Path, limit: float = 120) -> list[str]:
    """Run a notebook's code in a kernel; return what each cell shows as text.

    Raises:
        AssertionError: a cell failed.
    """
    kernel = Kernel(folder, environment.current(lambda line: None).source.path)
    try:
        cells = [cell for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]
        replies = [kernel.run("".join(cell["source"]), limit) for cell in cells]
    finally:
        kernel.close()
    assert not any(reply.error for reply in replies), [reply.traceback for reply in replies]
    return [reply.shown for reply in replies]
