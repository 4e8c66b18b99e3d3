"""Formulas as MathML, made at build time: the reader's browser needs no script for them."""

import re
from functools import lru_cache
from html import unescape

# What pymdownx.arithmatex makes of $...$ and $$...$$.
_FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<latex>.*?)\\[)\]]</(?P=tag)>', re.S
)


def as_mathml(html: str) -> str:
    """The page with each formula replaced by its MathML."""
    return _FORMULA.sub(lambda match: _mathml(match["latex"], match["tag"] == "span"), html)


@lru_cache(None)  # both languages have the same formulas
def _mathml(latex, inline):
    from latex2mathml.converter import convert

    return convert(unescape(latex).strip(), display="inline" if inline else "block")
