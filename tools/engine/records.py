"""The cache of what each block printed, returned and drew.

A record's key is a fingerprint of all that its outputs depend on: the code of the page's notebook
up to and including the block, the versions, and the data. A change of any of them, also of a
comment, invalidates it. A damaged record is as good as none.
"""

import hashlib
import json
import logging
import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.engine.environment import Environment
from tools.notebooks import cell_source, front_cells
from tools.pages import ROOT, Page

FORMAT = "2"  # raise it when the same run would be recorded otherwise

# Options that change what counts as a block's success.
_RUN_OPTIONS = ("raises", "show", "task")

# An environment variable that a block asks for: what it does depends on whether it is set.
_VARIABLE = re.compile(r"os\.(?:environ\.get|getenv)\(\s*[\"'](\w+)")

# What a page that needs the repository may use of it.
_REPOSITORY = ("examples", "tools", "tests", "Makefile", "mkdocs.yml", "pyproject.toml")

log = logging.getLogger("mkdocs.pages")


@dataclass
class Record:
    """The result of one block.

    Attributes:
        outputs: as the notebook format has them: stream, execute_result, display_data, error.
        seconds: wall time of the block.
        finished: when its page's run ended, ISO 8601 in UTC.
        page: the page that was run.
        versions: name -> version of Python and the libraries.
        data: the kind of the data in use, mnist or offline.
    """

    outputs: list[dict]
    seconds: float
    finished: str
    page: str
    versions: dict[str, str]
    data: str


def fingerprints(page: Page, environment: Environment) -> list[str]:
    """The key of each block's record, in the order of `page.blocks`.

    Pages with the same code have the same keys, whatever their language.
    """
    front = front_cells(page) if page.runs_alone else [_digest_of_repository()]
    start = [FORMAT, sorted(environment.versions.items()), environment.source.digest, front]
    chain = hashlib.sha256(json.dumps(start).encode())
    keys = []
    for block in page.blocks:
        parts = [cell_source(page, block), [block.options.get(name) for name in _RUN_OPTIONS]]
        if variables := _VARIABLE.findall(block.code):
            parts.append([bool(os.environ.get(name)) for name in variables])
        chain.update(json.dumps(parts).encode())
        keys.append(chain.hexdigest()[:40])
    return keys


def _digest_of_repository():
    digest = hashlib.sha256()
    for name in _REPOSITORY:
        for path in [ROOT / name, *sorted((ROOT / name).rglob("*"))]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


class RecordCache:
    """Records in a folder, one file each; in memory what has been read once.

    Args:
        folder: made when the first record is written.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._read: dict[str, Record] = {}
        self._warned = False

    def get(self, key: str) -> Record | None:
        """The record, or None if there is none that is whole."""
        if key not in self._read:
            try:
                self._read[key] = Record(**json.loads(self._path(key).read_bytes()))
            except (OSError, ValueError, TypeError):
                return None
        return self._read[key]

    def put(self, key: str, record: Record) -> None:
        """Keep a record in memory and, if the folder can be written, on disk."""
        self._read[key] = record
        self._write(self._path(key), json.dumps(asdict(record), ensure_ascii=False).encode())

    def made_of(self, content: bytes, ending: str, make: Callable[[bytes], bytes]) -> bytes:
        """What `make` makes of a part of a record; it is kept beside the records.

        Args:
            content: what it is made of.
            ending: of the file's name; another `make` needs another one.
            make: called if there is no such file yet.
        """
        path = self.folder / f"{hashlib.sha256(content).hexdigest()[:40]}.{ending}"
        try:
            return path.read_bytes()
        except OSError:
            made = make(content)
            self._write(path, made)
            return made

    def _write(self, path, content):
        """Whole or not at all: other processes read this folder."""
        new = path.with_name(f".new-{os.getpid()}-{threading.get_ident()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new.write_bytes(content)
            os.replace(new, path)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            if not self._warned:
                self._warned = True
                log.warning(
                    f"The records of runs cannot be kept in {self.folder} ({error.strerror}): "
                    "pages will run again next time."
                )

    def _path(self, key):
        return self.folder / f"{key}.json"


RECORDS = RecordCache(Path(os.environ.get("RECORDS", ROOT / ".cache" / "records")))
