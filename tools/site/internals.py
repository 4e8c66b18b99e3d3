"""What the site must know of the insides of MkDocs, its theme and its plugins.

Everything here rests on something that its owner may change without a word; tests/site/
test_internals.py has a test for each. What they document is used where it is needed.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

NOTEBOOK_TEMPLATES = Path(__file__).parent / "notebook"

_ICON = re.compile(r"""url\((["'])data:image/svg\+xml[^,]*,(.*?)\1\)""")
_SETTINGS = re.compile(r'(<script id="__config" type="application/json">)(.*?)(</script>)', re.S)


# mkdocs-static-i18n: it builds the site once for each language, the others within the first.


def language(config: Any) -> str:
    """The language that is built, by its folder's name: "en"."""
    return config.plugins["i18n"].current_language


def default_language(config: Any) -> str:
    """The language that lives at the root of the site."""
    return config.plugins["i18n"].default_language


def languages(config: Any) -> dict[str, str]:
    """Each language with its own name for itself: {"ko": "한국어"}."""
    return {item.locale: item.name for item in config.plugins["i18n"].config.languages}


def home(name: str, config: Any) -> str:
    """Where a language lives, as seen from the site's root: "" or "ko/"."""
    return "" if name == default_language(config) else f"{name}/"


def is_within_another(config: Any) -> bool:
    """Whether this is the build of a further language, within the first one's."""
    return config.plugins["i18n"].building


def add_pages(paths: Iterable[Path], files: Files, config: Any) -> Files:
    """Add pages that are the same file in each language, as the plugin adds its own.

    Args:
        paths: the files, which lie in one folder beside the folder of pages.
        files: all files of the language that is built.
        config: MkDocs' configuration.
    """
    plugin = config.plugins["i18n"]
    for path in paths:
        alternates = {name: _page_file(path, name, config) for name in plugin.build_languages}
        for file in alternates.values():
            file.alternates = alternates
        files.append(alternates[language(config)])
    plugin.i18n_files_per_language[language(config)] = files.documentation_pages()  # the sitemap
    return files


class PageFile(File):
    """A file that is a page, though it is no Markdown."""

    def is_documentation_page(self) -> bool:
        """It is one."""
        return True


def _page_file(path, name, config):
    folder = f"{path.parent.name}/{path.stem}"
    file = PageFile(
        f"{path.parent.name}/{path.name}",
        src_dir=str(path.parent.parent),
        dest_dir=config.site_dir,
        use_directory_urls=config.use_directory_urls,
        dest_uri=f"{home(name, config)}{folder}/index.html",
    )
    file.locale = file.locale_alternate_of = name
    return file


def alternates(page: Page) -> dict[str, str]:
    """The address of a page in each language, as seen from the site's root; "./" is the root."""
    return {name: file.url for name, file in page.file.alternates.items()}


# Material: its script reads its settings from the page, its search runs in a worker.


def search_entries(config: Any) -> list[dict]:
    """What the search plugin has found in the pages of this build so far, its own list."""
    return config.plugins["material/search"].search_index.entries


def search_from(home: str, output: str) -> str:
    """The page with its search box pointed at the index in a language's folder.

    Raises:
        ValueError: the theme keeps its settings elsewhere.
    """
    found = _SETTINGS.search(output)
    if found is None:
        raise ValueError("the theme's settings were not found in the page")
    settings = json.loads(found[2])
    settings["base"] = f"{settings['base'].rstrip('/')}/{home}"
    text = json.dumps(settings, ensure_ascii=False).replace("</", "<\\/")
    return f"{output[: found.start(2)]}{text}{output[found.end(2) :]}"


def add_to_search_worker(site: Path, script: str) -> None:
    """Put a script in front of the theme's search worker, in the same file.

    Args:
        site: the folder of the built site.
        script: it hears each message before the theme's own script does, and may change it.

    Raises:
        ValueError: the theme keeps its worker elsewhere.
    """
    found = [*site.glob("assets/javascripts/workers/search.*.min.js")]
    if len(found) != 1:
        raise ValueError(f"the theme's search worker was not found: {len(found)} files")
    text = found[0].read_text("utf-8")
    if not text.startswith(script):
        found[0].write_text(f"{script}\n{text}", "utf-8")


# Its style sheet has its icons in `data:` addresses, its templates have scripts. The scripts are in
# theme/assets/javascripts/before-paint.js, which the templates of theme/partials/javascripts load.

INLINE_SCRIPTS = ("base", "palette", "content")  # partials/javascripts of the theme that we use


def icons_as_files(site: Path) -> None:
    """Move the icons of Material's style sheets into files beside them.

    A strict Content-Security-Policy allows no `data:` addresses.

    Args:
        site: the built site.
    """
    folder = site / "assets/stylesheets"

    def address(found: re.Match) -> str:
        svg = unquote(found[2]).encode()
        name = f"{hashlib.sha256(svg).hexdigest()[:12]}.svg"
        (folder / "icons").mkdir(exist_ok=True)
        (folder / "icons" / name).write_bytes(svg)
        return f"url(icons/{name})"

    for path in folder.glob("*.css"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_ICON.sub(address, text), encoding="utf-8")


# mkdocs-jupyter: it renders notebooks that are files, with templates from one folder.


def notebook_html(notebook: dict, config: Any, files: Files) -> str:
    """What mkdocs-jupyter makes of a notebook, with the templates of this folder.

    Args:
        notebook: in the notebook format.
        config: MkDocs' configuration.
        files: all files of the site.
    """
    from mkdocs_jupyter.config import settings

    settings.templates_dir = str(NOTEBOOK_TEMPLATES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.ipynb")
        path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
        page = Page(None, File(path.name, folder, config.site_dir, True), config)
        page = config.plugins["mkdocs-jupyter"].on_pre_page(page, config=config, files=files)
        page.render(config, files)
    _, html, _ = re.split('<script type="text/html">|</script>', page.content)
    return html


# MkDocs' server builds again when a file changes, and has no other way to be asked.


def build_again(server: Any) -> None:
    """Let `mkdocs serve` build the site again, as if a file had changed."""
    with server._rebuild_cond:
        server._want_rebuild = True
        server._rebuild_cond.notify_all()
