"""Lays out a block: its code, what it did, its checks; wherever it is in its page."""

import ast
import re
from collections.abc import Iterator

from pymdownx.superfences import SuperFencesException

from tools.pages import RUNNABLE, Fence, PageError
from tools.site.fragments import fragment
from tools.site.outputs import PageOutputs
from tools.words import TEXT

_CODE = re.compile(r"(<pre><span></span><code>)(.*?)\n(</code></pre>)", re.S)


class Code(str):
    """Code to be highlighted, without a newline at its end; all else is HTML."""


def layout(block: Fence, outputs: PageOutputs) -> Iterator[Code | str]:
    """The parts of a block in their order: code, and HTML.

    The checks at its end follow its output, folded; the answer of an exercise is folded as a
    whole.
    """
    text, language = TEXT[outputs.page.language], outputs.page.language
    code, checks, count = split_checks(block)
    is_answer = "answer" in block.options
    if is_answer:
        open_ = outputs.failed(block)
        yield fragment("fold", language, kind="answer", label=text["answer"], open=open_)
    yield Code(code)
    yield outputs.under(block)
    if checks:
        label = text["checks"].format(count=count)
        yield fragment("fold", language, kind="guards", label=label, open=False)
        yield Code(checks)
        yield "</details>"
    if is_answer:
        yield "</details>"


def split_checks(block: Fence) -> tuple[str, str, int]:
    """The code of a block without the asserts at its end, those asserts, and their number.

    Comments between the asserts, and directly above the first, go with them. Code that consists
    of asserts alone is left whole, and so is that of a block whose asserts are its point.
    """
    code = block.code.rstrip("\n")
    whole = code, "", 0
    if block.language != "python" or {"raises", "task", "answer", "notest"} & block.options.keys():
        return whole
    try:
        statements = ast.parse(code).body
    except SyntaxError:
        return whole
    count = 0
    while count < len(statements) and isinstance(statements[-1 - count], ast.Assert):
        count += 1
    if count in (0, len(statements)):
        return whole
    lines = code.split("\n")
    start = statements[-count].lineno - 1
    if statements[-count - 1].end_lineno > start:  # both on one line
        return whole
    while lines[start - 1].startswith("#"):
        start -= 1
    return "\n".join(lines[:start]).rstrip(), "\n".join(lines[start:]), count


class Formatter:
    """What SuperFences asks for the HTML of each python and sh fence, in their order."""

    def __init__(self):
        self._outputs: PageOutputs | None = None
        self._fences: Iterator[Fence] = iter(())
        self._highlighted: dict[tuple, str] = {}  # all languages have the same code

    def begin(self, outputs: PageOutputs, fences: list[Fence]) -> None:
        """Expect these fences of a page next."""
        self._outputs, self._fences = outputs, iter(fences)

    def end(self) -> None:
        """Tell that the page has been rendered.

        Raises:
            PageError: the engine finds a block that the site does not show.
        """
        for fence in self._fences:
            message = "this block is run, but the site does not show it"
            raise PageError(self._outputs.page.path, fence.line, message)

    def format(self, source, language, css_class, options, md, **kwargs) -> str:
        """The HTML of a block.

        Raises:
            SuperFencesException: the site shows a block that the engine does not find.
        """
        fence = next(self._fences, None)
        if fence is None or fence.code.strip() != source.strip():
            where = f"{self._outputs.page.path}:{fence.line if fence else 1}"
            message = f"{where}: the site and the engine read another block: {source!r}"
            raise SuperFencesException(message)
        highlight = md.preprocessors["fenced_code_block"].highlight
        html = ""
        for part in layout(fence, self._outputs):
            if isinstance(part, Code):
                key = language, part
                if key not in self._highlighted:
                    self._highlighted[key] = highlight(str(part), language, {}, md, **kwargs)
                part = self._highlighted[key]
            html += part
        return html

    def custom_fences(self) -> list[dict]:
        """For the `custom_fences` option of SuperFences."""
        return [
            {"name": name, "class": "", "format": self.format, "validator": _accept}
            for name in RUNNABLE
        ]


def _accept(language, inputs, options, attrs, md):
    options.update(inputs)  # tools/pages/fences.py has checked them
    return True


def wrap_lines(html: str) -> str:
    """The page with each line of its code in an element: a phone indents what does not fit."""

    def wrap(found: re.Match) -> str:
        lines = found[2].replace("\n</span>", "</span>\n").split("\n")
        if any(line.count("<span") != line.count("</span>") for line in lines):
            return found[0]  # something that spans lines
        return found[1] + "".join(f'<span class="line">{one}\n</span>' for one in lines) + found[3]

    return _CODE.sub(wrap, html)
