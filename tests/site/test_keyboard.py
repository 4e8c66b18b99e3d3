"""A small window without a mouse: the menu, the search box, and nothing that is out of sight."""

import pytest
from playwright.sync_api import Browser, Page

from tests.site.browser import PHONE

# What has the focus, and whether a reader can see it.
_FOCUS = """() => {
  const { activeElement } = document
  const label = activeElement.matches(".md-option") ? activeElement.nextElementSibling
    : activeElement.labels?.[0]
  const one = activeElement.matches("[type=radio]") ? label : activeElement
  const box = one.getBoundingClientRect()
  const [x, y] = [box.left + Math.min(box.width, 20) / 2, box.top + Math.min(box.height, 20) / 2]
  const top = document.elementFromPoint(x, y)
  const seen = one.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && top && (one.contains(top) || top.contains(one))
  return [activeElement.outerHTML.slice(0, 100), !!seen || one === document.body]
}"""


@pytest.fixture
def phone(chromium: Browser, address: str):
    """A page in a window as small as a phone's, without movement."""
    page = chromium.new_page(viewport=PHONE, reduced_motion="reduce")
    page.goto(address + "ko/quickstart/", wait_until="load")
    yield page
    page.close()


def _tab(page: Page, times: int) -> list[str]:
    """Press Tab some times; gives what takes the focus where nobody sees it, or opens the box."""
    wrong = []
    for _ in range(times):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)  # a browser scrolls to what has the focus
        name, seen = page.evaluate(_FOCUS)
        if not seen or _is_open(page, "search"):
            wrong.append(name)
    return wrong


def _is_open(page: Page, name: str) -> bool:
    return page.locator(f"#__{name}").is_checked()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_tab_passes_through_what_is_in_sight(phone):
    assert _tab(phone, 40) == []
    assert not _is_open(phone, "drawer")


@pytest.mark.parametrize("site", ["sample"], indirect=True)
@pytest.mark.parametrize("key", ["Enter", " ", "click"])
def test_the_menu_opens_by_key_or_click_and_escape_leads_back(phone, key):
    button = phone.locator(".md-header label[for=__drawer] > [role=button]")
    assert button.get_attribute("aria-label") == "전체 페이지"
    button.focus()
    button.click() if key == "click" else phone.keyboard.press(key)
    assert _is_open(phone, "drawer") and button.get_attribute("aria-expanded") == "true"
    menu = phone.locator(".md-sidebar--primary")
    assert menu.evaluate("one => one.contains(document.activeElement)")
    phone.wait_for_function(
        "document.querySelector('.md-sidebar--primary').getBoundingClientRect().left === 0"
    )
    assert _tab(phone, 2) == []
    phone.keyboard.press("Escape")
    assert not _is_open(phone, "drawer") and button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("one => one === document.activeElement")


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_a_part_of_the_menu_opens_and_closes_by_key(phone):
    """The table of contents: a panel over the menu."""
    phone.locator(".md-header label[for=__drawer] > [role=button]").focus()
    phone.keyboard.press("Enter")
    part, title = (
        phone.locator("#__toc"),
        phone.locator(".md-nav__title[for=__toc] > [role=button]:visible"),
    )
    for opened in (True, False, True):
        name = "link" if opened else "title"
        phone.locator(
            f".md-nav--primary .md-nav__{name}[for=__toc] > [role=button]:visible"
        ).focus()
        phone.keyboard.press("Enter")
        assert part.is_checked() is opened and _is_open(phone, "drawer")
    title.focus()
    assert _tab(phone, 3) == []
    title.focus()
    phone.keyboard.press("Shift+Tab")  # what lies under the panel is passed over
    assert not phone.locator(".md-sidebar--primary :focus").count()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_the_menu_closes_when_the_focus_leaves_it(phone):
    phone.locator(".md-header label[for=__drawer] > [role=button]").focus()
    phone.keyboard.press("Enter")
    phone.keyboard.press("Shift+Tab")
    phone.wait_for_function("!document.querySelector('#__drawer').checked")


@pytest.mark.parametrize("site", ["sample"], indirect=True)
@pytest.mark.parametrize("key", ["Enter", " "])
def test_the_search_box_opens_by_key_and_escape_leads_back(phone, key):
    button = phone.locator("label.md-header__button[for=__search] > [role=button]")
    button.focus()
    phone.keyboard.press(key)
    phone.wait_for_function("document.activeElement.name === 'query'")
    assert _is_open(phone, "search")
    phone.keyboard.press("Escape")
    phone.wait_for_function("one => one === document.activeElement", arg=button.element_handle())
    assert not _is_open(phone, "search")
