"""The size of the engine and of the tests that hold it, in lines."""

from collections.abc import Iterator

from tools.bench import Row
from tools.pages import ROOT

# The tests of programs and pages grow with those.
_ENGINE_TESTS = ("engine", "pages", "notebooks", "checks", "words", "site")


def measure() -> Iterator[Row]:
    """Lines of Python, blank ones and comments included."""
    tools = _lines("tools") - _lines("tools/bench")
    yield Row("tools/ without bench", f"{tools:,} lines", "3,900", tools <= 3900)
    tests = sum(_lines(f"tests/{room}") for room in _ENGINE_TESTS)
    yield Row("tests of the engine and the site", f"{tests:,} lines", "2,900", tests <= 2900)


def _lines(folder):
    files = (ROOT / folder).rglob("*.py")
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
