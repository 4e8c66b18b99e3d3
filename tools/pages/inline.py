"""Finds links, images and tags inside the prose of a page, and its bare words."""

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"<!--.*?-->", re.S)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n[ \t>]*\n).)+?(?<!`)\1(?!`)", re.S)
_FORMULAS = (
    re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)", re.S),
    re.compile(r"(?<![\\$])\$(?!\s)[^$\n]+?(?<!\s)\$(?!\d)"),
)
# [text](target "title"){ attributes }, text and target with one level of brackets.
_LINK = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|!?\[[^\[\]]*\](?:\([^()]*\))?)*)\]"
    r"\(\s*<?(?P<target>[^()\s<>]*(?:\([^()\s]*\)[^()\s]*)*)>?"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)(?P<attributes>\{[^{}\n]*\})?"
)
_NAMED = re.compile(r"(?P<image>!?)\[(?P<text>[^\[\]]+)\]\[(?P<name>[^\[\]]*)\]")
_NAME = re.compile(r"^[ \t]*\[(?P<name>[^\[\]^][^\[\]]*)\]:\s*<?(?P<target>[^\s<>]+).*$", re.M)
_ABBREVIATION = re.compile(r"^[ \t]*\*\[(?P<name>[^\[\]]+)\]:(?P<meaning>.*)$", re.M)
_FOOTNOTE = re.compile(r"\[\^(?P<name>[^\]]+)\](?P<colon>:?)")
_ADDRESS = re.compile(r"<(?P<target>(?:https?://|mailto:)[^<>\s]+)>")
_TAG = re.compile(r"<(?P<name>/?[a-zA-Z][\w-]*)(?P<attributes>(?:\s+[^<>]*?)?)\s*/?>")
_ATTRIBUTE = re.compile(r"([\w:-]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\s}\"']+))|([#.]?[\w:-]+)")

# Attributes whose value is prose, so it differs between languages.
TEXT_ATTRIBUTES = ("alt", "title", "aria-label", "lang", "placeholder", "data-title")


def hide_code(text: str) -> str:
    """The page without comments, `code` and formulas, each line where it was.

    Code and formulas become NUL characters of the same number, so that a link
    around code still has a text.
    """

    def hide(mark):
        return lambda match: re.sub(r"[^\n]", mark, match[0])

    text = _COMMENT.sub(hide(" "), text)
    text = _CODE.sub(hide("\0"), text)
    for formula in _FORMULAS:
        text = formula.sub(hide("\0"), text)
    return text


def find_inline(text: str) -> Iterator[tuple[str, tuple, int]]:
    """All links, images, footnotes, names of targets and tags in a text.

    Args:
        text: prose after hide_code.

    Yields:
        kind, value and offset in the text. Values: a link (target,
        attributes), an image (source, alt text, attributes), a tag (name,
        attributes), a footnote (name, colon of its definition).
    """
    for match in _LINK.finditer(text):
        attributes = read_attributes(match["attributes"] or "")
        if match["image"]:
            yield "image", (match["target"], match["text"].strip(), attributes), match.start()
        else:
            yield "link", (match["target"], attributes), match.start()
            for kind, value, offset in find_inline(match["text"]):
                yield kind, value, match.start("text") + offset
    rest = _LINK.sub(lambda match: " " * len(match[0]), text)
    for match in _NAME.finditer(rest):
        yield "target by name", (match["name"], match["target"]), match.start("name")
    for match in _NAMED.finditer(rest):
        kind = "image by name" if match["image"] else "link by name"
        yield kind, (match["name"],), match.start()
    for match in _ABBREVIATION.finditer(rest):
        yield "abbreviation", (), match.start("name")
    for match in _FOOTNOTE.finditer(rest):
        yield "footnote", (match["name"], match["colon"]), match.start()
    for match in _ADDRESS.finditer(rest):
        yield "link", (match["target"], ()), match.start()
    for match in _TAG.finditer(rest):
        name, attributes = match["name"].lower(), dict(read_attributes(match["attributes"]))
        if name == "img":
            alt = re.search(r"\balt=(?:\"([^\"]*)\"|'([^']*)')", match["attributes"])
            attributes.pop("alt", None)
            source = attributes.pop("src", "")
            value = (source, (alt[1] or alt[2] or "") if alt else "", tuple(attributes.items()))
            yield "image", value, match.start()
        elif name == "a":
            target = attributes.pop("href", "")
            yield "link", (target, tuple(attributes.items())), match.start()
        else:
            yield "tag", (name, tuple(attributes.items())), match.start()


def read_attributes(text: str) -> tuple[tuple[str, str], ...]:
    """Attributes of a tag or of `{ ... }`; of those that are prose only the name."""
    found = []
    for name, double, single, bare, word in _ATTRIBUTE.findall(text):
        value = "" if name in TEXT_ATTRIBUTES else double or single or bare
        found.append((name or word, value))
    return tuple(sorted(found))


def plain(text: str) -> str:
    """The words of a text that readers see, each on its line.

    Code, formulas, targets, tags and the marks of emphasis are left out.
    """
    text = _NAME.sub("", text)
    text = _ABBREVIATION.sub(lambda match: f"{match['name']}: {match['meaning']}", text)
    for _ in range(2):  # an image inside a link
        text = _LINK.sub(lambda match: match["text"], text)
    text = _NAMED.sub(lambda match: match["text"], text)
    text = _FOOTNOTE.sub("", text)
    text = _ADDRESS.sub("", text)
    text = _TAG.sub("", text)
    text = re.sub(r":[a-z0-9_+-]+:", "", text)  # icons
    return re.sub(r"(?<=\S)\{[^{}\n]*\}|^\{:?[^{}\n]*\}$|\*{1,3}", "", text, flags=re.M)
