"""Pages and their records: what the tests and the site both use.

A page is read into blocks, its session runs them, and each block that did
what the page says is recorded. Nothing here knows pytest or MkDocs.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from tools.blocks import Fence, find_fences
from tools.cells import as_markdown, programs
from tools.environment import Environment
from tools.process import ROOT, kill_all
from tools.record import Record, Store, chain_keys, hash_files
from tools.run import TIME_LIMIT, BlockError, PageRun

DOCS = ROOT / "docs"
DEFAULT_LANGUAGE = "en"
RECORDS = Store(Path(os.environ.get("RECORDS", ROOT / ".cache" / "records")), ROOT)


@dataclass(frozen=True)
class Page:
    """A page as the engine sees it.

    Attributes:
        path: relative to the repository, as it stands in messages.
        text: the whole file, front matter included; of a program, the Markdown that
            tools/cells.py makes of it, with the same line numbers.
        language: whose prose this is, if the path does not say it.
    """

    path: Path
    text: str
    language: str = ""

    @cached_property
    def fences(self) -> list[Fence]:
        """All fences, run or not."""
        return find_fences(self.text, self.path)

    @cached_property
    def blocks(self) -> list[Fence]:
        """The fences that are run."""
        return [fence for fence in self.fences if fence.runs]

    @property
    def not_run(self) -> list[Fence]:
        """The blocks that are marked as not run, each with its reason."""
        return [fence for fence in self.fences if "notest" in fence.options]

    @property
    def is_default(self) -> bool:
        """Whether its records come before those of a page with equal code."""
        return DEFAULT_LANGUAGE in (self.language, *self.path.parts)

    def keys(self, environment: Environment) -> list[str]:
        """The key of each block's record."""
        known = (environment.source.digest, *sorted(environment.versions.items()))
        if known not in self._keys:
            self._keys[known] = chain_keys(
                self.blocks, environment.versions, environment.source.digest
            )
        return self._keys[known]

    @cached_property
    def _keys(self) -> dict[tuple, list[str]]:
        return {}


def read_page(path: Path, language: str = "") -> Page:
    """Read a page.

    Args:
        path: a Markdown file, or a program that is written as cells.
        language: of a program, the language to read it in; the default one if left out.

    Raises:
        tools.blocks.PageError: a program's cells are wrong; of Markdown, when its fences
            are asked for and are wrong.
    """
    path = path.resolve()
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        language = language or DEFAULT_LANGUAGE
        text = as_markdown(text, str(shown), language)
    elif "docs" in shown.parts[:-2]:
        language = shown.parts[shown.parts.index("docs") + 1]
    return Page(shown, text, language)


def languages(docs: Path = DOCS) -> list[str]:
    """The folders of pages, the default language first."""
    names = {path.name for path in docs.iterdir() if any(path.glob("*.md"))}
    return sorted(names, key=lambda name: (name != DEFAULT_LANGUAGE, name))


def all_pages(docs: Path = DOCS) -> list[Page]:
    """Every page below a folder and beside it, those of the default language first."""
    pages = [read_page(path) for path in sorted(docs.rglob("*.md"))]
    pages += [read_page(path, name) for path in programs(docs) for name in languages(docs)]
    return sorted(pages, key=lambda page: not page.is_default)


class Session:
    """One run of a page, block by block; records what went well on `close`.

    Args:
        page: the page.
        environment: versions and data.
        store: where records go.
        time_limit: seconds for a block without a `timeout` of its own.
    """

    def __init__(self, page: Page, environment: Environment, store: Store, time_limit=TIME_LIMIT):
        self.page, self.environment, self.store = page, environment, store
        self.results: list[dict] = []
        self.error: BlockError | None = None
        self._run = PageRun(page.path, page.blocks, environment.source.path, time_limit)

    def run(self, index: int) -> None:
        """Run the blocks up to and including this one, each only once.

        Raises:
            BlockError: a block failed, now or before.
        """
        while self.error is None and len(self.results) <= index:
            try:
                self.results.append(self._run.run(self.page.blocks[len(self.results)]))
            except BlockError as error:
                self.error = error
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """End the page's process and write the records."""
        self._run.close()
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        opened: set[str] = set()
        for key, result in zip(self.page.keys(self.environment), self.results, strict=False):
            opened |= set(result["opened"])
            # The default language's record is the one that all pages show.
            if not self.page.is_default and self.store.get(key):
                continue
            self.store.put(
                key,
                Record(
                    outputs=result["outputs"],
                    seconds=result["seconds"],
                    finished=finished,
                    versions=self.environment.versions,
                    data=self.environment.source.kind,
                    files=hash_files(sorted(opened), self.store.root),
                ),
            )


def run_page(page: Page, environment: Environment, store: Store = RECORDS) -> BlockError | None:
    """Run a whole page and record it; return what failed, if anything."""
    session = Session(page, environment, store)
    try:
        session.run(len(page.blocks) - 1)
    except BlockError as error:
        return error
    finally:
        session.close()
    return None


def unrecorded(
    pages: Iterable[Page], environment: Environment, store: Store = RECORDS
) -> list[Page]:
    """The pages that must run, one of those with equal code."""
    missing = {}
    for page in pages:
        keys = page.keys(environment)
        if keys and keys[-1] not in missing and not all(map(store.get, keys)):
            missing[keys[-1]] = page
    return list(missing.values())


def run_pages(
    pages: list[Page],
    environment: Environment,
    done: Callable[[Page, BlockError | None], object],
    store: Store = RECORDS,
) -> None:
    """Run pages side by side, one a core; tell each as it ends."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run_page, page, environment, store): page for page in pages}
        try:
            for future in as_completed(running):
                done(running[future], future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kill_all()
            raise
