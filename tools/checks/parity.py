"""Finds where the pages of two languages have drifted apart.

Every language folder under docs/ must hold the same files as the default
language, and each page the same parts in the same order: headings with their
levels and ids, code byte for byte, boxes, tabs, lists, tables, links, images.
Prose is free, as long as it is in the language of its folder.

What may differ in code fences: the texts of `caption`, `alt` and `notest`
(each must be there in both languages, or in neither). What may differ in links: the
language's code where an address has one (`?hl=ko`, `/ko/`, `ko.example.org`).
Links inside one stretch of prose may stand in another order, as word order asks.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tools.checks.untranslated import find_untranslated
from tools.pages import Outline, PageError, Part, as_markdown, programs, read_outline

DEFAULT = "en"
SHARED = ("assets",)

# Fence options that are prose: a figure's two texts, and the reason why it is not run.
TEXT_OPTIONS = ("caption", "alt", "notest")


def find_drift(docs: Path, default: str = DEFAULT) -> list[str]:
    """All differences, one sentence each, in the order of the pages.

    Args:
        docs: the folder with one folder per language.
        default: the language that the others are compared with.
    """
    folders = {path.name for path in docs.iterdir() if path.is_dir()}
    languages = sorted(name for name in folders - set(SHARED) if not name.startswith("."))
    if default not in languages:
        return [f"{docs.name}/{default} is missing."]
    if languages == [default]:
        return [f"{docs.name} holds no language beside {default}."]
    return [
        sentence
        for language in languages
        if language != default
        for compared in (_compare_folders, _compare_programs)
        for sentence in compared(docs, default, language)
    ]


def _compare_programs(docs, default, language):
    """The prose of programs: both languages stand in one file."""
    for path in programs(docs):
        page, text = _show(docs, path), path.read_text(encoding="utf-8")
        try:
            outlines = [
                read_outline(as_markdown(text, page, one), page) for one in (default, language)
            ]
        except PageError as error:
            yield f"{error}."
            continue
        yield from compare(*outlines, page, page, languages=(default, language))
        yield from find_untranslated(*outlines, page, page, language=language)


def _compare_folders(docs, default, language):
    ours, theirs = (
        {path.relative_to(docs / name) for path in (docs / name).rglob("*") if path.is_file()}
        for name in (default, language)
    )
    for name in sorted(ours | theirs):
        here, there = (docs / folder / name for folder in (default, language))
        if name not in theirs:
            yield f"{_show(docs, there)} is missing: {_show(docs, here)} has no counterpart."
        elif name not in ours:
            yield f"{_show(docs, here)} is missing: {_show(docs, there)} has no counterpart."
        elif name.suffix == ".md":
            pages = [_show(docs, here), _show(docs, there)]
            try:
                outlines = [
                    read_outline(path.read_text(encoding="utf-8"), page)
                    for path, page in zip((here, there), pages, strict=True)
                ]
            except PageError as error:
                yield f"{error}."
                continue
            yield from compare(*outlines, *pages, languages=(default, language))
            yield from find_untranslated(*outlines, *pages, language=language)


def _show(docs, path):
    return path.relative_to(docs.parent).as_posix()


def compare(
    ours: Outline, theirs: Outline, our_page: str, their_page: str, languages: tuple[str, str]
) -> Iterator[str]:
    """The differences between the parts of two pages, one sentence each."""
    left, right = _sequence(ours, languages), _sequence(theirs, languages)
    matcher = SequenceMatcher(
        a=[key for key, _ in left], b=[key for key, _ in right], autojunk=False
    )
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            continue
        rest = list(range(j1, j2))
        for key, part in left[i1:i2]:
            twin = next((j for j in rest if right[j][1].kind == part.kind), None)
            if twin is None:
                where = right[min(j1, len(right) - 1)][1].line if right else 1
                yield (
                    f"{our_page}:{part.line} has {_name(key)}, {their_page}:{where} has not, "
                    "or not in this place."
                )
                continue
            rest.remove(twin)
            other_key, other = right[twin]
            yield (
                f"{our_page}:{part.line} and {their_page}:{other.line} differ: "
                f"{_difference(key, other_key, part.line, other.line)}."
            )
        for j in rest:
            key, part = right[j]
            where = left[min(i1, len(left) - 1)][1].line if left else 1
            yield (
                f"{their_page}:{part.line} has {_name(key)}, {our_page}:{where} has not, "
                "or not in this place."
            )


def _sequence(outline, languages):
    """(key, part) of each part; parts with equal keys are the same to readers."""
    sequence = []
    for inline, parts in groupby(outline.parts, key=lambda part: part.inline):
        run = [((part.kind, part.depth, _neutral(part, languages)), part) for part in parts]
        sequence += sorted(run, key=lambda pair: repr(pair[0])) if inline else run
    return sequence


def _neutral(part: Part, languages):
    """What of a part must be the same in both languages."""
    if part.kind == "code":
        (fence,) = part.value
        options = {
            name: bool(value) if name in TEXT_OPTIONS else value
            for name, value in fence.options.items()
        }
        return fence.language, tuple(options.items()), fence.code
    if part.kind == "image":
        source, alt, attributes = part.value
        return _neutral_target(source, languages), bool(alt), attributes
    if part.kind == "link":
        return _neutral_target(part.value[0], languages), *part.value[1:]
    if part.kind == "target by name":
        return part.value[0], _neutral_target(part.value[1], languages)
    return part.value


def _neutral_target(target, languages):
    """An address of another site without the language's code, wherever it has one."""
    address = urlsplit(target)
    if address.scheme not in ("http", "https"):
        return target
    host = ".".join(label for label in address.netloc.split(".") if label not in languages)
    path = "/".join(piece for piece in address.path.split("/") if piece not in languages)
    query = [
        (name, value)
        for name, value in parse_qsl(address.query, keep_blank_values=True)
        if not (name in ("hl", "lang") and value in languages)
    ]
    return urlunsplit(address._replace(netloc=host, path=path, query=urlencode(query)))


