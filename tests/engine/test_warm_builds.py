"""Builds of a small site after others: what has changed is seen, the rest is not made again."""

import os
import shutil
import subprocess
import sys

import pytest

from tools.engine.environment import Environment
from tools.engine.pages_old import Page
from tools.engine.processes import ROOT
from tools.engine.records import Store
from tools.site import makers
from tools.site.kept import Kept, _write
from tools.site.kept_keys import keep_keys
from tools.site.theme_files import Visible

PAGE = """# Page { #page }

See [there](other.md#there).

```python
print("computed", 1 + 1)
```
"""
OTHER = """# Other page { #other }

## There { #there }

Nothing else.
"""
PROGRAM = """# %% [markdown]
# # A program { #program }
#
# It prints.

# %%
print("program", 2 + 2)

"""
HOOKS = ["outputs", "programs", "downloads", "languages", "search"]
CONFIG = f"""
site_name: Small
theme: {{ name: material, font: false }}
hooks: [{", ".join(f"{ROOT}/tools/site/hooks/{name}.py" for name in HOOKS)}]
plugins:
  - search
  - mkdocs-jupyter: {{ include: ["*.ipynb"], ignore: ["*.md", "*.py"], no_prompt: true }}
  - i18n:
      docs_structure: folder
      reconfigure_material: false
      reconfigure_search: false
      languages:
        - {{ locale: en, name: English, default: true }}
        - {{ locale: ko, name: 한국어, theme: {{ language: ko }} }}
markdown_extensions:
  - attr_list
  - pymdownx.superfences
  - pymdownx.highlight
  - toc: {{ permalink: false }}
validation: {{ links: {{ anchors: warn }} }}
"""


