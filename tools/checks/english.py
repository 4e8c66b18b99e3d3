"""Finds English that no native editor would leave, as far as a pattern can tell."""

import re
from collections.abc import Iterator

from tools.pages import Outline

# (what must not be in prose, what to write instead)
WORDS = (
    (r"\bmend(?:s|ed|ing)?\b", "fix"),
    (r"\banew\b", "again"),
    (r"\bwhoever\b", "if you, or: a reader who"),
    (r"\btrainings\b|\b(?:a|another|each|every) training(?= [,.;:)]|[,.;:)]|$)", "training run"),
    (r"\bby heart\b", "memorize"),
    (r"\bstands under\b", "is below"),
    (r"\bbelongs into\b", "belongs in"),
)


def find_english_findings(outline: Outline) -> Iterator[tuple[int, str]]:
    """The line and the description of each finding in the prose of a page."""
    for piece in outline.texts:
        for pattern, better in WORDS:
            for match in re.finditer(pattern, piece.text, re.I):
                line = piece.line + piece.text[: match.start()].count("\n")
                yield line, f"write {better!r} instead of {match[0]!r}"
