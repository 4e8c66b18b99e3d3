"""How pytest runs pages: pytest-markdown-docs collects, the engine runs.

Each block is a test of its own. A page's tests share one session of the
engine, so what precedes a block runs once, also when one block is selected.
"""

import os
from dataclasses import dataclass

import pytest
from pytest_markdown_docs._runners import _Runner, register_runner
from pytest_markdown_docs.plugin import MarkdownDocstringCodeModule, MarkdownTextFile

from examples.mnist_data import DataError
from tools.engine import environment
from tools.engine.processes import kill_all
from tools.engine.session import BlockError, Session
from tools.pages import PageError, all_pages, as_markdown, find_blocks, is_page, read_page


@dataclass
class _Token:
    """What pytest-markdown-docs reads of a markdown-it token."""

    info: str
    content: str
    map: tuple[int, int]
    type: str = "fence"


class _Parser:
    """Our block finder behind markdown-it's interface.

    markdown-it does not see fences in tabs and admonitions. Shell blocks are
    handed over as Python, because the plugin collects nothing else.
    """

    def parse(self, text: str) -> list[_Token]:
        """The blocks of a page as tokens; `map` starts at the fence line."""
        if is_page(text):
            text = as_markdown(text, "program", "en")
        return [
            _Token("python", block.code, (block.line - 2, block.line + block.code.count("\n")))
            for block in find_blocks(text)
        ]


@pytest.hookimpl(tryfirst=True)
def pytest_markdown_docs_markdown_it():
    """Let the engine's own parser find the blocks."""
    return _Parser()


class PageFile(MarkdownTextFile):
    """A page; one that cannot be read is reported in a sentence."""

    def collect(self):
        """The blocks of the page, each a test."""
        try:
            find_blocks(read_page(self.path).text, self.path)
        except PageError as error:
            raise self.CollectError(str(error)) from None
        yield from super().collect()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Collect the cells of programs; keep pytest-markdown-docs from importing any other .py."""
    collectors = yield
    is_program = file_path.suffix == ".py" and is_page(file_path.read_text(encoding="utf-8"))
    if is_program or any(isinstance(one, MarkdownTextFile) for one in collectors):
        return [PageFile.from_parent(parent, path=file_path)]
    return [one for one in collectors if not isinstance(one, MarkdownDocstringCodeModule)]


@register_runner(default=True)
class EngineRunner(_Runner):
    """Runs each collected block in its page's session."""

    def __init__(self):
        self.path, self.session = None, None

    def runtest(self, test, args, *, asyncio_runner=None):
        """Run the block, and what precedes it if that has not run yet."""
        session = self._session_of(test.source_path)
        lines = [block.line for block in session.page.blocks]
        index = lines.index(test.start_line + 1)
        if index < len(session.results):  # out of order: a page starts again
            self.close()
            session = self._session_of(test.source_path)
        if session.error is not None:
            pytest.skip(f"{session.error.page}:{session.error.line} failed before")
        session.run(index)

    def repr_failure(self, test, excinfo, style=None):
        """The page's own traceback, under the block with its line numbers."""
        error = excinfo.value
        if not isinstance(error, BlockError):
            return str(excinfo.getrepr(style="short"))
        page = read_page(test.source_path)
        block = next(b for b in reversed(page.blocks) if b.line <= error.line)
        numbered = [
            f"{number:>5}{'>' if number == error.line else ' '} {line}"
            for number, line in enumerate(block.code.splitlines(), block.line)
        ]
        return "\n".join([f"{error.page}:{error.line}", "", *numbered, "", error.details])

    def close(self):
        """End the current page; its records are written."""
        if self.session is not None:
            self.session.close()
        self.path, self.session = None, None

    def _session_of(self, path):
        if self.path != path:
            self.close()
            self.path = path
            self.session = Session(read_page(path), environment.current())
        return self.session


def pytest_runtest_teardown(item, nextitem):
    """End a page's session with its last block."""
    runner = getattr(item, "runner", None)
    if isinstance(runner, EngineRunner) and (nextitem is None or nextitem.path != item.path):
        runner.close()


def pytest_unconfigure(config):
    """Leave no process behind, also after Ctrl-C."""
    kill_all()


def pytest_configure(config):
    """Decide on the data once, announced; workers and programs under test read it.

    Raises:
        pytest.UsageError: MNIST_NPZ names a file that is not MNIST.
    """
    if hasattr(config, "workerinput"):
        _share_cores(config.workerinput["workercount"])
        return
    if config.option.help or config.option.collectonly:
        return
    try:
        os.environ["MNIST_NPZ"] = str(environment.current().source.path)
    except DataError as error:
        raise pytest.UsageError(str(error)) from None


def _share_cores(workers):
    """Give what TensorFlow computes in this worker its part of the cores, and no more.

    Two pages with two threads each on two cores take a tenth more processor time than with one.
    """
    share = max(1, (os.cpu_count() or 1) // workers)
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(share))


def pytest_terminal_summary(terminalreporter, config):
    """List what is not run, with its reason, so that nobody overlooks it; not under `-q`."""
    if config.get_verbosity() < 0:
        return
    rows = [
        f"{page.path}:{fence.line - 1}: {fence.options['notest']}"
        for page in all_pages()
        for fence in page.not_run
    ]
    terminalreporter.section(f"blocks not run: {len(rows)}")
    for row in rows:
        terminalreporter.line(row)
