"""axe in a page: what it finds there, and how to spare it what repeats."""

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# The same on every page of a site.
AROUND = (".md-header", ".md-sidebar", ".md-footer")

# With `best-practice`, all of axe's rules that are no experiment: by default it leaves some of
# WCAG 2.2 out.
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Only violations in full: the long lists of what is well take most of the time. Without
# `preload`, which none of these rules needs: it reads styles in a way that the policy forbids.
_RUN = """async ([without, tags]) => {
  const context = without.length ? { exclude: without.map(selector => [selector]) } : document
  const { violations } = await axe.run(context, {
    resultTypes: ["violations"], runOnly: tags, preload: false
  })
  return violations.map(({ id, help, nodes }) =>
    `${id}: ${help} ${nodes.slice(0, 3).map(node => node.target.join(" "))}`)
}"""

# Thousands of words of code take most of axe's time: of each kind, which is of one
# colour, the first stays; the others become the plain text of the block.
_ONE_WORD_OF_EACH_COLOUR = """() => {
  const seen = new Set()
  for (const word of document.querySelectorAll(".highlight code span")) {
    const kind = `${word.parentElement.className} ${word.className}`
    if (seen.has(kind)) word.replaceWith(...word.childNodes)
    seen.add(kind)
  }
  for (const code of document.querySelectorAll(".highlight code")) code.normalize()
  dispatchEvent(new Event("resize")) // a block that scrolls now is given to the keyboard
}"""

# Of the rest, contrast takes four fifths. It follows from the text's own colour, size and
# weight and from what is painted around it: of each such look, three texts are measured.
_THREE_TEXTS_OF_EACH_LOOK = """() => {
  const PAINT = ["backgroundColor", "backgroundImage", "opacity", "filter", "position"]
  const LETTERS = ["color", "fontSize", "fontWeight", "textShadow", "webkitTextStroke"]
  const pick = (style, names) => names.map(name => style[name]).join("|")
  const plain = "rgba(0, 0, 0, 0)|none|1|none|static"
  const paints = new Map([[null, ""]])
  const paint = element => {
    if (!paints.has(element)) {
      const own = pick(getComputedStyle(element), PAINT)
      paints.set(element, paint(element.parentElement) + (own === plain ? "" : `/${own}`))
    }
    return paints.get(element)
  }
  const says = element => [...element.childNodes].some(
    node => node.nodeType === Node.TEXT_NODE && node.data.trim())
  const seen = new Map()
  for (const element of document.querySelectorAll("body *")) {
    if (!says(element) || !element.checkVisibility({ visibilityProperty: true })) continue
    const look = pick(getComputedStyle(element), LETTERS) + paint(element)
    seen.set(look, (seen.get(look) ?? 0) + 1)
    if (seen.get(look) <= 3) element.dataset.look = seen.size
  }
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] })
  return seen.size
}"""


def leave_one_word_of_each_colour(page: Page) -> None:
    """Take the other words of code from a page."""
    page.evaluate(_ONE_WORD_OF_EACH_COLOUR)


def measure_each_look_once(page: Page) -> None:
    """Let axe measure the contrast of few texts; what they look like must not change after this."""
    _bring(page)
    assert page.evaluate(_THREE_TEXTS_OF_EACH_LOOK) > 0


def violations(page: Page, without: Sequence[str] = ()) -> list[str]:
    """What axe finds on a page, but in the parts named by `without`."""
    _bring(page)
    return page.evaluate(_RUN, [list(without), _TAGS])


def _bring(page: Page) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
