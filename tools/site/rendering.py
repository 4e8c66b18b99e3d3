"""Renders the pages of a build; what has not changed under `serve` is rendered once."""

import re
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url, write_file

from tools.pages import RUNNABLE, PageError, minutes
from tools.site import internals, programs
from tools.site.blocks import Formatter, wrap_lines
from tools.site.downloads import add_downloads
from tools.site.formulas import as_mathml
from tools.site.llms import NAME, as_markdown
from tools.site.outputs import PageOutputs
from tools.site.reports import Row
from tools.site.state import Site
from tools.words import PAGE, PLACE, TEXT, Marker, index, read_terms

# Seconds of computing for pages in the first build under `serve`, and in each later one. Those
# that are left are rendered in the next build, which follows at once.
_FIRST, _LATER = 0.15, 1.0

_STUB = "stub.html"
_ALIGNED = re.compile(r'(<t[hd]) style="text-align: (\w+);"')  # the site's policy allows no style
_TITLE = re.compile(r"^# .*$", re.M)
_SPAN = re.compile(r"</?span\b[^>]*>")


@dataclass(frozen=True)
class Rendered:
    """A page that has been rendered, and what it was made from.

    Attributes:
        parts: what it was made from.
        content: the HTML.
        title, toc, anchors: as MkDocs' page has them.
        files: pictures and downloads, by their address under the site's root.
        entries: what the search plugin has found in it; [] before it has read the page.
    """

    parts: tuple
    content: str
    title: str
    toc: Any
    anchors: set[str]
    files: dict[str, bytes]
    entries: list[dict] = field(default_factory=list)


