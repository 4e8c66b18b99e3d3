"""A program's page in a browser: to its other language, and away with its notebook."""

import nbformat
import pytest
from playwright.sync_api import Browser


@pytest.mark.parametrize("site", ["real"], indirect=True)
def test_from_a_korean_program_to_its_english_page_and_its_notebook(
    chromium: Browser, address: str, tmp_path
):
    page = chromium.new_page(accept_downloads=True)
    page.goto(f"{address}ko/examples/predict/", wait_until="load")
    assert page.locator("html").get_attribute("lang") == "ko"
    page.locator(".site-languages__link:not([aria-current])").click()
    page.wait_for_url(f"{address}examples/predict/")
    assert page.locator("html").get_attribute("lang") == "en"
    with page.expect_download() as waiting:
        page.locator(".page-downloads a").first.click()
    notebook = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(notebook)
    page.close()
    assert notebook.name == "predict.ipynb"
    cells = nbformat.read(notebook, as_version=4).cells
    assert cells[0].source.startswith("# ") and any(cell.get("outputs") for cell in cells)
