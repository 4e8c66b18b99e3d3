"""One search index per language, out of the mixed one that Material writes.

The browser cuts pages and queries into words with the same regular expression
(`separator`) and then finds words by their beginning. That alone misses words
that stand inside a longer one, so each entry gets a field `also` with the
words under which it should be found as well (tools/words/search_words.py).

Readers paste error messages. What a section's blocks raised is in the field `message`,
which no result shows.
"""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

from tools.words.search_words import SEPARATORS, also

# Titles first, then text; `also` is the field that readers never see. Material
# weighs titles 1000 times: then `tf.train.CheckpointManager` finds first of all
# a page with "train" in its title.
FIELDS = {
    "title": {"boost": 5.0},
    "text": {"boost": 1.0},
    "also": {"boost": 0.4},
    "message": {"boost": 1.5},
}

# A heading that quotes a message: readers paste the message, whose small words are everywhere.
_MESSAGE = re.compile(r"<code>[^<]+ [^<]+</code>")
_MESSAGE_BOOST = 1.5

_HEADING_OR_ERROR = re.compile(r'<h[1-6] id="([^"]+)"|<pre class="run-error">(.*?)</pre>', re.S)
_NUMBER = re.compile(r"\b[\d.,]+\b|_\d+\b")
_HEAD, _TAIL = 60, 25  # words of one section's messages, of which the middle is a listing


def split(
    mixed: dict[str, Any],
    languages: list[str],
    default: str,
    messages: dict[str, str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Give each language an index of its own.

    Args:
        mixed: Material's index, `{"config": ..., "docs": [{"location", "title", "text"}]}`
            with locations counted from the root of the site.
        languages: all languages of the site, for instance `["en", "ko"]`.
        default: the language that lives at the root; each other one lives in
            a folder of its name.
        messages: what the blocks of a section raised, by the section's location.

    Returns:
        For each language an index in the same form, its locations counted
        from that language's home page.
    """
    folders = {language: f"{language}/" for language in languages if language != default}
    docs: dict[str, list[dict[str, Any]]] = {language: [] for language in languages}
    for doc in mixed["docs"]:
        owner = next((k for k, v in folders.items() if doc["location"].startswith(v)), default)
        location = doc["location"].removeprefix(folders.get(owner, ""))
        plain = unescape(re.sub(r"<[^>]+>", "", f"{doc['title']}\n{doc['text']}"))
        found = {**doc, "location": location, "also": also(plain, owner)}
        if message := (messages or {}).get(doc["location"]):
            found["message"] = message
        if _MESSAGE.fullmatch(doc["title"]):
            found["boost"] = _MESSAGE_BOOST
        docs[owner].append(found)
    return {
        language: {
            "config": {
                # "en" keeps the browser from loading lunr's Korean part,
                # which only drops stop words; the separator does the work.
                "lang": ["en"],
                "separator": SEPARATORS.get(language, SEPARATORS["en"]),
                "pipeline": ["stopWordFilter"] if language == "en" else [],
                "fields": FIELDS,
            },
            "docs": docs[language],
        }
        for language in languages
    }


def find_messages(html: str) -> dict[str, str]:
    """The words of what the blocks of a built page raised, by the id of their section."""
    found: dict[str, list[str]] = {}
    section = ""
    for heading, error in _HEADING_OR_ERROR.findall(html):
        section = heading or section
        if error:
            words = _NUMBER.sub(" ", unescape(error)).split()
            found[section] = list(dict.fromkeys([*found.get(section, []), *words]))
    return {
        name: " ".join(words if len(words) <= _HEAD + _TAIL else words[:_HEAD] + words[-_TAIL:])
        for name, words in found.items()
    }


def _all_messages(site, docs):
    """What the sections of all pages raised, by location."""
    pages = {doc["location"].partition("#")[0] for doc in docs}
    return {
        f"{page}#{section}": words
        for page in sorted(pages)
        if (path := site / page / "index.html").is_file()
        for section, words in find_messages(path.read_text("utf-8")).items()
    }


def write_search_indexes(site: Path, languages: list[str], default: str) -> None:
    """Replace the site's one search index with one for each language.

    Args:
        site: the folder of the built site.
        languages: see `split`.
        default: see `split`.

    Raises:
        FileNotFoundError: Material has written no index.
    """
    mixed = json.loads((site / "search/search_index.json").read_text("utf-8"))
    messages = _all_messages(site, mixed["docs"])
    for language, index in split(mixed, languages, default, messages).items():
        home = site if language == default else site / language
        target = home / "search/search_index.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
        target.write_text(text, "utf-8")
