"""Reads a Markdown page as a sequence of its parts, each with its line, for the checks of its text.

The dialect is that of the site: Python-Markdown with the extensions of mkdocs.yml.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from tools.pages.fences import Fence, find_fences

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.M | re.S)
_PREFIX = re.compile(r"^(?:[ \t]*>)*[ \t]*")
_HEADING = re.compile(r"(#{1,6})[ \t]*(.*?)[ \t#]*(\{[^{}]*\})?\s*$")
_BOX = re.compile(r'(!!!|\?\?\?\+?)\s+([\w -]+?)(?:\s+"(.*)")?\s*$')
_TAB = re.compile(r'(===[!+]*)\s+"(.*)"\s*$')
_ITEM = re.compile(r"([-*+]|\d+[.)])\s+(?=\S)")
_RULE = re.compile(r"(?:-[ \t]*){3,}$|(?:\*[ \t]*){3,}$|(?:_[ \t]*){3,}$")
_UNDERLINE = re.compile(r"(?:=+|-{2,})[ \t]*$")
_TABLE_RULE = re.compile(r"(?=.*\|)\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")

# What is no prose, in the order in which it is hidden.
_HIDDEN = (
    (re.compile(r"<!--.*?-->", re.S), " "),
    (re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n[ \t>]*\n).)+?(?<!`)\1(?!`)", re.S), "\0"),
    (re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)", re.S), "\0"),
    (re.compile(r"(?<![\\$])\$(?!\s)[^$\n]+?(?<!\s)\$(?!\d)"), "\0"),
)
# [text](target "title"){ attributes }, text and target with one level of brackets.
_LINK = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|!?\[[^\[\]]*\](?:\([^()]*\))?)*)\]"
    r"\(\s*<?(?P<target>[^()\s<>]*(?:\([^()\s]*\)[^()\s]*)*)>?"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)(?P<attributes>\{[^{}\n]*\})?"
)
_NAMED = re.compile(r"(!?)\[([^\[\]]+)\]\[([^\[\]]*)\]")
_NAME = re.compile(r"^[ \t]*\[([^\[\]^][^\[\]]*)\]:\s*<?([^\s<>]+).*$", re.M)
_ABBREVIATION = re.compile(r"^[ \t]*\*\[([^\[\]]+)\]:(.*)$", re.M)
_FOOTNOTE = re.compile(r"\[\^([^\]]+)\](:?)")
_ADDRESS = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_TAG = re.compile(r"<(/?[a-zA-Z][\w-]*)((?:\s+[^<>]*?)?)\s*/?>")
_ATTRIBUTE = re.compile(r"([\w:-]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\s}\"']+))|([#.]?[\w:-]+)")
_PROSE_ATTRIBUTES = ("alt", "title", "aria-label", "lang", "placeholder", "data-title")


@dataclass(frozen=True)
class Part:
    """One part of a page: "heading", "code", "box", "list item", "link", "tag" and the like."""

    kind: str
    value: tuple  # what must be the same in every language
    line: int
    depth: int = 0  # in boxes, tabs, lists and quotes
    inline: bool = False  # inside prose, where word order decides the order


@dataclass(frozen=True)
class Text:
    """A piece of prose, without code, formulas, targets and tags."""

    kind: str
    text: str
    line: int


@dataclass
class Outline:
    """All parts, pieces of prose and fences of a page, in page order."""

    parts: list[Part] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)

    def add(self, kind, value, line, depth):
        """Add a part."""
        self.parts.append(Part(kind, value, line, depth))

    def prose(self, kind, text, line, depth):
        """Add a piece of prose, with the parts inside of it."""
        for inside, value, offset in _find_inline(text):
            part = Part(inside, value, line + text[:offset].count("\n"), depth, inline=True)
            self.parts.append(part)
            if inside == "image" and value[1]:
                self.texts.append(Text("alt", plain(value[1]), part.line))
        self.texts.append(Text(kind, plain(text), line))


def read_outline(text: str, page: Path | str = "page") -> Outline:
    """Read a page, or raise a PageError for a fence that cannot be read."""
    outline = Outline(fences=find_fences(text, page))
    lines = text.splitlines()
    fences = {fence.line - 1: fence for fence in outline.fences}
    for opening, fence in fences.items():
        for number in range(opening, fence.line + fence.code.count("\n") + 1):
            # Remembers the indentation of the fence, hides all else.
            lines[number - 1] = _PREFIX.match(lines[number - 1])[0] + "\0" * (number == opening)
    text, start = "\n".join(lines), 1
    if front := _FRONT_MATTER.match(text):
        start = front[0].count("\n") + 2
        for number, line in enumerate(front[1].splitlines(), start=2):
            if key := re.match(r"([\w-]+):[ \t]*(.*)", line):
                outline.add("front matter key", (key[1],), number, 0)
                if key[1] in ("title", "description", "after"):
                    outline.texts.append(Text("front matter", key[2].strip("\"' "), number))
    _read(_hide(text).split("\n"), start, fences, outline)
    outline.parts.sort(key=lambda part: part.line)
    outline.texts.sort(key=lambda piece: piece.line)
    return outline


def _hide(text):
    """The page without comments, `code` and formulas, each line where it was."""
    for pattern, mark in _HIDDEN:
        text = pattern.sub(lambda match, mark=mark: re.sub(r"[^\n]", mark, match[0]), text)
    return text


def _read(lines, number, fences, outline):
    prefixes = [_PREFIX.match(line)[0] for line in lines]
    bodies = [line[len(prefix) :] for line, prefix in zip(lines, prefixes, strict=True)]
    after_text = False
    while number <= len(lines):
        prefix, body, end = prefixes[number - 1], bodies[number - 1], number + 1
        depth = prefix.count(">") + len(prefix.replace(">", "").expandtabs(4)) // 4
        before, after_text = after_text, False
        if fence := fences.get(number):
            outline.add("code", (fence,), number, depth)
            for name in ("caption", "alt", "notest"):
                if fence.options.get(name):
                    outline.texts.append(Text(name, fence.options[name], number))
        elif match := _HEADING.match(body):
            found = re.search(r"#([\w.:-]+)", match[3] or "")
            outline.add("heading", (len(match[1]), found and found[1]), number, depth)
            outline.prose("heading", match[2], number, depth)
        elif match := _BOX.match(body):
            value = (match[1], match[2], "own title" if match[3] else match[3])
            outline.add("box", value, number, depth)
            outline.prose("title", match[3] or "", number, depth)
        elif match := _TAB.match(body):
            outline.add("tab", (match[1],), number, depth)
            outline.prose("title", match[2], number, depth)
        elif before and _UNDERLINE.match(body):
            outline.add("underlined heading", (), number - 1, depth)
        elif _RULE.match(body):
            outline.add("rule", (), number, depth)
        elif body:
            item, after_text = _ITEM.match(body), True
            while end <= len(lines) and not _ends(bodies[end - 1], end in fences, item):
                end += 1
            _text(bodies[number - 1 : end - 1], number, depth, outline)
        number = end


def _ends(body, is_fence, item):
    """Whether a line ends the paragraph, list item or table before it."""
    if not body or is_fence or _HEADING.match(body) or _BOX.match(body) or _TAB.match(body):
        return True
    return bool((_UNDERLINE.match(body) and "|" not in body) or (item and _ITEM.match(body)))


def _text(lines, number, depth, outline):
    text = "\n".join(lines)
    if len(lines) > 1 and _TABLE_RULE.match(lines[1]):
        rows = [_cells(line) for line in lines]
        value = (tuple(map(len, rows)), re.sub("[ -]", "", lines[1]))
        outline.add("table", value, number, depth)
        for line, row in enumerate(rows, number):
            for cell in row if line != number + 1 else ():
                outline.prose("table cell", cell, line, depth)
    elif match := _ITEM.match(text):
        value = "numbered" if match[1][0].isdigit() else "bullet"
        outline.add("list item", (value,), number, depth)
        outline.prose("list item", text[match.end() :], number, depth)
    else:
        if match := re.match(r":[ \t]+", text):
            outline.add("definition", (), number, depth)
        outline.prose("paragraph", text[match.end() if match else 0 :], number, depth)


def _cells(row):
    cells = re.split(r"(?<!\\)\|", row.strip().removeprefix("|"))
    return [cell.strip() for cell in (cells if cells[-1].strip() else cells[:-1])]


def _find_inline(text):
    """(kind, value, offset) of all links, images, footnotes, names of targets and tags."""
    for match in _LINK.finditer(text):
        attributes = _attributes(match["attributes"] or "")
        if match["image"]:
            yield "image", (match["target"], match["text"].strip(), attributes), match.start()
        else:
            yield "link", (match["target"], attributes), match.start()
            for kind, value, offset in _find_inline(match["text"]):
                yield kind, value, match.start("text") + offset
    rest = _LINK.sub(lambda match: " " * len(match[0]), text)
    for kind, pattern, value in (
        ("target by name", _NAME, lambda match: match.groups()),
        ("link by name", _NAMED, lambda match: (match[1], match[3])),
        ("abbreviation", _ABBREVIATION, lambda match: ()),
        ("footnote", _FOOTNOTE, lambda match: match.groups()),
        ("link", _ADDRESS, lambda match: (match[1], ())),
    ):
        for match in pattern.finditer(rest):
            yield kind, value(match), match.start(1)
    for match in _TAG.finditer(rest):
        name, attributes = match[1].lower(), dict(_attributes(match[2]))
        kind, value = "tag", (name,)
        if name == "img":
            alt = re.search(r"\balt=([\"'])(.*?)\1", match[2], re.S)
            attributes.pop("alt", None)
            kind, value = "image", (attributes.pop("src", ""), alt[2] if alt else "")
        elif name == "a":
            kind, value = "link", (attributes.pop("href", ""),)
        yield kind, (*value, tuple(attributes.items())), match.start()


def _attributes(text):
    """Attributes of a tag or of `{ ... }`, sorted; of those that are prose only the name."""
    return tuple(
        sorted(
            (name or word, "" if name in _PROSE_ATTRIBUTES else double or single or bare)
            for name, double, single, bare, word in _ATTRIBUTE.findall(text)
        )
    )


def plain(text: str) -> str:
    """The words of a text that readers see, each on its line."""
    text = _ABBREVIATION.sub(r"\1:\2", _NAME.sub("", text))
    for _ in range(2):  # an image inside a link
        text = _LINK.sub(r"\g<text>", text)
    text = _NAMED.sub(r"\2", text)
    for pattern in (_FOOTNOTE, _ADDRESS, _TAG):
        text = pattern.sub("", text)
    text = re.sub(r":[a-z0-9_+-]+:", "", text)  # icons
    return re.sub(r"(?<=\S)\{[^{}\n]*\}|^\{:?[^{}\n]*\}$|\*{1,3}", "", text, flags=re.M)
