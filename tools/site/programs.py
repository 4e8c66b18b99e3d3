"""A program's page: a notebook that mkdocs-jupyter renders.

Its prose goes in as HTML, made by the site's own Markdown extensions, and so do outputs: a
program looks, reads and is searched like any other page.
"""

import re
from collections.abc import Callable

from tools.notebooks import code_cell, html_cell, of_cells
from tools.pages import Fence, Page, segments
from tools.site.blocks import Code, layout
from tools.site.outputs import PageOutputs

_MARK = '<div class="cell-{}"></div>'
_MARKED = re.compile(r'<div class="cell-(\d+)"></div>')


def prose(page: Page) -> str:
    """The page's prose alone, as Markdown, with a mark in the place of each block."""
    parts, number = [], 0
    for part in segments(page):
        if isinstance(part, Fence):
            part, number = _MARK.format(number), number + 1
        parts.append(part)
    return "\n\n".join(parts)


def render(html: str, outputs: PageOutputs, convert: Callable[[dict], str]) -> str:
    """The page.

    Args:
        html: what `prose` has become.
        outputs: what is shown under the blocks.
        convert: makes HTML of a notebook.
    """
    pieces = _MARKED.split(html)
    cells = [html_cell(pieces[0])]
    for number, text in zip(pieces[1::2], pieces[2::2], strict=True):
        for part in layout(outputs.page.blocks[int(number)], outputs):
            cells.append(code_cell(str(part), []) if isinstance(part, Code) else html_cell(part))
        cells.append(html_cell(text))
    return convert(of_cells(cells))
