"""Keeps texts that take long to make from one build to the next."""

import json
import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path


class Kept:
    """Texts in one file, each under a key of all that it is made from.

    A file that is damaged or cannot be written costs time and nothing else.

    Args:
        path: the file.
        makers: what makes the texts, such as names with versions: another, and all are made anew.
    """

    def __init__(self, path: Path, makers: str):
        self._path, self._makers = path, makers
        self._used: dict[str, str] = {}
        self._before: dict[str, str] | None = None

    def get(self, parts: tuple, make: Callable[[], str]) -> str:
        """The text made from these parts."""
        key = sha256(repr((self._makers, parts)).encode()).hexdigest()
        if key not in self._used:
            text = self._read().get(key)
            self._used[key] = make() if text is None else text
        return self._used[key]

    def save(self) -> None:
        """Write what has been asked for since the start."""
        if self._used == self._before:
            return
        self._before = dict(self._used)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".new-")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self._used, file, ensure_ascii=False)
            os.replace(name, self._path)
        except OSError:
            return

    def _read(self):
        if self._before is None:
            try:
                self._before = json.loads(self._path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                self._before = {}
            if not isinstance(self._before, dict):
                self._before = {}
        return self._before
