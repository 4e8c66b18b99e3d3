"""What can be downloaded of a page: its notebook and its script, in the page's language."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from tools import bundle
from tools.blocks import Fence
from tools.kept import key_of
from tools.notebook import notebook
from tools.pages import Page
from tools.plain_markdown import to_jupyter
from tools.process import ROOT
from tools.record import Record
from tools.script import script
from tools.segments import segments

HOME = "play-with-mnist"  # a file named index would say nothing

# Before the name of each other page: a script tensorboard.py would be imported by its neighbours.
PREFIX = "mnist-"

# What Colab has in other versions than the page was checked with: package -> its import.
_PINNED = {
    "tensorflow": "tensorflow",
    "keras": "keras",
    "tensorboard": "tensorboard",
    "ai-edge-litert": "ai_edge_litert",
    "tflite": "tflite",
}


@dataclass(frozen=True)
class Downloads:
    """The downloadable forms of one page.

    Attributes:
        name: of the files, without their ending.
        notebook: .ipynb, with prose, code and outputs.
        script: .py, with the prose as comments; a program's own text.
    """

    name: str
    notebook: str
    script: str


def can_be_downloaded(page: Page) -> bool:
    """Whether a page has code, and does not say `downloads: false` at its top."""
    return (
        bool(page.blocks) and "\ndownloads: false\n" not in page.text.partition("\n---\n")[0] + "\n"
    )


def digest_of_examples() -> str:
    """Stands for all files that may be packed into downloads."""
    folder = bundle.FOLDER
    paths = (path for path in sorted(folder.rglob("*")) if "__pycache__" not in path.parts)
    files = [(path.relative_to(folder), path.read_bytes()) for path in paths if path.is_file()]
    return key_of(files)


def downloads(
    page: Page, record: Callable[[Fence], Record | None], folder: str, here: str
) -> Downloads:
    """Make the downloads of a page.

    Args:
        page: a page with blocks.
        record: the record of a block, None if it has not run yet.
        folder: the address that the page's links are seen from.
        here: the page's own address.
    """
    path = ROOT / page.path
    program = path if path.suffix == ".py" else None
    codes = [block.code for block in page.blocks]
    files = [file for file in bundle.needed(codes, bool(program)) if file != program]
    first = bundle.cell(files, program)
    parts = [
        part if isinstance(part, Fence) else to_jupyter(part, folder, here)
        for part in segments(page)
    ]
    cells = [(part, record(part)) if isinstance(part, Fence) else part for part in parts]
    made = notebook(cells, first, _packages([*codes, first]))
    return Downloads(
        name=file_name(page),
        notebook=json.dumps(made, ensure_ascii=False, indent=1) + "\n",
        script=_program(program, first) if program else script(parts, first),
    )


def file_name(page: Page) -> str:
    """The name of a page's downloads, without their ending."""
    if page.path.suffix == ".py":
        return page.path.stem
    return HOME if page.path.stem == "index" else f"{PREFIX}{page.path.stem}"


def _packages(codes):
    """Package -> version of what the code imports, as it is installed here and now."""
    text = "\n".join(codes)
    return {
        name: version(name)
        for name, module in _PINNED.items()
        if f"import {module}" in text or f"from {module}" in text
    }


def _program(path, first):
    """The program itself, with what it needs in front of its first cell of code."""
    text = path.read_text(encoding="utf-8")
    start = text.index("\n# %%\n") + 1
    return f'{text[:start]}# %% active="py"\n{first}\n\n{text[start:]}'
