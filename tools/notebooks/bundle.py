"""Packs the files of examples/ that a page needs, so that what is downloaded works on its own.

A downloaded notebook or script begins with a cell that writes them into the folder `examples`
beside it, where they are not there yet.
"""

import ast
import base64
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tools.pages import ROOT

FOLDER = ROOT / "examples"
_NAMED = re.compile(r"\bexamples/([\w./-]*\w)")


def needed(codes: Iterable[str], beside: bool) -> list[Path]:
    """The files of examples/ that code uses, sorted.

    Args:
        codes: the code of a page's blocks.
        beside: whether the page is a program of that folder, and imports what lies beside it.
    """
    found: set[Path] = set()
    for code in codes:
        for name in _NAMED.findall(code):
            _add(FOLDER / name, found)
        if beside:
            _follow(code, found)
    return sorted(found)


def _add(path, found):
    if path.is_file() and path not in found:
        found.add(path)
        if path.suffix == ".py":
            _follow(path.read_text(encoding="utf-8"), found)
        if path.name == "__init__.py":  # a package is packed whole
            for file in path.parent.rglob("*"):
                if "__pycache__" not in file.parts:
                    _add(file, found)


def _follow(code, found):
    for name in _names(code):
        _add(FOLDER / name, found)


@cache
def _names(code: str) -> frozenset[str]:
    """What code may use of the folder: the modules it imports, the models and files it names."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:  # a block that shows one
        return frozenset()
    names = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [f"{alias.name}.py" for alias in node.names]
            names += [f"{alias.name.partition('.')[0]}/__init__.py" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names += [f"{node.module}.py", *(f"{alias.name}.py" for alias in node.names)]
            names.append(f"{node.module.partition('.')[0]}/__init__.py")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names += [node.value] if node.value.endswith(".py") else [f"models/{node.value}"]
    found = {name for name in names if re.fullmatch(r"[\w./-]+", name)}
    return frozenset(name for name in found if (FOLDER / name).is_file())


def cell(files: list[Path], program: Path | None = None) -> str:
    """Code that writes the files, and lets a program find them; "" if there are none.

    Args:
        files: of `needed`.
        program: the program that the page is, for its `__file__`.
    """
    if not files and program is None:
        return ""
    lines = [
        "# The files of the project that the code below uses, written into the",
        "# folder examples, unless they are there already.",
        "import base64",
        "import sys",
        "from pathlib import Path",
        "",
        "FILES = {}",
    ]
    for path in files:
        lines += ["", f'FILES["{path.relative_to(FOLDER).as_posix()}"] = {_literal(path)}']
    lines += [
        "",
        "for name, content in FILES.items():",
        '    path = Path("examples", name)',
        "    path.parent.mkdir(parents=True, exist_ok=True)",
        "    if not path.exists():",
        "        path.write_bytes(content)",
    ]
    if program is not None:
        lines += [
            'sys.path.insert(0, "examples")',
            f'__file__ = str(Path("examples", "{program.name}").resolve())',
        ]
    return "\n".join(lines)


def _literal(path):
    content = path.read_bytes()
    if path.suffix == ".py" and b"'''" not in content:
        return f"r'''{content.decode()}'''.encode()"
    return f'base64.b64decode("""\n{base64.encodebytes(content).decode()}""")'
