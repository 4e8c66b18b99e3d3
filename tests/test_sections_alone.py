"""Each section of a page of messages runs when its blocks alone are pasted.

A reader who lands there from the search copies one section. So no name and no file of a section
may come from another one. This reads the code, it does not run it.
"""

import builtins
import re
import symtable
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tools.pages import DEFAULT_LANGUAGE, all_pages, find_fences

_HEADING = re.compile(r"^#{2,3} .*\{ #([\w-]+) \}$", re.M)
_FILE = re.compile(r"[\"']([\w/-]+\.(?:weights\.h5|keras|h5|npz|tflite|jpg|txt|pem))[\"']")


def sections(text: str) -> dict[str, str]:
    """The code of each section that has some, by its id."""
    starts = [(text[: h.start()].count("\n") + 1, h[1]) for h in _HEADING.finditer(text)]
    code: defaultdict[str, str] = defaultdict(str)
    for fence in find_fences(text):
        if fence.runs:
            code[[name for line, name in starts if line < fence.line][-1]] += fence.code
    return dict(code)


def missing(code: str) -> set[str]:
    """The names that some code uses and never gives."""
    module = symtable.symtable(code, "section", "exec")
    given = {s.get_name() for s in module.get_symbols() if s.is_assigned() or s.is_imported()}
    return set(_globals(module)) - given - set(dir(builtins)) - {"__name__", "__file__"}


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


SECTIONS = {
    f"{page.path.stem}-{name}": code
    for page in all_pages()
    if page.lists_messages and page.language == DEFAULT_LANGUAGE
    for name, code in sections(page.text).items()
}


def test_there_are_sections():
    assert len(SECTIONS) >= 75


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_gives_all_names_that_it_uses(name):
    assert not missing(SECTIONS[name])


def test_no_two_sections_use_the_same_file():
    users = defaultdict(set)
    for name, code in SECTIONS.items():
        for file in _FILE.findall(code):
            users[file].add(name)
    assert {file: names for file, names in users.items() if len(names) > 1} == {}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import math\nmath.sqrt(2)", set()),
        ("def f(x):\n    return x + y", {"y"}),
        ("for x in range(3):\n    print(x, z)", {"z"}),
        ("try:\n    f()\nexcept ValueError as e:\n    print(e)", {"f"}),
    ],
)
def test_what_is_missing(code, names):
    assert missing(code) == names
