"""Each page's script, run by Python in an empty folder, prints what the page shows as printed."""

import pytest

from tests import downloaded
from tools.capture import as_terminal
from tools.same_output import difference

PAGES = downloaded.pages("en")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_it_prints_what_the_page_shows(page, tmp_path):
    expected, folder, out = downloaded.printed(page), tmp_path / "reader", tmp_path / "out"
    folder.mkdir()
    files = downloaded.download(page)
    name = f"{files.name}.py"
    (folder / name).write_text(files.script, encoding="utf-8")
    if page.path.suffix == ".py":
        own = [block.code for block in page.blocks if block.code.strip() not in files.script]
        child = downloaded.start(downloaded.program, name, own, folder=folder, out=out)
    else:
        child = downloaded.start(downloaded.script, name, folder=folder, out=out)
    child.join(240)
    alive = child.exitcode is None
    child.kill()
    assert not alive and child.exitcode == 0, (tmp_path / "out.err").read_text()[-3000:]
    assert difference([as_terminal(out.read_text())], expected) == ""
