"""The programs of examples/ as built pages, and what can be downloaded from each page."""

import json
import re
import statistics
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup

from tests.site.build import ROOT
from tests.site.markup.pages import LANGUAGES, classed, html, soup
from tools.notebooks import can_be_downloaded
from tools.pages import Page, all_pages, programs
from tools.site.downloads import COLAB, add_downloads
from tools.site.outputs import PageOutputs
from tools.words import TEXT

DOCS = ROOT / "docs"
NAMES = [path.stem for path in programs(DOCS)]

of_the_real_site = pytest.mark.parametrize("site", ["real"], indirect=True)
in_both = pytest.mark.parametrize("language", LANGUAGES)


def _path(site: Path, language: str, name: str) -> Path:
    return site / LANGUAGES[language] / "examples" / name / "index.html"


@of_the_real_site
@in_both
def test_every_program_has_its_page(site, language):
    texts = [path.read_text("utf-8") for path in (ROOT / "examples").glob("*.py")]
    for module in {path.stem for path in (ROOT / "examples").glob("*.py")} - {*NAMES}:
        assert any(re.search(rf"\b(import|from) {module}\b", text) for text in texts), module
    for name in NAMES:
        article = soup(_path(site, language, name)).article
        text = article.get_text()
        assert ("니다." in text) == (language == "ko"), name
        assert len(article.select(".highlight")) >= 5 and article.select(".run"), name
        assert article.select_one(".run-stamp").get_text().strip(), name
        assert not article.select(".run--pending, .run--failed"), name


@of_the_real_site
@in_both
def test_a_programs_page_is_as_light_and_as_plain_as_another(site, language):
    tutorials = (path.stem for path in (DOCS / "en").glob("*.md") if path.stem != "index")
    sizes = [
        (site / LANGUAGES[language] / name / "index.html").stat().st_size for name in tutorials
    ]
    for name in NAMES:
        path = _path(site, language, name)
        assert len(html(path).encode()) <= 2 * statistics.median(sizes), name
        article = soup(path).article
        assert not article.select("style, script, link, clipboard-copy, [data-jp-suppress]"), name
        assert not article.select("[data-mime-type='application/vnd.jupyter.stderr']"), name
        assert "$$" not in article.get_text(), name


@of_the_real_site
@in_both
def test_formulas_are_shown_as_formulas(site, language):
    with_formulas = {name for name in NAMES if soup(_path(site, language, name)).article.math}
    assert {"edge_tpu", "train_by_hand"} <= with_formulas


@of_the_real_site
@in_both
def test_a_programs_page_has_what_other_pages_have(site, language):
    index = json.loads((site / LANGUAGES[language] / "search/search_index.json").read_text())
    found = {doc["location"].partition("#")[0] for doc in index["docs"]}
    for name in NAMES:
        path = _path(site, language, name)
        page = soup(path)
        assert f"examples/{name}/" in found
        switcher = {
            link.has_attr("aria-current"): link for link in page.select(".site-languages a")
        }
        assert switcher[True]["lang"] == language
        assert switcher[False]["href"].endswith(f"examples/{name}/")
        headings = [tag["id"] for tag in page.article.find_all("h2", id=True)]
        sidebars = classed(path, "md-sidebar--secondary")
        links = [tag for one in sidebars for tag in one.find_all("a", class_="md-nav__link")]
        listed = [tag["href"] for tag in links]
        assert [f"#{one}" for one in headings] == [one for one in listed if one[1:] in headings]
        assert page.title.get_text().startswith(page.h1.get_text().rstrip("¶"))
        alternates = {tag["hreflang"] for tag in page.head.select("[hreflang]")}
        assert alternates == {*LANGUAGES, "x-default"}


@of_the_real_site
@in_both
def test_each_page_has_its_two_downloads(site, language):
    pages = [page for page in all_pages() if page.language == language]
    for page in filter(can_be_downloaded, pages):
        stem = "" if page.path.stem == "index" else f"{page.path.stem}/"
        folder = "examples/" if page.path.suffix == ".py" else ""
        place = site / LANGUAGES[language] / folder / stem
        boxes = classed(place / "index.html", "page-downloads")
        links = [tag for box in boxes for tag in box.find_all("a")]
        # Colab is not named before the repository's address is known.
        assert all(tag.has_attr("download") for tag in links), page.path
        addresses = [tag["href"] for tag in links]
        assert [one.rpartition(".")[2] for one in addresses] == ["ipynb", "py"], page.path
        notebook, script = (place / unquote(one) for one in addresses)
        parsed = json.loads(notebook.read_text("utf-8"))
        nbformat.validate(parsed)  # it raises; nbformat.read only warns
        code = [cell for cell in parsed["cells"] if cell["cell_type"] == "code"]
        assert len(code) >= len(page.blocks), page.path
        assert any(cell["outputs"] for cell in code), page.path
        compile(script.read_text("utf-8"), str(script), "exec")


@pytest.mark.parametrize(
    ("repository", "found"),
    [
        ("", []),
        ("https://example.org/a/b", []),
        ("https://github.com/a/b.git", ["a/b/blob/notebooks/ko/cnn/mnist-cnn.ipynb"]),
    ],
)
def test_colab_is_linked_when_the_repository_is_known(repository, found):
    page = Page(Path("docs/ko/cnn.md"), "# CNN\n\n```python\n1\n```\n", "ko")
    outputs = PageOutputs(page, [], {}, None, "../../")
    html, files = add_downloads("<h1>CNN</h1>", outputs, "ko/cnn/", "", repository)
    assert [*files] == ["ko/cnn/mnist-cnn.ipynb", "ko/cnn/mnist-cnn.py"]
    links = BeautifulSoup(html, "html.parser").select("a")
    colab = [tag for tag in links if tag.get_text() == TEXT["ko"]["download.colab"]]
    assert [tag["href"].removeprefix(f"{COLAB}/") for tag in colab] == found
