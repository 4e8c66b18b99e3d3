"""What a page's process prints, taken at the level of file descriptors.

Programs that a block starts print to the same place, and what was printed
before a crash is there for the report.
"""

import os
import re
import sys
from pathlib import Path

LIMIT = 100_000  # characters of one block's text that are kept

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class Stream:
    """A file that descriptor 1 or 2 writes to, read piece by piece."""

    def __init__(self, path: Path, descriptor: int):
        self._file = path.open("w+b", buffering=0)
        self._offset = 0
        self._python = sys.stdout if descriptor == 1 else sys.stderr
        self._python.flush()
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), descriptor)
        self._python.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def take(self) -> str:
        """What was printed since the last call, as a terminal would show it."""
        self._python.flush()
        self._file.seek(self._offset)
        content = self._file.read()
        self._offset += len(content)
        return as_terminal(content.decode("utf-8", "replace"))


def as_terminal(text: str) -> str:
    """The text without escape sequences and overwritten progress bars."""
    lines = []
    for line in _ANSI.sub("", text).replace("\r\n", "\n").split("\n"):
        line = re.sub(r"[^\r]*\r(?=[^\r])", "", line).replace("\r", "")
        while "\x08" in line:
            line = re.sub(r"[^\x08]?\x08", "", line, count=1)
        lines.append(line)
    text = "\n".join(lines)
    if len(text) > LIMIT:
        text = text[:LIMIT] + f"\n... ({len(text) - LIMIT} more characters)\n"
    return text
