"""The site as one file: opened from a folder it can be read and searched."""

import json
from pathlib import Path
from urllib.parse import urldefrag, urljoin
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from tests.site.build import ADDRESS
from tests.site.markup.pages import classed, pages
from tools.site import carry


@pytest.fixture(scope="module")
def folder(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample site, unpacked."""
    target = tmp_path_factory.mktemp("carried")
    with ZipFile(sample / carry.NAME) as file:
        assert file.testzip() is None
        file.extractall(target)
    return target / carry.FOLDER


def test_every_page_links_to_it(sample: Path):
    for page, path in pages(sample).items():
        (link,) = classed(path, "site-zip")
        assert urljoin(ADDRESS + page, link["href"]) == ADDRESS + carry.NAME


def test_each_link_leads_to_a_file(sample: Path, folder: Path):
    assert len([*folder.rglob("*.html")]) == len(pages(sample))
    for path in folder.rglob("*.html"):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        assert not page.select(".site-zip")
        for tag in page.select("a[href], link[href], script[src], img[src]"):
            value = tag.get("href") or tag["src"]
            address = urldefrag(urljoin(path.as_uri(), value)).url
            if address.startswith("file:"):
                assert Path(address.removeprefix("file://")).is_file(), f"{path}: {value}"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a class="x" href="../data/#a">', '<a class="x" href="../data/index.html#a">'),
        ('<a href=".">', '<a href="./index.html">'),
        ('<a href="..">', '<a href="../index.html">'),
        ('<a href="#a">', '<a href="#a">'),
        ('<a href="x.py" download>', '<a href="x.py" download>'),
        ('<a href="https://a.b/c/">', '<a href="https://a.b/c/">'),
        ('<meta name="moved" data-to="../b/">', '<meta name="moved" data-to="../b/index.html">'),
        ('<code>&lt;a href="data/"&gt;</code>', '<code>&lt;a href="data/"&gt;</code>'),
    ],
)
def test_addresses(html: str, expected: str):
    assert carry.for_a_folder(html) == expected


def test_the_index_is_a_script_with_files():
    index = {"docs": [{"location": "data/#what"}, {"location": ""}]}
    text = carry.index_script(index).removeprefix("var __index = ")
    found = [entry["location"] for entry in json.loads(text)["docs"]]
    assert found == ["data/index.html#what", "index.html"]


@pytest.mark.parametrize(("home", "query"), [("", "tape"), ("ko/", "테이프")])
def test_it_is_searched_from_a_folder(chromium: Browser, folder: Path, home: str, query: str):
    page = chromium.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((folder / home / "index.html").as_uri(), wait_until="load")
    page.locator(".path__title a").first.click()
    page.wait_for_url("**/quickstart/index.html")
    page.keyboard.press("/")
    page.keyboard.type(query)
    page.locator(".md-search-result__link").first.click()
    page.wait_for_url(f"**/{home}by-hand/index.html?h=*")
    assert page.locator("h1").is_visible()
    assert errors == []
    page.close()