def _name(key):
    kind, _, value = key
    if kind == "heading":
        return f"a heading of level {value[0]} with the id {value[1]!r}"
    if kind == "code":
        first = value[2].split("\n", 1)[0].strip()
        return f"{value[0] or 'plain'} code that begins with {first!r}"
    if kind == "table":
        return f"a table of {len(value[0]) - 2} rows and {value[0][0]} columns"
    if kind == "box":
        return f"the box {value[0]} {value[1]}"
    words = [str(word) for word in value if word and isinstance(word, str)]
    return f"a {kind} {' '.join(words)}".replace("a image", "an image").rstrip()


def _difference(key, other, line, other_line):
    """What is different between two parts of the same kind, in words."""
    kind, depth, value = key
    _, other_depth, other_value = other
    if value == other_value:
        return f"{_name(key)} is nested {depth} deep in the one, {other_depth} in the other"
    if kind == "code" and value[:2] == other_value[:2]:
        lines, other_lines = value[2].splitlines(), other_value[2].splitlines()
        for index, (ours, theirs) in enumerate(zip(lines, other_lines, strict=False), start=1):
            if ours != theirs:
                return (
                    f"the code says {ours!r} in line {line + index}, "
                    f"{theirs!r} in line {other_line + index}"
                )
        return f"the code has {len(lines)} lines in the one, {len(other_lines)} in the other"
    if kind == "code" and value[0] == other_value[0]:
        options, other_options = dict(value[1]), dict(other_value[1])
        names = sorted(
            name
            for name in options.keys() | other_options.keys()
            if options.get(name) != other_options.get(name)
        )
        return f"the options of the code ({', '.join(names) or 'their order'})"
    if kind == "table":
        return f"{_name(key)}, {_name(other)}, cells in each row or alignment"
    if kind == "image" and value[0] == other_value[0]:
        return f"the image {value[0]} has an alt text or attributes in one of them alone"
    return f"{_name(key)} in the one, {_name(other)} in the other"
