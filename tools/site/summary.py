"""What the records say about all pages together, as HTML in a page's language."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from tools.engine.environment import Environment
from tools.engine.pages_old import Page
from tools.engine.records import Record
from tools.site.outputs import day, not_run_id
from tools.words.texts import TEXT


@dataclass(frozen=True)
class Row:
    """One page in a report.

    Attributes:
        page: the page.
        title: as the navigation calls it.
        address: seen from the page with the report, None if there is no link.
        records: those of its blocks that are known.
        failed: a block failed, so that the others will not follow.
    """

    page: Page
    title: str
    address: str | None
    records: list[Record]
    failed: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether all blocks are recorded."""
        return len(self.records) == len(self.page.blocks)


@dataclass(frozen=True)
class Summary:
    """What reports are made of.

    Attributes:
        rows: the pages of one language.
        environment: versions and data; None while the data is decided on.
        languages: the names of the site's languages.
        language: of the words.
    """

    rows: list[Row]
    environment: Environment | None
    languages: list[str]
    language: str


def pages(summary: Summary) -> str:
    """A table of all pages: blocks run and not run, time, date, and the totals."""
    text, rows = TEXT[summary.language], summary.rows
    head = f'<th scope="col">{_text(summary, "page")}</th>'
    for name in ("blocks", "not_run", "time", "date"):
        head += f'<th scope="col" style="text-align: right;">{_text(summary, name)}</th>'
    body = "".join(_row(_link(row), [row], summary.language) for row in rows)
    total = text["report.total"].format(pages=len(rows))
    foot = _row(f"<strong>{total}</strong>", rows, summary.language)
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table>"
    )


def not_run(summary: Summary) -> str:
    """A list of the blocks that are not run, each with its reason and a link to it."""
    items = [
        f"<li>{_link(row, '#' + not_run_id(number))}: {escape(block.options['notest'])}</li>"
        for row in summary.rows
        for number, block in enumerate(row.page.not_run, 1)
    ]
    return f"<ul>{''.join(items)}</ul>" if items else f"<p>{_text(summary, 'all_run')}</p>"


def environment(summary: Summary) -> str:
    """A list of the languages, the versions and the data."""
    known, facts = summary.environment, {"languages": summary.languages}
    if known is None:
        facts["versions"] = facts["data"] = [_text(summary, "pending")]
    else:
        facts["versions"] = [f"{name} {version}" for name, version in known.versions.items()]
        facts["data"] = [TEXT[summary.language][f"stamp.data.{known.source.kind}"]]
    items = (
        f"<li>{_text(summary, name)}: {escape(', '.join(values))}</li>"
        for name, values in facts.items()
    )
    return f"<ul>{''.join(items)}</ul>"


REPORTS: dict[str, Callable[[Summary], str]] = {
    "pages": pages,
    "not-run": not_run,
    "environment": environment,
}


def _row(first, rows, language) -> str:
    cells = [str(sum(len(row.page.blocks) for row in rows))]
    cells += [str(sum(len(row.page.not_run) for row in rows)), *_state(rows, language)]
    style = 'style="text-align: right; white-space: nowrap;"'
    numbers = "".join(f"<td {style}>{cell}</td>" for cell in cells)
    # On a phone the table scrolls; the titles must not be squeezed.
    return f'<tr><td style="min-width: 6.5rem;">{first}</td>{numbers}</tr>'


def _state(rows, language) -> tuple[str, str]:
    """Time and date of some pages together; why there are none yet."""
    text = TEXT[language]
    records = [record for row in rows for record in row.records]
    waiting = [row for row in rows if not row.is_complete]
    if waiting or not records:
        failed = any(row.failed for row in waiting)
        state = "report.failed" if failed else "report.pending"
        return text[state] if waiting else "–", "–"
    seconds = sum(record.seconds for record in records)
    minutes, rest = divmod(round(seconds), 60)
    oldest = min(record.finished for record in records)
    time = (
        text["report.minutes"].format(minutes=minutes, seconds=rest)
        if minutes
        else text["report.seconds"].format(seconds=f"{seconds:.1f}")
    )
    return time, f'<time datetime="{oldest}">{day(oldest, text["report.day"])}</time>'


def _link(row, anchor="") -> str:
    title = escape(row.title)
    return title if row.address is None else f'<a href="{row.address}{anchor}">{title}</a>'


def _text(summary, name) -> str:
    return TEXT[summary.language][f"report.{name}"]
