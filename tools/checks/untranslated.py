"""Finds prose of a page that is still in the language it was translated from."""

import re
from collections.abc import Iterator

from tools.pages import Outline, Text

# The letters of languages that English can be told from at a glance. A language
# that is not here is still compared with the English text.
LETTERS = {
    "ko": re.compile("[가-힣]"),
    "ja": re.compile("[ぁ-ヿ一-鿿]"),
    "zh": re.compile("[一-鿿]"),
}

# Prose has words in lower case; names (TensorFlow, Edge TPU) have not.
_WORD = re.compile(r"(?<![\w.@/\0-])[a-z][a-z'’-]+(?=[\s,;:!?)”\"]|\.(?:\s|$)|$)")


def find_untranslated(
    ours: Outline, theirs: Outline, our_page: str, their_page: str, language: str
) -> Iterator[str]:
    """Prose of `their_page` that is still in the default language.

    A text counts as untranslated if it is the same as one of `our_page` and
    has two words in lower case, or if it has four of them (a heading: one) and
    not one letter of its language. Code and names do not count.
    """
    originals: dict[str, Text] = {piece.text: piece for piece in reversed(ours.texts)}
    letters = LETTERS.get(language)
    for piece in theirs.texts:
        words = len(_WORD.findall(piece.text))
        foreign = letters is not None and not letters.search(piece.text)
        if foreign and words >= (1 if piece.kind == "heading" else 4):
            yield f"{their_page}:{piece.line}: the {piece.kind} is not translated: {_cut(piece)}."
        elif piece.text in originals and words >= 2:
            line = originals[piece.text].line
            yield (
                f"{their_page}:{piece.line}: the {piece.kind} is not translated, it is that of "
                f"{our_page}:{line}: {_cut(piece)}."
            )


def _cut(piece):
    text = " ".join(piece.text.replace("\0", "").split())
    return repr(text if len(text) <= 60 else text[:57] + "...")
