"""Pieces of HTML that this site adds to pages: the templates of theme/partials/blocks."""

import re
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from tools.words import TEXT

_THEME = Path(__file__).parent / "theme"


class CompiledTemplates(BytecodeCache):
    """Keeps the theme's templates compiled: each language's build has an environment of its own."""

    def __init__(self):
        self._compiled = {}

    def load_bytecode(self, bucket):
        """Take what has been compiled of the same text."""
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        """Keep what has been compiled."""
        self._compiled[bucket.key, bucket.checksum] = bucket.code


@cache
def _environment():
    found = Environment(loader=FileSystemLoader(_THEME), autoescape=True, undefined=StrictUndefined)
    found.filters["inline_code"] = _inline_code
    return found


def _inline_code(text):
    """A line of front matter as a sentence begins, in which `names` stand as code."""
    text = text[:1].upper() + text[1:]
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def fragment(name: str, language: str, /, **values: object) -> str:
    """The HTML of a template.

    Args:
        name: of a file in theme/partials/blocks, without its ending.
        language: of the words.
        values: what the template shows.
    """
    template = _environment().get_template(f"partials/blocks/{name}.html")
    return template.render(values, text=TEXT[language]).strip()


def day(finished: str, form: str) -> str:
    """The day of a moment in ISO 8601, in a form of tools/words/texts.py."""
    date = datetime.fromisoformat(finished)
    return form.format(
        year=date.year, month=date.month, day=date.day, month_name=date.strftime("%B")
    )


def duration(minutes: int, language: str) -> str:
    """A time in words: "25 min", "1 h 10 min"."""
    hours, rest = divmod(minutes, 60)
    words = [("hours", hours), ("minutes", rest)]
    return " ".join(TEXT[language][f"time.{unit}"].format(count) for unit, count in words if count)
