"""What a build does with pages and records, on a small site."""

import re

import pytest

from tests.site.small import Small

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
PROGRAM = """# %% [markdown]
# # A program { #program }
#
# It prints. Its sum is $a + b$.

# %%
print("program", 2 + 2)

assert 2 + 2 == 4

"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small site that has been built once, with a program; and what MkDocs said."""
    site = Small(tmp_path_factory.mktemp("small"), "[index.md, examples/small.py]")
    site.write("docs/*/index.md", PAGE.format(number=1))
    site.write("examples/small.py", PROGRAM)
    done = site.build("--strict")
    assert done.returncode == 0, done.stderr
    return site, done.stderr


def test_a_build_runs_what_has_no_record_and_shows_it_in_both_languages(built):
    site, said = built
    assert said.count("blocks done") == 2  # one run of the page and of the program
    english, korean = site.read(""), site.read("ko")
    for html, label in ((english, "Output"), (korean, "출력")):
        assert '<pre class="run-text">computed 2</pre>' in html
        assert '<pre class="run-error">ZeroDivisionError: division by zero</pre>' in html
        assert f'aria-label="{label}" data-search-exclude' in html
        assert re.search(r'<img src="\S*assets/figures/\w+\.webp" alt="A line going up"', html)
        assert "<figcaption>A line</figcaption>" in html
        assert html.count('class="run-stamp"') == 1
    assert "2 code blocks on" in english
    assert "코드 블록 2개" in korean
    figure = re.search(r'<img src="\.\./(assets/figures/\w+\.webp)"', korean)[1]
    assert (site.folder / "site" / figure).read_bytes()[8:12] == b"WEBP"


def test_with_everything_recorded_nothing_runs_and_the_site_is_the_same(built):
    site, _ = built
    before = site.read(""), site.read("ko/examples/small")
    assert "blocks done" not in site.build("--strict").stderr
    assert (site.read(""), site.read("ko/examples/small")) == before


def test_a_program_is_a_page_like_any_other(built):
    site, _ = built
    html = site.read("examples/small")
    assert (
        '<div class="highlight"><pre><span></span><code><span class="line"><span class="nb">'
        in html
    )
    assert '<pre class="run-text">program 4</pre>' in html
    assert '<details class="guards"><summary data-search-exclude>Checks (1)</summary>' in html
    assert "<math" in html and "$" not in html.partition("<article")[2].partition("</article")[0]
    index = (site.folder / "site/search/search_index.json").read_text("utf-8")
    assert index.count('"location":"examples/small/') == 1  # no second, empty entry


@pytest.fixture
def site(tmp_path):
    """A small site."""
    site = Small(tmp_path)
    site.write("docs/*/index.md", PAGE.format(number=1))
    return site


def test_a_page_shows_one_run_also_where_a_part_of_it_was_recorded(site):
    page = '```python\nimport os\n\nrun = os.urandom(4).hex()\nprint(f"run {run}")\n```\n\n'
    page += '```python\nprint(f"again {run}")\n```\n'
    site.write("docs/en/index.md", f"# Page {{ #page }}\n\n{page}")
    site.write("docs/ko/index.md", "# Page { #page }\n")
    assert site.build("--strict").returncode == 0
    (last,) = [path for path in site.records.iterdir() if "again" in path.read_text()]
    last.unlink()
    second = site.build("--strict")
    assert second.stderr.count("blocks done") == 1
    html = site.read("")
    assert re.findall(r">run (\w+)</pre>", html) == re.findall(r">again (\w+)</pre>", html) != []


def test_a_failing_block_fails_a_strict_build_with_its_place(site):
    site.write("docs/en/index.md", PAGE.format(number=1) + "\n```python\nx = 1\nx.missing\n```\n")
    strict = site.build("--strict")
    assert strict.returncode != 0
    assert "docs/en/index.md:18: AttributeError" in strict.stderr
    assert "index.md:18\n    x.missing" in strict.stderr
    assert site.build().returncode == 0
    html = site.read("")
    assert "run--failed" in html
    assert "AttributeError" in html
    assert "computed 2" in html
    assert "run-stamp" not in html


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("```python continuation\n1\n```\n", "index.md:16: a fence"),
        ("<pre>\n```python\n1\n```\n</pre>\n", None),
        ('<div data-report="page"></div>\n', "index.md:16: <div data-report="),
    ],
)
def test_what_a_page_cannot_say_is_one_sentence(site, addition, message):
    site.write("docs/en/index.md", PAGE.format(number=1) + "\n" + addition)
    done = site.build("--strict")
    assert "Traceback" not in done.stderr
    if message:
        assert done.returncode != 0
        assert message in done.stderr
    else:  # whatever MkDocs makes of it, both have read the same blocks
        assert done.returncode == 0, done.stderr


def test_a_wrong_data_file_is_one_sentence(site, monkeypatch):
    wrong = site.folder / "wrong.npz"
    wrong.write_bytes(b"not a zip file")
    monkeypatch.setenv("MNIST_NPZ", str(wrong))
    done = site.build()
    assert done.returncode != 0
    assert str(wrong) in done.stderr
    assert "Traceback" not in done.stderr
