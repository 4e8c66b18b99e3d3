"""A program's page in a browser: to its other language, and away with its notebook."""

import re

import pytest
from playwright.sync_api import Browser

from tests import downloaded


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
        page.locator(".page-downloads a[download$='.ipynb'], .page-downloads a").first.click()
    notebook = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(notebook)
    page.close()
    assert notebook.name == "predict.ipynb"
    folder = tmp_path / "reader"
    folder.mkdir()
    shown = "".join(downloaded.run_notebook(notebook.read_text("utf-8"), folder))
    for digit, picture in {2: "two.png", 3: "three.png", 7: "seven.jpg"}.items():
        assert re.search(rf"^ +{digit} +\d+\.\d% .*{re.escape(picture)}$", shown, re.M), shown
