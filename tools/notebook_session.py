"""Runs a page as the notebook that a reader downloads, and holds it to the page.

The pages of the default language are run block by block by the engine. The code of a translation
is the same, so its run is used to see what the notebook does: the very file that the site
offers, in a Jupyter kernel, in an empty folder.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path

from tools.blocks import Fence
from tools.downloads import can_be_downloaded, downloads
from tools.environment import Environment
from tools.kernel import Kernel, KernelDied, Reply
from tools.pages import DEFAULT_LANGUAGE, Page, run_page
from tools.record import Store
from tools.run import TIME_LIMIT, BlockError, reason
from tools.same_output import difference

_ADDRESS = "https://example.org/"  # of the page; a run does not need it
_PLACE = re.compile(r"Cell In ?\[(\d+)\], line (\d+)")


def runs_as_notebook(page: Page) -> bool:
    """Whether a page's run under test is that of its notebook."""
    return page.language not in ("", DEFAULT_LANGUAGE) and can_be_downloaded(page)


class NotebookSession:
    """One run of a page's notebook, cell by cell, as tools/pages.py's Session runs blocks.

    After the last cell, what all of them have shown is held to the page's records; a page that
    has none is run for that.

    Args:
        page: a page that can be downloaded.
        environment: versions and data.
        store: where records are.
        time_limit: seconds for a block without a `timeout` of its own.
    """

    def __init__(self, page: Page, environment: Environment, store: Store, time_limit=TIME_LIMIT):
        self.page, self.environment, self.store = page, environment, store
        self.time_limit = time_limit
        self.results: list[Reply] = []
        self.error: BlockError | None = None
        text = downloads(page, lambda block: None, _ADDRESS, _ADDRESS).notebook
        cells = [cell["source"] for cell in json.loads(text)["cells"] if _is_code(cell)]
        # In front stand the cells that are not the page's: versions for Colab, files to write.
        self._cells = list(map("".join, cells))
        self._front = len(cells) - len(page.blocks)
        self._ran = 0
        self._folder = Path(tempfile.mkdtemp(prefix="notebook-"))
        reader = self._folder / "reader"
        reader.mkdir()
        self._kernel = Kernel(reader, environment.source.path, keras="keras" in text)

    def run(self, index: int) -> None:
        """Run the cells up to and including that of a block, each only once.

        Raises:
            BlockError: one failed, now or before; or the notebook shows something else than
                the page.
        """
        try:
            while self.error is None and len(self.results) <= index:
                self._run_next()
            if self.error is None and len(self.results) == len(self.page.blocks):
                self._compare()
        except BlockError as error:
            self.error = error
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """End the kernel; remove its files."""
        self._kernel.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run_next(self):
        number = self._ran
        block = self.page.blocks[max(0, number - self._front)]
        reply = self._reply(block, self._cells[number])
        self._ran += 1
        if number < self._front:
            if reply.error or reply.shown.strip():
                what = "the notebook's first cells must show nothing"
                raise self._failure(block, what, f"{reply.shown}\n{reply.traceback}")
            return
        raises = block.options.get("raises")
        if reply.error and raises is None:
            raise self._failure(block, reply.error, reply.traceback)
        if raises is not None and not reply.error:
            what = f"the cell ends without the {raises} that the block is marked with"
            raise self._failure(block, what, what)
        if raises and raises.partition(": ")[2] not in reply.error:
            raise self._failure(block, reply.error, f"marked with raises={raises!r}")
        self.results.append(reply)

    def _reply(self, block, code):
        limit = block.timeout or self.time_limit
        try:
            return self._kernel.run(code, limit)
        except TimeoutError:
            message = f"stopped: still running after {limit:g} s"
        except KernelDied as died:
            message = f"its process died ({reason(died.args[0])})"
        log = self._kernel.log.read_text(errors="replace")
        raise BlockError(self.page.path, block.line, message, f"{message}\n{log[-3000:]}")

    def _failure(self, block: Fence, message, traceback):
        """An error with Jupyter's traceback, its places those of the page."""
        lines = []

        def place(match):
            number, line = int(match[1]) - 1 - self._front, int(match[2])
            if not 0 <= number < len(self.page.blocks):
                return match[0]
            code = self.page.blocks[number].code
            left_out = len(code) - len(code.lstrip("\n"))  # Jupyter drops blank lines in front
            lines.append(self.page.blocks[number].line + left_out + line - 1)
            return f'File "{self.page.path}", line {lines[-1]}'

        details = _PLACE.sub(place, traceback)
        end = block.line + block.code.count("\n")
        own = [line for line in lines if block.line <= line < end]
        return BlockError(self.page.path, own[-1] if own else block.line, message, details)

    def _compare(self):
        last = self.page.blocks[-1]
        if error := run_if_unrecorded(self.page, self.environment, self.store):
            raise error
        shown = [reply.shown for reply in self.results]
        if found := difference(shown, page_texts(self.page, self.environment, self.store)):
            what = "the notebook shows something else than the page"
            raise BlockError(self.page.path, last.line, what, f"{what}:\n{found}")


def run_if_unrecorded(page: Page, environment: Environment, store: Store) -> BlockError | None:
    """Run a page that has no records; return what failed, if anything."""
    if all(map(store.get, page.keys(environment))):
        return None
    return run_page(page, environment, store)


def page_texts(page: Page, environment: Environment, store: Store) -> list[str]:
    """What each block of a recorded page shows as text."""
    records = map(store.get, page.keys(environment))
    return [
        "\n".join(one["text"].rstrip("\n") for one in record.outputs if "text" in one)
        for record in records
    ]


def _is_code(cell):
    return cell["cell_type"] == "code"
