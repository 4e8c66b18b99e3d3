"""Glossary terms in the built pages: where they are marked, and how their sentence shows."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.site.test_browser import PHONE, _violations
from tests.site.test_html import LANGUAGES, _language, _pages, _soup

NARROW = {"width": 320, "height": 640}
NOT_PROSE = "a, h1, h2, h3, h4, code, pre, th, figure, summary, label, .run, .run-stamp"


def test_terms_are_marked_once_and_only_in_prose(site: Path):
    count = dict.fromkeys(LANGUAGES, 0)
    for page, path in _pages(site).items():
        soup = _soup(path)
        marks = soup.select("a.term")
        assert not [mark for mark in marks if mark.find_parent(NOT_PROSE.split(", "))], page
        assert not soup.select(".run a.term, .run-stamp a.term, .admonition-title a.term"), page
        targets = [mark["href"] for mark in marks]
        assert len(targets) == len(set(targets)), page  # tests/site/test_html.py follows them
        assert all(mark["aria-description"] for mark in marks)
        assert all("/glossary/#" in f"/{target}" for target in targets)
        count[_language(page)] += len(marks)
    assert all(count.values()), count


def test_the_glossary_page(site: Path):
    for home in LANGUAGES.values():
        soup = _soup(site / home / "glossary/index.html")
        assert not soup.select("a.term, .run, .run-stamp")
        ids = [term["id"] for term in soup.select("dt[id]")]
        assert ids
        assert sorted(link["href"] for link in soup.select(".term-index a")) == sorted(
            f"#{name}" for name in ids
        )


def test_search_does_not_find_sentences_on_other_pages(site: Path):
    for home in LANGUAGES.values():
        docs = json.loads((site / home / "search/search_index.json").read_text("utf-8"))["docs"]
        text = " ".join(doc["text"] for doc in docs if not doc["location"].startswith("glossary/"))
        soup = _soup(site / home / "glossary/index.html")
        for name in soup.select("dt[id]"):
            sentence = " ".join(name.find_next("dd").get_text().split())
            assert sentence not in " ".join(text.split()), name["id"]


def _open(chromium: Browser, address: str, language: str, **options) -> Page:  # type: ignore[no-untyped-def]
    page = chromium.new_page(reduced_motion="reduce", **options)
    page.goto(f"{address}{LANGUAGES[language]}quickstart/", wait_until="load")
    return page


def _shown(page: Page, term: str = "a.term") -> dict | None:
    """The box of a term's sentence, None while it is hidden."""
    style = "e => getComputedStyle(e, '::after').visibility"
    if page.locator(term).first.evaluate(style) == "hidden":
        return None
    devtools = page.context.new_cdp_session(page)
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    node = devtools.send("DOM.querySelector", {"nodeId": root, "selector": term})
    (after,) = devtools.send("DOM.describeNode", node)["node"]["pseudoElements"]
    box = devtools.send("DOM.getBoxModel", {"backendNodeId": after["backendNodeId"]})["model"]
    left, top, right, _, _, bottom, *_ = box["border"]
    return {"left": left, "top": top, "right": right, "bottom": bottom}


def _tab_to_a_term(page: Page) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('a.term')"):
            return
    pytest.fail("Tab reaches no term")


only_sample = pytest.mark.parametrize("site", ["sample"], indirect=True)
both = pytest.mark.parametrize("language", LANGUAGES)


@only_sample
@both
def test_keys_show_and_hide_a_sentence(chromium: Browser, address: str, language: str):
    page = _open(chromium, address, language)
    assert _shown(page) is None
    _tab_to_a_term(page)
    box = _shown(page, "a.term:focus")
    assert box and box["bottom"] - box["top"] > 20
    page.keyboard.press("Escape")
    assert _shown(page, "a.term:focus") is None
    assert page.evaluate("document.activeElement.matches('a.term')")  # focus stays
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert _shown(page, "a.term:focus")  # and it can be had again
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{LANGUAGES[language]}glossary/#*")
    assert page.locator("dt:target").is_visible()
    page.close()


