"""Each page's notebook, run by Jupyter in an empty folder, shows what the page shows."""

import pytest

from tests import downloaded
from tools.blocks import Fence
from tools.segments import segments

PAGES = downloaded.pages("ko")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_it_shows_what_the_page_shows(page, tmp_path):
    expected = downloaded.expected(page)
    downloaded.let_turn(page, "notebook")
    folder = tmp_path / "reader"
    folder.mkdir()
    shown = downloaded.run_notebook(downloaded.download(page).notebook, folder)
    # The cells in front are not the page's: versions for Colab, files to write.
    blocks = [part for part in segments(page) if isinstance(part, Fence)]
    extra = len(shown) - len(blocks)
    assert extra in (0, 1, 2) and not "".join(shown[:extra]).strip()
    downloaded.compare(shown[extra:], expected)
