"""Reports about the whole site, for pages that ask: `<div data-report="pages"></div>`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from tools.engine import Environment
from tools.pages import Page, PageError, read_outline
from tools.site.fragments import day, duration, fragment
from tools.site.outputs import PageOutputs
from tools.site.path import Group
from tools.words import TEXT

REPORTS = ("pages", "not-run", "environment", "path")

_MARKER = re.compile(r"<[^<>]*\bdata-report\b[^<>]*>(?:</div>)?")
_RIGHT = re.compile(r'<div data-report="([^"]*)"></div>')


@dataclass(frozen=True)
class Row:
    """One page in a report.

    Attributes:
        outputs: of the page.
        title: as the navigation calls it.
        address: seen from the page with the report, None if there is no link.
    """

    outputs: PageOutputs
    title: str
    address: str | None

    @property
    def page(self) -> Page:
        """The page."""
        return self.outputs.page

    @property
    def total(self) -> dict:
        """What the table says of it."""
        return total([self])


def asks(html: str) -> bool:
    """Whether a rendered page asks for a report."""
    return "data-report" in html and _MARKER.search(html) is not None  # the first is quick


def fill_in(
    html: str,
    page: Page,
    rows: list[Row],
    environment: Environment | None,
    languages: list[str],
    path: Sequence[Group] = (),
    address: Callable[[Any], str] = str,
) -> str:
    """The page with a report in the place of each marker.

    Args:
        html: the rendered page.
        page: its source.
        rows: the pages of its language.
        environment: versions and data; None while the data is decided on.
        languages: the names of the site's languages.
        path: the groups of the path.
        address: of one of MkDocs' pages, as seen from the page.

    Raises:
        PageError: a marker asks for a report that there is not, or is not written as one.
    """
    number, text = count(), TEXT[page.language]
    facts = {"languages": languages, "versions": [text["report.pending"]]}
    facts["data"] = facts["versions"]
    if environment:
        facts["versions"] = [f"{name} {one}" for name, one in environment.versions.items()]
        facts["data"] = [text[f"stamp.data.{environment.source.kind}"]]

    def report(found: re.Match) -> str:
        place, right = next(number), _RIGHT.fullmatch(found[0])
        if right is None or right[1] not in REPORTS:
            raise PageError(
                page.path,
                _line(page, place),
                f'{found[0]} is no report: write <div data-report="NAME"></div>, '
                f"with one of these names: {', '.join(REPORTS)}",
            )
        values = {"rows": rows, "total": total(rows), "facts": facts}
        values |= {"path": path, "address": address}
        values["duration"] = lambda minutes: duration(minutes, page.language)
        return fragment("reports", page.language, name=right[1], **values)

    return _MARKER.sub(report, html)


def total(rows: list[Row]) -> dict:
    """Blocks, time and date of some pages together; why there is no time yet."""
    language = rows[0].page.language if rows else "en"
    text = TEXT[language]
    records = [record for row in rows for record in row.outputs.records.values()]
    waiting = [row.outputs for row in rows if not row.outputs.is_complete]
    found = {
        "blocks": sum(len(row.page.blocks) for row in rows),
        "not_run": sum(len(row.page.not_run) for row in rows),
        "time": "–",
        "moment": "",
    }
    if waiting:
        failed = any(outputs.failure for outputs in waiting)
        found["time"] = text["report.failed" if failed else "report.pending"]
    elif records:
        found["time"] = _time(sum(record.seconds for record in records), text)
        found["moment"] = min(record.finished for record in records)
        found["day"] = day(found["moment"], text["report.day"])
    return found


def _time(seconds, text):
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return text["report.minutes"].format(minutes=minutes, seconds=rest)
    return text["report.seconds"].format(seconds=f"{seconds:.1f}")


def _line(page, number):
    """The line of a page's marker, counted from 0."""
    parts = read_outline(page.text, page.path).parts
    tags = [part for part in parts if part.kind == "tag"]
    lines = [tag.line for tag in tags if "data-report" in dict(tag.value[1])]
    return lines[number] if number < len(lines) else 1
