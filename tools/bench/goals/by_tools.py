"""What other programs say of the site: the Nu HTML checker and Lighthouse, through npm."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.site.browser import FLAGS, find
from tools.bench.goals import NotMeasured, Result, Site

CHECKER, LIGHTHOUSE = "vnu-jar@26.9.27", "lighthouse@12.2.3"  # 13 needs Node 22

# What Lighthouse looks at, in each language; the last is a program.
_CHOSEN = ("", "quickstart/", "errors/", "edge-tpu/", "examples/train/")
_ENOUGH = 95

# The theme's own errors: an attribute of Safari's, and one that keeps Firefox from restoring boxes.
_OF_THE_THEME = re.compile(
    "Attribute “autocorrect” not allowed|“autocomplete” is only allowed when the input type"
)


def html(site: Site) -> Result:
    """Errors in the HTML of each page."""
    _need("java", "npm")
    paths = [site.folder / page / "index.html" for page in site.pages] + [site.folder / "404.html"]
    with tempfile.TemporaryDirectory() as folder:
        _npm("install", "--no-save", "--prefix", folder, CHECKER)
        jar = Path(folder, "node_modules/vnu-jar/build/dist/vnu.jar")
        command = ["java", "-Xss2m", "-jar", jar, "--errors-only", "--exit-zero-always"]
        result = subprocess.run(
            [*command, "--format", "json", *paths], capture_output=True, text=True, timeout=600
        )
    messages = json.loads(result.stderr)["messages"]
    ours = [one for one in messages if not _OF_THE_THEME.search(one["message"])]
    problems = [
        f"{Path(one['url'].removeprefix('file:')).relative_to(site.folder)}:{one.get('lastLine')}: "
        f"{one['message']}"
        for one in ours
    ]
    value = f"{len(ours)} errors on {len(paths)} pages ({len(messages) - len(ours)} of the theme)"
    return Result(value, problems)


def lighthouse(site: Site) -> Result:
    """The four marks of the chosen pages on a phone, each page loaded once."""
    _need("npx")
    if find() is None:
        raise NotMeasured("no Chromium")
    marks: dict[str, dict[str, int]] = {}
    for page in [home + page for home in ("", "ko/") for page in _CHOSEN]:
        if page in site.pages:
            marks[page] = _marks(site.address + page)
    problems, slow = [], []
    for page, found in marks.items():
        for name, mark in found.items():
            if mark < _ENOUGH:
                which = slow if name == "performance" else problems
                which.append(f"/{page}: {name} {mark}")
    if not marks:
        raise NotMeasured("none of its pages was asked for")
    names = next(iter(marks.values()))
    lowest = (f"{name} {min(found[name] for found in marks.values())}" for name in names)
    return Result(f"lowest of {len(marks)} pages: {', '.join(lowest)}", problems, slow)


def _marks(address):
    flags = " ".join(["--headless=new", *FLAGS])
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"]
    result = subprocess.run(
        [*command, f"--chrome-flags={flags}"],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "CHROME_PATH": find()},
    )
    if result.returncode:
        raise NotMeasured(f"{LIGHTHOUSE}: {result.stderr.strip()[-200:]}")
    categories = json.loads(result.stdout)["categories"]
    return {name: round(100 * (one["score"] or 0)) for name, one in categories.items()}


def _need(*programs):
    for name in programs:
        if shutil.which(name) is None:
            raise NotMeasured(f"no {name}")


def _npm(*arguments):
    result = subprocess.run(["npm", *arguments], capture_output=True, text=True, timeout=600)
    if result.returncode:
        raise NotMeasured(f"npm {' '.join(arguments)}: {result.stderr.strip()[-200:]}")
