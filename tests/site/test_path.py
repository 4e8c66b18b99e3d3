"""The path on the home page, where a page stands on it, and what the browser keeps of it."""

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from tests.site.browser import PHONE, rest
from tests.site.markup.pages import LANGUAGES, soup
from tests.site.small import Small
from tools.pages import DOCS
from tools.words import TEXT

NAV = """
  - index.md
  - First steps: [one.md, two.md]
  - Reference: [words.md]
  - Tools: [three.md]
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small site whose navigation has three groups, two of them on the path."""
    site = Small(tmp_path_factory.mktemp("path"), NAV)
    site.write("docs/*/index.md", '# Home { #home }\n\n<div data-report="path"></div>\n')
    site.write("docs/*/one.md", "---\nafter: count `n` & <b>\n---\n\n# One { #one }\n\nText.\n")
    site.write("docs/*/two.md", "---\ndescription: The second.\n---\n\n# Two { #two }\n")
    site.write(
        "docs/*/three.md",
        '---\nafter: "`x` is loaded"\n---\n\n# Three { #three }\n\nThe *third*.\n',
    )
    site.write("docs/*/words.md", "# Words { #words }\n\nA & B.\n")
    done = site.build("--strict")
    assert done.returncode == 0, done.stderr
    return site


def test_the_path_is_made_of_the_navigation(built):
    page = BeautifulSoup(built.read("ko"), "html.parser").article
    assert [title.text for title in page.select(".path h3")] == ["첫걸음", "도구"]
    assert [group["start"] for group in page.select(".path ol")] == ["1", "3"]
    links = [(link["href"], link.text) for link in page.select(".path__title a")]
    assert links == [("one/", "One"), ("two/", "Two"), ("three/", "Three")]
    assert [step["data-step"] for step in page.select(".path [data-step]")] == [
        "one/",
        "two/",
        "three/",
    ]
    after = [line.decode_contents() for line in page.select(".path__after")]
    assert after == [
        "Count <code>n</code> &amp; &lt;b&gt;",
        "The second.",
        "<code>x</code> is loaded",
    ]
    assert {tag.text for tag in page.select(".path__minutes")} == {"5분"}


def test_a_page_says_where_it_stands_and_what_comes_next(built):
    page = BeautifulSoup(built.read("one"), "html.parser").article
    assert page.select_one(".page-step").text == "First stepsPage 1 of 3"
    assert page.select_one(".page-facts").text.strip() == "About 5 min"
    following = page.select_one(".page-turn__link--next")
    assert following["href"] == "../two/"
    assert [part.text for part in following.select("span")] == [
        "Next · 5 min",
        "Two",
        "The second.",
    ]
    assert page.select_one(".page-turn")["data-step"] == "one/"
    words = BeautifulSoup(built.read("words"), "html.parser").article
    assert words.select_one(".page-step") is None
    assert words.select_one(".page-turn")["data-step"] == ""


def test_a_reader_can_say_what_is_wrong(built, monkeypatch):
    assert "page-wrong" not in built.read("one")
    monkeypatch.setenv("REPOSITORY_URL", "https://github.com/a/b.git/")
    monkeypatch.setenv("SITE_URL", "https://example.org/c/")
    assert built.build("--strict", "-d", "reported").returncode == 0
    html = (built.folder / "reported/ko/one/index.html").read_text("utf-8")
    link = BeautifulSoup(html, "html.parser").select_one(".page-wrong a")["href"]
    body = "https%3A//example.org/c/ko/one/%0A%0A"
    assert link == f"https://github.com/a/b/issues/new?title=One&body={body}"


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_what_has_been_read_is_marked(chromium: Browser, address: str, site):
    context = chromium.new_context(viewport=PHONE, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address, wait_until="load")
    rest(page)
    assert page.locator(".path__read:visible, .path__forget:visible").count() == 0
    page.goto(address + "quickstart/", wait_until="load")
    rest(page)
    assert page.evaluate("__md_get('read')") is None  # opened, not read
    page.locator(".page-turn").scroll_into_view_if_needed()
    page.wait_for_function("__md_get('read')?.join() === 'quickstart/'")
    page.goto(address + "ko/", wait_until="load")  # both languages know
    been = page.locator(".path__been")
    been.get_by_text("데이터").wait_for()
    assert been.inner_text() == "1페이지를 읽었습니다(모두 2페이지). 다음: 데이터"
    read = page.locator("[data-step]:has(.path__read:visible)")
    assert [one.get_attribute("data-step") for one in read.all()] == ["quickstart/"]
    page.locator(".path__forget").click()
    assert page.locator(".path__read:visible, .path__forget:visible").count() == 0
    assert page.evaluate("__md_get('read')") == []
    context.close()


def test_the_home_page_of_this_site_has_a_path(real):
    texts = [path.read_text("utf-8") for path in (DOCS / "en").glob("*.md")]
    for home in LANGUAGES.values():
        page = soup(real / home / "index.html").article
        assert len(page.select(".path [data-step]")) == sum("\nafter: " in one for one in texts)
        assert len(page.select(".path__group")) == 5


def test_words_of_the_path_are_there_in_each_language():
    for text in TEXT.values():
        assert text["path.been"].count("{}") == 2  # docs/assets/site.js fills them in
