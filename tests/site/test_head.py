"""What the built pages tell search engines, chats and programs that read."""

import io
from urllib.parse import urljoin

import pytest
from mkdocs.structure.pages import Page
from PIL import Image

from tests.site.build import ADDRESS
from tests.site.markup.pages import language, pages, soup
from tools.site import cards, head


def _meta(path, name):
    (tag,) = soup(path).head.select(f'meta[property="{name}"], meta[name="{name}"]')
    return tag["content"]


def test_each_page_describes_itself(site):
    found = {}
    for page, path in pages(site).items():
        text = _meta(path, "description")
        assert found.setdefault(text, page) == page, text
        assert _meta(path, "og:description") == text
        assert soup(path).title.string.startswith(_meta(path, "og:title")) or page in ("", "ko/")
        assert _meta(path, "og:url") == ADDRESS + page
        assert _meta(path, "og:locale") == {"en": "en_US", "ko": "ko_KR"}[language(page)]
        assert _meta(path, "og:type") == ("website" if page in ("", "ko/") else "article")


def test_each_page_has_a_card_of_its_own(site):
    addresses = {_meta(path, "og:image") for path in pages(site).values()}
    assert len(addresses) == len(pages(site))
    for address in addresses:
        with Image.open(site / address.removeprefix(ADDRESS)) as card:
            assert card.size == cards.SIZE


def test_robots_icons_and_digits(site):
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (site / "robots.txt").read_text()
    for name, size in {
        "favicon.ico": (32, 32),
        "assets/apple-touch-icon.png": (180, 180),
        "assets/digits.png": (140, 14),
    }.items():
        with Image.open(site / name) as picture:
            assert picture.size == size, name


def test_each_page_is_there_as_markdown_and_listed(site):
    listed = {}
    for home in ("", "ko/"):
        text = (site / home / "llms.txt").read_text("utf-8")
        title, _, quote = text.split("\n")[:3]
        assert title == f"# {_meta(site / home / 'index.html', 'og:site_name')}"
        assert quote.startswith("> ")
        listed[home] = text
    for page, path in pages(site).items():
        (link,) = soup(path).head.select('link[type="text/markdown"]')
        source = site / urljoin(page, link["href"])
        assert source.is_file(), page
        if page not in listed:
            home = "ko/" if language(page) == "ko" else ""
            title = _meta(path, "og:title")
            assert f"- [{title}]({ADDRESS}{page}index.md): " in listed[home], page


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_markdown_has_outputs_and_no_options(site):
    text = (site / "quickstart/index.md").read_text("utf-8")
    assert text.startswith("# Quickstart\n")
    assert "```python\nimport tensorflow as tf\n" in text
    assert "```text\nEpoch 1/40 " in text and "(Figure: A line that falls.)" in text
    assert "caption=" not in text and "after:" not in text
    assert f"[the data]({ADDRESS}data/#what)" in text


def test_a_description_is_the_beginning_of_the_text():
    page = Page.__new__(Page)
    page.meta = {}
    head.describe(page, f"<h1>T</h1><p class=a>no</p>\n<p>A <b>b</b> &amp;\nc. {'word ' * 50}</p>")
    text = page.meta["description"]
    assert text.startswith("A b & c. word") and text.endswith("word …") and len(text) <= 162
    head.describe(page, "<h1>T</h1><p>Another.</p>")
    assert page.meta["description"] == text


def test_a_card_holds_long_titles():
    title = "Why a very long title with many words still finds its place on a card of this size"
    with Image.open(io.BytesIO(cards.card(title, "Group", "Site", 3))) as card:
        right = card.convert("L").crop((1121, 0, 1200, 630))
        assert right.getextrema()[1] < 60  # nothing is cut off


def test_without_a_font_there_is_no_card(monkeypatch):
    for font in (None, "no-such-font.ttf"):
        monkeypatch.setattr(cards, "_hangul_font", lambda font=font: font)
        assert cards.card("빠른 시작", "", "MNIST", 1) is None
    assert cards.card("Quickstart", "", "MNIST", 1)
