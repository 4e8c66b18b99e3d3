"""A small site of the test's own, with this site's configuration, to build and to serve."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import socket

from tests.site.build import ROOT

_CONFIG = f"""\
INHERIT: {ROOT.as_posix()}/mkdocs.yml
nav: {{nav}}
theme: {{{{ custom_dir: {ROOT.as_posix()}/tools/site/theme }}}}
hooks: [{ROOT.as_posix()}/tools/site/hooks.py]
watch: [examples]
"""


class Small:
    """A site in both languages in a folder, with records of its own.

    Args:
        folder: empty.
        nav: as mkdocs.yml has it.
    """

    def __init__(self, folder: Path, nav: str = "[index.md]"):
        self.folder, self.records = folder, folder / "cache" / "records"
        self.write("mkdocs.yml", _CONFIG.format(nav=nav))
        (folder / "examples").mkdir()

    def write(self, name: str, text: str) -> None:
        """Write a file; `docs/*/` stands for both languages."""
        for language in ("en", "ko") if "*" in name else ("",):
            path = self.folder / name.replace("*", language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def read(self, address: str) -> str:
        """A page of the built site."""
        return (self.folder / "site" / address / "index.html").read_text("utf-8")

    def build(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Build the site."""
        return subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", *options],
            cwd=self.folder,
            env=self._variables(),
            capture_output=True,
            text=True,
        )

    @contextmanager
    def serve(self) -> Iterator[Callable[[str, str], str]]:
        """Serve the site; gives a function that waits until a text is on a page."""
        with closing(socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        log = (self.folder / "log").open("w+")
        self.server = server = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "-a", address],
            cwd=self.folder,
            env=self._variables(),
            stdout=log,
            stderr=log,
        )

        def wait_for(text: str, path: str = "") -> str:
            while server.poll() is None and time.monotonic() < end:
                try:
                    html = urllib.request.urlopen(f"http://{address}/{path}").read().decode()
                    if text in html:
                        return html
                except (urllib.error.URLError, ConnectionError):
                    pass
                time.sleep(0.1)
            raise AssertionError(f"{text!r} did not appear\n{self.log}")

        end = time.monotonic() + 300  # a far end: machines differ
        try:
            yield wait_for
            server.terminate()
            server.wait(60)
        finally:
            server.kill()
            log.close()

    @property
    def log(self) -> str:
        """What the server has said."""
        return (self.folder / "log").read_text("utf-8")

    def _variables(self):
        return {
            **os.environ,
            "RECORDS": str(self.records),
            "NO_MKDOCS_2_WARNING": "1",
            "PRELOAD_TENSORFLOW": "0",
        }
