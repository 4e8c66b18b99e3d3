"""Reads a Markdown page as a sequence of its parts.

The checks of the pages (tools/checks/parity.py, tools/checks/style.py) need to know what
stands on which line: headings, boxes, tabs, lists, tables, code, links, and the
prose between. They read the source, not the HTML, so that each finding has
a line number. The dialect is that of the site: Python-Markdown with the
extensions admonition, details, tabbed, attr_list, footnotes and tables.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from tools.pages.fences import Fence, find_fences
from tools.pages.inline import find_inline, hide_code, plain

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<keys>.*?)^---[ \t]*$", re.M | re.S)
_PREFIX = re.compile(r"^(?:[ \t]*>)*[ \t]*")
_HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]*(?P<text>.*?)[ \t#]*(?P<attributes>\{[^{}]*\})?\s*$")
_BOX = re.compile(r'(?P<mark>!!!|\?\?\?\+?)\s+(?P<type>[\w -]+?)(?:\s+"(?P<title>.*)")?\s*$')
_TAB = re.compile(r'(?P<mark>===[!+]*)\s+"(?P<title>.*)"\s*$')
_ITEM = re.compile(r"(?P<mark>[-*+]|\d+[.)])\s+(?=\S)")
_RULE = re.compile(r"(?:-[ \t]*){3,}$|(?:\*[ \t]*){3,}$|(?:_[ \t]*){3,}$")
_UNDERLINE = re.compile(r"(?:=+|-{2,})[ \t]*$")
_TABLE_RULE = re.compile(r"(?=.*\|)\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_ID = re.compile(r"#([\w.:-]+)")


@dataclass(frozen=True)
class Part:
    """One part of a page.

    Attributes:
        kind: "heading", "code", "box", "tab", "list item", "table", "rule",
            "definition", "front matter key" or, inside prose, "link", "image",
            "footnote", "tag" and the like (tools/pages/inline.py).
        value: what must be the same in every language, e.g. (level, id).
        line: its line in the page, counted from 1.
        depth: how deep it is nested in boxes, tabs, lists and quotes.
        inline: it stands inside prose, where word order decides the order.
    """

    kind: str
    value: tuple
    line: int
    depth: int = 0
    inline: bool = False


@dataclass(frozen=True)
class Text:
    """A piece of prose, without code, formulas, targets and tags.

    Attributes:
        kind: "heading", "paragraph", "list item", "table cell", "title",
            "caption", "alt" or "front matter".
    """

    kind: str
    text: str
    line: int


@dataclass
class Outline:
    """All parts, pieces of prose and fences of a page, in page order."""

    parts: list[Part] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)


def read_outline(text: str, page: Path | str = "page") -> Outline:
    """Reads a page.

    Raises:
        PageError: the page has a fence that cannot be read (tools/pages/fences.py).
    """
    outline = Outline(fences=find_fences(text, page))
    lines = text.splitlines()
    fences = {fence.line - 1: fence for fence in outline.fences}
    for opening, fence in fences.items():
        closing = fence.line + fence.code.count("\n")
        for number in range(opening, closing + 1):
            # Remembers the indentation of the fence, hides all else.
            lines[number - 1] = _PREFIX.match(lines[number - 1])[0] + "\0" * (number == opening)
    start = _front_matter("\n".join(lines), outline)
    lines = hide_code("\n".join(lines)).split("\n")
    _Reader(lines, fences, outline).read(start)
    outline.parts.sort(key=lambda part: part.line)
    outline.texts.sort(key=lambda piece: piece.line)
    return outline


def _front_matter(text, outline):
    match = _FRONT_MATTER.match(text)
    if match is None:
        return 1
    for number, line in enumerate(match["keys"].splitlines(), start=2):
        if key := re.match(r"([\w-]+):[ \t]*(.*)", line):
            outline.parts.append(Part("front matter key", (key[1],), number))
            if key[1] in ("title", "description", "after"):
                outline.texts.append(Text("front matter", key[2].strip("\"' "), number))
    return match[0].count("\n") + 2


class _Reader:
    """Walks over the lines of a page and fills its outline."""

    def __init__(self, lines, fences, outline):
        self.lines, self.fences, self.outline = lines, fences, outline
        self.in_list = False

    def read(self, number):
        """Reads from the line `number`, counted from 1, to the end."""
        after_text = False
        while number <= len(self.lines):
            prefix = _PREFIX.match(self.lines[number - 1])[0]
            body = self.lines[number - 1][len(prefix) :]
            depth = prefix.count(">") + len(prefix.replace(">", "").expandtabs(4)) // 4
            if not body:
                after_text, number = False, number + 1
            elif number in self.fences:
                self._code(self.fences[number], number, depth)
                after_text, number = False, number + 1
            elif self._marked(body, number, depth, after_text):
                after_text, number = False, number + 1
            else:
                end = self._end_of_text(number)
                self._text(number, end, depth)
                after_text, number = True, end

    def _part(self, kind, value, line, depth):
        self.outline.parts.append(Part(kind, value, line, depth))

    def _prose(self, kind, text, line, depth):
        for kind_inside, value, offset in find_inline(text):
            part = Part(kind_inside, value, line + text[:offset].count("\n"), depth, inline=True)
            self.outline.parts.append(part)
            if kind_inside == "image" and value[1]:
                self.outline.texts.append(Text("alt", plain(value[1]), part.line))
        self.outline.texts.append(Text(kind, plain(text), line))

    def _code(self, fence, number, depth):
        self._part("code", (fence,), number, depth)
        for name in ("caption", "alt", "title", "notest"):
            if fence.options.get(name):
                self.outline.texts.append(Text(name, fence.options[name], number))

    def _marked(self, body, number, depth, after_text):
        """Reads a line that is a part by itself; False if it is none."""
        if match := _HEADING.match(body):
            found = _ID.search(match["attributes"] or "")
            value = (len(match["marks"]), found[1] if found else None)
            self._part("heading", value, number, depth)
            self._prose("heading", match["text"], number, depth)
        elif match := _BOX.match(body):
            title = "own title" if match["title"] else match["title"]
            value = (match["mark"], match["type"], title)
            self._part("box", value, number, depth)
            self._prose("title", match["title"] or "", number, depth)
        elif match := _TAB.match(body):
            self._part("tab", (match["mark"],), number, depth)
            self._prose("title", match["title"], number, depth)
        elif after_text and _UNDERLINE.match(body):
            self._part("underlined heading", (), number - 1, depth)
        elif _RULE.match(body):
            self._part("rule", (), number, depth)
        else:
            return False
        return True

    def _end_of_text(self, number):
        """The line behind the paragraph, list item or table that begins here."""
        end = number + 1
        while end <= len(self.lines):
            body = _PREFIX.sub("", self.lines[end - 1])
            if not body or end in self.fences or _HEADING.match(body) or _BOX.match(body):
                break
            if _TAB.match(body) or (_UNDERLINE.match(body) and "|" not in body):
                break
            in_list = _ITEM.match(_PREFIX.sub("", self.lines[number - 1]))
            if in_list and _ITEM.match(body):
                break
            end += 1
        return end

    def _text(self, number, end, depth):
        lines = [_PREFIX.sub("", line) for line in self.lines[number - 1 : end - 1]]
        text = "\n".join(lines)
        if len(lines) > 1 and _TABLE_RULE.match(lines[1]):
            cells = tuple(len(_cells(line)) for line in lines)
            self._part("table", (cells, lines[1].replace(" ", "").replace("-", "")), number, depth)
            for offset, line in enumerate(lines):
                for cell in _cells(line) if offset != 1 else ():
                    self._prose("table cell", cell, number + offset, depth)
        elif match := _ITEM.match(text):
            ordered = "numbered" if match["mark"][0].isdigit() else "bullet"
            self._part("list item", (ordered,), number, depth)
            self._prose("list item", text[match.end() :], number, depth)
        elif match := re.match(r":[ \t]+", text):
            self._part("definition", (), number, depth)
            self._prose("paragraph", text[match.end() :], number, depth)
        else:
            self._prose("paragraph", text, number, depth)


def _cells(row):
    row = row.strip().removeprefix("|")
    cells = re.split(r"(?<!\\)\|", row)
    return [cell.strip() for cell in (cells if cells[-1].strip() else cells[:-1])]
