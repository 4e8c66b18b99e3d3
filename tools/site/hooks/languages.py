"""Both languages in one build: words, links, search and the 404 page.

mkdocs-static-i18n builds the site once for each language; these events run in
each of the builds. What they do is in tools/words/texts.py and
tools/words/search_index.py.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from jinja2 import FileSystemBytecodeCache
from mkdocs.plugins import event_priority

ROOT = str(Path(__file__).resolve().parents[3])
TEMPLATES = Path(ROOT, ".cache", "templates")
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tools.site.theme_files import list_visible  # noqa: E402
from tools.words import search_index  # noqa: E402
from tools.words.texts import TEXT  # noqa: E402

_SETTINGS = re.compile(r'(<script id="__config" type="application/json">)(.*?)(</script>)', re.S)


@event_priority(-150)  # after the plugin, which by then knows the language
def on_config(config: Any) -> Any:
    """Give the Markdown extensions the words of the language that is built."""
    text = TEXT[_language(config)]
    config.mdx_configs.setdefault("toc", {})["permalink_title"] = text["toc.permalink"]
    config.mdx_configs.setdefault("footnotes", {})["BACKLINK_TITLE"] = text["footnote.back"]
    list_visible(config.theme)
    return config


@event_priority(-150)
def on_env(env: Any, config: Any, files: Any) -> Any:
    """Give the templates their words, and where each language lives.

    They are compiled once, not in each language's build of each run.
    """
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(TEMPLATES)
    plugin = config.plugins["i18n"]
    env.globals.update(
        site_text=TEXT,
        site_language=_language(config),
        site_languages=[(item.locale, item.name) for item in plugin.config.languages],
        site_default_language=plugin.default_language,
    )
    return env


def on_post_template(output: str, template_name: str, config: Any) -> str:
    """Write the 404 page once, in the default language's build: it holds both."""
    if template_name == "404.html" and _language(config) != _default(config):
        return ""  # MkDocs writes no file for an empty template
    return output


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Point the search box at the index of the page's language.

    Raises:
        ValueError: the theme keeps its settings elsewhere than expected.
    """
    if _language(config) == _default(config):
        return output
    found = _SETTINGS.search(output)
    if found is None:
        raise ValueError(f"{page.file.src_uri}: the theme's settings were not found in the page")
    settings = json.loads(found[2])
    settings["base"] = f"{settings['base'].rstrip('/')}/{_language(config)}/"
    text = json.dumps(settings, ensure_ascii=False).replace("</", "<\\/")
    return f"{output[: found.start(2)]}{text}{output[found.end(2) :]}"


@event_priority(-200)  # after the plugin, which by then has built every language
def on_post_build(config: Any) -> None:
    """Split the search index by language."""
    plugin = config.plugins["i18n"]
    if not plugin.building:
        search_index.write(
            Path(config.site_dir), list(plugin.build_languages), plugin.default_language
        )


def _language(config: Any) -> str:
    return config.plugins["i18n"].current_language


def _default(config: Any) -> str:
    return config.plugins["i18n"].default_language
