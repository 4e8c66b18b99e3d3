"""The built HTML: links, languages, search engines' view, nothing from elsewhere."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from tests.site.build import ADDRESS, FOLDER, ROOT
from tools.site_text import TEXT

LANGUAGES = {"en": "", "ko": "ko/"}


@cache
def _soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


@cache
def _ids(path: Path) -> set[str]:
    """What an address can point to; thousands of links do, so it is collected once."""
    return {tag["id"] for tag in _soup(path).find_all(id=True)}


def _pages(site: Path) -> dict[str, Path]:
    """Every page but 404.html by its address under the site's root: "ko/quickstart/"."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        if path != site / "404.html":
            found[path.relative_to(site).as_posix().removesuffix("index.html")] = path
    return found


def _language(page: str) -> str:
    return "ko" if page.startswith("ko/") else "en"


def _plain(page: str) -> str:
    return page.removeprefix(LANGUAGES[_language(page)])


def _references(soup: BeautifulSoup) -> list[tuple[str, str, bool]]:
    """(tag, address, whether the browser loads it by itself)"""
    found = []
    for tag in soup.find_all(True):
        for name in ("href", "src", "poster", "data", "action"):
            if value := tag.get(name):
                known = {"canonical", "alternate", "prev", "next"} & set(tag.get("rel") or [])
                loads = tag.name != "a" and not known
                found.append((tag.name, str(value), loads))
        for part in (tag.get("srcset") or "").split(","):
            if part.strip():
                found.append((tag.name, part.split()[0], True))
    return found


def _dead(site: Path) -> list[str]:
    problems = []
    for page, path in {**_pages(site), "404.html": site / "404.html"}.items():
        for tag, value, _ in _references(_soup(path)):
            address, anchor = urldefrag(urljoin(ADDRESS + page, value))
            if urlsplit(address).scheme not in ("http", "https"):
                continue
            if not address.startswith(ADDRESS):
                if urlsplit(address).netloc == urlsplit(ADDRESS).netloc:
                    problems.append(f"{page}: <{tag}> {value} leaves the site's folder")
                continue
            target = site / unquote(urlsplit(address).path.removeprefix(FOLDER))
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                problems.append(f"{page}: <{tag}> {value} leads nowhere")
            elif not anchor or target.suffix != ".html" or anchor.startswith("__"):
                continue
            elif unquote(anchor) not in _ids(target):
                problems.append(f"{page}: <{tag}> {value}: no such anchor")
    return problems


def test_every_link_and_anchor_leads_somewhere(site):
    assert _dead(site) == []


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_dead_links_are_found(site, tmp_path):
    """The check itself: each kind of dead reference is reported."""
    bad = '<a href="no/">1</a><a href="#no">2</a><img src="no.png"><a href="/quickstart/">3</a>'
    (tmp_path / "index.html").write_text(bad)
    (tmp_path / "404.html").write_text("")
    assert len(_dead(tmp_path)) == 4


def test_nothing_is_loaded_from_elsewhere(site):
    problems = []
    for page, path in {**_pages(site), "404.html": site / "404.html"}.items():
        for tag, value, loads in _references(_soup(path)):
            if loads and not urljoin(ADDRESS + page, value).startswith((ADDRESS, "data:")):
                problems.append(f"{page}: <{tag}> loads {value}")
    for path in [*site.rglob("*.css"), *_pages(site).values()]:
        text = path.read_text("utf-8")
        foreign = re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", text)
        problems += [f"{path.name}: {address}" for address in foreign]
    for path in (ROOT / "docs/assets").rglob("*.js"):
        assert not re.search(r"https?://|fetch\(|import\(", path.read_text("utf-8")), path
    assert problems == []


def test_no_inline_handlers(site):
    for page, path in {**_pages(site), "404.html": site / "404.html"}.items():
        for tag in _soup(path).find_all(True):
            assert not [k for k in tag.attrs if k.startswith("on")], f"{page}: <{tag.name}>"


def test_each_page_in_both_languages(site):
    pages = set(_pages(site))
    english = {page for page in pages if _language(page) == "en"}
    assert english == {_plain(page) for page in pages - english}
    assert {"", "quickstart/"} <= english


def test_language_title_and_alternates(site):
    titles = set()
    for page, path in _pages(site).items():
        soup = _soup(path)
        assert soup.html["lang"] == _language(page), page
        title = soup.title.string
        assert title not in titles, f"{page}: two pages are called {title}"
        titles.add(title)
        assert title.endswith({"en": "Play with MNIST", "ko": "MNIST 가지고 놀기"}[_language(page)])
        assert soup.find("link", rel="canonical")["href"] == ADDRESS + page
        assert soup.find("meta", attrs={"name": "description"})["content"]
        alternates = {link["hreflang"]: link["href"] for link in soup.select("link[hreflang]")}
        assert alternates == {
            "en": ADDRESS + _plain(page),
            "ko": ADDRESS + "ko/" + _plain(page),
            "x-default": ADDRESS + _plain(page),
        }
        assert all(link["rel"] == ["alternate"] for link in soup.select("head link[hreflang]"))


def test_material_fetches_no_sitemaps(site):
    """Its script looks for exactly rel="alternate"; one more space keeps it from that."""
    for path in [*_pages(site).values(), site / "404.html"]:
        assert not re.search(r"rel=[\"']?alternate[\"'\s>]*(?<! [\"'])>", path.read_text("utf-8"))
        assert 'rel="alternate"' not in path.read_text("utf-8")


