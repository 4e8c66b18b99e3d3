"""Both languages in the built HTML: the same pages, each in its language throughout."""

import json
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from tests.site.build import ADDRESS, FOLDER, ROOT
from tests.site.markup.pages import (
    LANGUAGES,
    classed,
    language,
    pages,
    plain,
    references,
    soup,
    tags,
)
from tools.words.texts import TEXT


def test_each_page_in_both_languages(site):
    addresses = set(pages(site))
    english = {page for page in addresses if language(page) == "en"}
    assert english == {plain(page) for page in addresses - english}
    assert {"", "quickstart/"} <= english


def test_language_title_and_alternates(site):
    titles = set()
    for page, path in pages(site).items():
        head = soup(path).head
        assert soup(path).html["lang"] == language(page), page
        title = head.title.string
        assert title not in titles, f"{page}: two pages are called {title}"
        titles.add(title)
        assert title.endswith({"en": "Play with MNIST", "ko": "MNIST 가지고 놀기"}[language(page)])
        assert head.find("link", rel="canonical")["href"] == ADDRESS + page
        assert head.find("meta", attrs={"name": "description"})["content"]
        links = [tag for tag in tags(path) if tag.name == "link" and tag.has_attr("hreflang")]
        assert {link["hreflang"]: link["href"] for link in links} == {
            "en": ADDRESS + plain(page),
            "ko": ADDRESS + "ko/" + plain(page),
            "x-default": ADDRESS + plain(page),
        }
        assert all(link["rel"] == ["alternate"] for link in head.select("link[hreflang]"))


def test_switcher_leads_to_the_same_page(site):
    for page, path in pages(site).items():
        links = classed(path, "site-languages__link")
        there = {link["lang"]: urljoin(ADDRESS + page, link["href"]) for link in links}
        assert there == {k: ADDRESS + home + plain(page) for k, home in LANGUAGES.items()}
        (current,) = [link for link in links if link.has_attr("aria-current")]
        assert current["lang"] == language(page)


def test_404_is_in_both_languages(site):
    page = soup(site / "404.html")
    assert page.html["lang"] == "en"  # the rest of the page; the Korean part says it is Korean
    for name, home in LANGUAGES.items():
        (part,) = page.select(f"section[lang={name}]")
        assert TEXT[name]["missing.text"] in part.text
        assert urljoin(ADDRESS, part.a["href"]).removesuffix(".") == ADDRESS + home
        assert TEXT[name]["missing.title"] in page.title.string
    assert not (site / "ko/404.html").exists()
    # Shown at any depth, so nothing in it may be relative.
    for tag, value, _ in references(site / "404.html"):
        assert value.startswith((FOLDER, "http", "#", "data:")), f"<{tag}> {value}"


def test_labels_are_korean_on_korean_pages(site):
    """Every label of a Korean page: what a reader hears or sees around the text."""
    for page, path in pages(site).items():
        if language(page) == "en":
            continue
        for tag in tags(path):
            for name in ("aria-label", "title", "placeholder"):
                value = tag.get(name)
                if not value or re.search("[가-힣]", value):
                    continue
                elsewhere = tag.find_parent("article") or tag.find_parent(lang="en")
                assert elsewhere, f"{page}: <{tag.name} {name}={value}>"
        assert classed(path, "md-search__input")[0]["placeholder"] == "검색"
        links = classed(path, "headerlink")
        assert {link["title"] for link in links} <= {TEXT["ko"]["toc.permalink"]}
        footer = soup(path).find("footer").text
        assert not re.search(r"\b(Next|Previous|Made)\b", footer)
        settings = json.loads(soup(path).find(id="__config").string)
        for key, value in settings["translations"].items():
            assert key == "select.version" or re.search("[가-힣]", value), key


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_boxes_are_named_in_the_language(site):
    names = {
        name: [
            tag.get_text(strip=True)
            for tag in soup(site / home / "quickstart/index.html").select(
                ".admonition-title, details:not(.guards, .answer) > summary"
            )
        ]
        for name, home in LANGUAGES.items()
    }
    assert names == {
        "en": ["Note", "A title of its own", "Tip"],
        "ko": ["참고", "따로 붙인 제목", "도움말"],
    }
    for name, home in LANGUAGES.items():
        back = classed(site / home / "quickstart/index.html", "footnote-backref")[0]
        assert back["title"] == TEXT[name]["footnote.back"].format(1)


def test_nav_is_in_the_language_of_the_page(site):
    for page, path in pages(site).items():
        (sidebar,) = classed(path, "md-sidebar--primary")
        for link in sidebar.find_all("a", class_="md-nav__link", href=True):
            if link["href"].startswith("#"):
                continue
            target = urlsplit(urljoin(ADDRESS + page, link["href"])).path.removeprefix(FOLDER)
            assert language(target) == language(page), f"{page}: {link['href']}"
            there = soup(site / target / "index.html")
            heading = "".join(there.h1.find_all(string=True, recursive=False)).strip()
            title = there.title.string.rpartition(" - ")[0]  # of its front matter, if any
            assert link.get_text(strip=True) in (heading, title)


def test_same_words_in_each_language_of_the_templates():
    """What is not a word of Material's own must be said in every language."""
    stock = (ROOT / "tools/site/theme").rglob("*.html")
    used = set(
        re.findall(
            r"(?:lang\.t\(|text\[)[\"']([a-z._]*[a-z])[\"']", "".join(map(Path.read_text, stock))
        )
    )
    assert {"missing.title", "scroll.label", "made.with"} <= used
    own = {key for key in used if not any(key in text for text in _material())}
    for name, text in TEXT.items():
        assert own <= set(text), name


def _material() -> list[str]:
    import material

    folder = Path(material.__file__).parent / "templates/partials/languages"
    return [(folder / "en.html").read_text("utf-8")]
