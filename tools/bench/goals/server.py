"""Serves a built site for the measurements: packed, and with an ear for the browser's reports."""

import gzip
import io
import json
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

from tests.site.server import Handler
from tools.site.policy import HEADER

_PACKED = (".html", ".css", ".js", ".json", ".svg", ".xml", ".txt")


@cache
def packed(path: Path) -> bytes:
    """A file as it is sent."""
    content = path.read_bytes()
    return gzip.compress(content, mtime=0) if path.suffix in _PACKED else content


def handler(site: Path, reports: list[str]) -> type[Handler]:
    """Sends texts with gzip, and collects what is against the policy in `reports`.

    The page for a wrong address knows under which folder its site is to be.
    """
    settings = BeautifulSoup((site / "404.html").read_text("utf-8"), "html.parser")
    base = json.loads(settings.find(id="__config").string)["base"]

    class Packing(Handler):
        folder = f"{base.rstrip('/')}/"
        protocol_version = "HTTP/1.1"
        policy = f"{HEADER}; report-uri /reports"

        def do_POST(self):  # type: ignore[no-untyped-def]
            """Take a report."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            report = json.loads(body)["csp-report"]
            what = f"{report['effective-directive']} {report['blocked-uri']}"
            reports.append(f"{report['document-uri']}: {what}")
            self.send_response(204)
            self.end_headers()

        def send_head(self):  # type: ignore[no-untyped-def]
            """Answer with a packed text, or as a plain server does."""
            path = Path(self.translate_path(self.path.removeprefix(self.folder)))
            if self.path.endswith("/"):
                path /= "index.html"
            inside = self.path.startswith(self.folder) and path.is_file()
            if not inside or path.suffix not in _PACKED:
                return super().send_head()
            content = packed(path)
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(path))
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "max-age=31536000")
            self.end_headers()
            return io.BytesIO(content)

    return Packing
