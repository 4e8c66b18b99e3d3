"""Runs pages behind a server that already answers."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.pages import Page


class Background:
    """Runs pages side by side, one run a page at a time, always its newest text.

    Args:
        run: runs one page.
    """

    def __init__(self, run: Callable[[Page], object]):
        self._run = run
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="page")
        self._lock = threading.Lock()
        self._wanted: dict[Path, Page] = {}
        self._running: dict[Path, Page | None] = {}
        self._started = False

    def ask(self, pages: list[Page]) -> None:
        """Run these pages soon, unless just this text of them is running."""
        with self._lock:
            for page in pages:
                if self._running.get(page.path) == page:
                    continue
                self._wanted[page.path] = page
            self._submit()

    def start(self) -> None:
        """Begin: pages that run would take the first build its time, and nobody sees them yet."""
        with self._lock:
            self._started = True
            self._submit()

    def close(self) -> None:
        """Start no further page."""
        self._wanted.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self):
        for path in self._wanted if self._started else ():
            if path not in self._running:
                self._running[path] = None
                self._pool.submit(self._work, path)

    def _work(self, path):
        while True:
            with self._lock:
                page = self._running[path] = self._wanted.pop(path, None)
                if page is None:
                    del self._running[path]
                    return
            self._run(page)
