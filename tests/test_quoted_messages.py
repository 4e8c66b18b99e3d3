"""A heading that quotes an error message quotes what its block raises.

Readers copy the words of a message into the search of the site. They land on a heading such as

    ### `File is not a zip file` { #cut-file }

and the engine holds the block under it to the words in its `raises` option. What is checked here
is that the two are the same words, so that nobody searches for what is never raised.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.pages import all_pages, find_fences, languages

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(DOCS.glob("*/**/*.md"))
ENOUGH = 75  # quoted messages in each language

# A heading that is one piece of code, and any other.
_QUOTE = re.compile(
    r"#{2,6} +(?P<ticks>`+)(?P<words>(?:(?!(?P=ticks)).)+)(?P=ticks) *(?:\{[^{}]*\})?"
)
_HEADING = re.compile(r"#{1,6} ")


def find_quotes(text: str) -> Iterator[tuple[int, str, str]]:
    """The headings that quote a message, each with the words that its section's block raises.

    Yields:
        the heading's line, what it quotes, and the class and words in the `raises` option of the
        first block of its section that has any; sections without such a block are left out.
    """
    fences = find_fences(text)
    code = {n for f in fences for n in range(f.line, f.line + f.code.count("\n"))}
    lines = enumerate(text.splitlines(), start=1)
    headings = [(n, line) for n, line in lines if n not in code and _HEADING.match(line)]
    ends = [number for number, _ in headings[1:]] + [text.count("\n") + 2]
    for (number, line), end in zip(headings, ends, strict=True):
        quote = _QUOTE.fullmatch(line.rstrip())
        options = (f.options.get("raises", "") for f in fences if number < f.line < end)
        raised = next((option for option in options if ": " in option), None)
        if quote and raised:
            yield number, quote["words"].strip(), raised


def is_raised(quote: str, words: str) -> bool:
    """Whether the quote stands in the words that the engine has seen in the message.

    Backticks cannot stand in a fence's options. Of a message that has some, the
    longest piece between them counts.
    """
    pieces = [piece.strip() for piece in quote.split("`")]
    return max(pieces, key=len) in words


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_headings_quote_what_is_raised(page):
    wrong = [
        f"{page.relative_to(DOCS.parent)}:{line}: the heading says {quote!r}, raised is {words!r}"
        for line, quote, words in find_quotes(page.read_text(encoding="utf-8"))
        if not is_raised(quote, words)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", sorted({page.relative_to(DOCS).parts[0] for page in PAGES}))
def test_there_are_messages_enough_to_search_for(language):
    texts = (p.read_text(encoding="utf-8") for p in PAGES if p.is_relative_to(DOCS / language))
    assert sum(len(list(find_quotes(text))) for text in texts) >= ENOUGH


@pytest.mark.parametrize("language", languages())
def test_each_section_with_a_message_is_in_a_list(language):
    """A reader finds all of them from one page."""
    pages = [page for page in all_pages() if page.lists_messages and page.language == language]
    links = {link for page in pages for link in re.findall(r"\]\((\S+\.md#\S+)\)", page.text)}
    sections = {
        f"{page.path.name}#{heading[1]}"
        for page in pages
        for heading in re.finditer(r"^#{2,3} `.*\{ #([\w-]+) \}$", page.text, re.M)
    }
    assert len(sections) >= ENOUGH and sections <= links, sections - links


SECTION = """\
### {heading} {{ #id }}

Words before.

```python
import math
```

```python raises="ValueError"
math.sqrt(-2)
```

```python raises="ValueError: {words}"
math.sqrt(-1)
```

## `something else` {{ #else }}

```python raises="TypeError: another matter"
math.sqrt("1")
```
"""


@pytest.mark.parametrize(
    ("heading", "words", "good"),
    [
        ("`math domain error`", "math domain error", True),
        ("`domain error`", "math domain error", True),
        ("`math domain error`", "domain error", False),
        ("`math error`", "math domain error", False),
        ("``You must call `fit()` before``", "You must call", True),
        ("``You must call `fit()` before``", "before", False),
        ("`` must end in `.h5` ``", "must end in", True),
    ],
)
def test_a_quote_is_held_to_its_block(heading, words, good):
    text = SECTION.format(heading=heading, words=words)
    found = list(find_quotes(text))
    assert [line for line, _, _ in found] == [1, 17]
    assert [is_raised(quote, raised) for _, quote, raised in found] == [good, False]


@pytest.mark.parametrize("heading", ["Take `fit` apart", "`fit` or `train`", "`fit`, once more"])
def test_other_headings_quote_nothing(heading):
    assert len(list(find_quotes(SECTION.format(heading=heading, words="math domain error")))) == 1


def test_what_looks_like_a_heading_in_code_is_code():
    text = SECTION.format(heading="`math domain error`", words="math domain error")
    text = text.replace("import math\n", "import math\n# `no heading`\n")
    assert len(list(find_quotes(text))) == 2
