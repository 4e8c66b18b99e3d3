"""Runs a page: its notebook, cell by cell, in a kernel of its own."""

import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from tools.engine.compare_outputs import difference
from tools.engine.environment import Environment
from tools.engine.kernel import Kernel, KernelEnded
from tools.engine.limits import Limits
from tools.engine.outputs import Outputs, error_output, is_blank, is_picture, text_of
from tools.engine.records import RECORDS, Record, RecordCache, fingerprints
from tools.notebooks import front_cells, source_of
from tools.pages import DEFAULT_LANGUAGE, ROOT, Fence, Page

LIMITS = Limits()

# What no page needs of the repository.
_LEFT_OUT = {".git", ".venv", ".cache", ".pytest_cache", ".ruff_cache", "site", "out", "runs"}


def _left_out(folder, names):
    top = _LEFT_OUT if folder == str(ROOT) else set()
    return [name for name in names if name in top | {"__pycache__"} or name.endswith(".npz")]


# An exercise that fails for these has another fault than its gap.
_NO_GAP = ("NameError", "SyntaxError", "IndentationError", "ImportError", "ModuleNotFoundError")


class BlockError(Exception):
    """A block that did not do what its page says, with the page's line where it went wrong."""

    def __init__(self, page: Path, line: int, message: str, details: str):
        super().__init__(f"{page}:{line}: {message}")
        self.page, self.line, self.message, self.details = page, line, message, details