def test_switcher_leads_to_the_same_page(site):
    for page, path in _pages(site).items():
        links = {
            link["lang"]: urljoin(ADDRESS + page, link["href"])
            for link in _soup(path).select(".site-languages__link")
        }
        assert links == {k: ADDRESS + home + _plain(page) for k, home in LANGUAGES.items()}
        (current,) = _soup(path).select(".site-languages__link[aria-current]")
        assert current["lang"] == _language(page)


def test_sitemap(site):
    space = {
        "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
        "x": "http://www.w3.org/1999/xhtml",
    }
    listed = {}
    for url in ElementTree.parse(site / "sitemap.xml").getroot().findall("s:url", space):
        links = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", space)}
        listed[url.find("s:loc", space).text] = links
    assert set(listed) == {ADDRESS + page for page in _pages(site)}
    for page in _pages(site):
        expected = {k: ADDRESS + home + _plain(page) for k, home in LANGUAGES.items()}
        assert listed[ADDRESS + page] == expected


def test_404_is_in_both_languages(site):
    soup = _soup(site / "404.html")
    assert soup.html["lang"] == "en"  # the rest of the page; the Korean part says it is Korean
    for language, home in LANGUAGES.items():
        (part,) = soup.select(f"section[lang={language}]")
        assert TEXT[language]["missing.text"] in part.text
        assert urljoin(ADDRESS, part.a["href"]).removesuffix(".") == ADDRESS + home
        assert TEXT[language]["missing.title"] in soup.title.string
    assert not (site / "ko/404.html").exists()
    # Shown at any depth, so nothing in it may be relative.
    for tag, value, _ in _references(soup):
        assert value.startswith((FOLDER, "http", "#", "data:")), f"<{tag}> {value}"


def test_labels_are_korean_on_korean_pages(site):
    """Every label of a Korean page: what a reader hears or sees around the text."""
    for page, path in _pages(site).items():
        if _language(page) == "en":
            continue
        soup = _soup(path)
        for tag in soup.find_all(True):
            for name in ("aria-label", "title", "placeholder"):
                value = tag.get(name)
                if value and tag.find_parent("article") is None and not tag.find_parent(lang="en"):
                    assert re.search("[가-힣]", value), f"{page}: <{tag.name} {name}={value}>"
        assert soup.select_one(".md-search__input")["placeholder"] == "검색"
        links = soup.select(".headerlink")
        assert {link["title"] for link in links} <= {TEXT["ko"]["toc.permalink"]}
        footer = soup.select_one("footer").text
        assert not re.search(r"\b(Next|Previous|Made)\b", footer)
        settings = json.loads(soup.select_one("#__config").string)
        for key, value in settings["translations"].items():
            assert key == "select.version" or re.search("[가-힣]", value), key


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_boxes_are_named_in_the_language(site):
    names = {
        language: [
            tag.get_text(strip=True)
            for tag in _soup(site / home / "quickstart/index.html").select(
                ".admonition-title, summary"
            )
        ]
        for language, home in LANGUAGES.items()
    }
    assert names == {
        "en": ["Note", "A title of its own", "Tip"],
        "ko": ["참고", "따로 붙인 제목", "도움말"],
    }
    for language, home in LANGUAGES.items():
        back = _soup(site / home / "quickstart/index.html").select_one(".footnote-backref")
        assert back["title"] == TEXT[language]["footnote.back"].format(1)


def test_nav_is_in_the_language_of_the_page(site):
    for page, path in _pages(site).items():
        for link in _soup(path).select(".md-sidebar--primary .md-nav__link[href]"):
            if link["href"].startswith("#"):
                continue
            target = urlsplit(urljoin(ADDRESS + page, link["href"])).path.removeprefix(FOLDER)
            assert _language(target) == _language(page), f"{page}: {link['href']}"
            there = _soup(site / target / "index.html")
            heading = "".join(there.h1.find_all(string=True, recursive=False)).strip()
            title = there.title.string.rpartition(" - ")[0]  # of its front matter, if any
            assert link.get_text(strip=True) in (heading, title)


def test_one_index_for_each_language(site):
    entries = {}
    for language, home in LANGUAGES.items():
        index = json.loads((site / home / "search/search_index.json").read_text("utf-8"))
        entries[language] = {doc["location"]: doc for doc in index["docs"]}
        assert entries[language]
        for location, doc in entries[language].items():
            assert not location.startswith("ko/")
            page, _, anchor = location.partition("#")
            target = site / home / page / "index.html"
            assert _soup(target).html["lang"] == language
            assert not anchor or anchor in _ids(target)
            assert "hiddenoutput" not in doc["text"]
    assert set(entries["en"]) == set(entries["ko"])


def test_same_words_in_each_language_of_the_templates():
    """What is not a word of Material's own must be said in every language."""
    stock = (ROOT / "tools/theme").rglob("*.html")
    used = set(
        re.findall(r"(?:lang\.t\(|text\[)[\"']([a-z.]+)[\"']", "".join(map(Path.read_text, stock)))
    )
    assert {"missing.title", "scroll.label", "made.with"} <= used
    own = {key for key in used if not any(key in text for text in _material())}
    for language, text in TEXT.items():
        assert own <= set(text), language


def _material() -> list[str]:
    import material

    folder = Path(material.__file__).parent / "templates/partials/languages"
    return [(folder / "en.html").read_text("utf-8")]
