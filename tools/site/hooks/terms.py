"""MkDocs links the first appearance of each glossary term to its entry.

What it does is in tools/words/term_links.py; the terms are those of the page
docs/<language>/glossary.md (tools/words/glossary.py).
"""

import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.utils import get_relative_url

ROOT = str(Path(__file__).resolve().parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tools.words.glossary import PAGE, PLACE, index, read_terms  # noqa: E402
from tools.words.term_links import Marker  # noqa: E402

_known: dict[str, tuple[str, Marker, str]] = {}  # language -> its page, marker and index


@event_priority(-50)  # after the outputs are there, to pass over them
def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Mark the terms of a page; give the glossary its index."""
    language = config.plugins["i18n"].current_language
    glossary = files.get_file_from_path(f"{language}/{PAGE}")
    if glossary is None:
        return html
    marker, links = _read(language, Path(glossary.abs_src_path))
    if page.file.abs_src_path == glossary.abs_src_path:
        return html.replace(PLACE, links)
    return marker.mark(html, get_relative_url(glossary.url, page.url))


def _read(language, path):
    text = path.read_text(encoding="utf-8")
    if _known.get(language, ("",))[0] != text:  # `mkdocs serve`: it may have changed
        try:
            terms = read_terms(text)
        except ValueError as error:
            raise PluginError(f"{path}: {error}") from None
        _known[language] = (text, Marker(terms, language), index(terms))
    return _known[language][1:]