class Site:
    """A small site in two languages, with a program."""

    def __init__(self, folder):
        self.folder, self.cache = folder, folder / "cache"

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(self):
        """Build strictly; returns the status, what MkDocs says, and all files of the site."""
        done = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict"],
            cwd=self.folder,
            env={
                **os.environ,
                "RECORDS": str(self.cache / "records"),
                "NO_MKDOCS_2_WARNING": "1",
                "PRELOAD_TENSORFLOW": "0",
            },
            capture_output=True,
            text=True,
        )
        site = self.folder / "site"
        files = (path for path in site.rglob("*") if path.suffix not in (".gz", ".xml"))
        shown = {
            path.relative_to(site).as_posix(): path.read_bytes() for path in files if path.is_file()
        }
        return done.returncode, done.stderr, shown


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A site that has been built once, and how it looks."""
    site = Site(tmp_path_factory.mktemp("first") / "site")
    site.write("mkdocs.yml", CONFIG)
    for language in ("en", "ko"):
        site.write(f"docs/{language}/index.md", PAGE)
        site.write(f"docs/{language}/other.md", OTHER)
    site.write("examples/small.py", PROGRAM)
    status, said, files = site.build()
    assert status == 0, said
    return site, files


@pytest.fixture
def site(first, tmp_path):
    """A copy of it, and how it looks."""
    shutil.copytree(first[0].folder, tmp_path / "site")
    return Site(tmp_path / "site"), first[1]


def caches(site):
    found = (path for path in site.cache.rglob("*") if path.is_file() and path.stat().st_size)
    return {
        path: path.read_bytes()
        for path in found
        if {"records", "templates"}.isdisjoint(path.relative_to(site.cache).parts)
    }


def test_a_second_build_makes_nothing_anew_and_looks_the_same(site):
    site, before = site
    kept = caches(site)
    kinds = {path.relative_to(site.cache).parts[0] for path in kept}
    assert kinds == {
        *("coloured.json", "keys.json"),
        *("converted", "programs", "search", "downloads"),
    }
    # What is kept is read: a word that stands only there is shown.
    for name, old, new in (
        ("converted", "Nothing else", "Kept text"),
        ("programs", "It prints", "It is kept"),
        ("search", '"title": "Page"', '"title": "Kept title"'),
        ("downloads", "See [there]", "See what is kept"),
    ):
        for path in (site.cache / name).iterdir():
            text = path.read_text(encoding="utf-8").split("\n", 1)[1]
            _write(path, text.replace(old, new))
    status, said, after = site.build()
    assert status == 0, said
    assert after.keys() == before.keys()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        f"{language}{name}"
        for language in ("", "ko/")
        for name in (
            "other/index.html",
            "examples/small/index.html",
            "search/search_index.json",
            "play-with-mnist.ipynb",
            "play-with-mnist.py",
        )
    }
    for path, content in kept.items():
        path.write_bytes(content)
    assert site.build()[2] == before


@pytest.mark.parametrize("damage", [lambda old: old[: len(old) // 2], lambda old: b"{}\n\xff"])
def test_a_damaged_cache_costs_only_time(site, damage):
    site, before = site
    whole = caches(site)
    for path, content in whole.items():
        path.write_bytes(damage(content))
    _, said, after = site.build()
    assert after == before, said
    assert caches(site) == whole


def test_colours_that_are_lost_alone_are_made_anew(site):
    site, before = site
    (site.cache / "coloured.json").unlink()
    assert site.build()[2] == before


def test_a_link_warns_in_each_build_once_its_page_or_heading_is_gone(site):
    site, before = site
    site.write("docs/en/other.md", OTHER.replace("#there", "#elsewhere"))
    for _ in range(2):
        status, said, _ = site.build()
        assert status and said.count("does not contain an anchor '#there'") == 1, said
    (site.folder / "docs/en/other.md").unlink()
    (site.folder / "docs/ko/other.md").unlink()
    for _ in range(2):
        status, said, _ = site.build()
        assert status and said.count("contains a link 'other.md#there', but") == 2, said
    for language in ("en", "ko"):
        site.write(f"docs/{language}/other.md", OTHER)
    assert site.build()[2] == before


def test_all_that_changes_is_seen(site):
    site, _ = site
    site.write("docs/ko/other.md", OTHER.replace("Nothing else", "Something else"))
    site.write("examples/small.py", PROGRAM.replace("It prints", "It says"))
    store = Store(site.cache / "records", ROOT)
    for path in store.folder.glob("*.json"):
        record = store.get(path.stem)
        for output in record.outputs:
            output["text"] = output["text"].replace("computed 2", "measured 2")
        store.put(path.stem, record)
    status, said, after = site.build()
    assert status == 0, said
    assert b"Something else" in after["ko/other/index.html"]
    assert b"Something else" in after["ko/search/search_index.json"]
    assert b"Nothing else" in after["other/index.html"]
    for language in ("", "ko/"):
        assert b">measured 2</pre>" in after[f"{language}index.html"]
        assert b"measured 2" in after[f"{language}play-with-mnist.ipynb"]
        program = f"{language}examples/small"
        assert b"It says." in after[f"{program}/index.html"]
        assert b"It says." in after[f"{program}/small.ipynb"]
        assert b"It says." in after[f"{program}/small.py"]
    # Settings of the site, too.
    config = CONFIG.replace("permalink: false", "permalink: true")
    config = config.replace("pymdownx.highlight", "pymdownx.highlight: {use_pygments: false}")
    site.write("mkdocs.yml", config)
    status, said, last = site.build()
    assert status == 0, said
    for name in ("index.html", "ko/other/index.html", "examples/small/index.html"):
        assert b'class="headerlink"' in last[name]
        assert b'class="headerlink"' not in after[name]
    assert b'<code class="language-python">print' in last["index.html"]
    assert b'<code class="language-python">' not in after["index.html"]


def test_the_files_that_downloads_hold_are_looked_at(tmp_path, monkeypatch):
    from tools.notebooks import bundle
    from tools.notebooks.downloads import digest_of_examples

    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    known = {digest_of_examples()}
    for name, text in (("a.py", "1"), ("a.py", "2"), ("b.py", "2")):
        (tmp_path / name).write_text(text)
        known.add(digest_of_examples())
    assert len(known) == 4


def test_kept_keys_are_the_keys_of_the_page(tmp_path, monkeypatch):
    class Data:
        digest = "1"

    text = '```python\nimport os\n1, os.environ.get("A_VARIABLE")\n```\n'
    known = Environment({"Python": "3"}, Data())
    for value in ("", "", "set", "set"):
        monkeypatch.setenv("A_VARIABLE", value)
        plain = Page(ROOT / "docs/en/a.md", text)
        kept = Kept(tmp_path / "keys.json", makers.engine())
        page = keep_keys(plain, kept)
        assert page.keys(known) == plain.keys(known)
        other = keep_keys(Page(plain.path, text.replace("1", "2")), kept)
        assert other.keys(known) != plain.keys(known)
        newer = Environment({"Python": "4"}, Data())
        assert page.keys(newer) == plain.keys(newer) != plain.keys(known)
        kept.save()


def test_makers_change_with_the_engine_and_with_what_is_installed(tmp_path, monkeypatch):
    def now():
        makers.installed.cache_clear()
        makers.engine.cache_clear()
        return makers.installed(), makers.engine()

    tools, packages = tmp_path / "tools", tmp_path / "packages"
    (tools / "hooks").mkdir(parents=True)
    (packages / "markdown-1.0.dist-info").mkdir(parents=True)
    try:
        monkeypatch.setattr(makers, "TOOLS", tools)
        monkeypatch.setattr(sys, "path", [*sys.path, str(packages)])
        installed, engine = now()
        assert now() == (installed, engine)
        (tools / "hooks" / "new.py").write_text("1")
        assert now()[0] == installed and now()[1] != engine
        (packages / "markdown-1.0.dist-info").rename(packages / "markdown-1.1.dist-info")
        assert now()[0] != installed
    finally:
        monkeypatch.undo()
        now()


def test_the_theme_is_listed_without_what_mkdocs_passes_over(tmp_path):
    from jinja2 import Environment as Templates
    from jinja2 import FileSystemLoader

    for name in ("a.html", "b/c.html", "b/.d/e.svg", ".icons/f.svg", ".g"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    folders = [str(tmp_path), str(ROOT / "tools/site/theme")]
    listed = Visible(folders).list_templates()
    every = FileSystemLoader(folders).list_templates()
    assert listed == [name for name in every if "/." not in f"/{name}" or name == ".g"]
    assert "b/c.html" in listed and ".icons/f.svg" in every
    assert (
        Templates(loader=Visible(folders)).get_template(".icons/f.svg").render() == ".icons/f.svg"
    )
