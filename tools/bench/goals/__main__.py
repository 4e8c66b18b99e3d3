"""Measure a built site against its goals: `python -m tools.bench.goals [--site DIR] [goal ...]`.

Exit code 1 if a goal is missed for another reason than a busy machine.
"""

import argparse
import os
from contextlib import ExitStack
from pathlib import Path

from tests.site.browser import find, launch
from tests.site.markup.pages import pages, plain
from tests.site.server import serve
from tools.bench.goals import NotMeasured, Site, by_tools, in_browser
from tools.bench.goals.server import handler

GOALS = {
    "policy": ("a strict Content-Security-Policy: no reports", in_browser.policy),
    "weight": (f"a first visit: at most {in_browser.KILOBYTES} kB", in_browser.weight),
    "images": ("images lazy, sized, with words, at 2x", in_browser.images),
    "html": ("HTML: no errors of our own", by_tools.html),
    "axe": ("axe, WCAG 2.2 AA and best practice: no violations", in_browser.accessibility),
    "zoom": ("at 200 and 400 %: all of it readable", in_browser.zoom),
    "noscript": ("without JavaScript: all of it there", in_browser.without_script),
    "print": ("on paper: all of it readable", in_browser.paper),
    "forced": ("forced colours: all of it readable", in_browser.forced_colours),
    "motion": ("reduced motion: nothing moves", in_browser.reduced_motion),
    "lighthouse": ("Lighthouse on a phone: 95 or more", by_tools.lighthouse),
}


def main() -> None:
    """Print a line for each goal as soon as it is measured, then what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("goal", nargs="*", choices=[[], *GOALS], help=", ".join(GOALS))
    parser.add_argument("--site", type=Path, default=Path("site"), help="a built site")
    parser.add_argument("--page", action="append", help="only this page: quickstart/ (repeatable)")
    parser.add_argument("--all", action="store_true", help="name all that is wrong, not the first")
    arguments = parser.parse_args()
    folder = arguments.site.resolve()
    if not (folder / "404.html").is_file():
        parser.error(f"{arguments.site} is no built site; make one with `make build`")
    known = list(pages(folder))
    wanted = [page for page in known if not arguments.page or plain(page) in arguments.page]
    if not wanted:
        parser.error(f"no such page; there are {', '.join(known)}")
    reports: list[str] = []
    with ExitStack() as stack:
        address = stack.enter_context(serve(folder, handler(folder, reports)))
        browser = stack.enter_context(launch()) if find() else None
        site = Site(folder, address, wanted, browser, reports)
        missed = [not _measured(name, site, arguments.all) for name in arguments.goal or GOALS]
    raise SystemExit(any(missed))


def _measured(name: str, site: Site, everything: bool) -> bool:
    what, measure = GOALS[name]
    try:
        result = measure(site)
    except NotMeasured as reason:
        print(f"| {what} | not measured: {reason} | |", flush=True)
        return True
    verdict = "met"
    if result.problems or result.slow:
        verdict = "MISSED" if result.problems else f"missed at a load of {os.getloadavg()[0]:.0f}"
    print(f"| {what} | {result.value} | {verdict} |", flush=True)
    problems = [*result.problems, *result.slow]
    shown = problems if everything else problems[:10]
    for line in shown:
        print(f"    {line}")
    if len(problems) > len(shown):
        print(f"    ... and {len(problems) - len(shown)} more (--all)")
    return not result.problems


if __name__ == "__main__":
    main()
