"""Reads the glossary: docs/<language>/glossary.md is the one place for its terms.

An entry is a definition list of two definitions, the sentence and where the
term is taught:

    손실 함수 *loss function*{ lang=en } { #loss-function data-forms="손실 함수, 손실" }
    :   모델이 얼마나 틀렸는지를 수 하나로 나타내는 함수입니다.
    :   [빠른 시작](quickstart.md#the-loss)

A name that is the same in both languages stands alone. `data-forms` lists what
else the term looks like in prose, instead of its name; it may be empty.
"""

import re
from dataclasses import dataclass
from html import escape

PAGE = "glossary.md"
PLACE = '<div class="term-index" data-search-exclude></div>'  # for `index`

_ENTRY = re.compile(
    r"^(?P<name>[^\n*{:]+?)(?: \*(?P<other>[^*\n]+)\*\{ lang=\w+ \})?"
    r' \{ #(?P<id>[\w-]+)(?: data-forms="(?P<forms>[^"\n]*)")? \}\n'
    r":   (?P<sentence>.+(?:\n    .+)*)\n"
    r":   \[[^\]\n]+\]\((?P<target>[^)\n]+)\)$",
    re.M,
)


@dataclass(frozen=True)
class Term:
    """One entry of the glossary.

    Attributes:
        id: of the entry on its page, the same in every language.
        name: in the language of the page, for instance "손실 함수".
        other: in the other language; the name itself where it is the same.
        forms: as what it is found in prose (tools/words/term_links.py).
        sentence: what it means, without marks of Markdown.
        target: where it is taught, as the page writes it.
    """

    id: str
    name: str
    other: str
    forms: tuple[str, ...]
    sentence: str
    target: str


def read_terms(text: str) -> list[Term]:
    """The entries of a glossary page, in its order.

    Raises:
        ValueError: something on the page looks like an entry but is not one.
    """
    terms = []
    for entry in _ENTRY.finditer(text):
        forms = re.sub(r" \([^()]*\)$", "", entry["name"])  # "... (QAT)"
        forms = re.sub(r"\([^()]*\)$", "", forms) if entry["forms"] is None else entry["forms"]
        terms.append(
            Term(
                id=entry["id"],
                name=entry["name"],
                other=entry["other"] or entry["name"],
                forms=tuple(filter(None, map(str.strip, forms.split(",")))),
                sentence=" ".join(entry["sentence"].replace("`", "").split()),
                target=entry["target"],
            )
        )
    definitions = len(re.findall(r"^:   ", text, re.M))
    if definitions != 2 * len(terms):
        raise ValueError(f"{definitions} definitions, but {len(terms)} entries can be read")
    return terms


def index(terms: list[Term]) -> str:
    """A list of links to all entries, in the order of their names."""
    links = [
        f'<li><a href="#{term.id}">{escape(term.name, quote=False)}</a></li>'
        for term in sorted(terms, key=lambda term: (term.name.lower(), term.name))
    ]
    return PLACE.replace("></div>", f"><ul>{''.join(links)}</ul></div>")
