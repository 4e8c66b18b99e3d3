"""The programs of examples/ as pages: mkdocs-jupyter renders what the engine has run."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools.pages.fences import PageError  # noqa: E402
from tools.pages.percent import programs  # noqa: E402
from tools.site import programs as program_page  # noqa: E402
from tools.site.state import site  # noqa: E402

_MAKER = Path(program_page.__file__).read_text(encoding="utf-8")


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


def on_page_read_source(page: Any, config: Any) -> str | None:
    """The prose of a program, as Markdown like any other.

    Raises:
        PluginError: the program's cells are wrong.
    """
    if not isinstance(page.file, ProgramFile):
        return None
    try:
        source = site.source(page.file.abs_src_path, config.plugins["i18n"].current_language)
        page.view = site.view(source, page, config)
        return program_page.prose(page.view.page)
    except PageError as error:
        raise PluginError(str(error)) from None


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> None:
    """Let the page be rendered from its notebook."""
    if isinstance(page.file, ProgramFile):
        page.render = partial(_render, page)


def _render(page, config, files):
    """Render the prose as MkDocs does, so that links are resolved and checked; then the cells."""
    site.conversion.render(page, config, files)
    notebook = program_page.notebook(page.content, page.view)
    settings = dict(config.plugins["mkdocs-jupyter"].config)
    html = site.programs.get(
        (_MAKER, settings, notebook), lambda: program_page.render(notebook, config, files)
    )
    page.content = program_page.hold_code(html, site.rendering.hold) + page.view.stamp()


def on_serve(server: Any, config: Any, builder: Any) -> None:
    """Build again when a program changes."""
    for path in programs(Path(config.docs_dir)):
        server.watch(str(path))