class Rendering:
    """Follows MkDocs from page to page.

    Args:
        site: what is known of the pages.
    """

    def __init__(self, site: Site):
        self.formatter = Formatter()
        self._site = site
        self._rendered: dict[str, Rendered] = {}  # by the address
        self._now: dict[str, Rendered] = {}  # of this build
        self._budget, self._spent = _FIRST, 0.0
        self._started = 0.0
        self._files: Any = None
        self._outputs: PageOutputs | None = None
        self._parts: tuple = ()
        self._coloured, self._entries_before = "", 0

    def begin(self, page: Page, markdown: str, config: Any, files: Files) -> str:
        """The Markdown that MkDocs is to render: "" for a page that is at hand."""
        self._files, language = files, internals.language(config)
        page.meta["minutes"] = minutes(self._site.source(page.file.abs_src_path, language))
        if page.url not in self._rendered and self._can_wait(page, config):
            return _stub(page, markdown, language)
        source = self._site.source(page.file.abs_src_path, language)
        outputs = self._site.outputs(source, get_relative_url(".", page.url).rstrip("/") + "/")
        glossary = _glossary(language, files)
        self._outputs = outputs
        self._parts = (
            source.text,
            tuple(outputs.keys),
            tuple(record.finished for record in outputs.records.values()),
            str(outputs.failure),
            glossary and _read(glossary.abs_src_path),
            frozenset(files.src_uris),
        )
        known = self._rendered.get(page.url)
        if known and known.parts == self._parts:
            self._now[page.url] = known
            return ""
        if self._can_wait(page, config):
            return _stub(page, markdown, language)
        self._started = time.thread_time()
        fences = source.not_run if source.is_program else source.fences
        self.formatter.begin(outputs, [fence for fence in fences if fence.language in RUNNABLE])
        return markdown

    def end(self, html: str, page: Page, config: Any, files: Files) -> str:
        """The page's HTML, of the HTML that MkDocs has made."""
        if is_stub(page):
            page.present_anchor_ids = page.links_to_anchors = None  # nobody knows them yet
            return html
        if page.url not in self._now:
            self._now[page.url] = self._finish(html, page, config, files)
            self._spent += time.thread_time() - self._started
        rendered = self._now[page.url]
        page.title, page.toc = rendered.title, rendered.toc
        page.present_anchor_ids = rendered.anchors
        for address, content in rendered.files.items():
            write_file(content, str(Path(config.site_dir, address)))
        return rendered.content

    def before_search(self, page: Page, config: Any) -> None:
        """Let the search plugin read a page without its colours, and each page once.

        A tag for each word takes it long, and so do pages that it has read in an earlier build.
        """
        known, entries = self._now.get(page.url), internals.search_entries(config)
        self._coloured, page.content = page.content, _SPAN.sub("", page.content)
        if known and known.entries:
            page.content = ""
            entries.extend(map(dict, known.entries))
        self._entries_before = len(entries)

    def after_search(self, page: Page, config: Any) -> None:
        """Give the page its colours back, and keep what the search plugin has found in it."""
        page.content = self._coloured
        if known := self._now.get(page.url):
            found = internals.search_entries(config)[self._entries_before :]
            known.entries.extend(map(dict, found))

    def moved(self, page: Page, config: Any) -> list[tuple[str, list[str]]]:
        """Where sections of a page have gone: the address as seen from it, and their ids.

        Raises:
            PageError: the front matter names a page that is not there.
        """
        found, language = [], internals.language(config)
        for name, ids in (page.meta.get("moved") or {}).items():
            file = self._files.get_file_from_path(f"{language}/{name}")
            if file is None:
                raise PageError(
                    page.file.src_uri, 1, f"sections have moved to {name}: no such page"
                )
            found.append((get_relative_url(file.url, page.url), ids))
        return found

    def rows(self, page: Page, nav: Any, config: Any) -> list[Row]:
        """The pages of the language that is built, in the order of the navigation.

        Args:
            page: the page with the report, from which the addresses are seen.
            nav: MkDocs' navigation.
            config: MkDocs' configuration.
        """
        language, rows = internals.language(config), {}
        for file in [*(one.file for one in nav.pages), *self._files.documentation_pages()]:
            source = self._site.source(file.abs_src_path, language)
            address = get_relative_url(file.url, page.url)
            rows.setdefault(source, Row(self._site.outputs(source), file.page.title, address))
        for source in self._site.pages:  # those that the site does not show
            if source.language == language:
                row = Row(self._site.outputs(source), source.path.as_posix(), None)
                rows.setdefault(source, row)
        return list(rows.values())

    def finish(self) -> None:
        """End a build: forget what it has not used."""
        self._rendered, self._now = self._now, {}
        self._budget, self._spent = _LATER, 0.0

    def _can_wait(self, page, config):
        """Whether a page is left to the next build."""
        if not self._site.serves or self._spent < self._budget:
            return False
        homes = [internals.home(name, config) for name in internals.languages(config)]
        if page.url in (*homes, self._site.wanted):
            return False
        self._site.left += 1
        return True

    def _finish(self, html, page, config, files):
        outputs, language = self._outputs, internals.language(config)
        self.formatter.end()
        html = _ALIGNED.sub(r'\1 class="\2"', html)
        if outputs.page.is_program:
            html = programs.render(
                html, outputs, lambda notebook: internals.notebook_html(notebook, config, files)
            )
        html = as_mathml(wrap_lines(html)) + outputs.stamp()
        here = urljoin(config.site_url or "", page.url)
        folder = here if outputs.page.path.stem == "index" else urljoin(here, "../")
        markdown = as_markdown(outputs, folder, here).encode()
        html, downloads = add_downloads(
            html,
            outputs,
            page.url,
            config.site_url or "",
            config.extra.get("repository") or "",
        )
        if glossary := _glossary(language, files):
            marker, links = _terms(_read(glossary.abs_src_path), language)
            if page.file.src_uri == glossary.src_uri:
                html = html.replace(f"<p>{PLACE}</p>", PLACE).replace(PLACE, links)
            else:
                html = marker.mark(html, get_relative_url(glossary.url, page.url))
        files = {**outputs.files, **downloads, f"{page.url}{NAME}": markdown}
        return Rendered(self._parts, html, page.title, page.toc, page.present_anchor_ids, files)


def is_stub(page: Page) -> bool:
    """Whether a page is left to the next build, and says so."""
    return page.meta.get("template") == _STUB


def _stub(page, markdown, language):
    page.meta["template"] = _STUB
    title = _TITLE.search(markdown)
    return f"{title[0] if title else ''}\n\n{TEXT[language]['stub']}"


def _glossary(language, files):
    return files.get_file_from_path(f"{language}/{PAGE}")


def _read(path):
    return Path(path).read_text(encoding="utf-8")


@lru_cache(4)  # the glossary of each language, and what it was before
def _terms(text, language):
    try:
        terms = read_terms(text)
    except ValueError as error:
        raise PageError(f"docs/{language}/{PAGE}", 1, str(error)) from None
    return Marker(terms, language), index(terms)
