"""Keeps what takes long to make from one build to the next.

A file that is damaged, stale or cannot be written costs time and nothing else: it begins with the
hash of the rest, and what is in it is found by a key of all that it is made from.
"""

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any


class Kept:
    """Small values in one file.

    Args:
        path: the file.
        makers: what makes the values (tools/site/makers.py): another, and all are made anew.
    """

    def __init__(self, path: Path, makers: str):
        self._path, self._makers = path, makers
        self._used: dict[str, Any] = {}  # since the last `save`
        self._before: dict[str, Any] | None = None  # up to then; None: not read yet

    def key(self, parts: tuple) -> str:
        """Under what the value made from these parts is found."""
        return key_of(self._makers, parts)

    def get(self, parts: tuple, make: Callable[[], Any]) -> Any:
        """The value made from these parts, as JSON has it; not to be changed."""
        key = self.key(parts)
        value = self.find(key)
        if value is None:
            value = self._used[key] = make()
        return value

    def find(self, key: str) -> Any:
        """The value under a key; None if there is none."""
        if key not in self._used:
            if self._before is None:
                self._before = json.loads(_read(self._path) or "{}")
            if key not in self._before:
                return None
            self._used[key] = self._before[key]
        return self._used[key]

    def save(self) -> None:
        """Forget what has not been asked for since the last time; write the rest."""
        used, self._used = self._used, {}
        if used != self._before:
            _write(self._path, json.dumps(used, ensure_ascii=False))
        self._before = used


class KeptFiles:
    """Long texts, each in a file of its own.

    Args:
        folder: of the files.
        makers: as for `Kept`.
    """

    def __init__(self, folder: Path, makers: str):
        self._folder, self._makers = folder, makers
        self._used: set[str] = set()  # since the last `save`

    def key(self, parts: tuple) -> str:
        """Under what the text made from these parts is found."""
        return key_of(self._makers, parts)

    def get(self, parts: tuple, make: Callable[[], str]) -> str:
        """The text made from these parts."""
        key = self.key(parts)
        text = self.find(key)
        if text is None:
            text = make()
            self.put(key, text)
        return text

    def find(self, key: str) -> str | None:
        """The text under a key; None if there is none."""
        self._used.add(key)
        return _read(self._folder / key)

    def put(self, key: str, text: str) -> None:
        """Keep a text that `find` has not found."""
        _write(self._folder / key, text)

    def save(self) -> None:
        """Remove what has not been asked for since the last time."""
        used, self._used = self._used, set()
        for path in self._folder.glob("*") if used else ():
            if path.name not in used:
                with suppress(OSError):
                    path.unlink()


def key_of(*parts: Any) -> str:
    """A short text that stands for these parts."""
    return sha256(repr(parts).encode()).hexdigest()[:40]


def _read(path):
    try:
        checksum, body = path.read_bytes().split(b"\n", 1)
        return body.decode() if sha256(body).hexdigest().encode() == checksum else None
    except (OSError, ValueError):
        return None


def _write(path, text):
    body = text.encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(name, path)
    except OSError:
        return
