"""Finds English that no native editor would leave, as far as a pattern can tell.

The spelling is American, as in TensorFlow's own names: `rgb_to_grayscale`, `colors`.
"""

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
    (r"\bgrey(?:s|er|ish|scale)?\b", "gray"),
    (r"\bcolour\w*", "color"),
    (r"\bcentr(?:es?|ed|ing)\b", "center"),
    (r"\bneighbour\w*", "neighbor"),
    (r"\bmisspelt\b", "misspelled"),
    (r"(?<=\d) %", "%"),
)


def find_english_findings(outline: Outline) -> Iterator[tuple[int, str]]:
    """The line and the description of each finding in the prose of a page."""
    for piece in outline.texts:
        for pattern, better in WORDS:
            for match in re.finditer(pattern, piece.text, re.I):
                line = piece.line + piece.text[: match.start()].count("\n")
                yield line, f"write {better!r} instead of {match[0]!r}"
