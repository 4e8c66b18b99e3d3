"""Converts the Markdown of a page, or takes what an earlier build has made of the same page.

MkDocs resolves a page's links while it converts it, and warns of those that lead nowhere. So a
conversion is found by all files of the site as well, and one that had something to say is not
kept: it is said in each build. Links to headings MkDocs checks afterwards, in each build.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc

from tools.site.kept import KeptFiles, key_of

_LOGS = [logging.getLogger(), logging.getLogger("mkdocs")]


class Conversion:
    """Converts pages.

    Args:
        kept: where conversions are kept between builds.
    """

    def __init__(self, kept: KeptFiles):
        self._kept = kept
        self._files: Any = None
        self._site = ""  # stands for settings and files of the build

    def render(
        self,
        page: Page,
        config: Any,
        files: Any,
        parts: Any = (),
        convert: Callable[[], object] | None = None,
        usable: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Fill in what MkDocs' own `page.render` fills in.

        Args:
            page: MkDocs' page, with its final Markdown.
            config: MkDocs' configuration.
            files: all files of the site in the language that is built.
            parts: of what the HTML is made besides the Markdown.
            convert: called for the conversion instead of MkDocs' own.
            usable: refuses the HTML of an earlier build.
        """
        if files is not self._files:
            self._files, self._site = files, _site(config, files)
        parts = (self._site, page.file.src_uri, page.file.url, page.markdown, parts)
        key = self._kept.key(parts)
        kept = json.loads(self._kept.find(key) or "null")
        if kept and usable(kept["content"]):
            _unpack(kept, page, files)
            return
        with _listening() as said:
            (convert or (lambda: Page.render(page, config, files)))()
        if not said:
            self._kept.put(key, json.dumps(_packed(page), ensure_ascii=False))


def _site(config, files):
    settings = json.dumps(
        [config.markdown_extensions, config.mdx_configs, config.validation],
        default=lambda value: getattr(value, "__qualname__", None) or repr(value),
    )
    known = [(file.src_uri, file.url, file.inclusion.name) for file in files]
    levels = [log.getEffectiveLevel() for log in _LOGS]
    return key_of(settings, config.use_directory_urls, levels, known)


@contextmanager
def _listening() -> Iterator[list]:
    """What is logged meanwhile."""
    said: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = said.append
    for log in _LOGS:
        log.addHandler(handler)
    try:
        yield said
    finally:
        for log in _LOGS:
            log.removeHandler(handler)


def _packed(page):
    links = page.links_to_anchors
    return {
        "content": page.content,
        "title": page._title_from_render,
        "toc": [_token(item) for item in page.toc],
        "anchors": sorted(page.present_anchor_ids),
        "links": None if links is None else [[to.src_uri, found] for to, found in links.items()],
    }


def _token(item):
    children = [_token(child) for child in item.children]
    return {"name": item.title, "id": item.id, "level": item.level, "children": children}


def _unpack(value, page, files):
    page.content = value["content"]
    page._title_from_render = value["title"]
    page.toc = get_toc(value["toc"])
    page.present_anchor_ids = set(value["anchors"])
    if value["links"] is not None:
        page.links_to_anchors = {files.src_uris[to]: found for to, found in value["links"]}
