"""Runs what readers download of a page, in a folder of its own, and compares it with the page.

The processes are forked from one that has imported TensorFlow. Nothing of the repository is on
their path: what a page needs must have come with the download.
"""

import contextlib
import json
import os
import queue
import re
import runpy
import sys
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from tests import forked
from tools import environment, process
from tools.capture import as_terminal
from tools.child import _give_mnist
from tools.downloads import Downloads, can_be_downloaded, downloads
from tools.pages import RECORDS, Page, all_pages, run_page

CHEAP = 3  # seconds
ADDRESS = "https://example.org/"
_MODULE = re.compile(r"\b(?:\w+\.)+(?=\w+Error\b)")  # Jupyter leaves it out before an error's name
_NUMBER = re.compile(r"(?:0x[0-9a-f]+|[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?)")


def pages(language: str) -> list[Page]:
    """All pages that can be downloaded, in one language."""
    return [page for page in all_pages() if page.language == language and can_be_downloaded(page)]


def let_turn(page: Page, form: str) -> None:
    """Skip a page that takes long, unless it is its turn or all are asked for (DOWNLOADS=all).

    Every run of all downloads costs as much as all pages do. Both languages of each page run
    every time, so what is left for a download is that it is put together rightly: one download
    a day is enough for that, and the nightly run takes all.
    """
    records = [RECORDS.get(key) for key in page.keys(environment.current(lambda line: None))]
    seconds = sum(record.seconds for record in records if record)
    if os.environ.get("DOWNLOADS") == "all" or seconds < CHEAP:
        return
    paths = [one.path for one in pages(page.language)]
    place = paths.index(page.path) * 2 + (form == "script")
    days = -(place + date.today().toordinal()) % (2 * len(paths))
    if days:
        pytest.skip(f"takes long: its turn is in {days} days, DOWNLOADS=all runs it now")


def expected(page: Page) -> list[str]:
    """What each block of the page shows as text; a page that has not run yet is run."""
    where = environment.current(lambda line: None)
    keys = page.keys(where)
    if not all(map(RECORDS.get, keys)):
        error = run_page(page, where)
        assert error is None, f"{error}\n{error.details}"
    return [
        "\n".join(one["text"].rstrip("\n") for one in RECORDS.get(key).outputs if "text" in one)
        for key in keys
    ]


def download(page: Page) -> Downloads:
    """The page's notebook and script."""
    return downloads(page, lambda block: None, ADDRESS, ADDRESS)


def start(target, *arguments, folder: Path, out: Path):
    """Start a function in a process that knows the reader's data and no repository."""
    variables = process.environment(environment.current(lambda line: None).source.path)
    for name in ("MPLBACKEND", "PYTHONPATH"):
        variables.pop(name)
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        return forked.start(alone, target, *arguments, folder=folder, out=out, err=f"{out}.err")
    finally:
        os.environ.clear()
        os.environ.update(kept)


def alone(target, *arguments):
    """In the process: forget the repository, then call the function."""
    inside = (str(process.ROOT), str(forked.EXAMPLES), "")
    sys.path[:] = [path for path in sys.path if path not in inside]
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("examples", "mnist_data", "mnist_file"):
            del sys.modules[name]
    _give_mnist(os.environ["MNIST_NPZ"])
    return target(*arguments)


def script(name: str) -> None:
    """In the process: run a script as Python does."""
    os.environ["MPLBACKEND"] = "agg"
    sys.argv[:] = [name]
    sys.path.insert(0, os.getcwd())
    sys.stdout.reconfigure(line_buffering=True)
    runpy.run_path(name, run_name="__main__")


def program(name: str, cells: list[str]) -> None:
    """In the process: run cells of a program's page, each call of `main` as a command line."""
    sys.path.insert(0, os.getcwd())
    sys.stdout.reconfigure(line_buffering=True)
    os.environ["MPLBACKEND"] = "agg"

    def command(words):
        sys.argv[:] = [name, *words]
        try:
            runpy.run_path(name, run_name="__main__")
        except SystemExit as end:
            sys.stdout.flush()
            return end.code or 0
        raise AssertionError(f"{name} ended without an exit code")

    namespace = runpy.run_path(name, run_name="notebook")
    namespace["main"] = command
    for cell in cells:
        exec(compile(cell, name, "exec"), namespace)