@only_sample
@both
def test_the_pointer_shows_a_sentence_and_may_rest_on_it(
    chromium: Browser, address: str, language: str
):
    page = _open(chromium, address, language)
    text = page.locator(".md-content p").first
    before = text.bounding_box()
    page.locator("a.term").first.hover()
    box = _shown(page)
    assert box and text.bounding_box() == before  # nothing moves
    # Down from the word into the sentence, pixel by pixel, without leaving it.
    word = page.locator("a.term").first.bounding_box()
    x = word["x"] + word["width"] / 2
    for y in range(int(word["y"] + word["height"] / 2), int(box["bottom"]) - 5):
        page.mouse.move(x, y)
        assert _shown(page), f"it goes {y - word['y']} pixels below the word's top"
    page.keyboard.press("Escape")
    assert _shown(page) is None
    page.mouse.move(1, 1)
    page.locator("a.term").first.hover()
    assert _shown(page)
    page.mouse.move(1, 1)
    assert _shown(page) is None
    page.close()


@only_sample
@both
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_sentence_stays_inside_the_window(
    chromium: Browser, address: str, language: str, script: bool
):
    page = _open(chromium, address, language, viewport=NARROW, java_script_enabled=script)
    for view, side in ((NARROW, "right"), (NARROW, "left"), (PHONE, "right")):
        page.set_viewport_size(view)
        page.evaluate("side => { document.querySelector('article').style.textAlign = side }", side)
        for term in page.locator("a.term").all():
            term.scroll_into_view_if_needed()
            term.hover()
            box = _shown(page, "a.term:hover")
            assert box["left"] >= 0 and box["right"] <= view["width"], box
            assert page.evaluate("document.documentElement.scrollWidth") <= view["width"]
    page.close()


@only_sample
@pytest.mark.parametrize(("height", "above"), [(300, True), (600, False)])
def test_at_the_foot_of_the_window_it_stands_above_the_word(
    chromium: Browser, address: str, height: int, above: bool
):
    page = _open(chromium, address, "en", viewport={"width": 900, "height": height})
    page.locator("a.term").first.hover()
    box, word = _shown(page), page.locator("a.term").first.bounding_box()
    assert (box["bottom"] < word["y"] + word["height"]) is above
    assert box["top"] >= 0 and box["bottom"] <= height
    page.close()


@only_sample
@both
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility_with_an_open_sentence(
    chromium: Browser, address: str, language: str, scheme: str
):
    page = _open(chromium, address, language, color_scheme=scheme)
    _tab_to_a_term(page)
    assert _shown(page, "a.term:focus")
    assert _violations(page) == []
    # axe does not look at what CSS writes.
    style = "e => { const s = getComputedStyle(e, '::after'); return [s.color, s.backgroundColor] }"
    ink, paper = page.locator("a.term").first.evaluate(style)
    line = f"<h1 style='color: {ink}; background: {paper}'>Ink</h1>"
    page.set_content(f"<html lang=en><title>t</title><main>{line}")
    assert _violations(page) == []
    page.close()


@only_sample
def test_paper_shows_no_sentence(chromium: Browser, address: str):
    page = _open(chromium, address, "en")
    page.emulate_media(media="print")
    style = "e => [getComputedStyle(e, '::after').content, getComputedStyle(e).textDecorationLine]"
    assert page.locator("a.term").first.evaluate(style) == ["none", "none"]
    page.close()


@only_sample
def test_a_screen_reader_says_word_and_sentence(chromium: Browser, address: str):
    page = _open(chromium, address, "ko")
    _tab_to_a_term(page)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    (node,) = [
        node
        for node in tree
        if any(p["name"] == "focused" and p["value"]["value"] for p in node.get("properties", []))
        and node["role"]["value"] == "link"
    ]
    word = page.locator("a.term:focus")
    assert node["name"]["value"] == word.text_content()
    assert node["description"]["value"] == word.get_attribute("aria-description")
    page.close()
