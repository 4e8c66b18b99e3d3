"""The sites in a real browser: phones, keys, languages, themes, paper."""

import re

import pytest
from playwright.sync_api import Browser

from tests.site.browser import PHONE, rest
from tests.site.build import ROOT


def test_switching_the_language_keeps_page_and_heading(chromium: Browser, address: str):
    page = chromium.new_page(viewport=PHONE)
    page.goto(address + "ko/quickstart/")
    anchor = page.locator(".md-content h2[id]").last.get_attribute("id")
    page.goto(f"{address}ko/quickstart/#{anchor}")
    page.locator(".site-languages__link:visible").click()
    page.wait_for_url(f"{address}quickstart/#*")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator(f"h2#{anchor}").is_visible()
    page.locator(".site-languages__link:visible").click()
    page.wait_for_url(f"{address}ko/quickstart/#*")
    page.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_404_puts_the_language_of_the_address_first(chromium: Browser, address: str):
    page = chromium.new_page()
    for path, language in {"nothing/here": "en", "ko/nothing/here": "ko"}.items():
        assert page.goto(address + path).status == 404
        assert page.locator(".site-missing section").first.get_attribute("lang") == language
        page.locator(".site-missing a").first.click()
        page.wait_for_url(address + {"en": "", "ko": "ko/"}[language])
        assert page.locator("html").get_attribute("lang") == language
    page.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_keyboard(chromium: Browser, address: str):
    page = chromium.new_page()
    page.goto(address + "ko/quickstart/", wait_until="load")
    page.keyboard.press("Tab")
    assert page.locator("a.md-skip:focus").is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/ko/quickstart/#*")
    page.goto(address + "ko/", wait_until="load")  # a jump would close the box again
    page.keyboard.press("/")
    page.wait_for_function("document.querySelector('#__search').checked")  # the box is open
    assert page.evaluate("document.activeElement.name") == "query"
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('#__search').checked")
    page.wait_for_function("document.activeElement.name !== 'query'")
    page.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_outputs_are_reached_and_scroll_by_key(chromium: Browser, address: str):
    page = chromium.new_page(viewport=PHONE)
    page.goto(address + "ko/quickstart/", wait_until="load")
    output = page.locator(".run pre").first
    assert output.get_attribute("tabindex") == "0"
    assert output.get_attribute("aria-label")
    lines = output.evaluate("e => e.clientHeight / parseFloat(getComputedStyle(e).lineHeight)")
    assert 22 <= lines <= 26
    output.focus()
    page.keyboard.press("End")
    page.wait_for_function("e => e.scrollTop > 0", arg=output.element_handle())
    page.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_a_block_is_made_ready_when_it_is_seen(chromium: Browser, address: str):
    """By Material, which would take what scrolls from the keyboard where there is no mouse."""
    size = {"width": 800, "height": 300}
    context = chromium.new_context(viewport=size, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address + "quickstart/", wait_until="load")
    assert not page.evaluate("matchMedia('(hover)').matches")
    code = page.locator(".highlight pre > code").last
    buttons = page.locator(".highlight nav.md-code__nav").last
    assert code.locator("xpath=preceding-sibling::nav").count() == 0
    code.evaluate("e => { e.style.width = '20px'; dispatchEvent(new Event('resize')) }")
    assert code.get_attribute("tabindex") == "0"
    code.scroll_into_view_if_needed()
    code.locator("xpath=preceding-sibling::nav").wait_for(state="attached")
    rest(page)
    assert buttons.get_attribute("role") == "presentation"
    assert code.get_attribute("tabindex") == "0"
    context.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_code_fits_a_phone_and_is_copied_as_it_is(chromium: Browser, address: str):
    page = chromium.new_page(viewport=PHONE)
    page.goto(address + "quickstart/", wait_until="load")
    code = page.locator(".highlight pre > code").first
    assert code.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert code.locator(".line").nth(3).evaluate("e => e.getClientRects().length === 1")  # a block
    code.evaluate("e => e.setAttribute('data-md-copying', '')")  # as Material's button does
    lines = code.inner_text().rstrip("\n").split("\n")
    assert lines[:2] == ["import tensorflow as tf", ""] and len(lines) == 5, lines
    page.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_theme_is_chosen_and_kept(chromium: Browser, address: str):
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(address, wait_until="load")
    scheme = "document.body.dataset.mdColorScheme"
    assert page.evaluate(scheme) == "slate"  # the system's
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{scheme} === 'default'")  # it follows the system
    page.emulate_media(color_scheme="dark")
    switch = page.locator("[data-palette] label:visible")
    switch.click()
    page.wait_for_function(f"{scheme} === 'default'")
    page.goto(address + "ko/", wait_until="load")
    assert page.evaluate(scheme) == "default"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    page.locator("[data-palette] input:checked").press("Enter")  # the next one
    page.wait_for_function(f"{scheme} === 'slate'")
    assert page.evaluate("document.activeElement.matches('[data-palette] input:checked')")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(scheme) == "slate"  # chosen, whatever the system has
    for _ in range(3):  # around, by mouse
        title = switch.get_attribute("title")
        switch.click()
        assert switch.get_attribute("title") != title
    assert page.evaluate(scheme) == "slate"
    context.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_colours_and_tabs_are_there_before_materials_script(chromium: Browser, address: str):
    """Which would paint the page a second time: before-paint.js has done it."""
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(address + "quickstart/", wait_until="load")
    labels = page.locator(".tabbed-labels").first.locator("label")
    assert page.locator(".tabbed-set > input").nth(0).is_checked()
    labels.nth(1).click()
    page.route("**/bundle*", lambda route: route.abort())
    page.goto(address + "ko/")  # no choice of colours has been kept: the system's
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    page.goto(address + "quickstart/", wait_until="load")
    assert page.locator(".tabbed-set > input").nth(1).is_checked()
    name = labels.nth(0).get_attribute("for")
    page.goto(address)
    page.goto(f"{address}quickstart/#{name}", wait_until="load")
    assert page.locator(".tabbed-set > input").nth(0).is_checked()  # an address can name a tab
    context.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_print(chromium: Browser, address: str):
    page = chromium.new_page(color_scheme="dark")
    page.goto(address + "quickstart/", wait_until="load")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    page.emulate_media(media="print")
    ink = page.evaluate("getComputedStyle(document.querySelector('.run pre')).color")
    assert max(map(int, re.findall(r"\d+", ink))) < 100, ink  # dark ink, in the dark theme too
    for part in (".md-header", ".md-sidebar--primary", ".md-footer", ".md-code__nav"):
        assert not page.locator(part).first.is_visible(), part
    output = page.locator(".run pre").first
    assert output.evaluate("e => e.scrollHeight <= e.clientHeight + 1")  # all of it
    page.set_viewport_size(PHONE)  # paper is no phone
    assert page.locator(".run").first.evaluate("e => getComputedStyle(e).marginLeft") == "0px"
    for folded in ("details.guards pre", "details.answer pre"):
        assert page.locator(folded).first.is_visible(), folded
    page.close()


@pytest.mark.parametrize(("name", "most"), [("site.js", 8000), ("search.js", 2500)])
def test_scripts_are_small(name: str, most: int):
    """Pages must work without our scripts; they stay helps of a few lines."""
    assert (ROOT / "docs/assets" / name).stat().st_size < most
