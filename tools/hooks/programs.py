"""The programs of examples/ as pages: mkdocs-jupyter renders what the engine has run."""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools import program_page  # noqa: E402
from tools.blocks import PageError  # noqa: E402
from tools.cells import programs  # noqa: E402
from tools.pages import RECORDS  # noqa: E402
from tools.site_state import site  # noqa: E402

CACHE = RECORDS.folder.parent / "programs"
_MAKERS = "".join(version(name) for name in ("mkdocs-jupyter", "nbconvert", "pygments"))
_MAKERS += Path(program_page.__file__).read_text(encoding="utf-8")


class ProgramFile(File):
    """A program that the site shows as a page."""

    def is_documentation_page(self) -> bool:
        """It is one, though it is no Markdown."""
        return True


@event_priority(-200)  # after the i18n plugin, which would lose files that it has not found
def on_files(files: Any, config: Any) -> Any:
    """Add each program as a page of the language that is built."""
    plugin = config.plugins["i18n"]
    for path in programs(Path(config.docs_dir)):
        alternates = {name: _file(path, name, config) for name in plugin.build_languages}
        for file in alternates.values():
            file.alternates = alternates
        files.append(alternates[plugin.current_language])
    plugin.i18n_files_per_language[plugin.current_language] = files.documentation_pages()  # sitemap
    return files


def _file(path, language, config):
    folder = "" if language == config.plugins["i18n"].default_language else f"{language}/"
    file = ProgramFile(
        f"examples/{path.name}",
        src_dir=str(path.parent.parent),
        dest_dir=config.site_dir,
        use_directory_urls=config.use_directory_urls,
        dest_uri=f"{folder}examples/{path.stem}/index.html",
    )
    file.locale = file.locale_alternate_of = language
    return file


@event_priority(100)  # before mkdocs-jupyter, which then finds a notebook
def _make_notebook(page: Any, config: Any, files: Any) -> None:
    """Make the notebook of a program's page.

    Raises:
        PluginError: the program's cells are wrong.
    """
    if not isinstance(page.file, ProgramFile):
        return
    page.program = Path(page.file.abs_src_path)
    language = config.plugins["i18n"].current_language
    try:
        page.view = site.view(site.source(page.program, language), page, config)
    except PageError as error:
        raise PluginError(str(error)) from None
    page.prose = _render_prose(program_page.prose(page.view.page), page, config, files)
    text = json.dumps(program_page.notebook(page.prose.content, page.view), ensure_ascii=False)
    name = hashlib.sha256(f"{_MAKERS}{text}".encode()).hexdigest()[:20]
    CACHE.mkdir(parents=True, exist_ok=True)
    notebook = CACHE / f"{page.program.stem}-{language}-{name}.ipynb"
    notebook.write_text(text, encoding="utf-8")
    page.file.abs_src_path = str(notebook)


@event_priority(-100)  # after mkdocs-jupyter has said how the page is rendered
def _render_once(page: Any, config: Any, files: Any) -> None:
    """Keep what mkdocs-jupyter makes of a notebook: it takes half a second each time."""
    if not isinstance(page.file, ProgramFile):
        return
    kept = Path(page.file.abs_src_path).with_suffix(".html")
    render = page.render

    def render_or_read(config, files):
        if not kept.exists():
            render(config, files)
            kept.write_text(program_page.lighten(page.content), encoding="utf-8")
        page.content = kept.read_text(encoding="utf-8")

    page.render = render_or_read


on_pre_page = CombinedEvent(_make_notebook, _render_once)


def _render_prose(markdown, page, config, files):
    """The prose as MkDocs renders a page: links are resolved and checked."""
    prose = Page(None, page.file, config)
    page.file.page = page  # the constructor has put itself there
    prose.markdown = markdown
    prose.render(config, files)
    return prose


@event_priority(50)  # before those that add to the page
def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Take over what mkdocs-jupyter has rendered; add headings and stamp."""
    if not isinstance(page.file, ProgramFile):
        return html
    page.file.abs_src_path = str(page.program)
    page.markdown = page.prose.markdown
    page.title = page.prose.title
    page.toc = page.prose.toc
    page.present_anchor_ids = page.prose.present_anchor_ids
    page.links_to_anchors = page.prose.links_to_anchors
    return program_page.hold_code(html, site.rendering.hold) + page.view.stamp()


def on_serve(server: Any, config: Any, builder: Any) -> None:
    """Build again when a program changes."""
    for path in programs(Path(config.docs_dir)):
        server.watch(str(path))
