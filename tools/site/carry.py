"""The whole site as one file that works from a folder: for a classroom without a network.

A browser that opens a file shows no folder's index.html by itself, reads no JSON and starts no
worker. So in the copy each link says index.html, the search index is a script, and
worker.js stands in for what a page that is a file may not have.
"""

import json
import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FOLDER = "play-with-mnist"
NAME = f"{FOLDER}.zip"

_WORKER = "assets/worker.js"
_LEFT_OUT = {NAME, "404.html", "robots.txt", "sitemap.xml", "sitemap.xml.gz"}  # for servers alone
_TAG = re.compile(r"<(?:a|link|meta)\b[^>]*>")
_ADDRESS = re.compile(r'(?<=\s)((?:href|data-to)=")(?![a-z]+:|[/#])([^"#?]*)')
_BUNDLE = re.compile(r'<script src="([./]*)assets/javascripts/bundle')
_NOT_IN_IT = re.compile(  # the link to it; what a file may load is for the browser to say
    r'<a class="site-zip".*?</a>|<meta http-equiv="Content-Security-Policy"[^>]*>', re.S
)


def write_zip(site: Path) -> None:
    """Put the copy of a built site into it, as one file."""
    worker = (Path(__file__).parent / "worker.js").read_bytes()
    with ZipFile(site / NAME, "w", ZIP_DEFLATED) as file:
        for path in sorted(one for one in site.rglob("*") if one.is_file()):
            name = path.relative_to(site).as_posix()
            if name in _LEFT_OUT or path.suffix == ".map":
                continue
            if path.suffix == ".html":
                _add(file, name, for_a_folder(path.read_text("utf-8")).encode())
            elif path.name == "search_index.json":
                index = index_script(json.loads(path.read_text("utf-8")))
                _add(file, name.removesuffix("json") + "js", index.encode())
            else:
                _add(file, name, path.read_bytes())
        _add(file, _WORKER, worker)


def _add(file, name, content):
    info = ZipInfo(f"{FOLDER}/{name}")  # of a fixed date: the same site is the same file
    info.external_attr = 0o644 << 16
    file.writestr(info, content, ZIP_DEFLATED)


def for_a_folder(html: str) -> str:
    """A page whose links lead to files."""
    html = _TAG.sub(lambda tag: _ADDRESS.sub(_with_index, tag[0]), _NOT_IN_IT.sub("", html))
    return _BUNDLE.sub(rf'<script src="\1{_WORKER}"></script>\g<0>', html)


def _with_index(found):
    return found[1] + (to_file(found[2]) if found[2] else "")


def to_file(address: str) -> str:
    """The address of a page with the name of its file."""
    if address.rpartition("/")[2] in ("", ".", ".."):
        return f"{address.rstrip('/')}/index.html" if address else "index.html"
    return address


def index_script(index: dict) -> str:
    """A search index as the script that Material reads from a folder."""
    for entry in index["docs"]:
        page, mark, anchor = entry["location"].partition("#")
        entry["location"] = f"{to_file(page)}{mark}{anchor}"
    return f"var __index = {json.dumps(index, ensure_ascii=False, separators=(',', ':'))}"
