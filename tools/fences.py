"""Puts what a block did under the block, wherever it stands in its page.

SuperFences asks the formatter for the HTML of each python and sh fence, in
their order. The view of the page that is being rendered says which outputs
belong there.
"""

import re
from collections.abc import Iterator
from html import escape

from pymdownx.superfences import SuperFencesException

from tools.blocks import RUNNABLE, Fence, PageError
from tools.kept import Kept
from tools.view import View

_HIGHLIGHT_OPTIONS = ("title", "hl_lines")
_PLAIN = re.compile(r'<pre data-code="(\d+)">.*?</pre>', re.S)


class Rendering:
    """Follows the page that is being rendered, fence by fence.

    Code stands plain in the page until `colour` is called: the search plugin reads the page
    before, and would take most of a build to read past a tag for each word of the code.

    Args:
        kept: where coloured code is kept between builds.
    """

    def __init__(self, kept: Kept):
        self._kept = kept
        self._numbers: dict[tuple, int] = {}  # each block comes in every language
        self._coloured: list[str] = []
        self._view: View | None = None
        self._fences: Iterator[Fence] = iter(())

    def begin(self, view: View) -> None:
        """Render this page next."""
        self._view = view
        self._fences = (fence for fence in view.page.fences if fence.language in RUNNABLE)

    def end(self) -> View:
        """The view of the page that has been rendered.

        Raises:
            PageError: the engine finds a block that the site does not show.
        """
        view, self._view = self._view, None
        for fence in self._fences:
            raise PageError(
                view.page.path, fence.line, "this block is run, but the site does not show it"
            )
        return view

    def format(self, source, language, css_class, options, md, **kwargs) -> str:
        """The block, still without colours, with its outputs.

        Raises:
            SuperFencesException: the site shows a block that the engine does
                not find.
        """
        fence = next(self._fences, None)
        if fence is None or fence.code.strip() != source.strip():
            path, line = self._view.page.path, fence.line if fence else 1
            message = f"{path}:{line}: the site and the engine read another block: {source!r}"
            raise SuperFencesException(message)
        shown = {name: options[name] for name in _HIGHLIGHT_OPTIONS if name in options}
        known = (language, source, *sorted(shown.items()))
        if known not in self._numbers:
            highlight = md.preprocessors["fenced_code_block"].highlight
            self._numbers[known] = len(self._coloured)
            self._coloured.append(
                self._kept.get(known, lambda: highlight(source, language, shown, md, **kwargs))
            )
        return self._plain(self._numbers[known], source) + self._view.under(fence)

    def hold(self, coloured: str, source: str) -> str:
        """A block that is coloured already, plain until `colour` is called."""
        self._coloured.append(coloured)
        return self._plain(len(self._coloured) - 1, source)

    @staticmethod
    def _plain(number, source):
        return f'<pre data-code="{number}"><code>{escape(source, quote=False)}</code></pre>'

    def colour(self, html: str) -> str:
        """The page with each block as SuperFences highlights it."""
        return _PLAIN.sub(lambda found: self._coloured[int(found[1])], html)

    def custom_fences(self) -> list[dict]:
        """For the `custom_fences` option of SuperFences."""
        return [
            {"name": name, "class": "", "format": self.format, "validator": _accept}
            for name in RUNNABLE
        ]


def _accept(language, inputs, options, attrs, md):
    options.update(inputs)  # tools/blocks.py has checked them
    return True
