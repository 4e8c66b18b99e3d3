"""Puts what a block did under the block, wherever it stands in its page.

SuperFences asks the formatter for the HTML of each python and sh fence, in
their order.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from pymdownx.superfences import SuperFencesException

from tools.pages.fences import RUNNABLE, Fence, PageError
from tools.site.kept import Kept, key_of

_HIGHLIGHT_OPTIONS = ("title", "hl_lines")
_PLAIN = re.compile(r'<pre data-code="(\w+)">.*?</pre>', re.S)
_KEY = re.compile(r'<pre data-code="(\w+)">')


class Rendering:
    """Follows the page that is being rendered, fence by fence.

    Code stands plain in the page until `colour` is called: the search plugin reads the page
    before, and would take most of a build to read past a tag for each word of the code.

    Args:
        kept: where coloured code is kept between builds.
    """

    def __init__(self, kept: Kept):
        self._kept = kept
        self._settings = ""
        self._held: dict[str, str] = {}
        self._path = Path()
        self._shown: Iterator[tuple[Fence, str]] = iter(())

    def begin(self, path: Path, shown: list[tuple[Fence, str]]) -> None:
        """Render a page next.

        Args:
            path: of the page, as it stands in messages.
            shown: its python and sh fences, each with the HTML that follows it.
        """
        self._path, self._shown = path, iter(shown)

    def end(self) -> None:
        """Tell that the page has been rendered.

        Raises:
            PageError: the engine finds a block that the site does not show.
        """
        for fence, _ in self._shown:
            raise PageError(
                self._path, fence.line, "this block is run, but the site does not show it"
            )

    def format(self, source, language, css_class, options, md, **kwargs) -> str:
        """The block, still without colours, with its outputs.

        Raises:
            SuperFencesException: the site shows a block that the engine does
                not find.
        """
        fence, under = next(self._shown, (None, ""))
        if fence is None or fence.code.strip() != source.strip():
            line = fence.line if fence else 1
            message = f"{self._path}:{line}: the site and the engine read another block: {source!r}"
            raise SuperFencesException(message)
        chosen = {name: options[name] for name in _HIGHLIGHT_OPTIONS if name in options}
        parts = (self._settings, language, source, *sorted(chosen.items()))
        highlight = md.preprocessors["fenced_code_block"].highlight
        self._kept.get(parts, lambda: highlight(source, language, chosen, md, **kwargs))
        return _plain(self._kept.key(parts), source) + under

    def hold(self, coloured: str, source: str) -> str:
        """A block that is coloured already, plain until `colour` is called."""
        key = key_of(coloured)
        self._held[key] = coloured
        return _plain(key, source)

    def knows(self, html: str) -> bool:
        """Whether the colours of all blocks of a page are at hand."""
        return all(self._coloured(key) is not None for key in _KEY.findall(html))

    def colour(self, html: str) -> str:
        """The page with each block as SuperFences highlights it."""
        return _PLAIN.sub(lambda found: self._coloured(found[1]), html)

    def _coloured(self, key):
        return self._held.get(key) or self._kept.find(key)

    def custom_fences(self, settings: dict) -> list[dict]:
        """For the `custom_fences` option of SuperFences.

        Args:
            settings: how the site highlights code.
        """
        self._settings = repr(settings)
        return [
            {"name": name, "class": "", "format": self.format, "validator": _accept}
            for name in RUNNABLE
        ]


def _plain(key, source):
    return f'<pre data-code="{key}"><code>{escape(source, quote=False)}</code></pre>'


def _accept(language, inputs, options, attrs, md):
    options.update(inputs)  # tools/pages/fences.py has checked them
    return True
