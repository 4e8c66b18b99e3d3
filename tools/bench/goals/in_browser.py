"""What Chromium says of each page: what it loads, and how it is for whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.site import axe
from tests.site.browser import CUT_OFF, DESKTOP, PHONE, Watch, rest
from tools.bench.goals import NotMeasured, Result, Site

KILOBYTES = 350

_OPEN = "document.querySelectorAll('article details').forEach(one => (one.open = true))"


@contextmanager
def _page(site: Site, path: str | None = None, **options: Any) -> Iterator[Page]:
    """A page in a browser that has seen nothing before, at an address of the site."""
    if site.browser is None:
        raise NotMeasured("no Chromium")
    options = {"viewport": DESKTOP, "reduced_motion": "reduce", **options}
    context = site.browser.new_context(**options)
    page = context.new_page()
    if path is not None:
        page.goto(site.address + path, wait_until="load")
    yield page
    context.close()


# ---------- What it loads -----------------------------------------------------


@dataclass
class _Visit:
    """A first visit to a page, on a phone.

    Attributes:
        sent: kilobytes until the page rests, all of it packed.
        noise: what the browser had to say against it.
        images: what is wrong with its figures.
    """

    sent: float = 0
    noise: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)


_IMAGES = """() => [...document.querySelectorAll("article img")].flatMap(image => {
  const { naturalWidth, width, clientWidth } = image
  const missing = ["alt", "width", "height"].filter(name => !image.hasAttribute(name))
  if (image.loading !== "lazy") missing.push("loading=lazy")
  return missing.map(name => `${image.src.split("/").pop()}: no ${name}`)
})"""
_COARSE = """() => [...document.querySelectorAll("article img:not([src$='.svg'], [src$='.gif'])")]
  .filter(image => image.naturalWidth < 1.9 * image.clientWidth)
  .map(image => `${image.src.split("/").pop()}: ${image.naturalWidth} dots on ${image.clientWidth}`)
