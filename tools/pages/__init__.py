"""Pages as text: what is in a page, and on which line. Nothing here runs code."""

from tools.pages.fences import OPTIONS, RUNNABLE, Fence, PageError, find_blocks, find_fences
from tools.pages.outline import Outline, Part, Text, read_outline
from tools.pages.page import DEFAULT_LANGUAGE, DOCS, ROOT, Page, all_pages, languages, read_page
from tools.pages.percent import as_markdown, is_page, programs
from tools.pages.reading import minutes
from tools.pages.segments import segments
