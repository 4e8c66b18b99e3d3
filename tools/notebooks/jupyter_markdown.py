"""Turns the prose of a page into the Markdown that Jupyter knows, with whole addresses."""

import posixpath
import re
from urllib.parse import urljoin

_ATTRIBUTES = re.compile(r" ?\{:? ?(?:[.#][a-zA-Z][\w-]* ?)+\}")
_LINK = re.compile(r"(\]\()(?!https?:|mailto:)([^()\s#]*)(#[^()\s]*)?(\))")
_BOX = re.compile(r"^(?:!!!|\?\?\?\+?) +(?P<kind>[a-z]+)(?: +\"(?P<title>[^\"]*)\")? *$")
_TAB = re.compile(r"^===[!+]? +\"(?P<title>[^\"]*)\" *$")


def to_jupyter(text: str, folder: str, here: str) -> str:
    """Prose for a Markdown cell.

    Args:
        text: Markdown as the pages are written.
        folder: the address that links between pages are seen from, such as
            `https://example.org/ko/`.
        here: the address of the page itself, for links to its own headings.
    """
    text = _ATTRIBUTES.sub("", "\n".join(_boxes(text.split("\n"))))
    return _LINK.sub(lambda match: _absolute(match, folder, here), text)


def _boxes(lines):
    """Boxes as quotes, tabs as bold titles; what is inside stands further left."""
    inside, quoted = False, ""
    for line in lines:
        box, tab = _BOX.match(line), _TAB.match(line)
        if box or tab:
            inside, quoted = True, "> " if box else ""
            title = (box["title"] or box["kind"].capitalize()) if box else tab["title"]
            yield f"{quoted}**{title}**"
            yield quoted.rstrip()
        elif inside and line.startswith("    "):
            yield quoted + line[4:]
        elif inside and not line:
            yield quoted.rstrip()
        else:
            inside = False
            yield line


def _absolute(match, folder, here):
    opening, target, anchor, closing = match.groups("")
    if not target:
        return f"{opening}{here}{anchor}{closing}"
    stem, ending = posixpath.splitext(target)
    if ending in (".md", ".py"):
        target = f"{stem}/".replace("index/", "")
    return f"{opening}{urljoin(folder, target)}{anchor}{closing}"
