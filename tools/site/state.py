"""What lasts from one build to the next under `mkdocs serve`: pages, environment, runs."""

import logging
import threading
from pathlib import Path
from typing import Any

from examples.mnist_data import DataError
from tools.engine import (
    RECORDS,
    Background,
    BlockError,
    Environment,
    current,
    fingerprints,
    kill_all,
    run_page,
    run_pages,
    unrecorded,
)
from tools.pages import ROOT, Page, all_pages, read_page
from tools.site.internals import build_again
from tools.site.outputs import PageOutputs

# Seconds that `serve` waits for the data to be decided on, and from the first moment at which it
# can answer until it goes on: a reader who is there already gets the first answer before.
_PATIENCE, _PAUSE = 0.2, 0.5

log = logging.getLogger("mkdocs.pages")


class Site:
    """The state of the site.

    Attributes:
        serves: whether this is `mkdocs serve`.
        environment: versions and data; None while the data is decided on.
        pages: all pages, as this build has read them.
        wanted: the address under the site's root that was asked for last: "ko/cnn/".
        left: the number of pages that this build leaves to the next one.
    """

    def __init__(self):
        self.serves = False
        self.environment: Environment | None = None
        self.pages: list[Page] = []
        self._by_file: dict[tuple[Path, str], Page] = {}  # file and language
        self.wanted = ""
        self.left = 0
        self._keys: dict[Page, list[str]] = {}  # of this build
        self._failures: dict[str, BlockError] = {}  # by the key of the page's last block
        self._error: DataError | None = None
        self._deciding: threading.Thread | None = None
        self._background = Background(self._run_behind)
        self._server: Any = None
        self._closing = False

    def begin(self, docs: Path) -> None:
        """Begin a build: read all pages and run what has no record, under `serve` behind it.

        Raises:
            DataError: MNIST_NPZ names a file that is not MNIST.
            PageError: a page cannot be read.
        """
        known = {page: page for page in self.pages}  # what is not changed need not be parsed again
        self.pages = [known.get(page, page) for page in all_pages(docs)]
        self._by_file = {(ROOT / page.path, page.language): page for page in self.pages}
        self._keys = {}
        self.left = 0
        self._decide_on_data()
        if self.environment is None or (self.serves and self._server is None):
            return  # under `serve` the first answer comes first
        pages = unrecorded(self.pages, self.environment)
        pages = [page for page in pages if self.keys(page)[-1] not in self._failures]
        if self.serves:
            self._background.ask(pages)
        elif pages:
            log.info(f"Running {len(pages)} pages on {self.environment.source.label}")
            run_pages(pages, self.environment, self._done)

    def source(self, path: str | Path, language: str) -> Page:
        """The page behind a file, as this build has read it."""
        path = Path(path).resolve()
        return self._by_file.get((path, language)) or read_page(path, language)

    def keys(self, page: Page) -> list[str]:
        """The key of each block's record; [] while the data is decided on."""
        if self.environment is None:
            return []
        if page not in self._keys:
            self._keys[page] = fingerprints(page, self.environment)
        return self._keys[page]

    def outputs(self, page: Page, to_root: str = "") -> PageOutputs:
        """The outputs of a page.

        Args:
            page: the page.
            to_root: the relative address of the site's root, as seen by the page.
        """
        keys = self.keys(page)
        failure = self._failures.get(keys[-1]) if keys else None
        return PageOutputs(page, keys, RECORDS, failure, to_root)

    def asked_for(self, address: str) -> None:
        """Note which page a reader looks at: it comes before all others.

        Args:
            address: under the site's root.
        """
        if address and not address.endswith("/"):
            return  # a picture, a script
        self.wanted = address
        languages = {page.language for page in self.pages}
        *_, name = [
            "index",
            *(part for part in address.split("/") if part and part not in languages),
        ]
        for page in self.pages:
            if page.path.stem == name:
                self._background.first(page.path)
                break

    def listen(self, server: Any) -> None:
        """Go on as soon as the server answers: run pages, and build what has been left."""
        self._server = server
        timer = threading.Timer(_PAUSE, self._go_on)
        timer.daemon = True
        timer.start()

    def build_again(self) -> None:
        """Build the site again, if a server is there."""
        if self._server is not None and not self._closing:
            build_again(self._server)

    def close(self) -> None:
        """Stop running pages."""
        self._closing = True
        self._background.close()
        kill_all()

    def _go_on(self):
        self._background.start()
        self.build_again()

    def _decide_on_data(self):
        if self.environment is None and (self._deciding is None or not self._deciding.is_alive()):
            self._deciding = threading.Thread(target=self._decide, daemon=True)
            self._deciding.start()
            self._deciding.join(_PATIENCE if self.serves else None)
        if self._error is not None:
            raise self._error

    def _decide(self):
        self._error = None
        try:
            self.environment = current(log.info)
        except DataError as error:
            self._error = error
        self.build_again()

    def _run_behind(self, page):
        log.info(f"{page.path}: running {len(page.blocks)} blocks ...")
        error = run_page(page, self.environment)
        if not self._closing:
            self._done(page, error)
            self.build_again()

    def _done(self, page, error):
        keys = self.keys(page)
        if error is None:
            seconds = sum(record.seconds for record in map(RECORDS.get, keys) if record)
            log.info(f"{page.path}: {len(page.blocks)} blocks done in {seconds:.1f} s")
        else:
            self._failures[keys[-1]] = error
            log.warning(f"{error}\n{error.details}")
