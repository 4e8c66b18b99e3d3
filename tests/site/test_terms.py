"""The sentence of a term in a browser: how it shows, by pointer and by key."""

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.site import axe
from tests.site.browser import PHONE
from tests.site.markup.pages import LANGUAGES

NARROW = {"width": 320, "height": 640}


def _open(chromium: Browser, address: str, language: str, **options) -> Page:  # type: ignore[no-untyped-def]
    page = chromium.new_page(reduced_motion="reduce", **options)
    page.goto(f"{address}{LANGUAGES[language]}quickstart/", wait_until="load")
    return page


def _visible(page: Page, term: str = "a.term") -> bool:
    style = "term => getComputedStyle(document.querySelector(term), '::after').visibility"
    return page.evaluate(style, term) == "visible"


def _sentences(page: Page, terms: str = "a.term") -> tuple[CDPSession, list[int]]:
    """The DevTools, and what they call the terms' sentences."""
    devtools = page.context.new_cdp_session(page)
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    words = devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": terms})["nodeIds"]
    nodes = [devtools.send("DOM.describeNode", {"nodeId": word})["node"] for word in words]
    return devtools, [node["pseudoElements"][0]["backendNodeId"] for node in nodes]


def _box(devtools: CDPSession, sentence: int) -> dict[str, float]:
    box = devtools.send("DOM.getBoxModel", {"backendNodeId": sentence})["model"]
    left, top, right, _, _, bottom, *_ = box["border"]
    return {"left": left, "top": top, "right": right, "bottom": bottom}


def _shown(page: Page, term: str = "a.term") -> dict[str, float] | None:
    """The box of a term's sentence, None while it is hidden."""
    if not _visible(page, term):
        return None
    devtools, (sentence, *_) = _sentences(page, term)
    return _box(devtools, sentence)


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
        assert _visible(page), f"it goes {y - word['y']} pixels below the word's top"
    page.keyboard.press("Escape")
    assert _shown(page) is None
    page.mouse.move(1, 1)
    page.locator("a.term").first.hover()
    assert _shown(page)
    page.mouse.move(1, 1)
    assert _shown(page) is None
    page.close()


# Brings a term to the middle of the window and says where the pointer has to go.
_TO_THE_MIDDLE = """number => {
  const term = document.querySelectorAll("a.term")[number]
  term.scrollIntoView({ block: "center", behavior: "instant" })
  const [word] = term.getClientRects()
  return [word.left + word.width / 2, word.top + word.height / 2]
}"""
_STATE = """number => {
  const term = document.querySelectorAll("a.term")[number]
  if (!term.matches(":hover")) return "the pointer is on something else"
  return getComputedStyle(term, "::after").visibility === "visible" ? "shown" : "hidden"
}"""


@only_sample
@both
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_sentence_stays_inside_the_window(
    chromium: Browser, address: str, language: str, script: bool
):
    page = _open(chromium, address, language, viewport=NARROW, java_script_enabled=script)
    devtools, sentences = _sentences(page)
    assert sentences
    for view, side in ((NARROW, "right"), (NARROW, "left"), (PHONE, "right")):
        page.set_viewport_size(view)
        page.evaluate("side => { document.querySelector('article').style.textAlign = side }", side)
        for number, sentence in enumerate(sentences):
            page.mouse.move(1, 1)
            page.mouse.move(*page.evaluate(_TO_THE_MIDDLE, number))
            assert page.evaluate(_STATE, number) == "shown"
            box = _box(devtools, sentence)
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
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ko", "dark")])
def test_accessibility_with_an_open_sentence(
    chromium: Browser, address: str, language: str, scheme: str
):
    page = _open(chromium, address, language, color_scheme=scheme)
    _tab_to_a_term(page)
    assert _shown(page, "a.term:focus")
    assert axe.violations(page) == []
    # axe does not look at what CSS writes.
    style = "e => { const s = getComputedStyle(e, '::after'); return [s.color, s.backgroundColor] }"
    ink, paper = page.locator("a.term").first.evaluate(style)
    line = f"<h1 style='color: {ink}; background: {paper}'>Ink</h1>"
    page.set_content(f"<html lang=en><title>t</title><main>{line}")
    assert axe.violations(page) == []
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
