"""The programs of examples/ as pages of the built site, and what can be downloaded there."""

import json
import statistics
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from tests import downloaded
from tests.site.build import ROOT
from tools.cells import programs
from tools.hooks import downloads as hook
from tools.site_text import TEXT

DOCS = ROOT / "docs"
LANGUAGES = {"en": "", "ko": "ko/"}
NAMES = [path.stem for path in programs(DOCS)]
# All that is a program of its own: what the others import is not.
HELPERS = {"mnist_data", "mnist_file", "mnist_standin", "quantize", "tflite_file"}

pytestmark = pytest.mark.parametrize("site", ["real"], indirect=True)


def _html(site: Path, language: str, name: str) -> str:
    return (site / LANGUAGES[language] / "examples" / name / "index.html").read_text("utf-8")


def _article(site: Path, language: str, name: str) -> BeautifulSoup:
    return BeautifulSoup(_html(site, language, name), "html.parser").article


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_program_has_its_page(site, language):
    assert {path.stem for path in (ROOT / "examples").glob("*.py")} == {*NAMES, *HELPERS}
    for name in NAMES:
        article = _article(site, language, name)
        text = article.get_text()
        assert ("니다." in text) == (language == "ko"), name
        assert len(article.select(".highlight")) >= 5 and article.select(".run"), name
        assert article.select_one(".run-stamp").get_text().strip(), name
        assert not article.select(".run--pending, .run--failed"), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_programs_page_is_as_light_and_as_plain_as_another(site, language):
    tutorials = (path.stem for path in (DOCS / "en").glob("*.md") if path.stem != "index")
    sizes = [
        (site / LANGUAGES[language] / name / "index.html").stat().st_size for name in tutorials
    ]
    for name in NAMES:
        html = _html(site, language, name)
        assert len(html.encode()) <= 2 * statistics.median(sizes), name
        article = _article(site, language, name)
        assert not article.select("style, script, link, clipboard-copy, [data-jp-suppress]"), name
        assert not article.select("[data-mime-type='application/vnd.jupyter.stderr']"), name
        assert "$$" not in article.get_text(), name


def test_formulas_are_shown_as_formulas(site):
    for language in LANGUAGES:
        with_formulas = [name for name in NAMES if _article(site, language, name).select("math")]
        assert {"edge_tpu", "train_by_hand"} <= set(with_formulas)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_what_other_pages_have(site, language):
    index = json.loads((site / LANGUAGES[language] / "search/search_index.json").read_text())
    found = {doc["location"].partition("#")[0] for doc in index["docs"]}
    for name in NAMES:
        soup = BeautifulSoup(_html(site, language, name), "html.parser")
        assert f"examples/{name}/" in found
        assert soup.select_one(".site-languages a[aria-current]")["lang"] == language
        other = soup.select_one(".site-languages a:not([aria-current])")["href"]
        assert other.endswith(f"examples/{name}/")
        headings = [tag["id"] for tag in soup.select("article h2[id]")]
        listed = [tag["href"] for tag in soup.select(".md-sidebar--secondary a.md-nav__link")]
        assert [f"#{one}" for one in headings] == [one for one in listed if one[1:] in headings]
        assert soup.select_one("title").get_text().startswith(soup.h1.get_text().rstrip("¶"))
        assert {tag["hreflang"] for tag in soup.select("head [hreflang]")} == {
            *LANGUAGES,
            "x-default",
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_has_its_two_downloads(site, language):
    for page in downloaded.pages(language):
        stem = "" if page.path.stem == "index" else f"{page.path.stem}/"
        folder = "examples/" if page.path.suffix == ".py" else ""
        place = site / LANGUAGES[language] / folder / stem
        soup = BeautifulSoup((place / "index.html").read_text("utf-8"), "html.parser")
        links = [tag["href"] for tag in soup.select(".page-downloads a[download]")]
        assert [link.rpartition(".")[2] for link in links] == ["ipynb", "py"], page.path
        notebook, script = (place / unquote(link) for link in links)
        parsed = nbformat.read(notebook, as_version=4)
        nbformat.validate(parsed)
        code = [cell for cell in parsed.cells if cell.cell_type == "code"]
        assert len(code) >= len(page.blocks) and any(cell.outputs for cell in code), page.path
        compile(script.read_text("utf-8"), str(script), "exec")
        # Colab is not named before the repository's address is known.
        assert not soup.select(".page-downloads a:not([download])")


@pytest.mark.parametrize(
    ("repository", "found"),
    [
        ("", []),
        ("https://example.org/a/b", []),
        ("https://github.com/a/b.git", ["a/b/blob/notebooks/ko/cnn/cnn.ipynb"]),
    ],
)
def test_colab_is_linked_when_the_repository_is_known(site, repository, found):
    made = SimpleNamespace(name="cnn")
    page, config = SimpleNamespace(url="ko/cnn/"), SimpleNamespace(extra={"repository": repository})
    soup = BeautifulSoup(hook._links(made, page, config, "ko"), "html.parser")
    links = [tag for tag in soup.select("a") if tag.get_text() == TEXT["ko"]["download.colab"]]
    assert [tag["href"].removeprefix(f"{hook.COLAB}/") for tag in links] == found


def test_from_a_korean_program_to_its_english_page_and_its_notebook(
    site, chromium: Browser, address: str, tmp_path
):
    page = chromium.new_page(accept_downloads=True)
    page.goto(f"{address}ko/examples/train/", wait_until="load")
    assert page.locator("html").get_attribute("lang") == "ko"
    page.locator(".site-languages__link:not([aria-current])").click()
    page.wait_for_url(f"{address}examples/train/")
    assert page.locator("html").get_attribute("lang") == "en"
    with page.expect_download() as waiting:
        page.locator(".page-downloads a[download$='.ipynb'], .page-downloads a").first.click()
    notebook = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(notebook)
    page.close()
    assert notebook.name == "train.ipynb"
    folder = tmp_path / "reader"
    folder.mkdir()
    shown = downloaded.run_notebook(notebook.read_text("utf-8"), folder)
    assert any("Accuracy on the test images: 0.9" in text for text in shown)
