"""Each page's script, run by Python in an empty folder, prints what the page shows as printed.

The code of each page runs twice before this, by the engine and in the notebook. What is left is
whether the script is put together rightly, so of the long ones each run takes one, by the day;
the nightly run takes all (SCRIPTS=all).
"""

import os
from datetime import date

import pytest

from tests import downloaded
from tools.engine.capture_old import as_terminal
from tools.engine.compare_outputs import difference

PAGES = downloaded.pages("en")
LONG = 10.0  # seconds


def days_to_wait(page) -> int:
    """How many days it is until the turn of a page's script; 0 for those that are always run."""
    long = [one for one in PAGES if downloaded.seconds(one) >= LONG]
    if page not in long or os.environ.get("SCRIPTS") == "all":
        return 0
    return (long.index(page) - date.today().toordinal()) % len(long)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_it_prints_what_the_page_shows(page, tmp_path):
    expected, folder, out = downloaded.printed(page), tmp_path / "reader", tmp_path / "out"
    if days := days_to_wait(page):
        pytest.skip(f"takes long: its turn is in {days} days, SCRIPTS=all runs it now")
    folder.mkdir()
    files = downloaded.download(page)
    name = f"{files.name}.py"
    (folder / name).write_text(files.script, encoding="utf-8")
    if page.path.suffix == ".py":
        # What the page alone runs stands in comments there.
        codes = (block.code.strip() for block in page.blocks)
        own = [code for code in codes if f"\n{code}\n" not in files.script]
        child = downloaded.start(downloaded.program, name, own, folder=folder, out=out)
    else:
        child = downloaded.start(downloaded.script, name, folder=folder, out=out)
    child.join(240)
    alive = child.exitcode is None
    child.kill()
    assert not alive and child.exitcode == 0, (tmp_path / "out.err").read_text()[-3000:]
    assert difference([as_terminal(out.read_text())], expected) == ""