"""
_LOAD_ALL = """async () => {
  const images = [...document.querySelectorAll("article img")]
  for (const image of images) image.loading = "eager"
  await Promise.all(images.map(image => image.decode().catch(() => 0)))
}"""


@cache
def _visits(site: Site) -> dict[str, _Visit]:
    visits = {}
    for path in [*site.pages, "no/such/page/"]:
        visit = visits[path] = _Visit()
        with _page(site, viewport=PHONE, bypass_csp=False) as page:
            devtools = page.context.new_cdp_session(page)
            devtools.send("Network.enable")
            sent: list[float] = []
            devtools.on(
                "Network.loadingFinished", lambda e, s=sent: s.append(e["encodedDataLength"])
            )
            watch = Watch(page, site.address)
            page.goto(site.address + path, wait_until="load")
            watch.settle()
            visit.sent = sum(sent) / 1000
            _use(page)
            visit.noise = [one for one in watch.problems if path in site.pages or "404" not in one]
            visit.images = page.evaluate(_IMAGES)
            page.set_viewport_size(DESKTOP)
            page.evaluate(_LOAD_ALL)
            visit.images += page.evaluate(_COARSE)
    return visits


def _use(page: Page) -> None:
    """Do what readers do: the policy holds for what scripts do then, too."""
    page.evaluate(_OPEN)
    page.evaluate("document.querySelectorAll('.tabbed-labels label').forEach(one => one.click())")
    page.locator("[data-palette] label:visible").click()
    if page.locator(".md-code__button").count():
        page.locator(".md-code__button").first.click(force=True)
    page.keyboard.press("/")
    page.keyboard.type("loss")
    page.locator(".md-search-result__link").first.wait_for()
    page.keyboard.press("Escape")
    rest(page)


def policy(site: Site) -> Result:
    """Reports and console messages, on each page as it is loaded and used."""
    noise = [text for visit in _visits(site).values() for text in visit.noise]
    value = f"{len(site.reports)} reports, {len(noise)} messages on {len(_visits(site))} pages"
    return Result(value, [*site.reports, *noise])


def weight(site: Site) -> Result:
    """Kilobytes of a first visit."""
    sent = {path: visit.sent for path, visit in _visits(site).items()}
    heaviest = max(sent, key=sent.__getitem__)
    heavy = [f"/{path}: {size:.0f} kB" for path, size in sent.items() if size > KILOBYTES]
    return Result(f"at most {sent[heaviest]:.0f} kB (/{heaviest})", heavy)


def images(site: Site) -> Result:
    """Images of pages: lazy, with their size and words, two dots or more for each pixel."""
    wrong = [f"/{path}: {one}" for path, visit in _visits(site).items() for one in visit.images]
    return Result(f"{len(wrong)} faults", wrong)


# ---------- For whom ------------------------------------------------------------


def accessibility(site: Site) -> Result:
    """Violations of WCAG 2.2 AA and of best practice, light and dark, at three widths."""
    found, count = [], 0
    for path in site.pages:
        with _page(site, path, color_scheme="light") as page:
            page.evaluate(_OPEN)
            axe.leave_one_word_of_each_colour(page)
            for scheme, name in (("light", "default"), ("dark", "slate")):
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.wait_for_function(f"document.body.dataset.mdColorScheme === '{name}'")
                for width in (1280, 390, 320):
                    page.set_viewport_size({"width": width, "height": 900})
                    rest(page)
                    axe.measure_each_look_once(page)
                    around = () if path in ("", "ko/") else axe.AROUND
                    problems = axe.violations(page, around)
                    found += [f"/{path}, {scheme}, {width}: {one}" for one in problems]
                    count += 1
    return Result(f"{len(found)} violations in {count} runs on {len(site.pages)} pages", found)


def zoom(site: Site) -> Result:
    """What is cut off, or makes the page scroll sideways, at 200 and 400 % of 1280 by 1024."""
    wrong = []
    for path in site.pages:
        with _page(site, path) as page:
            page.evaluate(_OPEN)
            for percent in (200, 400):
                size = {"width": 1280 * 100 // percent, "height": 1024 * 100 // percent}
                page.set_viewport_size(size)
                rest(page)
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                faults = [f"{wide} pixels too wide"] if wide > 0 else []
                faults += [f"cut off: {one}" for one in page.evaluate(CUT_OFF)]
                wrong += [f"/{path}, {percent} %: {one}" for one in faults]
    return Result(f"{len(wrong)} faults on {len(site.pages)} pages", wrong)


# The texts and pictures of the article that are to be seen, as lines.
_SEEN = """() => [...document.querySelectorAll(
  "article :is(h1, h2, h3, p, li, td, dt, dd, pre, img)")]
  .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".md-code__nav"))
  .map(one => one.currentSrc ?? one.textContent.trim().slice(0, 60))"""


def without_script(site: Site) -> Result:
    """What is to be seen with scripts alone."""
    wrong = []
    for path in site.pages:
        with _page(site, path) as page:
            page.evaluate(_LOAD_ALL)
            before = page.evaluate(_SEEN)
        with _page(site, path, java_script_enabled=False) as page:
            # The home page has the path in its place, with a link to each page.
            links = page.locator(":is(.md-nav--primary, .path) a:visible").count()
            page.evaluate(_LOAD_ALL)
            missing = set(before) - set(page.evaluate(_SEEN))
        wrong += [f"/{path}: {one!r}" for one in sorted(missing)]
        wrong += [] if links else [f"/{path}: no navigation"]
    return Result(f"{len(wrong)} things missing on {len(site.pages)} pages", wrong)


# On paper nothing scrolls and nothing opens.
_NOT_ON_PAPER = """() => {
  const hidden = [...document.querySelectorAll("article *")].filter(one =>
    ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(one).overflowX)
    && one.checkVisibility() && one.clientWidth
    && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
  const folded = [...document.querySelectorAll("article details:not([open]) > :not(summary)")]
    .filter(one => !one.checkVisibility({ contentVisibilityAuto: true }))
  return [...hidden, ...folded].map(one => one.outerHTML.slice(0, 80))
}"""
_PAPER = {"width": 718, "height": 1046}  # A4 less margins of 1 cm, at 96 dpi


def paper(site: Site) -> Result:
    """What scrolls or is folded in print."""
    wrong = []
    for path in site.pages:
        with _page(site, path, viewport=_PAPER, color_scheme="dark") as page:
            page.emulate_media(media="print")
            rest(page)
            wrong += [f"/{path}: {one}" for one in page.evaluate(_NOT_ON_PAPER)]
    return Result(f"{len(wrong)} faults on {len(site.pages)} pages", wrong)


# An icon is a mask over a background, which forced colours make that of the page.
_LOST_ICONS = """() => {
  const page = getComputedStyle(document.body).backgroundColor
  const found = new Set()
  for (const one of document.querySelectorAll("body *"))
    for (const part of [undefined, "::before", "::after"]) {
      const style = getComputedStyle(one, part)
      if (style.maskImage !== "none" && style.content !== "none" && one.checkVisibility()
          && [page, "rgba(0, 0, 0, 0)"].includes(style.backgroundColor))
        found.add(`${one.className || one.localName}${part ?? ""}: the icon is lost`)
    }
  return [...found]
}"""


def forced_colours(site: Site) -> Result:
    """Contrast and icons with the colours of the system alone."""
    wrong = []
    for path in site.pages:
        with _page(site, path, forced_colors="active") as page:
            page.evaluate(_OPEN)
            axe.leave_one_word_of_each_colour(page)
            axe.measure_each_look_once(page)
            faults = [*page.evaluate(_LOST_ICONS), *axe.violations(page)]
            wrong += [f"/{path}: {one}" for one in faults]
    return Result(f"{len(wrong)} faults on {len(site.pages)} pages", wrong)


_MOVES = """() => {
  const found = document.getAnimations().map(one => one.effect.target.outerHTML.slice(0, 80))
  for (const one of document.querySelectorAll("body, body *")) {
    const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one)
    if (/[1-9]/.test(transitionDuration) || animationName !== "none" || scrollBehavior === "smooth")
      found.push(one.outerHTML.slice(0, 80))
  }
  for (const image of document.querySelectorAll("img"))
    if (/\\.gif$/.test(image.currentSrc)) found.push(image.currentSrc)
  return found
}"""


def reduced_motion(site: Site) -> Result:
    """What moves for readers who asked for less motion."""
    wrong = []
    for path in site.pages:
        with _page(site, path) as page:
            page.evaluate(_LOAD_ALL)
            wrong += [f"/{path}: {one}" for one in page.evaluate(_MOVES)]
    return Result(f"{len(wrong)} things move on {len(site.pages)} pages", wrong)
