"""Accessibility of the sample site in each scheme and size, of the open search; axe itself."""

import pytest
from playwright.sync_api import Browser

from tests.site import axe
from tests.site.browser import DESKTOP, PHONE


@pytest.mark.parametrize("site", ["sample"], indirect=True)
@pytest.mark.parametrize("view", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_accessibility(chromium: Browser, address: str, view: dict[str, int]):
    """What has every kind of box, output and colour of code, and the page for a wrong address."""
    page = chromium.new_page(viewport=view, color_scheme="light", reduced_motion="reduce")
    found = []
    for path in ("quickstart/", "ko/quickstart/", "ko/nothing"):
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(address + path, wait_until="load")
        page.evaluate("document.querySelectorAll('details').forEach(one => (one.open = true))")
        for scheme, name in (("light", "default"), ("dark", "slate")):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_function(f"document.body.dataset.mdColorScheme === '{name}'")
            found += [f"/{path}, {scheme}: {text}" for text in axe.violations(page)]
    page.close()
    assert found == []


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_accessibility_of_the_open_search(chromium: Browser, address: str):
    page = chromium.new_page(reduced_motion="reduce")
    page.goto(address + "ko/", wait_until="load")
    page.keyboard.press("/")
    page.keyboard.type("손실")
    page.keyboard.press("Shift")
    page.locator(".md-search-result__link").first.wait_for()
    assert axe.violations(page) == []
    page.close()


_TEXTS = """<html lang=en><title>t</title><main><h1>Texts</h1>
    <style>.night { background: #222 } .faint { opacity: .5 } b { font-weight: 400 }</style>"""


@pytest.mark.parametrize("once", [False, True], ids=["all", "each look once"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p style='color: #bbb'>pale</p>", 1),
        ("<p style='color: #888'>pale, but large in the next</p>", 1),
        ("<p style='color: #888; font-size: 30px'>large</p>", 0),
        ("<div class=night><p>dark on dark</p></div>", 1),
        ("<div class=faint><div><p>faint</p></div></div>", 1),
        ("<p>good <b style='color: #ccc'>but not this</b> good</p>", 1),
        ("<p hidden style='color: #bbb'>hidden</p><p style='color: #bbb'>shown</p>", 1),
    ],
)
def test_axe_notices_bad_contrast(chromium: Browser, text: str, found: int, once: bool):
    """The check itself, among many texts that are well."""
    page = chromium.new_page()
    page.set_content(_TEXTS + "<p>good</p>" * 20 + text)
    if once:
        axe.measure_each_look_once(page)
        assert page.locator("[data-look]").count() < 10
    rules = [text.partition(":")[0] for text in axe.violations(page)]
    assert rules == ["color-contrast"] * found
    page.close()
