"""Finds where the pages of two languages have drifted apart, and what is not translated.

Each page has the same parts in the same order; prose is free. Links inside one stretch of prose
may stand in another order, and an address may name its language (`?hl=ko`, `/ko/`).
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path

from tools.pages import DEFAULT_LANGUAGE, Outline, PageError, as_markdown, programs, read_outline

TEXT_OPTIONS = ("caption", "alt", "notest")  # of a fence: prose
LETTERS = {"ko": re.compile("[가-힣]")}  # by which a language is told from English at a glance

# Prose has words in lower case; names (TensorFlow, Edge TPU) have not.
_WORD = re.compile(r"(?<![\w.@/\0-])[a-z][a-z'’-]+(?=[\s,;:!?)”\"]|\.(?:\s|$)|$)")


def find_drift(docs: Path, default: str = DEFAULT_LANGUAGE) -> list[str]:
    """All differences, one sentence each, in the order of the pages."""
    folders = {path.name for path in docs.iterdir() if path.is_dir() and path.name[0] != "."}
    languages = sorted(folders - {default, "assets"})
    if not languages or not (docs / default).is_dir():
        return [f"{docs.name} needs the folder {default} and one of another language."]
    return [
        sentence
        for language in languages
        for names in _pairs(docs, default, language)
        for sentence in _compare_files(docs, names, (default, language))
    ]


def _pairs(docs, default, language):
    """The files of two languages, each with its counterpart; a program holds both."""
    files = [path for one in (default, language) for path in (docs / one).rglob("*")]
    names = {
        path.relative_to(docs).relative_to(path.relative_to(docs).parts[0])
        for path in files
        if path.is_file()
    }
    yield from ((docs / default / name, docs / language / name) for name in sorted(names))
    yield from ((path, path) for path in programs(docs))


def _compare_files(docs, paths, languages):
    pages = [path.relative_to(docs.parent).as_posix() for path in paths]
    for path, page, other in zip(paths, pages, reversed(pages), strict=True):
        if not path.is_file():
            yield f"{page} is missing: {other} has no counterpart."
            return
    if paths[0].suffix not in (".md", ".py"):
        return
    outlines = []
    for path, page, language in zip(paths, pages, languages, strict=True):
        text = path.read_text(encoding="utf-8")
        try:
            text = as_markdown(text, page, language) if path.suffix == ".py" else text
            outlines.append(read_outline(text, page))
        except PageError as error:
            yield f"{error}."
            return
    yield from _drift(*outlines, *pages, languages)
    yield from _untranslated(*outlines, *pages, languages[1])


def _drift(ours, theirs, our_page, their_page, languages):
    left, right = _sequence(ours, languages), _sequence(theirs, languages)
    matcher = SequenceMatcher(
        a=[key for key, _ in left], b=[key for key, _ in right], autojunk=False
    )
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation != "equal":
            our_line, their_line = _line(left, i1), _line(right, j1)
            yield (
                f"{our_page}:{our_line} and {their_page}:{their_line} differ: "
                f"{_show(left[i1:i2])} in the one, {_show(right[j1:j2])} in the other."
            )


def _line(parts, index):
    return parts[min(index, len(parts) - 1)][1] if parts else 1


def _show(parts):
    shown = [
        " ".join(map(str, (kind, *value))) + f" ({depth} deep)" * bool(depth)
        for (kind, depth, value), _ in parts
    ]
    return ", ".join(shown) or "nothing"


def _sequence(outline: Outline, languages) -> list[tuple[tuple, int]]:
    """(key, line) of each part; parts with equal keys are the same to readers."""
    sequence = []
    for inline, parts in groupby(outline.parts, key=lambda part: part.inline):
        run = [pair for part in parts for pair in _keys(part, languages)]
        sequence += sorted(run, key=repr) if inline else run
    return sequence


def _keys(part, languages) -> Iterator[tuple[tuple, int]]:
    value = part.value
    if part.kind == "code":
        (fence,) = value
        options = [
            f'{name}="{"..." if name in TEXT_OPTIONS and one else one}"'
            for name, one in fence.options.items()
        ]
        value = (fence.language, *options)
    elif part.kind in ("link", "image", "target by name"):
        value = tuple(_neutral(one, languages) if isinstance(one, str) else one for one in value)
        if part.kind == "image":
            value = (value[0], "with words" if value[1] else "without words", *value[2:])
    yield (part.kind, part.depth, value), part.line
    if part.kind == "code":
        for number, line in enumerate(fence.code.splitlines(), fence.line):
            yield ("line of code", part.depth, (repr(line),)), number


def _neutral(target, languages):
    """An address of another site without the language's code, wherever it has one."""
    if not target.startswith(("http://", "https://")):
        return target
    code = "|".join(languages)
    target = re.sub(rf"(?<=//)(?:{code})\.|/(?:{code})(?=[/?#]|$)", "", target)
    target = re.sub(rf"(?<=[?&])(?:hl|lang)=(?:{code})(?:&|(?=#|$))", "", target)
    return re.sub(r"[?&](?=#|$)", "", target)


def _untranslated(ours, theirs, our_page, their_page, language):
    """Prose that is still English: the same as on our page, or without a letter of its language."""
    originals = {piece.text: piece for piece in reversed(ours.texts)}
    letters = LETTERS.get(language)
    for piece in theirs.texts:
        words, original = len(_WORD.findall(piece.text)), originals.get(piece.text)
        foreign = letters and not letters.search(piece.text)
        if (foreign and words >= (1 if piece.kind == "heading" else 4)) or (
            original and words >= 2
        ):
            text = " ".join(piece.text.replace("\0", "").split())
            there = f" (as {our_page}:{original.line})" if original else ""
            where = f"{their_page}:{piece.line}"
            yield f"{where}: the {piece.kind} is not translated{there}: {text[:60]!r}."
