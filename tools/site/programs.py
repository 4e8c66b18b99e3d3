"""A program's page: the notebook that mkdocs-jupyter renders, and what becomes of its HTML.

Prose goes in as HTML, made by the site's own Markdown extensions, and so do outputs: a program
looks, reads and is searched like any other page. mkdocs-jupyter lays out and colours the cells.
"""

import json
import re
import tempfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import mkdocs.structure.pages
from mkdocs.structure.files import File

from tools.engine.pages_old import Page
from tools.notebooks.notebook import code_cell, display, html_cell, of_cells
from tools.notebooks.segments import segments
from tools.pages.fences import Fence
from tools.site.view import View

_MARK = '<div class="cell-{}"></div>'
_MARKED = re.compile(r'<div class="cell-(\d+)"></div>')
# What mkdocs-jupyter repeats in each page, 590 kB of it, and what its own copy button and
# collapsed cells need: the site has its styles and its buttons (docs/assets).
_REPEATED = re.compile(
    r"<style.*?</style>|<script.*?</script>|<link[^>]*>"
    r'|<div class="zeroclipboard-container">.*?</clipboard-copy>\s*</div>'
    r'|<div class="clipboard-copy-txt".*?</div>'
    r'|<div class="jp-Collapser[^>]*>\s*</div>|(?<=<div class="jp-Cell-inputWrapper") tabindex="0"'
    r'|(?<=<div class="jp-Cell-outputWrapper") tabindex="0"',
    re.S,
)
_CODE = re.compile(
    r'<div class="highlight-ipynb[^"]*"><pre><span></span>(.*?)\n*</pre></div>', re.S
)
_HIGHLIGHTED = r'<div class="highlight"><pre><span></span><code>\1\n</code></pre></div>'
_COLOURED = re.compile(r'<div class="highlight"><pre>.*?</pre></div>', re.S)
_TAG = re.compile(r"<[^>]+>")


def prose(page: Page) -> str:
    """The page's prose alone, as Markdown, with a mark in the place of each block."""
    parts, number = [], 0
    for part in segments(page):
        if isinstance(part, Fence):
            parts.append(_MARK.format(number))
            number += 1
        else:
            parts.append(part)
    return "\n\n".join(parts)


def notebook(html: str, view: View) -> dict:
    """The notebook that mkdocs-jupyter renders.

    Args:
        html: what `prose` has become.
        view: knows the blocks and what stands under each.
    """
    pieces = _MARKED.split(html)
    cells = [html_cell(pieces[0])]
    for number, text in zip(pieces[1::2], pieces[2::2], strict=True):
        block = view.page.blocks[int(number)]
        shown = view.under(block)
        outputs = [display({"text/html": shown})] if shown else []
        cells += [code_cell(block.code.rstrip("\n"), outputs), html_cell(text)]
    return of_cells([cell for cell in cells if cell["source"].strip()])


def render(notebook: dict, config: Any, files: Any) -> str:
    """The HTML of a notebook, as MkDocs' plugin mkdocs-jupyter makes it and `lighten` leaves it.

    Args:
        notebook: of `notebook`.
        config: MkDocs' configuration.
        files: all files of the site.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "program.ipynb")
        path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
        file = File(path.name, folder, config.site_dir, config.use_directory_urls)
        page = mkdocs.structure.pages.Page(None, file, config)
        config.plugins["mkdocs-jupyter"].on_pre_page(page, config=config, files=files)
        page.render(config, files)
    return lighten(page.content)


def lighten(html: str) -> str:
    """mkdocs-jupyter's HTML without what it repeats in each page, its code as on other pages."""
    return _CODE.sub(_HIGHLIGHTED, _REPEATED.sub("", html))


def hold_code(html: str, hold: Callable[[str, str], str]) -> str:
    """Hand each block of code over, coloured and plain; put what is given back in its place."""
    return _COLOURED.sub(lambda match: hold(match[0], unescape(_TAG.sub("", match[0]))), html)
