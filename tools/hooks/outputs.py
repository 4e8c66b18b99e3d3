"""MkDocs runs the pages and shows under each block what it did.

`mkdocs build` runs all that has no record first; `mkdocs serve` answers at
once and fills the pages in as they finish.
"""

import logging
import sys
import threading
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from examples.mnist_data import DataError  # noqa: E402
from tools import environment  # noqa: E402
from tools.background import Background  # noqa: E402
from tools.blocks import PageError  # noqa: E402
from tools.fences import Rendering  # noqa: E402
from tools.pages import (  # noqa: E402
    RECORDS,
    all_pages,
    read_page,
    run_page,
    run_pages,
    unrecorded,
)
from tools.process import kill_all  # noqa: E402
from tools.run import BlockError  # noqa: E402
from tools.view import View  # noqa: E402

log = logging.getLogger("mkdocs.pages")
rendering = Rendering()


class Site:
    """What lasts from one build to the next under `mkdocs serve`."""

    def __init__(self):
        self.serves = False
        self.closing = False
        self.known: environment.Environment | None = None
        self.deciding: threading.Thread | None = None
        self.error: DataError | None = None
        self.failures: dict[str, BlockError] = {}  # by the key of a page's last block
        self.background = Background(self._run_behind)
        self.signal = RECORDS.folder.parent / "finished"  # touched: MkDocs builds again

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
        """Run what has no record: now, or under `serve` behind the server."""
        if self.known is None:
            return
        pages = unrecorded(all_pages(docs), self.known)
        pages = [page for page in pages if page.keys(self.known)[-1] not in self.failures]
        if self.serves:
            self.background.ask(pages)
        elif pages:
            log.info(f"Running {len(pages)} pages on {self.known.source.label}")
            run_pages(pages, self.known, self._done)

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


def on_startup(command: str, dirty: bool) -> None:
    """Note whether this is a build or a server."""
    site.serves = command == "serve"


def on_config(config: Any) -> Any:
    """Give SuperFences the formatter that adds outputs."""
    settings = config.mdx_configs.setdefault("pymdownx.superfences", {})
    settings["custom_fences"] = rendering.custom_fences()
    return config


def on_pre_build(config: Any) -> None:
    """Decide on the data and see to it that the pages are run."""
    if config.plugins["i18n"].building:  # a further language of the same build
        return
    try:
        site.prepare()
        site.fill(Path(config.docs_dir))
    except (DataError, PageError) as error:
        raise PluginError(str(error)) from None


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> None:
    """Look up what each block of the page did."""
    try:
        view = View(
            read_page(Path(page.file.abs_src_path)),
            site.known,
            RECORDS,
            site.failures,
            language=config.theme["language"],
            site=Path(config.site_dir),
            to_root=get_relative_url(".", page.url).rstrip("/") + "/",
        )
        rendering.begin(view)
    except PageError as error:
        raise PluginError(str(error)) from None


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Add the page's stamp."""
    try:
        return html + rendering.end().stamp()
    except PageError as error:
        raise PluginError(str(error)) from None


@event_priority(-100)  # after the search plugin
def on_page_context(context: Any, page: Any, config: Any, nav: Any) -> None:
    """Colour the code."""
    page.content = rendering.colour(page.content)


def on_serve(server: Any, config: Any, builder: Any) -> None:
    """Build again whenever a page has been run."""
    site.rebuild()
    server.watch(str(site.signal))


def on_shutdown() -> None:
    """Stop running pages."""
    site.close()
