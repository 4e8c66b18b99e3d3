"""Runs the blocks of a page in a process of its own.

A page gets a scratch copy of the repository to work in.
"""

import multiprocessing
import os
import re
import shutil
import signal
import tempfile
from pathlib import Path

from tools import child, process
from tools.blocks import Fence
from tools.process import ROOT

TIME_LIMIT = 120.0  # seconds that a block may take

# What no page needs: not copied into its working folder.
_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".cache", "site", "__pycache__", ".pytest_cache", ".ruff_cache", "*.npz"
)


class BlockError(Exception):
    """A block that did not do what its page says.

    Attributes:
        page: the page's path.
        line: the page's line where it went wrong, counted from 1.
        message: the error's last line.
        details: traceback or what is known of the process's end, and the
            last lines of its stderr.
    """

    def __init__(self, page: Path, line: int, message: str, details: str):
        super().__init__(f"{page}:{line}: {message}")
        self.page, self.line, self.message, self.details = page, line, message, details


class PageRun:
    """One run of a page: a process that takes blocks in order.

    Args:
        page: the page's path, as it shall stand in messages.
        blocks: all its blocks, so that code is found by line.
        mnist: path of the data that `load_data` reads, None for Keras's own.
        time_limit: seconds for a block without a `timeout` of its own.
    """

    def __init__(self, page: Path, blocks: list[Fence], mnist: Path | None, time_limit=TIME_LIMIT):
        self.page = page
        self.time_limit = time_limit
        self.folder = Path(tempfile.mkdtemp(prefix="page-"))
        self.work = self.folder / "work"
        shutil.copytree(ROOT, self.work, ignore=_NOT_COPIED, symlinks=True)
        self._pipe, end = multiprocessing.Pipe()
        environment = process.environment(mnist)
        self.process = process.start(
            child.main,
            (end, str(page), _python_view(blocks), str(self.folder), environment),
            environment,
        )
        end.close()

    def run(self, block: Fence) -> dict:
        """Run the next block; return its result (see tools/child.py).

        Raises:
            BlockError: it raised, did not raise what it is marked with, ran
                into the time limit, or its process died.
        """
        limit = block.timeout or self.time_limit
        try:
            self._pipe.send((block.language, block.code, block.line, block.options, limit))
            # The child ends itself at the limit; a stopped child does not.
            result = self._pipe.recv() if self._pipe.poll(limit + 10) else None
        except (EOFError, OSError):
            result = None
        if result is None:
            raise self._death(block, limit)
        result["opened"] = self._of_repository(result["opened"])
        if block.language == "sh":
            result["opened"] = sorted({*result["opened"], *_files_behind(block.code)})
        if result["error"]:
            raise self._failure(block, result)
        return result

    def close(self) -> None:
        """End the process with all that it started; remove its files."""
        self._pipe.close()
        process.kill(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _of_repository(self, opened):
        """The opened files that came with the copy, relative to the root."""
        work = os.path.realpath(self.work)
        inside = (os.path.relpath(os.path.realpath(path), work) for path in opened)
        files = (Path(name).as_posix() for name in inside if not name.startswith(".."))
        return sorted(name for name in files if (ROOT / name).is_file())

    def _failure(self, block, result):
        error = result["error"]
        lines = re.findall(rf'File "{re.escape(str(self.page))}", line (\d+)', error["traceback"])
        # The last line of the page that this block itself ran.
        end = block.line + block.code.count("\n")
        own = [int(line) for line in lines if block.line <= int(line) < end]
        details = error["traceback"] + _tail(result["stderr"])
        return BlockError(self.page, own[-1] if own else block.line, error["message"], details)

    def _death(self, block, limit):
        self.process.join(1)
        trace = _own_frames((self.folder / "trace").read_text(errors="replace"))
        stderr = (self.folder / "stderr").read_text(errors="replace")
        line = re.search(rf'File "{re.escape(str(self.page))}", line (\d+)', trace)
        if self.process.exitcode is None or trace.startswith("Timeout"):
            message = f"stopped: still running after {limit:g} s"
        else:
            message = f"its process died ({reason(self.process.exitcode)})"
        process.kill(self.process)
        details = message + "\n" + trace + _tail(stderr)
        return BlockError(self.page, int(line[1]) if line else block.line, message, details)


def _own_frames(trace):
    """Faulthandler's trace, most recent call first, without the engine's calls."""
    return re.split(rf'\n *File "{re.escape(child.__file__)}"', trace)[0]


def reason(exitcode: int) -> str:
    """How a process ended, in words."""
    if exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    return name + ", often: out of memory" if name == "SIGKILL" else name


def _tail(stderr, lines=15):
    kept = stderr.rstrip().splitlines()[-lines:]
    return "\n\nLast lines of stderr:\n" + "\n".join(kept) if kept else ""


def _python_view(blocks):
    """A text with the page's line numbers that holds only its Python."""
    lines = []
    for block in blocks:
        if block.language == "python":
            lines += [""] * (block.line - 1 - len(lines))
            lines += block.code.splitlines()
    return "\n".join(lines) + "\n"


def _files_behind(command):
    """What a shell block may read: the programs, all it names, and the engine if it starts that.

    More than it really reads, never less: a process that it starts cannot
    tell which files it opened.
    """
    words = set(re.findall(r"[\w.-]+", command))
    names = {"examples"} | {path.name for path in ROOT.iterdir() if path.name in words}
    if words & {"make", "mkdocs", "pytest", "tools"}:
        names |= {"tools", "tests", "Makefile", "mkdocs.yml", "pyproject.toml"}
    for name in names - {".venv", ".cache", ".git", "site"}:
        for path in [ROOT / name, *(ROOT / name).rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix()
