"""What kept things are made by: where any of it has changed, they are made anew."""

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

TOOLS = Path(__file__).parent


@cache
def installed() -> str:
    """Stands for Python and every installed package, each with its version."""
    names = {path.name for folder in sys.path for path in Path(folder).glob("*.dist-info")}
    return _digest(sys.version, *sorted(names))


@cache
def engine() -> str:
    """Stands for `installed` and all of this project's own code that builds the site."""
    return _digest(installed(), *(path.read_text("utf-8") for path in sorted(TOOLS.rglob("*.py"))))


def _digest(*texts):
    return sha256(repr(texts).encode()).hexdigest()
