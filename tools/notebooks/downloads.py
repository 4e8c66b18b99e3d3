"""What can be downloaded of a page: its notebook and its script, in the page's language."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from tools.notebooks import bundle
from tools.notebooks.jupyter_markdown import to_jupyter
from tools.notebooks.notebook import notebook, source_of
from tools.notebooks.script import script
from tools.pages import ROOT, Fence, Page, segments

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

# Elsewhere than in Colab the reader's environment is left alone.
_PIN = """\
# In Colab: the versions that this page was checked with.
import sys

if "google.colab" in sys.modules:
    %pip install -q {packages}"""

# The engine names the data in use in this way, too.
_DATA = """\
# Without a network: let the variable MNIST_NPZ name a copy of mnist.npz.
import os

import keras
import numpy as np
import tensorflow as tf


def read_mnist(path=None):
    with np.load(os.environ["MNIST_NPZ"]) as file:
        training = file["x_train"], file["y_train"]
        return training, (file["x_test"], file["y_test"])


if os.environ.get("MNIST_NPZ"):
    keras.datasets.mnist.load_data = read_mnist
    tf.keras.datasets.mnist.load_data = read_mnist
else:
    try:
        keras.datasets.mnist.load_data()
    except Exception as error:
        raise SystemExit(
            f"MNIST could not be downloaded ({error}). Get mnist.npz from "
            "another computer (Keras keeps it in ~/.keras/datasets) and "
            "let the environment variable MNIST_NPZ name it."
        ) from None"""

version = cache(metadata.version)


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
    """Whether a page has code that does not need the repository."""
    return bool(page.blocks) and page.runs_alone


def front_cells(page: Page) -> list[str]:
    """The code that a page's notebook runs before the page's own: versions, data, files."""
    first = _front(page)
    text = "\n".join([*(block.code for block in page.blocks), *first])
    pins = " ".join(
        f"{name}=={version(name)}"
        for name, module in _PINNED.items()
        if f"import {module}" in text or f"from {module}" in text
    )
    return [_PIN.format(packages=pins), *first] if pins else first


def _front(page):
    """What notebook and script have in front: where MNIST is, and the files of examples/."""
    program = ROOT / page.path if page.is_program else None
    codes = [block.code for block in page.blocks]
    data = any("mnist.load_data(" in code for code in codes) and not program
    # A program that starts itself must be there as a file, too.
    itself = program and any("[sys.executable, __file__" in code for code in codes)
    files = bundle.needed(codes, bool(program))
    files = [file for file in files if file != program or itself]
    return [code for code in (data and _DATA, bundle.cell(files, program)) if code]


def cell_source(page: Page, block: Fence) -> str:
    """The source of a block's cell; to an answer belongs the check of its task."""
    source = source_of(block)
    if name := block.options.get("answer"):
        task = next(one for one in page.blocks if one.options.get("task") == name)
        source += f"\n\n# Check\n{task.check[1].rstrip()}"
    return source


def downloads(
    page: Page, outputs: Callable[[Fence], list[dict]], folder: str, here: str
) -> Downloads:
    """Make the downloads of a page.

    Args:
        page: a page with blocks.
        outputs: what a block printed and drew, in the notebook format; [] if it has not run.
        folder: the address that the page's links are seen from.
        here: the page's own address.
    """
    parts = [
        part if isinstance(part, Fence) else to_jupyter(part, folder, here)
        for part in segments(page)
    ]
    cells = [
        (part, cell_source(page, part), outputs(part)) if isinstance(part, Fence) else part
        for part in parts
    ]
    made = notebook(cells, front_cells(page))
    first = "\n\n".join(_front(page))
    return Downloads(
        name=file_name(page),
        notebook=json.dumps(made, ensure_ascii=False, indent=1) + "\n",
        script=_program(page, first) if page.is_program else script(page, parts, first),
    )


def file_name(page: Page) -> str:
    """The name of a page's downloads, without their ending."""
    if page.is_program:
        return page.path.stem
    return HOME if page.path.stem == "index" else f"{PREFIX}{page.path.stem}"


def _program(page, first):
    """The program itself, with what it needs in front of its first cell of code."""
    text = (ROOT / page.path).read_text(encoding="utf-8")
    start = text.index("\n# %%\n") + 1
    return f'{text[:start]}# %% active="py"\n{first}\n\n{text[start:]}'
