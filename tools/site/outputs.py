"""Turns records into HTML: what stands under a block and at a page's end."""

import base64
import hashlib
from datetime import datetime
from html import escape
from pathlib import Path

from tools.engine.records import Record
from tools.engine.run_old import BlockError
from tools.pages.fences import Fence
from tools.words.texts import TEXT

FIGURES = "assets/figures"  # in the built site


def outputs(record: Record, block: Fence, language: str, site: Path, to_root: str) -> str:
    """What a block printed, returned and drew; "" if it did none of these.

    Args:
        record: the block's record.
        block: gives `caption` and `alt` of its figure.
        language: of the page.
        site: the folder of the built site; figures are written there.
        to_root: the relative address of the site's root, as seen by the page.
    """
    parts = []
    for output in record.outputs:
        if output["type"] == "figure":
            parts.append(_figure(output, block, site, to_root))
        else:
            kind = output["type"]
            parts.append(f'<pre class="run-{kind}">{escape(output["text"].rstrip())}</pre>')
    return _box("run", TEXT[language]["run.output"], "".join(parts)) if parts else ""


def pending(language: str) -> str:
    """In the place of outputs that are being computed."""
    text = TEXT[language]
    return _box("run run--pending", text["run.output"], f"<p>{text['run.pending']}</p>")


def failed(error: BlockError, language: str) -> str:
    """In the place of outputs of a block that failed."""
    return _box(
        "run run--failed",
        TEXT[language]["run.failed"],
        f"<pre>{escape(str(error))}\n\n{escape(error.details)}</pre>",
    )


def not_run(block: Fence, number: int, language: str) -> str:
    """Under a block that is marked as not run: the reason.

    Args:
        block: gives the reason.
        number: counts the page's blocks that are not run, from 1, for links.
        language: of the page.
    """
    reason = escape(block.options["notest"])
    box = _box("run run--not-run", TEXT[language]["run.not_run"], f"<p>{reason}</p>")
    return box.replace("<div ", f'<div id="{not_run_id(number)}" ', 1)


def not_run_id(number: int) -> str:
    """The anchor of a page's block that is not run."""
    return f"not-run-{number}"


def stamp(records: list[Record], blocks: list[Fence], skipped: list[Fence], language: str) -> str:
    """The end of a page: what ran when, with which versions, on which data.

    Args:
        records: those of the page's blocks that are known.
        blocks: all blocks of the page that are run.
        skipped: the blocks that are not run.
        language: of the page.
    """
    text = TEXT[language]
    if not blocks:
        return ""
    if len(records) < len(blocks):
        body = text["run.pending"]
    else:
        oldest = min(records, key=lambda record: record.finished)
        body = text["stamp"].format(
            blocks=len(blocks),
            plural="" if len(blocks) == 1 else "s",
            date=day(oldest.finished, text["stamp.date"]),
            versions=", ".join(f"{name} {version}" for name, version in oldest.versions.items()),
            data=text[f"stamp.data.{oldest.data}"],
        )
        if skipped:
            body += " " + text["stamp.not_run"].format(blocks=len(skipped))
    return f'<div class="run-stamp" data-search-exclude><p>{body}</p></div>'


def day(finished: str, form: str) -> str:
    """The day of a moment in ISO 8601, in a form of tools/words/texts.py."""
    date = datetime.fromisoformat(finished)
    return form.format(
        year=date.year, month=date.month, day=date.day, month_name=date.strftime("%B")
    )


def _box(classes, label, content):
    return (
        f'<div class="{classes}" role="group" aria-label="{label}" data-search-exclude>'
        f'<p class="run-label" aria-hidden="true">{label}</p>{content}</div>'
    )


def _figure(output, block, site, to_root):
    content = base64.b64decode(output["data"])
    name = f"{hashlib.sha256(content).hexdigest()[:20]}.{output['format']}"
    path = site / FIGURES / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    caption = escape(block.options.get("caption", ""))
    return (
        f'<figure class="run-figure"><img src="{to_root}{FIGURES}/{name}" '
        f'alt="{escape(block.options.get("alt", ""))}" loading="lazy" '
        f'width="{output["width"]}" height="{output["height"]}">'
        + (f"<figcaption>{caption}</figcaption>" if caption else "")
        + "</figure>"
    )
