"""What the tests in a browser share: it, sizes of windows, an eye on what a page loads and says."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync
    --disable-background-networking --disable-component-update""".split()

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}

# What reaches over the edge of the screen without anything around it that scrolls.
CUT_OFF = """() => [...document.querySelectorAll(".md-content *")].filter(element => {
  const box = element.getBoundingClientRect()
  if (!box.width || !box.height || box.right <= innerWidth + 1) return false
  for (let around = element.parentElement; around; around = around.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(around).overflowX)
        || around.matches("nav, svg, math, .md-search, .tabbed-labels")) return false
  return !["auto", "scroll"].includes(getComputedStyle(element).overflowX) || box.left > 0
}).map(element => element.outerHTML.slice(0, 80))"""

# Twice: what the first rest of the scripts has put off is done by the second. Chromium at times
# grants no rest at all to a page that draws nothing; then half a second has to do.
_REST = """new Promise(done => {
  const rest = then => requestIdleCallback(then, { timeout: 500 })
  rest(() => rest(done))
})"""


def find() -> str | None:
    """The path of the machine's own Chromium, None without one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launch() -> Iterator[Browser]:
    """That Chromium. Its pages may break the site's policy, unless they say `bypass_csp=False`.

    Playwright's `wait_for_function` calls `eval`, which the policy forbids.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        for name in ("new_page", "new_context"):
            setattr(browser, name, partial(getattr(browser, name), bypass_csp=True))
        yield browser
        browser.close()


class Watch:
    """Collects what goes wrong on a page, and every request to another place."""

    def __init__(self, page: Page, address: str) -> None:
        self.problems: list[str] = []
        self._page, self._address = page, address
        self._loading: set[object] = set()
        page.on("request", self._request)
        page.on("requestfinished", self._finished)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._note(error))

    def settle(self, seconds: float = 20) -> None:
        """Wait until nothing is being loaded and the page's scripts rest."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            nothing_before = not self._loading
            self._page.evaluate(_REST)
            if nothing_before and not self._loading:
                return
        self._note(f"still loading {[item.url for item in self._loading]}")

    def _note(self, what: object) -> None:
        self.problems.append(f"{self._page.url}: {what}")

    def _request(self, item) -> None:  # type: ignore[no-untyped-def]
        if not item.url.startswith((self._address, "data:", "blob:")):
            self._note(f"request to {item.url}")
        if item.url.startswith("http"):
            self._loading.add(item)

    def _finished(self, item) -> None:  # type: ignore[no-untyped-def]
        self._loading.discard(item)

    def _failed(self, item) -> None:  # type: ignore[no-untyped-def]
        self._loading.discard(item)
        self._note(f"failed {item.url}")

    def _response(self, item) -> None:  # type: ignore[no-untyped-def]
        if item.status >= 400:
            self._note(f"{item.status} for {item.url}")

    def _console(self, item) -> None:  # type: ignore[no-untyped-def]
        if item.type in ("error", "warning"):
            self._note(f"{item.type}: {item.text}")


def rest(page: Page) -> None:
    """Wait until a page's scripts have nothing to do."""
    page.evaluate(_REST)
