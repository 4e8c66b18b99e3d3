"""Cuts a page into prose and blocks, in their order: what notebooks and scripts are made of."""

from collections.abc import Iterator

from tools.pages.fences import Fence
from tools.pages.page import Page


def segments(page: Page) -> Iterator[str | Fence]:
    """The page's prose, as Markdown, and the blocks that are run.

    Blocks that are not run stay in the prose, and so do fences of other languages. Front matter
    is left out, and so is prose of blank lines alone.
    """
    lines = page.text.splitlines()
    position = 0
    if lines and lines[0] == "---":
        position = lines.index("---", 1) + 1
    for block in page.blocks:
        fence = block.line - 2  # the opening fence's index
        yield from _prose(lines[position:fence])
        yield block
        position = fence + 2 + block.code.count("\n")
    yield from _prose(lines[position:])


def _prose(lines):
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield text
