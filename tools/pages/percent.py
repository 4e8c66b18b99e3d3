"""Reads a percent-format script of examples/ as a page in one language.

The page has the script's own line numbers: Markdown cells of the language stand where they stand
in the script, code cells become fences, and all else is blank. So fences, parity, style and
tracebacks work on a program as on any other page.

A cell's marker may hold what stands behind a fence's language (`raises`, `timeout`, ...), and
for each language `caption_en`, `alt_en`. Cells marked `active="py"` belong to the script alone,
those marked `active="ipynb"` to the page alone, where they stand without their `# `.
The format is Jupytext's: https://jupytext.readthedocs.io/en/latest/formats-scripts.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.pages.fences import PageError

_MARKER = re.compile(r"^# %%(?: \[(?P<kind>markdown)\])?(?P<options>(?: [a-z_]+=\"[^\"]*\")*)$")
_OPTION = re.compile(r"([a-z_]+)=\"([^\"]*)\"")
_IN_LANGUAGE = re.compile(r"(?P<name>[a-z]+)_(?P<language>[a-z]{2})")


@dataclass(frozen=True)
class Cell:
    """One cell of a script.

    Attributes:
        kind: "markdown" or "code".
        options: what stands on its marker.
        lines: its content, comment marks included.
        line: the script's line of its marker, counted from 1.
    """

    kind: str
    options: dict[str, str]
    lines: list[str]
    line: int


def is_page(text: str) -> bool:
    """Whether a script is written as cells."""
    return text.startswith("# %%")


def programs(docs: Path) -> list[Path]:
    """The scripts written as cells in the folder `examples` beside a folder of pages."""
    scripts = sorted((docs.parent / "examples").glob("*.py"))
    return [path for path in scripts if is_page(path.read_text(encoding="utf-8"))]


def read_cells(text: str, name: str) -> Iterator[Cell]:
    """The cells of a script in their order.

    Raises:
        PageError: a marker that cannot be read, or a cell that does not end in a blank line.
    """
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    for start, end in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        marker = _MARKER.match(lines[start])
        if marker is None:
            raise PageError(name, start + 1, f"a cell begins with a line like {_MARKER.pattern!r}")
        content = lines[start + 1 : end]
        if end <= len(lines) and (not content or content[-1].strip()):
            raise PageError(name, end + 1, "a blank line must stand before the next cell")
        options = dict(_OPTION.findall(marker["options"]))
        yield Cell(marker["kind"] or "code", options, content, start + 1)


def as_markdown(text: str, name: str, language: str) -> str:
    """The script as a Markdown page with the same line numbers.

    Raises:
        PageError: see `read_cells`; or prose and cells of the page that are not comments.
    """
    page = []
    for cell in read_cells(text, name):
        active, spoken = cell.options.get("active"), cell.options.get("lang", language)
        if active == "py" or spoken != language:
            page += [""] * (len(cell.lines) + 1)
        elif cell.kind == "markdown":
            page += ["", *_uncommented(cell, name)]
        else:
            content = _uncommented(cell, name) if active == "ipynb" else list(cell.lines)
            # The last line is blank: the fence ends there, and the next marker's line stays free.
            last = max(number for number, line in enumerate(content) if line.strip())
            content[last + 1 :] = ["```", *[""] * (len(content) - last - 2)]
            page += [f"```python{_fence_options(cell, language)}", *content]
    return "\n".join(page) + "\n"


def _uncommented(cell, name):
    content = []
    for number, line in enumerate(cell.lines, start=cell.line + 1):
        if line.strip() and line != "#" and not line.startswith("# "):
            raise PageError(name, number, "each line of this cell begins with '# '")
        content.append(line[2:])
    return content


def _fence_options(cell, language):
    options = {}
    for name, value in cell.options.items():
        match = _IN_LANGUAGE.fullmatch(name)
        if match is None and name != "active":
            options[name] = value
        elif match and match["language"] == language:
            options[match["name"]] = value
    return "".join(f' {name}="{value}"' for name, value in options.items())
