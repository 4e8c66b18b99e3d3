"""What the search index takes from a page is kept between builds.

Material's search plugin reads the HTML of each page tag by tag; the words that
tools/words/search_index.py adds are found with large regular expressions.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tools.site.state import site  # noqa: E402
from tools.words.search_index import with_also  # noqa: E402


def on_env(env: Any, config: Any, files: Any) -> None:
    """Give the plugin's index, new in each language's build, what is kept of a page."""
    language = config.plugins["i18n"].current_language
    index = config.plugins["material/search"].search_index
    read = index.add_entry_from_context

    def take(page):
        start = len(index.entries)
        read(page)
        entries = [with_also(entry, language) for entry in index.entries[start:]]
        del index.entries[start:]
        return json.dumps(entries, ensure_ascii=False)

    def add(page):
        parts = (language, page.url, page.title, repr(page.meta), page.content)
        index.entries.extend(json.loads(site.entries.get(parts, lambda: take(page))))

    index.add_entry_from_context = add
