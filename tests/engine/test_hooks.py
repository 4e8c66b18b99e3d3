"""What MkDocs does with pages and records, on small sites of its own."""

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from socket import socket

import pytest

from tools.engine.processes import ROOT

PAGE = """# Page {{ #page }}

```python caption="A line" alt="A line going up"
import matplotlib.pyplot as plt
print("computed", {number} + 1)
plt.plot([1, 2])
plt.show()
```

!!! note

    ```python raises="ZeroDivisionError"
    1 / 0
    ```
"""

CONFIG = f"""
site_name: Small
docs_dir: docs
theme: {{ name: material, font: false }}
hooks: [{ROOT}/tools/site/hooks/outputs.py]
plugins:
  - i18n:
      docs_structure: folder
      reconfigure_material: false
      languages:
        - {{ locale: en, name: English, default: true }}
        - {{ locale: ko, name: 한국어, theme: {{ language: ko }} }}
markdown_extensions: [admonition, attr_list, pymdownx.superfences, pymdownx.highlight]
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A small site in both languages with an empty store of records."""
    for language in ("en", "ko"):
        (tmp_path / "docs" / language).mkdir(parents=True)
        (tmp_path / "docs" / language / "index.md").write_text(PAGE.format(number=1))
    (tmp_path / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("RECORDS", str(tmp_path / "cache" / "records"))
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    monkeypatch.setenv("PRELOAD_TENSORFLOW", "0")
    return tmp_path


def build(site, *options):
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", *options],
        cwd=site,
        capture_output=True,
        text=True,
    )


def test_a_build_runs_what_has_no_record_and_shows_it_in_both_languages(site):
    first = build(site, "--strict")
    assert first.returncode == 0, first.stderr
    assert first.stderr.count("blocks done") == 1  # one run serves both languages
    english = (site / "site/index.html").read_text()
    korean = (site / "site/ko/index.html").read_text()
    for html, label in ((english, "Output"), (korean, "출력")):
        assert '<pre class="run-text">computed 2</pre>' in html
        assert '<pre class="run-error">ZeroDivisionError: division by zero</pre>' in html
        assert f'aria-label="{label}" data-search-exclude' in html
        assert re.search(r'<img src="\S*assets/figures/\w+\.png" alt="A line going up"', html)
        assert "<figcaption>A line</figcaption>" in html
        assert html.count('class="run-stamp"') == 1
    assert "2 code blocks on" in english
    assert "코드 블록 2개" in korean
    figure = re.search(r'<img src="\.\./(assets/figures/\w+\.png)"', korean)[1]
    assert (site / "site" / figure).read_bytes().startswith(b"\x89PNG")
    # With everything recorded nothing runs.
    assert "blocks done" not in build(site, "--strict").stderr


def test_a_page_shows_one_run_also_where_a_part_of_it_was_recorded(site):
    page = '```python\nimport os\n\nrun = os.urandom(4).hex()\nprint(f"run {run}")\n```\n\n'
    page += '```python\nprint(f"again {run}")\n```\n'
    for language in ("en", "ko"):
        (site / "docs" / language / "index.md").write_text(f"# Page {{ #page }}\n\n{page}")
    assert build(site, "--strict").returncode == 0
    (last,) = [path for path in site.glob("cache/records/*") if "again" in path.read_text()]
    last.unlink()
    second = build(site, "--strict")
    assert second.stderr.count("blocks done") == 1
    html = (site / "site/index.html").read_text()
    assert re.findall(r">run (\w+)</pre>", html) == re.findall(r">again (\w+)</pre>", html) != []


def test_a_failing_block_fails_a_strict_build_with_its_place(site):
    page = site / "docs/en/index.md"
    page.write_text(PAGE.format(number=1) + "\n```python\nx = 1\nx.missing\n```\n")
    strict = build(site, "--strict")
    assert strict.returncode != 0
    assert "docs/en/index.md:18: AttributeError" in strict.stderr
    assert "line 18, in <module>" in strict.stderr
    loose = build(site)
    assert loose.returncode == 0
    html = (site / "site/index.html").read_text()
    assert "run--failed" in html
    assert "AttributeError" in html
    assert "computed 2" in html
    assert "run-stamp" not in html


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("```python continuation\n1\n```\n", "index.md:16: a fence stands on a line of its own"),
        ("<!--\n```python\n1\n```\n-->\n<pre>\n```python\n2\n```\n</pre>\n", None),
    ],
)
def test_a_block_cannot_be_run_and_not_shown_or_shown_and_not_run(site, addition, message):
    page = site / "docs/en/index.md"
    page.write_text(PAGE.format(number=1) + "\n" + addition)
    done = build(site, "--strict")
    if message:
        assert done.returncode != 0
        assert message in done.stderr
    else:  # whatever MkDocs makes of it, both have read the same blocks
        assert done.returncode == 0, done.stderr


def test_a_wrong_data_file_is_one_sentence(site, monkeypatch):
    wrong = site / "wrong.npz"
    wrong.write_bytes(b"not a zip file")
    monkeypatch.setenv("MNIST_NPZ", str(wrong))
    done = build(site)
    assert done.returncode != 0
    assert str(wrong) in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def serve(site):
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (site / "log").open("w+")
    server = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{port}"],
        cwd=site,
        stdout=log,
        stderr=log,
    )

    def wait_for(text, path="", seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                address = f"http://127.0.0.1:{port}/{path}"
                html = urllib.request.urlopen(address, timeout=10).read().decode()
                if text in html:
                    return html
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"{text!r} did not appear\n{(site / 'log').read_text()}")

    try:
        yield wait_for
        server.terminate()
        server.wait(10)
    finally:
        server.kill()
        log.close()


def test_serve_answers_before_the_pages_are_computed_and_fills_them_in(site):
    page = PAGE.format(number=1) + "\n```python\nimport time\ntime.sleep(3)\nprint('late')\n```\n"
    for language in ("en", "ko"):
        (site / "docs" / language / "index.md").write_text(page)
    with serve(site) as wait_for:
        html = wait_for("지금 계산하고 있습니다", "ko/")
        assert "computed 2" not in html
        assert "late" in wait_for('<pre class="run-text">late</pre>', "ko/")
        # A change of the code shows its own output, never the old one.
        (site / "docs/ko/index.md").write_text(PAGE.format(number=41))
        html = wait_for('<pre class="run-text">computed 42</pre>', "ko/")
        # A block that fails says so on the page, and the server goes on.
        (site / "docs/en/index.md").write_text("```python\nbroken\n```\n")
        html = wait_for("run--failed")
        assert "NameError" in html
        (site / "docs/en/index.md").write_text("```python\nprint('mended')\n```\n")
        wait_for('<pre class="run-text">mended</pre>')
    log = (site / "log").read_text()
    assert "running 3 blocks" in log
    assert log.count("3 blocks done") == 1
