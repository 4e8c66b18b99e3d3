"""Runs pages that have no records yet, side by side, one a core."""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tools.engine.environment import Environment
from tools.engine.processes import kill_all
from tools.engine.records import RECORDS, RecordCache, fingerprints
from tools.engine.session import BlockError, Session
from tools.pages import Page


def run_page(
    page: Page, environment: Environment, records: RecordCache = RECORDS
) -> BlockError | None:
    """Run a whole page and record it; return what failed, if anything."""
    session = Session(page, environment, records)
    try:
        session.run(len(page.blocks) - 1)
    except BlockError as error:
        return error
    finally:
        session.close()
    return None


def unrecorded(
    pages: Iterable[Page], environment: Environment, records: RecordCache = RECORDS
) -> list[Page]:
    """The pages that must run, one of those with equal code."""
    missing = {}
    for page in pages:
        keys = fingerprints(page, environment)
        if keys and keys[-1] not in missing and not all(map(records.get, keys)):
            missing[keys[-1]] = page
    return list(missing.values())


def run_pages(
    pages: list[Page],
    environment: Environment,
    done: Callable[[Page, BlockError | None], object],
    records: RecordCache = RECORDS,
) -> None:
    """Run pages side by side; call `done` as each ends."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run_page, page, environment, records): page for page in pages}
        try:
            for future in as_completed(running):
                done(running[future], future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kill_all()
            raise


class Background:
    """Runs pages behind a server that already answers, always their newest text.

    Args:
        run: runs one page.
    """

    def __init__(self, run: Callable[[Page], object]):
        self._run = run
        self._lock = threading.Condition()
        self._wanted: dict[Path, Page] = {}
        self._running: dict[Path, Page] = {}
        self._first: Path | None = None
        self._closed = False
        self._threads: list[threading.Thread] = []

    def ask(self, pages: list[Page]) -> None:
        """Run these pages soon, unless just this text of them is running."""
        with self._lock:
            for page in pages:
                if self._running.get(page.path) != page:
                    self._wanted[page.path] = page
            self._lock.notify_all()

    def first(self, path: Path) -> None:
        """Run this page before all others: somebody is looking at it."""
        self._first = path

    def start(self) -> None:
        """Begin to run pages."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._work, name=f"page-{number}", daemon=True)
                for number in range(os.cpu_count() or 1)
            ]
            for thread in self._threads:
                thread.start()

    def close(self) -> None:
        """Start no further page."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _next(self):
        """A page that is wanted and not running in an older text, the first one before others."""
        ready = [path for path in self._wanted if path not in self._running]
        return next((path for path in ready if path == self._first), next(iter(ready), None))

    def _work(self):
        while True:
            with self._lock:
                while not self._closed and (path := self._next()) is None:
                    self._lock.wait()
                if self._closed:
                    return
                page = self._running[path] = self._wanted.pop(path)
            try:
                self._run(page)
            finally:
                with self._lock:
                    del self._running[path]
                    self._lock.notify_all()
