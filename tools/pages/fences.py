"""Finds the code blocks of a Markdown page, wherever they are, by their lines alone.

SuperFences renders fences by the same rules, and the build compares the two (tools/site/blocks.py).
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

RUNNABLE = ("python", "sh")

# Other spellings of the two: refused, so that no block is left out unseen.
ALIASES = dict.fromkeys(("py", "python3", "pycon", "ipython"), "python")
ALIASES |= dict.fromkeys(("bash", "shell", "console", "zsh"), "sh")

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

# A fence line as we accept it, and anything like it.
_FENCE = re.compile(
    r"^(?P<prefix>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w#.+-]*)"
    r"(?P<options>(?:[ \t]+[a-z_]+=\"[^\"\n]*\")*)[ \t]*$"
)
_FENCE_LIKE = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)])?[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*$")


class PageError(Exception):
    """A page that cannot be read as the engine reads pages, and its line, counted from 1."""

    def __init__(self, page: Path | str, line: int, message: str):
        super().__init__(f"{page}:{line}: {message}")
        self.page, self.line = page, line


@dataclass(frozen=True)
class Fence:
    """One fenced block of a page, run or not."""

    language: str  # the first word behind the fence
    code: str  # without the indentation of the fence, each line ended with a newline
    line: int  # the page's line on which the code begins, counted from 1
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
    """All fences of a page in their order; PageError for what could be overlooked."""
    lines, fences, end = text.splitlines(), [], -1
    if lines[:1] == ["---"] and "---" not in lines[1:]:
        raise PageError(page, 1, "front matter that is never closed: end it with a line of ---")
    for number, line in enumerate(lines):
        if number <= end:
            continue
        if match := _FENCE.match(line):
            end = _closing_line(lines, number, match["prefix"], match["fence"], page)
            code = "".join(
                (
                    one.removeprefix(match["prefix"])
                    if one.startswith(match["prefix"])
                    else one.lstrip(" \t>")
                )
                + "\n"
                for one in lines[number + 1 : end]
            )
            options = dict(re.findall(r"([a-z_]+)=\"([^\"\n]*)\"", match["options"]))
            fences.append(Fence(match["language"], code, number + 2, options))
            for line, message in _wrong(fences[-1]):
                raise PageError(page, line, message)
        elif _FENCE_LIKE.match(line):
            message = "a fence stands on a line of its own, and options behind its language are "
            raise PageError(page, number + 1, message + 'written key="value"')
    _pair_exercises(fences, page)
    return fences


def find_blocks(text: str, page: Path | str = "page") -> list[Fence]:
    """The blocks of a page that are run, in their order (see find_fences)."""
    return [fence for fence in find_fences(text, page) if fence.runs]


def _closing_line(lines, start, prefix, fence, page):
    closing = re.compile(rf"^[ \t>]*{re.escape(fence)}[ \t]*$")
    inside = prefix.rstrip() if ">" in prefix else prefix
    for position in range(start + 1, len(lines)):
        if lines[position].strip() and not lines[position].startswith(inside):
            break
        if closing.match(lines[position]):
            return position
    raise PageError(page, start + 1, f"the fence {fence} is never closed")


def _wrong(fence):
    """The line and the description of what the engine does not accept of a fence."""
    line, language, options = fence.line - 1, fence.language, fence.options
    if language in ALIASES:
        yield line, f"write {ALIASES[language]!r} instead of {language!r}"
    for name in options if language in RUNNABLE else ():
        if name not in OPTIONS:
            yield line, f"unknown option {name!r} (known: {', '.join(OPTIONS)})"
    if options.get("notest") == "":
        yield line, "notest needs a reason"
    if not re.fullmatch(r"\d*", options.get("timeout", "")):
        yield line, "timeout is a whole number of seconds"
    if language != "python" or not fence.runs:
        return
    for number, one in enumerate(fence.code.splitlines(), fence.line):  # a page is a script, too
        if re.match(r"[%!]", one):
            yield number, f"{one.split()[0]} is Jupyter's alone: write plain Python, or an sh block"
    if "await" in fence.code or "async" in fence.code:
        try:
            compile(fence.code, "block", "exec", dont_inherit=True)
        except SyntaxError as error:  # of other errors the run tells
            if "outside" in error.msg:
                message = "await outside of a function is Jupyter's alone: call asyncio.run()"
                yield fence.line + error.lineno - 1, message


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
