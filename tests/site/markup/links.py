"""Where the pages lead, what they load, and what they tell search engines and the search."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

import pytest

from tests.site.build import ADDRESS, FOLDER, ROOT
from tests.site.markup.pages import (
    LANGUAGES,
    html,
    ids,
    language,
    pages,
    plain,
    references,
    soup,
    tags,
    with_404,
)


def _dead(site: Path) -> list[str]:
    @cache
    def wrong(address: str) -> str:
        """What is wrong with an absolute address; pages share most of them."""
        address, anchor = urldefrag(address)
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https"):
            return ""
        if not address.startswith(ADDRESS):
            own = parts.netloc == urlsplit(ADDRESS).netloc
            return " leaves the site's folder" if own else ""
        target = site / unquote(parts.path.removeprefix(FOLDER))
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            return " leads nowhere"
        if not anchor or target.suffix != ".html" or anchor.startswith("__"):
            return ""
        return "" if unquote(anchor) in ids(target) else ": no such anchor"

    return [
        f"{page}: <{tag}> {value}{problem}"
        for page, path in with_404(site).items()
        for tag, value in [*((tag, value) for tag, value, _ in references(path)), *_moved(path)]
        if (problem := wrong(urljoin(ADDRESS + page, value)))
    ]


def _moved(path: Path) -> list[tuple[str, str]]:
    """Where docs/assets/site.js leads readers of sections that have moved to another page."""
    return [
        ("meta", f"{meta['data-to']}#{one}")
        for meta in soup(path).select("meta[name=moved]")
        for one in meta["content"].split()
    ]


def test_every_link_and_anchor_leads_somewhere(site):
    assert _dead(site) == []


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_dead_links_are_found(site, tmp_path):
    """The check itself: each kind of dead reference is reported."""
    bad = '<a href="no/">1</a><a href="#no">2</a><img src="no.png"><a href="/quickstart/">3</a>'
    bad += '<meta name="moved" content="no" data-to=".">'
    (tmp_path / "index.html").write_text(bad)
    (tmp_path / "404.html").write_text("")
    assert len(_dead(tmp_path)) == 5


def test_nothing_is_loaded_from_elsewhere(site):
    problems = []
    for page, path in with_404(site).items():
        for tag, value, loads in references(path):
            if loads and not urljoin(ADDRESS + page, value).startswith((ADDRESS, "data:")):
                problems.append(f"{page}: <{tag}> loads {value}")
    for path in [*site.rglob("*.css"), *pages(site).values()]:
        foreign = re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", html(path))
        problems += [f"{path.name}: {address}" for address in foreign]
    for path in (ROOT / "docs/assets").rglob("*.js"):
        assert not re.search(
            r"https?://(?!www.w3.org/2000/svg)|import\(", path.read_text("utf-8")
        ), path
    assert problems == []


def _unsized(path: Path) -> list[str]:
    """Images that have no words, or that move the text or are loaded before they are looked at."""
    found = []
    for tag in tags(path):
        if tag.name == "img":
            needed = {"alt", "width", "height"} | (
                {"loading"} if tag.find_parent("article") else set()
            )
            if not needed <= tag.attrs.keys() or tag.get("loading", "lazy") != "lazy":
                found.append(str(tag)[:80])
    return found


def test_images_are_lazy_and_have_their_size(site):
    found = {page: what for page, path in with_404(site).items() if (what := _unsized(path))}
    assert found == {}


def test_an_image_without_its_size_is_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<img alt="" width="1" height="1"><img alt="" width="1">'
        '<article><img alt="" width="1" height="1" loading="lazy"><img alt="" width="1" height="1">'
    )
    assert len(_unsized(page)) == 2


def _inline(path: Path) -> list[str]:
    """What a strict Content-Security-Policy forbids, where no browser need come to it."""
    found = []
    for tag in tags(path):
        found += [name for name in tag.attrs if name == "style" or name.startswith("on")]
        is_script = tag.name == "script" and tag.get("type") != "application/json"
        if tag.name == "style" or (is_script and not tag.has_attr("src")):
            found.append(str(tag)[:80])
        if str(tag.get("href", "")).startswith("javascript:"):
            found.append(tag["href"])
    return found


def test_nothing_is_inline(site):
    found = {page: what for page, path in with_404(site).items() if (what := _inline(path))}
    assert found == {}


def test_what_is_inline_is_found(tmp_path):
    """The check itself; data and a script in a file are allowed."""
    page = tmp_path / "page.html"
    page.write_text(
        '<p style="color: red"><p onclick="f()"><a href="javascript:f()">1</a><style></style>'
        '<script>f()</script><script src="f.js"></script><script type="application/json"></script>'
    )
    assert len(_inline(page)) == 5


def test_every_page_knows_where_its_search_is(site):
    """The browser's tour lets one page of each language start it."""
    for page, path in pages(site).items():
        settings = json.loads(soup(path).find(id="__config").string)
        home = ADDRESS + LANGUAGES[language(page)]
        assert urljoin(ADDRESS + page, settings["base"] + "/") == home, page
        worker = urljoin(ADDRESS + page, settings["search"])
        assert (site / worker.removeprefix(ADDRESS)).is_file(), f"{page}: {worker}"


def test_material_fetches_no_sitemaps(site):
    """Its script looks for exactly rel="alternate"; one more space keeps it from that."""
    for path in with_404(site).values():
        assert not re.search(r"rel=[\"']?alternate[\"'\s>]*(?<! [\"'])>", html(path))
        assert 'rel="alternate"' not in html(path)


def test_sitemap(site):
    space = {
        "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
        "x": "http://www.w3.org/1999/xhtml",
    }
    listed = {}
    for url in ElementTree.parse(site / "sitemap.xml").getroot().findall("s:url", space):
        links = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", space)}
        listed[url.find("s:loc", space).text] = links
    assert set(listed) == {ADDRESS + page for page in pages(site)}
    for page in pages(site):
        expected = {k: ADDRESS + home + plain(page) for k, home in LANGUAGES.items()}
        assert listed[ADDRESS + page] == expected


def test_one_index_for_each_language(site):
    entries = {}
    for name, home in LANGUAGES.items():
        index = json.loads((site / home / "search/search_index.json").read_text("utf-8"))
        entries[name] = {doc["location"]: doc for doc in index["docs"]}
        assert entries[name]
        for location, doc in entries[name].items():
            assert not location.startswith("ko/")
            page, _, anchor = location.partition("#")
            target = site / home / page / "index.html"
            assert soup(target).html["lang"] == name
            assert not anchor or anchor in ids(target)
            assert "hiddenoutput" not in doc["text"]
    assert set(entries["en"]) == set(entries["ko"])
