"""The built pages, each read and parsed once for all checks of this process."""

import gc
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup, Tag

LANGUAGES = {"en": "", "ko": "ko/"}


@cache
def pages(site: Path) -> dict[str, Path]:
    """Every page but 404.html by its address under the site's root: "ko/quickstart/"."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        if path != site / "404.html":
            found[path.relative_to(site).as_posix().removesuffix("index.html")] = path
    return found


def with_404(site: Path) -> dict[str, Path]:
    """Every page."""
    return {**pages(site), "404.html": site / "404.html"}


def language(page: str) -> str:
    """The language of a page, of its address."""
    return "ko" if page.startswith("ko/") else "en"


def plain(page: str) -> str:
    """A page's address without its language."""
    return page.removeprefix(LANGUAGES[language(page)])


@cache
def html(path: Path) -> str:
    """A page's text."""
    return path.read_text("utf-8")


@cache
def soup(path: Path) -> BeautifulSoup:
    """A page's tree."""
    gc.disable()  # it would walk through all trees again and again, for a third of the time
    try:
        return BeautifulSoup(html(path), "html.parser")
    finally:
        gc.enable()


@cache
def tags(path: Path) -> list[Tag]:
    """All elements of a page, in its order."""
    return soup(path).find_all(True)


@cache
def _by_class(path: Path) -> dict[str, list[Tag]]:
    found: dict[str, list[Tag]] = {}
    for tag in tags(path):
        for name in dict.fromkeys(tag.get("class") or ()):
            found.setdefault(name, []).append(tag)
    return found


def classed(path: Path, name: str) -> list[Tag]:
    """A page's elements of a class; a selector would walk through the page for each question."""
    return _by_class(path).get(name, [])


@cache
def ids(path: Path) -> set[str]:
    """What an address can point to."""
    return {tag["id"] for tag in tags(path) if tag.has_attr("id")}


@cache
def references(path: Path) -> list[tuple[str, str, bool]]:
    """(tag, address, whether the browser loads it by itself)"""
    found = []
    for tag in tags(path):
        for name in ("href", "src", "poster", "data", "action"):
            if value := tag.get(name):
                known = {"canonical", "alternate", "prev", "next"} & set(tag.get("rel") or [])
                loads = tag.name != "a" and not known
                found.append((tag.name, str(value), loads))
        for part in (tag.get("srcset") or "").split(","):
            if part.strip():
                found.append((tag.name, part.split()[0], True))
    return found
