"""The sites in a real browser: errors, phones, keys, languages, accessibility."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.site.build import ROOT

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


def _pages(site: Path) -> list[str]:
    found = sorted(site.rglob("index.html"))
    return [path.relative_to(site).as_posix().removesuffix("index.html") for path in found]


def _watch(page: Page, address: str) -> list[str]:
    """Collects what goes wrong on a page, and every request to another place."""
    problems: list[str] = []

    def request(item) -> None:  # type: ignore[no-untyped-def]
        if not item.url.startswith((address, "data:", "blob:")):
            problems.append(f"{page.url}: request to {item.url}")

    def response(item) -> None:  # type: ignore[no-untyped-def]
        if item.status >= 400:
            problems.append(f"{page.url}: {item.status} for {item.url}")

    def console(item) -> None:  # type: ignore[no-untyped-def]
        if item.type in ("error", "warning"):
            problems.append(f"{page.url}: {item.type}: {item.text}")

    page.on("request", request)
    page.on("response", response)
    page.on("console", console)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on("requestfailed", lambda item: problems.append(f"{page.url}: failed {item.url}"))
    return problems


@pytest.fixture(scope="module")
def tour(chromium: Browser, address: str, site: Path) -> dict[str, list[str]]:
    """Loads each page once; returns what is wrong with it, by what is looked at."""
    page = chromium.new_page(reduced_motion="reduce")
    wrong = {"noise": _watch(page, address), "too wide": [], "accessibility": []}
    for path, view, scheme in _turns(site):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(PHONE)
        page.goto(address + path, wait_until="load")
        page.wait_for_timeout(150)  # for what scripts do and ask for later
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            wrong["too wide"].append(f"{path}: {wide} pixels wider than the phone")
        wrong["too wide"] += [f"{path}: cut off: {text}" for text in page.evaluate(_CUT_OFF)]
        page.set_viewport_size(view)
        page.evaluate(_ONE_WORD_OF_EACH_COLOUR)
        around = [] if path in ("", "ko/") else _AROUND  # the same on every page
        wrong["accessibility"] += [f"/{path}: {text}" for text in _violations(page, around)]
    page.close()
    return wrong


def _turns(site: Path) -> list[tuple[str, dict[str, int], str]]:
    """Each page with a width and a scheme for axe.

    It takes ten times as long as all else. The pages take turns, and a translation has the
    other width and the other scheme than its page, which has the same elements: all of
    them are seen on the phone and on the desktop, in light and in dark.
    """
    languages = {"": [], "ko/": []}
    for path in _pages(site):
        languages["ko/" if path.startswith("ko/") else ""].append(path)
    turns = []
    for language, paths in languages.items():
        for number, path in enumerate(paths):
            phone = (number % 2 == 0) ^ (language == "ko/")
            dark = (number % 4 >= 2) ^ (language == "ko/")
            turns.append((path, PHONE if phone else DESKTOP, "dark" if dark else "light"))
    return turns


# Thousands of words of code take four fifths of axe's time: of each kind, which is of one
# colour, the first stays; the others become the plain text of the block.
_ONE_WORD_OF_EACH_COLOUR = """() => {
  const seen = new Set()
  for (const word of document.querySelectorAll(".highlight code span")) {
    const kind = `${word.parentElement.className} ${word.className}`
    if (seen.has(kind)) word.replaceWith(...word.childNodes)
    seen.add(kind)
  }
  for (const code of document.querySelectorAll(".highlight code")) code.normalize()
}"""


def test_every_page_is_quiet(tour: dict[str, list[str]]):
    assert tour["noise"] == []


def test_every_page_fits_a_phone(tour: dict[str, list[str]]):
    assert tour["too wide"] == []


def test_every_page_is_accessible(tour: dict[str, list[str]]):
    assert tour["accessibility"] == []


# What reaches over the edge of the screen without anything around it that scrolls.
_CUT_OFF = """() => [...document.querySelectorAll(".md-content *")].filter(element => {
  const box = element.getBoundingClientRect()
  if (!box.width || !box.height || box.right <= innerWidth + 1) return false
  for (let around = element.parentElement; around; around = around.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(around).overflowX)
        || around.matches("nav, svg, math, .md-search, .tabbed-labels")) return false
  return !["auto", "scroll"].includes(getComputedStyle(element).overflowX) || box.left > 0
}).map(element => element.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_watching_notices_what_goes_wrong(chromium: Browser, address: str):
    page = chromium.new_page(viewport=PHONE)
    problems = _watch(page, address)
    page.goto(address)
    page.evaluate("""async () => {
      console.error("loud")
      await fetch("no-such-file")
      await fetch("http://127.0.0.1:1/elsewhere").catch(() => 0)
      document.querySelector("article").insertAdjacentHTML("beforeend",
        "<p style='width: 900px'>too wide</p>")
    }""")
    text = "\n".join(problems)
    assert "loud" in text and "404 for" in text and "request to http://127.0.0.1:1/" in text
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0 or page.evaluate(
        _CUT_OFF
    )
    page.close()


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
def test_theme_is_chosen_and_kept(chromium: Browser, address: str):
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(address, wait_until="load")
    scheme = "document.body.dataset.mdColorScheme"
    assert page.evaluate(scheme) == "slate"  # the system's
    page.locator("[data-md-component=palette] label:visible").click()
    page.wait_for_function(f"{scheme} === 'default'")
    page.goto(address + "ko/", wait_until="load")
    assert page.evaluate(scheme) == "default"
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
    page.close()


_AROUND = [".md-header", ".md-sidebar", ".md-footer"]


def _violations(page: Page, without: Sequence[str] = ()) -> list[str]:
    # Only violations in full: the long lists of what is well take most of the time.
    context = {"exclude": [[selector] for selector in without]} if without else None
    axe = Axe().run(page, context=context, options={"resultTypes": ["violations"]})
    found = axe.response["violations"]
    return [
        f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']][:3]}"
        for one in found
    ]


@pytest.mark.parametrize("site", ["sample"], indirect=True)
@pytest.mark.parametrize("view", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_accessibility(chromium: Browser, address: str, view: dict[str, int]):
    """What has every kind of box, output and colour of code, and the page for a wrong address."""
    page = chromium.new_page(viewport=view, color_scheme="light", reduced_motion="reduce")
    found = []
    for path in ("quickstart/", "ko/quickstart/", "ko/nothing"):
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(address + path, wait_until="load")
        for scheme, name in (("light", "default"), ("dark", "slate")):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_function(f"document.body.dataset.mdColorScheme === '{name}'")
            found += [f"/{path}, {scheme}: {text}" for text in _violations(page)]
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
    assert _violations(page) == []
    page.close()


def test_axe_notices_bad_contrast(chromium: Browser):
    """The check itself."""
    page = chromium.new_page()
    page.set_content("<html lang=en><title>t</title><main><p style='color: #bbb'>pale</p>")
    assert [text.split(":")[0] for text in _violations(page)].count("color-contrast") == 1
    page.close()


def test_scripts_are_small():
    """Pages must work without our script; it stays a help of a few lines."""
    assert sum(path.stat().st_size for path in (ROOT / "docs/assets").rglob("*.js")) < 4000
