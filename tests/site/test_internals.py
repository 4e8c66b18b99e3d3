"""What tools/site/internals.py knows of others still holds: one test for each."""

import hashlib
import os
import re
import shutil
import threading
from pathlib import Path
from xml.etree import ElementTree

import material
import pytest
from mkdocs.config import load_config
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import get_files
from mkdocs.structure.pages import Page

from tests.site.build import ROOT
from tools.notebooks import code_cell, html_cell, of_cells
from tools.pages import programs
from tools.site import internals


@pytest.fixture(scope="module")
def config():
    """The site's configuration, as the build of the Korean pages has it."""
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    config = load_config(str(ROOT / "mkdocs.yml"))
    config.plugins["i18n"].on_config(config)
    config.plugins["i18n"].current_language = "ko"
    return config


@pytest.fixture(scope="module")
def files(config):
    """The files of the Korean pages, and the programs."""
    found = config.plugins["i18n"].on_files(get_files(config), config=config)
    return internals.add_pages(programs(ROOT / "docs"), found, config)


def test_languages(config):
    assert internals.language(config) == "ko"
    assert internals.default_language(config) == "en"
    assert internals.languages(config) == {"en": "English", "ko": "한국어"}
    assert [internals.home(name, config) for name in ("en", "ko")] == ["", "ko/"]
    assert internals.is_within_another(config) is False
    config.plugins["i18n"].building = True
    assert internals.is_within_another(config) is True
    config.plugins["i18n"].building = False


def test_programs_are_pages_with_their_alternates(config, files):
    page = Page(None, files.src_uris["examples/train.py"], config)
    assert page.url == "ko/examples/train/"
    assert internals.alternates(page) == {"en": "examples/train/", "ko": "ko/examples/train/"}
    listed = config.plugins["i18n"].i18n_files_per_language["ko"]
    assert page.file in listed
    home = Page(None, files.src_uris["ko/index.md"], config)
    assert internals.alternates(home) == {"en": "./", "ko": "ko/"}


def test_the_search_box_is_pointed_elsewhere():
    settings = '<script id="__config" type="application/json">{"base": "..", "a": "</"}</script>'
    assert '{"base": "../ko/", "a": "<\\/"}' in internals.search_from("ko/", settings)
    with pytest.raises(ValueError):
        internals.search_from("ko/", "<html>")


def test_materials_inline_scripts_are_those_that_we_replace():
    """If one has changed, theme/assets/javascripts/before-paint.js may have to follow."""
    folder = Path(material.__file__).parent / "templates/partials/javascripts"
    digests = {
        name: hashlib.sha256((folder / f"{name}.html").read_bytes()).hexdigest()[:12]
        for name in internals.INLINE_SCRIPTS
    }
    assert digests == {"base": "d6113712bc4d", "palette": "8790389765ea", "content": "3722e156f0f6"}
    ours = Path(internals.__file__).parent / "theme/partials/javascripts"
    assert {path.stem for path in ours.iterdir()} == set(internals.INLINE_SCRIPTS)


def test_icons_become_files(tmp_path):
    source = Path(material.__file__).parent / "templates/assets/stylesheets"
    folder = shutil.copytree(source, tmp_path / "assets/stylesheets")
    before = "".join(path.read_text() for path in source.glob("*.css"))
    internals.icons_as_files(tmp_path)
    after = "".join(path.read_text() for path in folder.glob("*.css"))
    icons = {
        name: (folder / "icons" / name).read_text()
        for name in re.findall(r"\(icons/(.*?)\)", after)
    }
    assert "data:" in before and "data:" not in after
    assert len(icons) > 30
    assert all(ElementTree.fromstring(svg).tag.endswith("}svg") for svg in icons.values())
    assert all(f',{svg}")' in before for svg in icons.values())


def test_the_search_plugin_keeps_what_it_finds_in_a_list(config, files):
    plugin = config.plugins["material/search"]
    plugin.on_startup(command="serve", dirty=False)
    plugin.on_config(config)
    page = Page(None, files.src_uris["ko/index.md"], config)
    page.content, page.toc = '<h1 id="a">A</h1><p>One.</p><h2 id="b">B</h2><p>Two.</p>', []
    plugin.on_page_context({}, page=page, config=config, nav=None)
    entries = internals.search_entries(config)
    assert [entry["text"] for entry in entries] == ["<p>One.</p>", "<p>Two.</p>"]
    assert entries is internals.search_entries(config)
    page.content = ""
    plugin.on_page_context({}, page=page, config=config, nav=None)
    assert len(entries) == 2


def test_a_script_is_put_in_front_of_the_search_worker(tmp_path):
    source = Path(material.__file__).parent / "templates/assets/javascripts/workers"
    folder = shutil.copytree(source, tmp_path / "assets/javascripts/workers")
    for _ in range(2):  # `serve` builds into the same folder
        internals.add_to_search_worker(tmp_path, "// ours")
    [worker] = folder.glob("*.js")
    theirs = (source / worker.name).read_text("utf-8")
    assert worker.read_text("utf-8") == f"// ours\n{theirs}"
    assert "self.lunr=" in theirs and 'addEventListener("message"' in theirs
    with pytest.raises(ValueError):
        internals.add_to_search_worker(tmp_path / "elsewhere", "// ours")


def test_a_notebook_is_rendered_lightly(config, files):
    cells = [html_cell("<h1>Title</h1><p>a&nbsp;&lt;b</p>"), code_cell("x = 1 < 2", [])]
    html = internals.notebook_html(of_cells([*cells, html_cell("<p>End</p>")]), config, files)
    assert html.startswith('<h1>Title</h1><p>a&nbsp;&lt;b</p><div class="highlight"><pre>')
    assert html.endswith("\n</code></pre></div>\n<p>End</p>")
    assert '<span class="mi">1</span> <span class="o">&lt;</span>' in html


def test_the_server_builds_again_when_it_is_asked(tmp_path):
    built = threading.Event()
    server = LiveReloadServer(built.set, "127.0.0.1", 0, str(tmp_path))
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        internals.build_again(server)
        assert built.wait(60)
    finally:
        server.shutdown()
        thread.join()
