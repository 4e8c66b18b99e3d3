"""Glossary terms in the built pages: marked once, in prose, each with its sentence."""

import json
from pathlib import Path

from tests.site.markup.pages import LANGUAGES, classed, language, pages, soup

NOT_PROSE = {"a", "h1", "h2", "h3", "h4", "code", "pre", "th", "figure", "summary", "label"}
NOT_PROSE_EITHER = {"run", "run-stamp", "admonition-title"}  # classes


def test_terms_are_marked_once_and_only_in_prose(site: Path):
    count = dict.fromkeys(LANGUAGES, 0)
    for page, path in pages(site).items():
        marks = [tag for tag in classed(path, "term") if tag.name == "a"]
        for mark in marks:
            around = [*mark.parents]
            assert not NOT_PROSE & {tag.name for tag in around}, f"{page}: {mark}"
            classes = {name for tag in around for name in tag.get("class") or ()}
            assert not NOT_PROSE_EITHER & classes, f"{page}: {mark}"
        targets = [mark["href"] for mark in marks]
        assert len(targets) == len(set(targets)), page  # markup/links.py follows them
        assert all(mark["aria-description"] for mark in marks)
        assert all("/glossary/#" in f"/{target}" for target in targets)
        count[language(page)] += len(marks)
    assert all(count.values()), count


def test_the_glossary_page(site: Path):
    for home in LANGUAGES.values():
        path = site / home / "glossary/index.html"
        assert not [name for name in ("term", "run", "run-stamp") if classed(path, name)]
        ids = [term["id"] for term in soup(path).find_all("dt", id=True)]
        assert ids
        links = [link["href"] for part in classed(path, "term-index") for link in part.select("a")]
        assert sorted(links) == sorted(f"#{name}" for name in ids)


def test_search_does_not_find_sentences_on_other_pages(site: Path):
    for home in LANGUAGES.values():
        docs = json.loads((site / home / "search/search_index.json").read_text("utf-8"))["docs"]
        text = " ".join(doc["text"] for doc in docs if not doc["location"].startswith("glossary/"))
        text = " ".join(text.split())
        for name in soup(site / home / "glossary/index.html").find_all("dt", id=True):
            sentence = " ".join(name.find_next("dd").get_text().split())
            assert sentence not in text, name["id"]
