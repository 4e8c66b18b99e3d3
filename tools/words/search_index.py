"""One search index per language, out of the mixed one that Material writes.

The browser cuts pages and queries into words with the same regular expression
(`separator`). What a query finds then, and in which order, is decided by
tools/site/search_worker.js; here an entry gets the fields that it looks into:

- `title` and `text` are what the results show. The text is prose alone.
- `code` has names from the section's code that its prose does not have.
- `terms` has the names of the glossary's terms that the section teaches.
- `name` is the section's id, which the worker takes from its address.
- `message` has the words of what the section's blocks raised: readers paste messages.
"""

import json
import re
from collections import defaultdict
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

from tools.words.glossary import PAGE, read_terms
from tools.words.search_words import IGNORED, SEPARATORS, SYNONYMS

FIELDS = {
    "title": {"boost": 5.0},
    "terms": {"boost": 5.0},
    "name": {"boost": 2.0},
    "text": {"boost": 2.0},
    "code": {"boost": 1.0},
    "message": {"boost": 3.0},
}

# A page ends with what one can do now, and exercises: these name its subjects and teach none.
_END_BOOST = 0.5

_HEADING_OR_ERROR = re.compile(
    r'<h[1-6] id="([^"]+)"|<pre class="run-error\b[^"]*">(.*?)</pre>', re.S
)
_CODE = re.compile(r"<pre>(.*?)</pre>", re.S)
# In code: what is part of something, is called, or is an argument. Not what a page calls its own.
_NAME = re.compile(r"(?<=\.)[A-Za-z_]\w{2,}|[A-Za-z_]\w{2,}(?=[(=])")
_NUMBER = re.compile(r"\b[\d.,]+\b|_\d+\b")
_HEAD, _TAIL = 60, 25  # words of one section's messages, of which the middle is a listing


def split(
    mixed: dict[str, Any],
    languages: list[str],
    default: str,
    messages: dict[str, str] | None = None,
    terms: dict[str, dict[str, str]] | None = None,
) -> dict[str, dict[str, Any]]:
    """Give each language an index of its own.

    Args:
        mixed: Material's index, `{"config": ..., "docs": [{"location", "title", "text"}]}`
            with locations counted from the root of the site.
        languages: all languages of the site, for instance `["en", "ko"]`.
        default: the language that lives at the root; each other one lives in
            a folder of its name.
        messages: what the blocks of a section raised, by the section's location.
        terms: for each language the terms that a section teaches, by the section's location
            in that language.

    Returns:
        For each language an index in the same form, its locations counted
        from that language's home page.
    """
    folders = {language: f"{language}/" for language in languages if language != default}
    docs: dict[str, list[dict[str, Any]]] = {language: [] for language in languages}
    ended = None  # the page whose end is reached
    for doc in mixed["docs"]:
        owner = next((k for k, v in folders.items() if doc["location"].startswith(v)), default)
        location = doc["location"].removeprefix(folders.get(owner, ""))
        text, code = _prose_and_names(doc["text"])
        more = {
            "code": code,
            "terms": (terms or {}).get(owner, {}).get(location),
            "message": (messages or {}).get(doc["location"]),
        }
        page, _, section = doc["location"].partition("#")
        ended = page if section == "you-can-now" else ended
        if ended == page:
            more["boost"] = _END_BOOST
        found = {"location": location, "title": doc["title"], "text": text}
        docs[owner].append(found | {name: value for name, value in more.items() if value})
    return {
        language: {
            "config": {
                # "en" keeps the browser from loading lunr's Korean part,
                # which only drops stop words; the separator does the work.
                "lang": ["en"],
                "separator": SEPARATORS.get(language, SEPARATORS["en"]),
                "pipeline": ["stopWordFilter"] if language == "en" else [],
                "fields": FIELDS,
                "synonyms": _reversed(SYNONYMS.get(language, {}), language),
                "ignored": IGNORED.get(language, "").split(),
            },
            "docs": docs[language],
        }
        for language in languages
    }


@lru_cache(10_000)  # under `serve` nearly all sections are those of the build before
def _prose_and_names(html):
    """A section's text without its code, and the names from its code that this loses."""
    prose = " ".join(_CODE.sub(" ", html).split())
    code = unescape(" ".join(_CODE.findall(html)))
    names = {name.lower() for name in _NAME.findall(code)}
    return prose, " ".join(sorted(names - {*re.findall(r"\w+", prose.lower())}))


def _reversed(synonyms, language):
    """`{"층": "레이어 계층"}` as `{"레이어": ["층"], "계층": ["층"]}`."""
    found = defaultdict(list)
    for name, others in synonyms.items():
        for other in others.split():
            found[other] += filter(None, re.split(SEPARATORS[language], name.lower()))
    return found


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


def _all_terms(docs, pages):
    """What the glossary of a language says of its sections."""
    known = {doc["location"] for doc in docs}
    found = defaultdict(list)
    for term in read_terms(pages.read_text("utf-8")) if pages.is_file() else ():
        page, _, section = term.target.partition(".md")
        place = f"{page}/{section}"
        forms = [form for form in term.forms if not form.startswith("!")]
        found[place if place in known else f"{page}/"] += [term.name, term.other, *forms]
    return {place: " ".join(dict.fromkeys(names)) for place, names in found.items()}


def write_search_indexes(site: Path, languages: list[str], default: str, docs: Path) -> None:
    """Replace the site's one search index with one for each language.

    Args:
        site: the folder of the built site.
        languages: see `split`.
        default: see `split`.
        docs: the folder of the pages, where each language has its glossary.

    Raises:
        FileNotFoundError: Material has written no index.
    """
    mixed = json.loads((site / "search/search_index.json").read_text("utf-8"))
    messages = _all_messages(site, mixed["docs"])
    terms = {name: _all_terms(mixed["docs"], docs / name / PAGE) for name in languages}
    for language, index in split(mixed, languages, default, messages, terms).items():
        home = site if language == default else site / language
        target = home / "search/search_index.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
        target.write_text(text, "utf-8")
