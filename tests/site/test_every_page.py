"""Every page in a real browser: errors, foreign requests, phones, accessibility."""

from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.site import axe
from tests.site.browser import CUT_OFF, DESKTOP, PHONE, Watch, rest
from tests.site.build import FOLDER
from tests.site.markup.pages import LANGUAGES, language, pages, plain

# To read the index takes a page as long as all else it does, and all pages of a language have
# the same: its start page reads it. markup/links.py looks where each page would find it.
_ONE_SEARCH = f"""if (!["{FOLDER}", "{FOLDER}ko/"].includes(location.pathname))
  window.Worker = class extends EventTarget {{ postMessage() {{}} }}"""


@pytest.fixture(scope="module")
def tour(chromium: Browser, address: str, site: Path) -> dict[str, list[str]]:
    """Loads each page once; returns what is wrong with it, by what is looked at."""
    page = chromium.new_page(reduced_motion="reduce", bypass_csp=False)
    page.add_init_script(_ONE_SEARCH)
    watch = Watch(page, address)
    wrong = {"noise": watch.problems, "too wide": [], "accessibility": []}
    axes = _axes(site)
    for path in pages(site):
        view, scheme = axes.get(path, (PHONE, "light"))
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(PHONE)
        page.goto(address + path, wait_until="load")
        watch.settle()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            wrong["too wide"].append(f"{path}: {wide} pixels wider than the phone")
        wrong["too wide"] += [f"{path}: cut off: {text}" for text in page.evaluate(CUT_OFF)]
        if path in axes:
            axe.leave_one_word_of_each_colour(page)
            page.set_viewport_size(view)
            rest(page)
            around = [] if plain(path) == "" else axe.AROUND
            axe.measure_each_look_once(page)
            found = axe.violations(page, around)
            wrong["accessibility"] += [f"/{path}: {text}" for text in found]
    page.close()
    return wrong


def _axes(site: Path) -> dict[str, tuple[dict[str, int], str]]:
    """The pages that axe looks at, each with a width and a scheme.

    It takes longer than all else. A translation has the same elements as its page
    (tools/checks/parity.py), so axe looks at one of the two. They take turns: eight pages after
    other are all combinations of language, width and scheme. The start pages, which stand for
    what is around every page, are both looked at.
    """
    found = {"": (PHONE, "light"), "ko/": (DESKTOP, "dark")}
    for number, name in enumerate(sorted({plain(page) for page in pages(site)} - {""})):
        home = [*LANGUAGES.values()][number % 2]
        view, scheme = (PHONE, DESKTOP)[number // 2 % 2], ("light", "dark")[number // 4 % 2]
        found[home + name] = view, scheme
    return found


@pytest.mark.parametrize("site", ["real"], indirect=True)
def test_axe_looks_at_each_page_and_at_every_combination_about_equally_often(site: Path):
    axes = _axes(site)
    assert {plain(page) for page in axes} == {plain(page) for page in pages(site)}
    count = Counter(
        (language(page), view["width"], scheme) for page, (view, scheme) in axes.items()
    )
    assert len(count) == 8 and max(count.values()) - min(count.values()) <= 2, count


def test_every_page_is_quiet(tour: dict[str, list[str]]):
    assert tour["noise"] == []


def test_every_page_fits_a_phone(tour: dict[str, list[str]]):
    assert tour["too wide"] == []


def test_every_page_is_accessible(tour: dict[str, list[str]]):
    assert tour["accessibility"] == []


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_watching_notices_what_goes_wrong(chromium: Browser, address: str):
    page = chromium.new_page(viewport=PHONE)
    watch = Watch(page, address)
    page.goto(address)
    page.evaluate("""() => {
      console.error("loud")
      fetch("no-such-file").then(() => fetch("http://127.0.0.1:1/elsewhere")).catch(() => 0)
      document.querySelector("article").insertAdjacentHTML("beforeend",
        "<p style='width: 900px'>too wide</p>")
    }""")
    watch.settle()
    text = "\n".join(watch.problems)
    assert "loud" in text and "404 for" in text and "request to http://127.0.0.1:1/" in text
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0 or page.evaluate(
        CUT_OFF
    )
    page.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_watching_notices_what_is_against_the_policy(chromium: Browser, address: str):
    page = chromium.new_page(bypass_csp=False)
    watch = Watch(page, address)
    page.goto(address)
    page.evaluate("""() => {
      document.querySelector("article").insertAdjacentHTML("beforeend",
        "<p style='color: red'>red</p><img alt='' src='data:image/gif;base64,R0lGOD'>"
      )
    }""")
    watch.settle()
    text = "\n".join(watch.problems)
    assert "Applying inline style" in text and "Loading the image 'data:" in text
    page.close()


@pytest.mark.parametrize("site", ["sample"], indirect=True)
def test_watching_says_what_is_never_loaded(chromium: Browser, address: str):
    page = chromium.new_page()
    watch = Watch(page, address)
    page.route("**/endless", lambda route: None)
    page.goto(address)
    page.evaluate("() => { fetch('endless') }")
    watch.settle(1)
    assert any(f"still loading ['{address}endless']" in problem for problem in watch.problems)
    page.close()
