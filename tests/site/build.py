"""Builds sites for the tests: the sample pages and the real ones, once each."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools.engine import RECORDS, Record, RecordCache, current, fingerprints
from tools.pages import all_pages

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).parent / "sample"

# The sites are served under a folder, as they may be on the web.
FOLDER = "/sub/folder/"
ADDRESS = f"http://127.0.0.1:8000{FOLDER}"

_SAMPLE_CONFIG = """\
INHERIT: {root}/mkdocs.yml
docs_dir: docs
site_dir: site
nav: [index.md, First steps: [quickstart.md, data.md], Tools: [by-hand.md], save.md, glossary.md]
theme: {{custom_dir: {root}/tools/site/theme}}
hooks: ["{root}/tools/site/hooks.py"]
watch: []
"""
_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
_LINE = "Epoch {}/40  1875/1875 - 2s - 1ms/step - accuracy: 0.91 - loss: 0.21 hiddenoutput\n"


def build(kind: str, shared: Path) -> Path:
    """Build the `"sample"` or the `"real"` site, unless another process has done it.

    Args:
        kind: which of the two.
        shared: a folder that all test processes of this run share.

    Returns:
        The folder of the built site.

    Raises:
        AssertionError: the strict build failed; the message holds what it printed.
    """
    folder = shared / kind
    shared.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()  # who can make it builds, the others wait
    except FileExistsError:
        return _wait(folder)
    message = "the build was interrupted"
    try:
        config, records = ROOT / "mkdocs.yml", RECORDS.folder
        if kind == "sample":
            config, records = _sample_config(folder), folder / "records"
            _record_sample(folder / "docs", RecordCache(records))
        result = _mkdocs(config, folder / "site", records)
        failed = f"mkdocs build --strict failed ({kind}):\n{result.stdout}{result.stderr}"
        message = failed if result.returncode else ""
    finally:
        _tell(folder, message)
    return _wait(folder)


def _tell(folder: Path, message: str) -> None:
    part = folder / "result.part"
    part.write_text(message, "utf-8")
    part.rename(folder / "result")


def _wait(folder: Path) -> Path:
    while not (folder / "result").exists():
        time.sleep(0.2)
    message = (folder / "result").read_text("utf-8")
    assert not message, message
    return folder / "site"


def _sample_config(folder: Path) -> Path:
    shutil.copytree(SAMPLE, folder / "docs")
    shutil.copytree(ROOT / "docs/assets", folder / "docs/assets")
    config = folder / "mkdocs.yml"
    config.write_text(_SAMPLE_CONFIG.format(root=ROOT.as_posix()), "utf-8")
    return config


def _record_sample(docs: Path, records: RecordCache) -> None:
    """Let the blocks of the sample have outputs of each kind without being run."""
    known = current()
    for page in all_pages(docs):
        for block, key in zip(page.blocks, fingerprints(page, known), strict=True):
            lines = "".join(map(_LINE.format, range(1, 41)))
            outputs = [{"output_type": "stream", "name": "stdout", "text": lines}]
            if "caption" in block.options:
                size = {"image/png": {"width": 420, "height": 160}}
                data = {"image/png": _PICTURE}
                outputs += [{"output_type": "display_data", "data": data, "metadata": size}]
            if "raises" in block.options:
                words = ["ValueError: could not convert string to float: 'one'"]
                outputs = [{"output_type": "error", "traceback": words}]
            if "task" in block.options:
                outputs = []
            finished = "2026-03-01T12:00:00+00:00"
            record = Record(outputs, 1.0, finished, str(page.path), known.versions, "mnist")
            records.put(key, record)


def _mkdocs(config: Path, site: Path, records: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(
        [*command, "--config-file", str(config), "--site-dir", str(site)],
        cwd=ROOT,
        env={
            **os.environ,
            "RECORDS": str(records),
            "SITE_URL": ADDRESS,
            "NO_MKDOCS_2_WARNING": "1",
        },
        capture_output=True,
        text=True,
        timeout=900,
    )