class Session:
    """One run of a page, block by block.

    A page that can be downloaded runs in an empty folder, after the cells that its notebook has
    in front; another one in a copy of the repository. `close` records what went well. Pages with
    the same code, that is translations, have the same records: the second run is compared with
    the first.
    """

    def __init__(
        self,
        page: Page,
        environment: Environment,
        records: RecordCache = RECORDS,
        limits: Limits = LIMITS,
    ):
        self.page, self.environment, self.records, self.limits = page, environment, records, limits
        self.results: list[tuple[list[dict], float]] = []  # outputs and seconds of each block
        self.error: BlockError | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="page-"))
        self._kernel: Kernel | None = None

    def run(self, index: int) -> None:
        """Run the blocks up to and including this one, each only once; raise what failed ever."""
        try:
            if self._kernel is None and self.error is None:
                self._start()
            while self.error is None and len(self.results) <= index:
                start = perf_counter()
                outputs = self._run_block(self.page.blocks[len(self.results)])
                self.results.append((outputs, perf_counter() - start))
            if self.error is None and len(self.results) == len(self.page.blocks):
                self._compare()
        except BlockError as error:
            self.error = error
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """End the kernel, remove its files and write the records."""
        if self._kernel is not None:
            self._kernel.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        of_page = self.page.path.as_posix(), self.environment.versions, self.environment.source.kind
        keys = fingerprints(self.page, self.environment)
        for key, (outputs, seconds) in zip(keys, self.results, strict=False):
            # All languages show the record of the default one.
            if self.page.language == DEFAULT_LANGUAGE or not self.records.get(key):
                self.records.put(key, Record(outputs, seconds, finished, *of_page))

    def _start(self):
        work, first = self._folder / "work", self.page.blocks[0]
        if self.page.runs_alone:
            work.mkdir()
        else:
            shutil.copytree(ROOT, work, ignore=_left_out, symlinks=True)
        name, text = self.page.path.as_posix(), _python_view(self.page.blocks)
        try:
            self._kernel = Kernel(work, name, text, self.environment.source.path, self.limits)
        except KernelEnded as ended:
            raise self._failure(first, str(ended)) from None
        for code in front_cells(self.page) if self.page.runs_alone else ():
            ran = self._run_code(first, code, 1)
            if ran.error or ran.take():
                what = "the notebook's first cells must show nothing"
                raise self._failure(first, what, f"{ran.take()}\n{ran.traceback}")

    def _run_block(self, block: Fence) -> list[dict]:
        """Run a block; return its outputs."""
        ran = self._run_code(block, source_of(block), block.line)
        outputs, raises = ran.take(), block.options.get("raises")
        if "task" in block.options:
            if ran.error is None:
                what = "the task's check passes although its gap is not filled"
                raise self._failure(block, what)
            if ran.error[0] in _NO_GAP:
                raise self._error_of(block, ran, "(a task must fail for its gap alone)")
            return []
        if (name := block.options.get("answer")) and ran.error is None:
            task = next(one for one in self.page.blocks if one.options.get("task") == name)
            line, code = task.check
            ran = self._run_code(block, code, line)
            outputs += ran.take()
        if raises is not None:
            self._expect_error(block, ran, raises)
            shown = [output for output in outputs if not is_picture(output)]
            return [*shown, error_output(*ran.error)]
        if ran.error is not None:
            raise self._error_of(block, ran)
        # A block with a caption draws something, and what it draws is to be seen.
        pictures = [output for output in outputs if is_picture(output)]
        may_be_missing = block.options.get("show", "").endswith("?")
        if "caption" in block.options and not pictures and not may_be_missing:
            raise self._failure(block, "the block has a caption and shows no picture")
        if any(map(is_blank, pictures)):
            raise self._failure(block, "the picture of this block is empty: all of one colour")
        return outputs

    def _expect_error(self, block, ran, raises):
        """Hold a block marked `raises="Error"` or `raises="Error: words"` to its error."""
        name, _, words = raises.partition(": ")
        name = name.rpartition(".")[2]
        if ran.error is None:
            what = f"the block ends without the {name} that it is marked with"
            raise self._failure(block, what)
        if ran.error[0] != name or words not in ran.error[1]:
            raise self._error_of(block, ran, f"(the block is marked with raises={raises!r})")

    def _run_code(self, block, code, line) -> Outputs:
        processor = block.timeout or self.limits.processor
        try:
            limits = Limits(self.limits.idle, processor, self.limits.wall)
            return self._kernel.run(code, line, limits)
        except KernelEnded as ended:
            message = str(ended)
        where, trace = self._kernel.where()
        log = self._kernel.log.read_text(errors="replace")
        self._kernel.close()
        raise self._failure(block, message, f"{message}\n{trace}{_tail(log)}", where)

    def _error_of(self, block, ran, note=""):
        details = f"{ran.traceback}\n{note}{_tail(ran.stderr)}"
        # IPython shortens the folders of a path.
        page = re.escape(self.page.path.name)
        lines = [int(line) for line in re.findall(rf"File \S*{page}:(\d+)", ran.traceback)]
        # The last line of the page that this block itself ran; of an answer, its task's check.
        end = block.line + block.code.count("\n")
        own = [line for line in lines if block.line <= line < end]
        own = own or (lines if "answer" in block.options else [])
        message = ": ".join(filter(None, ran.error))
        return self._failure(block, message, details, own[-1] if own else None)

    def _failure(self, block, message, details="", line=None):
        return BlockError(self.page.path, line or block.line, message, details or message)

    def _compare(self):
        """Hold the page to the record of a translation, if there is one."""
        before = [self.records.get(key) for key in fingerprints(self.page, self.environment)]
        here = self.page.path.as_posix()
        if not all(before) or (there := before[-1].page) == here:
            return
        shown = [text_of(one) for outputs, _ in self.results for one in outputs]
        # A traceback names the page that it comes from.
        recorded = [text_of(one).replace(there, here) for old in before for one in old.outputs]
        if found := difference(shown, recorded):
            what = f"the page shows something else than {there}, which has the same code"
            raise self._failure(self.page.blocks[-1], what, f"{what}:\n{found}")


def _python_view(blocks):
    """A text with the page's line numbers that holds only its Python."""
    lines = []
    for block in blocks:
        if block.language == "python":
            lines += [""] * (block.line - 1 - len(lines)) + block.code.splitlines()
    return "\n".join(lines) + "\n"


def _tail(stderr, lines=15):
    last = stderr.rstrip().splitlines()[-lines:]
    return "\n\nLast lines of stderr:\n" + "\n".join(last) if last else ""
