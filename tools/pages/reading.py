"""How long a learner is on a page, so that it can be chosen for the time at hand."""

import re
from functools import lru_cache

from tools.pages.fences import Fence
from tools.pages.page import Page
from tools.pages.segments import segments

# Latin letters a minute: 200 words of 5 letters. A Hangul syllable counts as two letters, which
# gives a page and its translation the same time.
_LETTERS = 1000
_HANGUL = re.compile("[가-힣]")

# Lines of code a minute, with a look at what they print.
_LINES = 20


@lru_cache(256)  # `mkdocs serve` asks in each build
def minutes(page: Page) -> int:
    """Minutes to read a page and its code, in steps of 5."""
    letters = lines = 0
    for part in segments(page):
        if isinstance(part, Fence):
            lines += part.code.count("\n")
        else:
            letters += sum(map(len, part.split())) + len(_HANGUL.findall(part))
    return max(1, round((letters / _LETTERS + lines / _LINES) / 5)) * 5
