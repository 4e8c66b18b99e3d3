"""Finds the code blocks of a Markdown page, wherever they are.

A fence is found by its lines alone, so blocks inside tabs, admonitions, lists
and quotes are found like any other; what is inside a longer fence belongs
to that fence. The site renders pages with SuperFences, which reads fences by
the same rules, and the build compares the two (tools/site/blocks.py).
"""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

RUNNABLE = ("python", "sh")

# Other spellings of the two: refused, so that no block is left out unseen.
ALIASES = {
    "py": "python",
    "python3": "python",
    "pycon": "python",
    "ipython": "python",
    "bash": "sh",
    "shell": "sh",
    "console": "sh",
    "zsh": "sh",
}

# What may follow the language as key="value".
OPTIONS = {
    "raises": "the exception that the block must end with, perhaps with words: ValueError: shapes",
    "notest": "the reason why the block is not run",
    "timeout": "seconds of processor time that the block may use, instead of the default",
    "task": "the name of an exercise: code with a gap, then a line `# Check`, then asserts",
    "answer": "the name of the exercise whose gap this code fills",
    "show": "a picture file that the block writes; with a ? at its end if it may be missing",
    "caption": "text under the block's figure",
    "alt": "what the block's figure shows, for those who cannot see it",
}

# Two alternatives: the fence line as we accept it, and anything like it.
_FENCE = re.compile(
    r"^(?P<prefix>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w#.+-]*)"
    r"(?P<options>(?:[ \t]+[a-z_]+=\"[^\"\n]*\")*)[ \t]*$"
)
_FENCE_LIKE = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)])?[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*$")
_OPTION = re.compile(r"([a-z_]+)=\"([^\"\n]*)\"")


class PageError(Exception):
    """A page that cannot be read as the engine reads pages.

    Attributes:
        page: the page's path.
        line: the line, counted from 1.
    """

    def __init__(self, page: Path | str, line: int, message: str):
        super().__init__(f"{page}:{line}: {message}")
        self.page, self.line = page, line


@dataclass(frozen=True)
class Fence:
    """One fenced block of a page, run or not.

    Attributes:
        language: the first word behind the fence, "" if there is none.
        code: the content without the indentation of the fence, each line
            ended with a newline.
        line: the page's line on which the content begins, counted from 1.
        options: what stands behind the language (see OPTIONS).
    """

    language: str
    code: str
    line: int
    options: dict[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Whether the engine runs the block."""
        return self.language in RUNNABLE and "notest" not in self.options

    @property
    def timeout(self) -> float | None:
        """The block's own limit in seconds of processor time, None for the default."""
        return float(self.options["timeout"]) if "timeout" in self.options else None

    @property
    def check(self) -> tuple[int, str]:
        """What follows the line `# Check` of a task: the line it begins on, and its code."""
        before, _, check = self.code.partition("# Check\n")
        return self.line + before.count("\n") + 1, check


def find_fences(text: str, page: Path | str = "page") -> list[Fence]:
    """All fences of a page in their order.

    Raises:
        PageError: front matter or a fence that is never closed, an unknown or malformed
            option, another spelling of a language that is run, or a fence
            where the site would not render one.
    """
    fences = []
    lines = text.splitlines()
    position = 0
    if lines[:1] == ["---"] and "---" not in lines[1:]:
        raise PageError(page, 1, "front matter that is never closed: end it with a line of ---")
    while position < len(lines):
        match = _FENCE.match(lines[position])
        if match is None:
            _refuse_lookalike(lines[position], page, position + 1)
            position += 1
            continue
        end = _closing_line(lines, position, match["prefix"], match["fence"], page)
        content = [_strip_prefix(line, match["prefix"]) for line in lines[position + 1 : end]]
        fences.append(
            Fence(
                language=match["language"],
                code="".join(line + "\n" for line in content),
                line=position + 2,
                options=_options(match, page, position + 1),
            )
        )
        _refuse_jupyter(fences[-1], page)
        position = end + 1
    _pair_exercises(fences, page)
    return fences


def find_blocks(text: str, page: Path | str = "page") -> list[Fence]:
    """The blocks of a page that are run, in their order (see find_fences)."""
    return [fence for fence in find_fences(text, page) if fence.runs]


def _closing_line(lines, start, prefix, fence, page):
    closing = re.compile(rf"^[ \t>]*{re.escape(fence)}[ \t]*$")
    for position in range(start + 1, len(lines)):
        line = lines[position]
        inside = prefix.rstrip() if ">" in prefix else prefix
        if line.strip() and not line.startswith(inside):
            break
        if closing.match(line):
            return position
    raise PageError(page, start + 1, f"the fence {fence} is never closed")


def _strip_prefix(line, prefix):
    if line.startswith(prefix):
        return line[len(prefix) :]
    return line.lstrip(" \t>")


def _options(match, page, line):
    language = match["language"]
    if language in ALIASES:
        raise PageError(page, line, f"write {ALIASES[language]!r} instead of {language!r}")
    options = dict(_OPTION.findall(match["options"]))
    if language in RUNNABLE:
        for name in options:
            if name not in OPTIONS:
                known = ", ".join(OPTIONS)
                raise PageError(page, line, f"unknown option {name!r} (known: {known})")
    if options.get("notest") == "":
        raise PageError(page, line, "notest needs a reason")
    if not re.fullmatch(r"\d*", options.get("timeout", "")):
        raise PageError(page, line, "timeout is a whole number of seconds")
    return options


def _refuse_jupyter(fence, page):
    """A page is a script, too: Jupyter's own syntax is not for it."""
    if fence.language != "python" or not fence.runs:
        return
    for number, line in enumerate(fence.code.splitlines(), fence.line):
        if re.match(r"[%!]", line):
            message = f"{line.split()[0]} is Jupyter's alone: write plain Python, or an sh block"
            raise PageError(page, number, message)
    if "await" not in fence.code:
        return
    try:
        nodes = ast.parse(fence.code).body
    except SyntaxError:
        return  # the run reports it
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            message = "await outside of a function is Jupyter's alone: call asyncio.run()"
            raise PageError(page, fence.line + node.lineno - 1, message)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            nodes += ast.iter_child_nodes(node)


def _pair_exercises(fences, page):
    tasks = {}
    for fence in fences:
        if name := fence.options.get("task"):
            if name in tasks or not fence.check[1].strip():
                message = f"the task {name!r} needs a name of its own, a line '# Check' and asserts"
                raise PageError(page, fence.line - 1, message)
            tasks[name] = fence
        name = fence.options.get("answer")
        if name is not None and tasks.pop(name, None) is None:
            message = f"there is no task {name!r} above this answer, or it has one already"
            raise PageError(page, fence.line - 1, message)
    for name, fence in tasks.items():
        raise PageError(page, fence.line - 1, f"the task {name!r} has no answer")


def _refuse_lookalike(text, page, line):
    if _FENCE_LIKE.match(text):
        raise PageError(
            page,
            line,
            "a fence stands on a line of its own, and options behind its "
            'language are written key="value"',
        )
