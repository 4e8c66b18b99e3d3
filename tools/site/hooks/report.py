"""MkDocs puts reports about all pages into the pages that ask for them."""

import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools.engine.pages_old import read_page  # noqa: E402
from tools.pages.fences import PageError  # noqa: E402
from tools.site.report import asks, fill_in  # noqa: E402
from tools.site.state import site  # noqa: E402
from tools.site.summary import Row, Summary  # noqa: E402

documents: list[File] = []  # of the language that is built


def on_env(env: Any, config: Any, files: Any) -> None:
    """Keep what the site shows, in the navigation or not."""
    documents[:] = files.documentation_pages()


@event_priority(-100)  # after the search plugin; all pages have their titles by now
def on_page_context(context: Any, page: Any, config: Any, nav: Any) -> None:
    """Fill in what the page asks for.

    Raises:
        PluginError: it asks for a report that there is not.
    """
    if not asks(page.content):
        return
    languages = config.plugins["i18n"].config.languages
    summary = Summary(
        rows=_rows(page, config, nav),
        environment=site.known,
        languages=[language.name for language in languages],
        language=config.theme["language"],
    )
    try:
        page.content = fill_in(page.content, read_page(Path(page.file.abs_src_path)), summary)
    except PageError as error:
        raise PluginError(str(error)) from None


def _rows(page, config, nav) -> list[Row]:
    """The pages of the language that is built, in the order of the navigation."""
    files = [*(one.file for one in nav.pages), *documents]
    shown = {Path(file.abs_src_path).resolve(): file.page for file in files}
    order = list(shown)
    rows = []
    for source in site.pages:
        if source.language != config.plugins["i18n"].current_language:
            continue
        keys = source.keys(site.known) if site.known else []
        target = shown.get(ROOT / source.path)
        row = Row(
            page=source,
            title=target.title if target else source.path.as_posix(),
            address=get_relative_url(target.url, page.url) if target else None,
            records=[record for key in keys if (record := site.records.get(key))],
            failed=bool(keys) and keys[-1] in site.failures,
        )
        rows.append((order.index(ROOT / source.path) if target else len(order), row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]
