"""Formulas as MathML, made at build time: the reader's browser needs no script for them."""

import re
from html import unescape
from typing import Any

from latex2mathml.converter import convert

# What pymdownx.arithmatex makes of $...$ and $$...$$.
_FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<latex>.*?)\\[)\]]</(?P=tag)>', re.S
)


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Replace each formula by its MathML."""
    return _FORMULA.sub(_mathml, html)


def _mathml(match):
    display = "inline" if match["tag"] == "span" else "block"
    return convert(unescape(match["latex"]).strip(), display=display)
