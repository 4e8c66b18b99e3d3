"""Fixtures: the sample and the real site, built once, served, and a browser."""

import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.site.build import FOLDER, build
from tools.site.policy import HEADER

# Checks that the test modules share say what is wrong as those do.
pytest.register_assert_rewrite("tests.site.markup")

_FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync
    --disable-background-networking --disable-component-update""".split()
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share (pytest-xdist too)."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "sites"


@pytest.fixture(scope="session")
def sample(shared: Path) -> Path:
    """The built sample site."""
    return build("sample", shared)


@pytest.fixture(scope="session")
def real(shared: Path) -> Path:
    """The built real site."""
    return build("real", shared)


@pytest.fixture(scope="session", params=["sample", "real"])
def site(request: pytest.FixtureRequest) -> Path:
    """Each of the two built sites."""
    return request.getfixturevalue(request.param)


class _Handler(SimpleHTTPRequestHandler):
    """Serves one folder under FOLDER, with its 404 page and a strict policy, as static hosts do."""

    def send_head(self):  # type: ignore[no-untyped-def]
        inside = self.path.startswith(FOLDER)
        self.path = "/" + self.path.removeprefix(FOLDER) if inside else "/outside-of-the-site"
        return super().send_head()

    def send_error(self, code, message=None, explain=None):  # type: ignore[no-untyped-def]
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def end_headers(self):  # type: ignore[no-untyped-def]
        self.send_header("Content-Security-Policy", HEADER)  # what it forbids, the console reports
        super().end_headers()

    def send_header(self, keyword, value):  # type: ignore[no-untyped-def]
        # A folder without its slash is redirected: keep it inside of FOLDER.
        if keyword == "Location" and value.startswith("/"):
            value = FOLDER + value.lstrip("/")
        super().send_header(keyword, value)

    def log_message(self, *_):  # type: ignore[no-untyped-def]
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, with a slash at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{FOLDER}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def chromium():  # type: ignore[no-untyped-def]
    """The machine's own Chromium; without one the test is skipped, but not in CI."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        reason = f"no browser on this machine: none of {', '.join(_NAMES)} on the PATH"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()
