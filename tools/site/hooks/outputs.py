"""MkDocs runs the pages and shows under each block what it did.

`mkdocs build` runs all that has no record first; `mkdocs serve` answers at
once and fills the pages in as they finish.
"""

import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from examples.mnist_data import DataError  # noqa: E402
from tools.pages.fences import PageError  # noqa: E402
from tools.site.state import site  # noqa: E402


def on_startup(command: str, dirty: bool) -> None:
    """Note whether this is a build or a server."""
    site.serves = command == "serve"


def on_config(config: Any) -> Any:
    """Give SuperFences the formatter that adds outputs."""
    settings = config.mdx_configs.setdefault("pymdownx.superfences", {})
    highlight = config.mdx_configs.get("pymdownx.highlight", {})
    settings["custom_fences"] = site.rendering.custom_fences(highlight)
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
    if _is_markdown(page):
        source = site.source(page.file.abs_src_path, config.plugins["i18n"].current_language)
        with _told():
            page.view = site.view(source, page, config)
        page.render = partial(_render, page)


def _render(page, config, files):
    with _told():
        path, shown = page.view.page.path, page.view.shown()

        def convert():
            site.rendering.begin(path, shown)
            Page.render(page, config, files)
            site.rendering.end()

        site.conversion.render(page, config, files, shown, convert, site.rendering.knows)


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Add the page's stamp."""
    return html + page.view.stamp() if _is_markdown(page) else html


@event_priority(-100)  # after the search plugin
def on_page_context(context: Any, page: Any, config: Any, nav: Any) -> None:
    """Colour the code."""
    page.content = site.rendering.colour(page.content)


@event_priority(-200)  # after the i18n plugin, which by then has built every language
def on_post_build(config: Any) -> None:
    """Keep what this build has made."""
    if not config.plugins["i18n"].building:
        site.save()


def on_serve(server: Any, config: Any, builder: Any) -> None:
    """Begin to run pages; build again whenever one has been run."""
    site.background.start()
    site.rebuild()
    server.watch(str(site.signal))


def on_shutdown() -> None:
    """Stop running pages."""
    site.close()


def _is_markdown(page) -> bool:
    return page.file.src_uri.endswith(".md")


@contextmanager
def _told():
    """Let MkDocs report a page that the engine cannot read as an error of its own kind."""
    try:
        yield
    except PageError as error:
        raise PluginError(str(error)) from None
