"""The search box as a reader uses it: types a query, and reads what is in sight."""

import json
import re
from functools import cache
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Page

from tests.site.build import ROOT

QUERIES = json.loads(Path(__file__).with_name("search_queries.json").read_text("utf-8"))

_COUNT = """window.answers = 0
  window.Worker = class extends Worker {
    constructor(url) {
      super(url)
      this.addEventListener("message", ({ data }) => { if (data.type === 3) window.answers++ })
    }
  }"""
_IN_SIGHT = """([home, pages]) =>
  [...document.querySelectorAll(".md-search-result__item")].slice(0, pages).flatMap(item =>
    [...item.querySelectorAll("a")].filter(link => link.checkVisibility()).map(link => {
      const { pathname, hash } = new URL(link.href)
      return pathname.slice(new URL(home).pathname.length) + hash
    }))"""


class Box:
    """The search box of a home page.

    Args:
        chromium: the browser.
        home: the address of the page, which is a language's home.
    """

    def __init__(self, chromium: Browser, home: str):
        self.page: Page = chromium.new_page()
        self._home = home
        self.page.add_init_script(_COUNT)
        self.page.goto(home)
        self._input = self.page.locator(".md-search__input")
        self._input.click()
        self.page.wait_for_function("window.answers > 0")

    def find(self, query: str, pages: int = 3) -> list[str]:
        """The links in sight under the first pages that a query finds, from the language's home."""
        before = self.page.evaluate("window.answers")
        self._input.fill(query)  # fires `input`, as a paste does
        self.page.wait_for_function("before => window.answers > before", arg=before)
        return self.page.evaluate(_IN_SIGHT, [self._home, pages])

    def misses(self, queries: dict[str, set[str]]) -> list[str]:
        """The queries whose section is not in sight, with what is."""
        found = {query: self.find(query) for query in queries}
        return [
            f"{query[-100:]!r}: wanted {places}, found {found[query]}"
            for query, places in queries.items()
            if not places & {*found[query]}
        ]


def places(targets: list[str]) -> set[str]:
    """Where sections stand today, as the search index names them.

    Args:
        targets: each a page, or a page and the id of a section: `"cnn#pooling"`. Where the
            section has moved to another page since, it is followed there.
    """
    return {_place(*target.partition("#")[::2]) for target in targets}


@cache
def _place(page, section):
    path = ROOT / "docs/en" / f"{page}.md"
    if not section:
        assert path.is_file() or (ROOT / f"{page}.py").is_file(), page
        return f"{page}/"
    text = path.read_text("utf-8")
    if heading := re.search(rf"^(#+) .*{{ #{section} }}$", text, re.M):
        return f"{page}/" if heading[1] == "#" else f"{page}/#{section}"
    front = re.match(r"---\n(.*?)\n---\n", text, re.S)
    for other, ids in (yaml.safe_load(front[1]) if front else {}).get("moved", {}).items():
        if section in ids:
            return _place(other.removesuffix(".md"), section)
    raise AssertionError(f"search_queries.json: {page} has no section {section}")