def kernel(connection: str) -> None:
    """In the process: be a Jupyter kernel."""
    # Jupyter says this before Matplotlib is imported; here it has been imported already.
    import matplotlib
    from ipykernel.kernelapp import IPKernelApp

    matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    sys.path.insert(0, os.getcwd())
    IPKernelApp.launch_instance(argv=["-f", connection, "--IPKernelApp.quiet=True"])


def run_notebook(notebook: str, folder: Path, limit: float = 120) -> list[str]:
    """Run a notebook's code in a kernel; return what each cell shows as text.

    Raises:
        AssertionError: a cell failed that is not marked so.
    """
    from jupyter_client import BlockingKernelClient, write_connection_file

    connection, _ = write_connection_file(str(folder.parent / f"{folder.name}.json"))
    child = start(kernel, connection, folder=folder, out=folder.parent / f"{folder.name}.log")
    client = BlockingKernelClient(connection_file=connection)
    client.load_connection_file()
    client.start_channels()
    try:
        _wait_for(client, child)
        cells = [cell for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]
        return [_run_cell(client, cell, limit) for cell in cells]
    finally:
        client.stop_channels()
        child.kill()
        child.join(10)


def _wait_for(client, child):
    """Until the kernel answers: its own way to wait gives up on a machine that is busy."""
    for _ in range(60):
        client.kernel_info()
        with contextlib.suppress(queue.Empty):
            client.get_shell_msg(timeout=1)
            client.get_iopub_msg(timeout=0.3)  # outputs come this way: it may open later
            return
        assert child.exitcode is None, "the kernel has ended"
    raise AssertionError("the kernel does not answer")


def _run_cell(client, cell, limit):
    shown: list[str] = []

    def show(message):
        content = message["content"]
        if message["msg_type"] == "stream" and content["name"] == "stdout":
            shown.append(content["text"])
        elif message["msg_type"] in ("execute_result", "display_data"):
            drawn = any(kind.startswith("image/") for kind in content["data"])
            shown.append("" if drawn else f"\n{content['data']['text/plain']}\n")
        elif message["msg_type"] == "error":
            shown.append(f"\n{content['ename']}: {content['evalue']}\n")

    code = "".join(cell["source"])
    try:
        reply = client.execute_interactive(code, timeout=limit, output_hook=show, allow_stdin=False)
    except TimeoutError:
        raise AssertionError(f"no end after {limit:g} s:\n{code}") from None
    may_fail = "raises-exception" in cell["metadata"].get("tags", [])
    ended = reply["content"]["status"]
    assert ended == "ok" or may_fail, f"{code}\n\n" + "\n".join(reply["content"]["traceback"])
    assert ended == "error" or not may_fail, f"the cell did not fail:\n{code}"
    return as_terminal("".join(shown))


def compare(shown: list[str], page: list[str]) -> None:
    """Hold what a download shows to what the page shows, line by line.

    Numbers may vary, because some are times; half of the lines must be equal to the last digit.
    One line in 25 may differ altogether, such as the list of files that a kill has left.

    Raises:
        AssertionError: more than that differs.
    """
    ours, theirs = ([*_lines(texts)] for texts in (shown, page))
    masked = [[_masked(line) for line in lines] for lines in (ours, theirs)]
    matcher = SequenceMatcher(a=masked[0], b=masked[1], autojunk=False)
    same, wrong, report = 0, 0, []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            same += sum(a == b for a, b in zip(ours[i1:i2], theirs[j1:j2], strict=True))
        else:
            wrong += max(i2 - i1, j2 - j1)
            report += [f"shown:   {line}" for line in ours[i1:i2]]
            report += [f"on page: {line}" for line in theirs[j1:j2]]
    assert wrong <= len(theirs) // 25, "\n".join(report)
    assert same >= len(theirs) / 2, f"only {same} of {len(theirs)} lines show the same numbers"


def _lines(texts):
    for line in "\n".join(texts).splitlines():
        if words := _MODULE.sub("", line).split():
            yield " ".join(words)


def _masked(line):
    return re.sub(r"\s+|#+", "", _NUMBER.sub("#", line))
