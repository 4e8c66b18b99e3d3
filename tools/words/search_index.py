"""One search index per language, out of the mixed one that Material writes.

The browser cuts pages and queries into words with the same regular expression (`separator`); what
a query finds then, tools/site/search_worker.js decides. An entry has `title` and `text` (its prose,
which the results show), `code` (names of its code that the prose does not have), `terms` (of the
glossary that it teaches) and `message` (the words of what its blocks raised).
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

BOOSTS = {"title": 5.0, "terms": 5.0, "name": 2.0, "text": 2.0, "code": 1.0, "message": 3.0}

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


def write_search_indexes(site: Path, languages: list[str], default: str, docs: Path) -> None:
    """Replace the site's one search index with one for each language."""
    mixed = json.loads((site / "search/search_index.json").read_text("utf-8"))["docs"]
    known = {doc["location"] for doc in mixed}
    messages = {}
    for page in {location.partition("#")[0] for location in known}:
        if (path := site / page / "index.html").is_file():
            for section, words in find_messages(path.read_text("utf-8")).items():
                messages[f"{page}#{section}"] = words
    for language in languages:
        home = "" if language == default else f"{language}/"
        others = tuple(f"{one}/" for one in languages if one != default and one != language)
        mine = [
            doc
            for doc in mixed
            if doc["location"].startswith(home)
            and not (home == "" and doc["location"].startswith(others))
        ]
        terms = _terms(known, docs / language / PAGE)
        index = {"config": _config(language), "docs": _entries(mine, home, messages, terms)}
        target = site / home / "search/search_index.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), "utf-8")


def _entries(docs, home, messages, terms) -> list[dict[str, Any]]:
    found, ended = [], None  # the page whose end is reached
    for doc in docs:
        page, _, section = doc["location"].partition("#")
        ended = page if section == "you-can-now" else ended
        text, code = _prose_and_names(doc["text"])
        location = doc["location"].removeprefix(home)
        more = {
            "code": code,
            "terms": terms.get(location),
            "message": messages.get(doc["location"]),
            "boost": _END_BOOST if ended == page else None,
        }
        entry = {"location": location, "title": doc["title"], "text": text}
        found.append(entry | {name: value for name, value in more.items() if value})
    return found


def _config(language):
    synonyms = defaultdict(list)  # {"층": "레이어 계층"} as {"레이어": ["층"], "계층": ["층"]}
    for name, others in SYNONYMS[language].items():
        for other in others.split():
            synonyms[other] += filter(None, re.split(SEPARATORS[language], name.lower()))
    return {
        # "en" keeps the browser from loading lunr's Korean part, which only drops stop words.
        "lang": ["en"],
        "separator": SEPARATORS[language],
        "pipeline": ["stopWordFilter"] if language == "en" else [],
        "fields": {name: {"boost": boost} for name, boost in BOOSTS.items()},
        "synonyms": synonyms,
        "ignored": IGNORED[language].split(),
    }


@lru_cache(10_000)  # under `serve` nearly all sections are those of the build before
def _prose_and_names(html):
    """A section's text without its code, and the names from its code that this loses."""
    prose = " ".join(_CODE.sub(" ", html).split())
    code = unescape(" ".join(_CODE.findall(html)))
    names = {name.lower() for name in _NAME.findall(code)}
    return prose, " ".join(sorted(names - {*re.findall(r"\w+", prose.lower())}))


def find_messages(html: str) -> dict[str, str]:
    """The words of what the blocks of a built page raised, by the id of their section."""
    found, section = defaultdict(dict), ""
    for heading, error in _HEADING_OR_ERROR.findall(html):
        section = heading or section
        if error:
            found[section] |= dict.fromkeys(_NUMBER.sub(" ", unescape(error)).split())
    return {
        name: " ".join(words if len(words) <= _HEAD + _TAIL else words[:_HEAD] + words[-_TAIL:])
        for name, words in ((name, [*words]) for name, words in found.items())
    }


def _terms(known, page):
    """The glossary's terms by the location, in a language, that teaches them."""
    found = defaultdict(dict)
    for term in read_terms(page.read_text("utf-8")) if page.is_file() else ():
        name, _, section = term.target.partition(".md")
        place = f"{name}/{section}" if f"{name}/{section}" in known else f"{name}/"
        forms = [form for form in term.forms if not form.startswith("!")]
        found[place] |= dict.fromkeys([term.name, term.other, *forms])
    return {place: " ".join(names) for place, names in found.items()}
