"""Marks the first appearance of each glossary term in the prose of a page.

A mark is a link to the entry. It carries the entry's sentence as a description,
which screen readers say and docs/assets/site.css shows; no text is added.
"""

import re
from collections import defaultdict
from html import escape

from tools.words.glossary import Term
from tools.words.search_words import GUARDED, PARTICLES, VERBS

# What is passed over: all that is not prose, or is a link or a title already.
_NAMES = "a|h[1-6]|code|pre|th|figure|summary|label|button|script|style|svg|math|kbd|samp"
_SKIPPED = (
    r"<!--.*?-->"
    rf"|<(?P<name>{_NAMES})\b.*?</(?P=name)>"
    r'|<div\b[^>]*\bclass="run\b.*?</div>'  # outputs and the stamp: no <div> inside
    r'|<p class="admonition-title">.*?</p>'
    r"|<[^>]*>"
)
_PROSE = re.compile(rf"(?:{_SKIPPED})|(?P<prose>[^<]+)", re.S)
_GLUE = ("</code>", "</a>", "</em>", "</strong>")  # a word may go on behind these


class Marker:
    """Marks the terms of one language.

    A form stands for itself, with what the language adds to words. English:
    a plural, and a capital in front. Korean: a particle behind it; and a form
    that ends in `하다` stands for all of that verb, `훈련하다` for `훈련하는`.
    A form with `!` in front is no term: `!environment variable` is passed over.

    Args:
        terms: the glossary.
        language: "en" or "ko"; another one is read like English.
    """

    def __init__(self, terms: list[Term], language: str):
        self._terms: dict[str, Term | None] = {}  # by what is found
        korean = language == "ko"
        forms = [form.removeprefix("!") for term in terms for form in term.forms]
        for term in terms:
            for form in term.forms:
                word, owner = form.removeprefix("!"), None if form[0] == "!" else term
                for found in [word.removesuffix("하다")] if korean else _spellings(word):
                    self._terms.setdefault(found, owner)
        self._pattern = re.compile(_korean(forms) if korean else _english(self._terms))

    def mark(self, html: str, glossary: str) -> str:
        """The page with each term marked once.

        Args:
            html: the page's content, rendered.
            glossary: the address of the glossary, as seen by the page.
        """
        marked: set[str] = set()
        parts, done = [], 0
        for piece in _PROSE.finditer(html):
            if piece["prose"] is None or piece["prose"].isspace():
                continue
            start, end = piece.span()
            last = start if html.endswith(_GLUE, 0, start) else -1
            for found in self._pattern.finditer(html, start, end):
                term = self._terms[" ".join(found[0].split())]
                if term is None or term.id in marked:
                    continue
                # Not right behind another one: two links would look like one.
                if last >= 0 and not html[last : found.start()].strip():
                    continue
                marked.add(term.id)
                parts += [html[done : found.start()], _link(found[0], term, glossary)]
                done = last = found.end()
        return "".join([*parts, html[done:]])


def _link(text, term, glossary):
    return (
        f'<a class="term" href="{glossary}#{term.id}" '
        f'aria-description="{escape(term.sentence)}">{text}</a>'
    )


def _spellings(form):
    """`class` also as `classes`, `Class` and `Classes`; `Keras` only as it is."""
    if form != form.lower():
        return [form]
    if re.search(r"[^aeiou]y$", form):
        plural = f"{form[:-1]}ies"
    elif re.search(r"(?:s|x|ch|sh)$", form):
        plural = f"{form}es"
    else:
        plural = f"{form}s"
    both = [form, plural]
    return [*both, *(word[0].upper() + word[1:] for word in both)]


def _english(forms):
    return rf"(?<![\w./\"-])(?:{_alternation(forms)})(?![\w\"-])"


def _korean(forms):
    letters = "가-힣A-Za-z0-9_"
    particles = "|".join([*PARTICLES, *GUARDED])
    nouns = [form for form in forms if not form.endswith("하다")]
    verbs = [form.removesuffix("하다") for form in forms if form.endswith("하다")]
    return (
        rf"(?<![{letters}])(?:(?:{_alternation(nouns)})(?=(?:{particles})?(?![{letters}]))"
        rf"|(?:{_alternation(verbs)})(?=(?:{'|'.join(VERBS)})(?![{letters}])))"
    )


def _alternation(forms):
    """The longer before the shorter, by their first letter: fewer ways to try."""
    groups = defaultdict(list)
    for form in sorted(forms, key=len, reverse=True):
        groups[form[0]].append(re.escape(form[1:]).replace(r"\ ", r"\s+"))
    if not groups:
        return "(?!)"
    return "|".join(f"{re.escape(first)}(?:{'|'.join(ends)})" for first, ends in groups.items())
