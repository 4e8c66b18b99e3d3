"""The rooms of tools/ import each other in one direction, and through their doors alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.pages import ROOT

TOOLS = ROOT / "tools"

# Each room, and whose doors it may use. `bench` measures all of them and is no room.
ROOMS = {
    "pages": set(),
    "words": set(),
    "checks": {"pages"},
    "notebooks": {"pages"},
    "engine": {"pages", "notebooks"},
    "site": {"pages", "notebooks", "engine", "words"},
}

# Only the room `site` knows them.
SITE_ONLY = {"mkdocs", "mkdocs_jupyter", "mkdocs_static_i18n", "material", "pymdownx"}


def wrong(path: Path, tools: Path = TOOLS) -> Iterator[str]:
    """What a module imports against the rule."""
    room = path.relative_to(tools).parts[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "tools":
            names = [f"tools.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            other, _, inside = rest.partition(".")
            if top == "tools" and other != room and (other not in ROOMS[room] or inside):
                yield f"{path.relative_to(tools)}:{node.lineno}: {name}"
            elif top in SITE_ONLY and room != "site":
                yield f"{path.relative_to(tools)}:{node.lineno}: {name} is for the room site"


def test_rooms_are_those_of_the_rule():
    rooms = {path.name for path in TOOLS.iterdir() if any(path.glob("*.py"))}
    assert rooms == {*ROOMS, "bench"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may_and_through_doors(room):
    assert [text for path in sorted((TOOLS / room).rglob("*.py")) for text in wrong(path)] == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("pages", "from tools.notebooks import downloads"),
        ("pages", "from tools import words"),
        ("words", "import mkdocs.utils"),
        ("notebooks", "from tools.engine import RECORDS"),
        ("site", "from tools.engine.records import RECORDS"),
        ("site", "import tools.words.texts"),
        ("site", "from tools.checks import find_drift"),
    ],
)
def test_a_wrong_import_is_found(tmp_path, room, line):
    path = tmp_path / room / "module.py"
    path.parent.mkdir()
    path.write_text(f"import json\nfrom tools.{room} import x\n{line}\n", encoding="utf-8")
    (found,) = wrong(path, tmp_path)
    assert f"{room}/module.py:3: " in found
