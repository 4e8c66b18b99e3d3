"""The state that the site's hooks share: what is known, read, recorded and still to be run."""

import logging
import threading
from pathlib import Path
from typing import Any

from mkdocs.utils import get_relative_url

from examples.mnist_data import DataError
from tools.engine import environment
from tools.engine.background import Background
from tools.engine.pages_old import (
    RECORDS,
    Page,
    all_pages,
    read_page,
    run_page,
    run_pages,
    unrecorded,
)
from tools.engine.processes import ROOT, kill_all
from tools.engine.records import Snapshot
from tools.engine.run_old import BlockError
from tools.site import makers
from tools.site.conversion import Conversion
from tools.site.kept import Kept, KeptFiles
from tools.site.kept_keys import keep_keys
from tools.site.rendering import Rendering
from tools.site.view import View

CACHE = RECORDS.folder.parent

log = logging.getLogger("mkdocs.pages")


class Site:
    """What lasts from one build to the next under `mkdocs serve`.

    Attributes:
        known: versions and data; None while the data is decided on.
        pages: all pages, as this build reads them.
        records: what is recorded of them, each record read once a build.
        failures: key of a page's last block -> what failed in it.
        rendering: follows the page whose Markdown is being rendered.
        conversion: converts the Markdown of pages.
        programs: what mkdocs-jupyter makes of programs.
        entries: what the search index takes from pages.
        downloads: what can be downloaded of pages.
    """

    def __init__(self):
        self.serves = False
        self.closing = False
        self.known: environment.Environment | None = None
        self.deciding: threading.Thread | None = None
        self.error: DataError | None = None
        self.pages: list[Page] = []
        self.records = Snapshot(RECORDS)
        self.failures: dict[str, BlockError] = {}
        self.background = Background(self._run_behind)
        self.signal = CACHE / "finished"  # touched: MkDocs builds again
        self._keys = Kept(CACHE / "keys.json", makers.engine())
        coloured = Kept(CACHE / "coloured.json", makers.installed())
        converted = KeptFiles(CACHE / "converted", makers.engine())
        self.rendering = Rendering(coloured)
        self.conversion = Conversion(converted)
        self.programs = KeptFiles(CACHE / "programs", makers.installed())
        self.entries = KeptFiles(CACHE / "search", makers.engine())
        self.downloads = KeptFiles(CACHE / "downloads", makers.engine())
        self._kept: list[Kept | KeptFiles] = [self._keys, coloured, converted]
        self._kept += [self.programs, self.entries, self.downloads]

    def prepare(self) -> None:
        """Decide on the data; under `serve` without keeping anyone waiting.

        Raises:
            DataError: MNIST_NPZ names a file that is not MNIST.
        """
        if self.known is None and (self.deciding is None or not self.deciding.is_alive()):
            self.deciding = threading.Thread(target=self._decide, daemon=True)
            self.deciding.start()
            self.deciding.join(1.0 if self.serves else None)
        if self.error is not None:
            raise self.error

    def fill(self, docs: Path) -> None:
        """Read all pages and run what has no record: now, or under `serve` behind the server."""
        self.pages = [keep_keys(page, self._keys) for page in all_pages(docs)]
        self.records = Snapshot(RECORDS)
        if self.known is None:
            return
        pages = unrecorded(self.pages, self.known, self.records)
        pages = [page for page in pages if page.keys(self.known)[-1] not in self.failures]
        if self.serves:
            self.background.ask(pages)
        elif pages:
            log.info(f"Running {len(pages)} pages on {self.known.source.label}")
            run_pages(pages, self.known, self._done)
            self.records = Snapshot(RECORDS)  # what was found before the run is no longer true

    def source(self, path: str | Path, language: str) -> Page:
        """The page behind a file, as this build has read it."""
        path = Path(path).resolve()
        for page in self.pages:
            if page.language == language and ROOT / page.path == path:
                return page
        return read_page(path, language)

    def view(self, source: Page, page: Any, config: Any) -> View:
        """What a page shows under its blocks.

        Args:
            source: the page, read in the language that is built.
            page: MkDocs' page.
            config: MkDocs' configuration.
        """
        return View(
            source,
            self.known,
            self.records,
            self.failures,
            language=config.theme["language"],
            site=Path(config.site_dir),
            to_root=get_relative_url(".", page.url).rstrip("/") + "/",
        )

    def save(self) -> None:
        """Keep what this build has made for the next one."""
        for kept in self._kept:
            kept.save()

    def rebuild(self) -> None:
        """Let `mkdocs serve` build again."""
        self.signal.parent.mkdir(parents=True, exist_ok=True)
        self.signal.touch()

    def close(self) -> None:
        """Stop running pages."""
        self.closing = True
        self.background.close()
        kill_all()

    def _decide(self):
        self.error = None
        try:
            self.known = environment.current(log.info)
        except DataError as error:
            self.error = error
        self.rebuild()

    def _run_behind(self, page):
        log.info(f"{page.path}: running {len(page.blocks)} blocks ...")
        error = run_page(page, self.known)
        if not self.closing:
            self._done(page, error)
            self.rebuild()

    def _done(self, page, error):
        if error is None:
            seconds = sum(RECORDS.get(key).seconds for key in page.keys(self.known))
            log.info(f"{page.path}: {len(page.blocks)} blocks done in {seconds:.1f} s")
        else:
            self.failures[page.keys(self.known)[-1]] = error
            log.warning(f"{error}\n{error.details}")


site = Site()
