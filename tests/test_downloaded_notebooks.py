"""Each program's notebook, run by Jupyter in an empty folder, shows what its page shows.

Those of the Markdown pages run as the tests of docs/ko (tools/engine/notebook_session_old.py).
"""

import pytest

from tests import downloaded
from tools.engine import environment
from tools.engine.notebook_session_old import NotebookSession, runs_as_notebook
from tools.engine.pages_old import RECORDS, all_pages

PROGRAMS = [page for page in downloaded.pages("ko") if page.path.suffix == ".py"]


@pytest.mark.parametrize("page", PROGRAMS, ids=lambda page: page.path.stem)
def test_it_shows_what_the_page_shows(page):
    session = NotebookSession(page, environment.current(lambda line: None), RECORDS)
    try:
        session.run(len(page.blocks) - 1)
    finally:
        session.close()


def test_every_page_that_can_be_downloaded_runs_as_its_notebook():
    here = [page.path for page in PROGRAMS]
    in_docs = [page.path for page in all_pages() if runs_as_notebook(page)]
    assert [page.path for page in downloaded.pages("ko")] == [
        path for path in in_docs if path.suffix == ".md" or path in here
    ]
    assert here and len(in_docs) > len(here)
