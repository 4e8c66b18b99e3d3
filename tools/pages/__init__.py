"""Pages as text: what is in a page, and on which line. Nothing here runs code."""

from tools.pages.fences import OPTIONS, RUNNABLE, Fence, PageError, find_blocks, find_fences
from tools.pages.outline import Outline, Part, Text, read_outline
from tools.pages.page import DEFAULT_LANGUAGE, DOCS, ROOT, Page, all_pages, languages, read_page
from tools.pages.percent import as_markdown, is_page, programs
from tools.pages.reading import minutes
from tools.pages.segments import segments

__all__ = [
    "DEFAULT_LANGUAGE",
    "DOCS",
    "OPTIONS",
    "ROOT",
    "RUNNABLE",
    "Fence",
    "Outline",
    "Page",
    "PageError",
    "Part",
    "Text",
    "all_pages",
    "as_markdown",
    "find_blocks",
    "find_fences",
    "is_page",
    "languages",
    "minutes",
    "programs",
    "read_outline",
    "read_page",
    "segments",
]
