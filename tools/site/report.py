"""Puts reports about the whole site into a page that asks for them.

A page asks with `<div data-report="pages"></div>`; tools/site/summary.py has the reports.
"""

import re
from itertools import count

from tools.engine.pages_old import Page
from tools.pages.fences import PageError
from tools.pages.outline import read_outline
from tools.site.summary import REPORTS, Summary

_MARKER = re.compile(r"<[^<>]*\bdata-report\b[^<>]*>(?:</div>)?")
_RIGHT = re.compile(r'<div data-report="([^"]*)"></div>')


def asks(html: str) -> bool:
    """Whether a rendered page asks for a report."""
    return "data-report" in html and _MARKER.search(html) is not None  # the first is quick


def fill_in(html: str, page: Page, summary: Summary) -> str:
    """The page with a report in the place of each marker.

    Args:
        html: the rendered page.
        page: its source.
        summary: what reports are made of.

    Raises:
        PageError: a marker asks for a report that there is not, or is not written as one.
    """
    number = count()

    def report(found: re.Match) -> str:
        place, right = next(number), _RIGHT.fullmatch(found[0])
        if right is None or right[1] not in REPORTS:
            raise PageError(
                page.path,
                _line(page, place),
                f'{found[0]} is no report: write <div data-report="NAME"></div>, '
                f"with one of these names: {', '.join(REPORTS)}",
            )
        return f"<div data-search-exclude>{REPORTS[right[1]](summary)}</div>"

    return _MARKER.sub(report, html)


def _line(page: Page, number: int) -> int:
    """The line of a page's marker, counted from 0."""
    parts = read_outline(page.text, page.path).parts
    tags = [part for part in parts if part.kind == "tag"]
    lines = [tag.line for tag in tags if "data-report" in dict(tag.value[1])]
    return lines[number] if number < len(lines) else 1
