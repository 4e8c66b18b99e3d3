"""Records: what each block of a page printed, returned and drew.

A record is found by a key made of everything its outputs depend on that is
known before the run; the files of the repository that the run opened are kept
inside it with their hashes, and a record whose files have changed is stale.
A stale or damaged record is as good as none.
"""

import ast
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from tools.blocks import Fence

FORMAT = "1"  # raise it when the same run would be recorded otherwise

# Options that change what a block does, or what counts as its success.
_RUN_OPTIONS = ("raises", "show")

# An environment variable that a block asks for: what it does depends on whether it is set.
_VARIABLE = re.compile(r"os\.(?:environ\.get|getenv)\(\s*[\"'](\w+)")


@dataclass
class Record:
    """The result of one block.

    Attributes:
        outputs: dicts with a `type`: text, value, error (`text`) or figure
            (`format`, `data` in base64, `width` and `height` in CSS pixels).
        seconds: wall time of the block.
        finished: when its page's run ended, ISO 8601 in UTC.
        versions: name -> version of Python and the libraries.
        data: the kind of the data in use, mnist or offline.
        files: file of the repository that was opened -> its SHA-256.
    """

    outputs: list[dict]
    seconds: float
    finished: str
    versions: dict[str, str]
    data: str
    files: dict[str, str] = field(default_factory=dict)


def chain_keys(blocks: list[Fence], versions: dict[str, str], data: str) -> list[str]:
    """A key for each block, made of the code up to and including it.

    Comments and line breaks do not count, so a page whose comments were
    translated has the same keys.

    Args:
        blocks: the blocks of a page in their order.
        versions: name -> version of Python and the libraries.
        data: the content hash of the data in use.
    """
    chain = hashlib.sha256(json.dumps([FORMAT, sorted(versions.items()), data]).encode())
    keys = []
    for block in blocks:
        options = {name: block.options.get(name) for name in _RUN_OPTIONS}
        parts = [block.language, _meaning(block.language, block.code), options]
        if variables := _VARIABLE.findall(block.code):
            parts.append([bool(os.environ.get(name)) for name in variables])
        chain.update(json.dumps(parts).encode())
        keys.append(chain.hexdigest()[:40])
    return keys


@cache  # each block comes in every language, and several times in a build
def _meaning(language: str, code: str) -> str:
    if language == "python":
        try:
            return ast.dump(ast.parse(code))
        except SyntaxError:
            return code
    lines = (line.rstrip() for line in code.splitlines())
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def hash_files(names: Iterable[str], root: Path) -> dict[str, str]:
    """Name -> SHA-256 of files below the root; "" for one that is missing."""
    hashes = {}
    for name in names:
        path = root / name
        content = path.read_bytes() if path.is_file() else None
        hashes[name] = "" if content is None else hashlib.sha256(content).hexdigest()
    return hashes


class Store:
    """Records in a folder, one file each.

    Args:
        folder: made when the first record is written.
        root: the repository, for the files that records depend on.
    """

    def __init__(self, folder: Path, root: Path):
        self.folder, self.root = folder, root

    def get(self, key: str) -> Record | None:
        """The record, or None if there is none that is whole and fresh."""
        try:
            checksum, body = self._path(key).read_bytes().split(b"\n", 1)
            if hashlib.sha256(body).hexdigest().encode() != checksum:
                return None
            record = Record(**json.loads(body))
        except (OSError, ValueError, TypeError):
            return None
        return record if hash_files(record.files, self.root) == record.files else None

    def put(self, key: str, record: Record) -> None:
        """Write a record beside its place, then rename it into it.

        Raises:
            OSError: the folder cannot be written.
        """
        body = json.dumps(asdict(record), ensure_ascii=False).encode()
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            os.replace(name, self._path(key))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _path(self, key):
        return self.folder / f"{key}.json"


class Snapshot(Store):
    """A store as one build sees it: a record that was found is not read again."""

    def __init__(self, store: Store):
        super().__init__(store.folder, store.root)
        self._found: dict[str, Record] = {}

    def get(self, key: str) -> Record | None:
        """The record, or None if there is none that is whole and fresh."""
        if record := self._found.get(key) or super().get(key):
            self._found[key] = record
        return record
