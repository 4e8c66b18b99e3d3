"""Serves a built site as a static host does: under a folder, with its 404 page and its policy."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.site.build import FOLDER
from tools.site.policy import HEADER


class Handler(SimpleHTTPRequestHandler):
    """Serves one folder under `folder`."""

    folder = FOLDER
    policy = HEADER  # what it forbids, the browser's console reports

    def send_head(self):  # type: ignore[no-untyped-def]
        """Find the file inside of the folder."""
        inside = self.path.startswith(self.folder)
        self.path = "/" + self.path.removeprefix(self.folder) if inside else "/outside-of-the-site"
        return super().send_head()

    def send_error(self, code, message=None, explain=None):  # type: ignore[no-untyped-def]
        """Answer with the site's own page."""
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def end_headers(self):  # type: ignore[no-untyped-def]
        """Send the policy with everything."""
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def send_header(self, keyword, value):  # type: ignore[no-untyped-def]
        """Keep a redirection inside of the folder: an address without its slash has one."""
        if keyword == "Location" and value.startswith("/"):
            value = self.folder + value.lstrip("/")
        super().send_header(keyword, value)

    def log_message(self, *_):  # type: ignore[no-untyped-def]
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):  # type: ignore[no-untyped-def]
        """Say nothing of a browser that has gone."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(site: Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """Where the site is served, with a slash at the end."""
    server = _Server(("127.0.0.1", 0), partial(handler, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{handler.folder}"
    server.shutdown()
    server.server_close()
    thread.join()
