"""What pages are told about all pages."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from examples.mnist_data import Source
from tools.engine import BlockError, Environment, Record
from tools.pages import Page, PageError
from tools.site.outputs import PageOutputs
from tools.site.reports import Row, fill_in

VERSIONS = {"Python": "3.12.1", "TensorFlow": "2.21.0"}
ENVIRONMENT = Environment(VERSIONS, Source("mnist", Path("mnist.npz"), "0" * 64, "MNIST"))
BLOCK = "```python\n1\n```\n"
NOT_RUN = '```sh notest="needs <a> device"\nls\n```\n'


def record(seconds, day=1):
    return Record([], seconds, f"2026-03-0{day}T12:00:00+00:00", "", VERSIONS, "mnist")


def row(name, text, *records, language="en", address="", failed=False):
    page, cache = Page(Path(f"docs/en/{name}.md"), text, language), {}
    keys = [str(number) for number in range(len(page.blocks))]
    cache.update(zip(keys, records, strict=False))
    failure = BlockError(page.path, 1, "", "") if failed else None
    return Row(PageOutputs(page, keys, cache, failure, ""), name.title(), address or f"../{name}/")


def report(name, rows, language="en", environment=ENVIRONMENT):
    page = Page(Path("docs/en/about.md"), "", language)
    marker = f'<div data-report="{name}"></div>'
    html = fill_in(marker, page, rows, environment, ["English", "한국어"])
    return BeautifulSoup(html, "html.parser")


def cells(table):
    return [[cell.text for cell in line.find_all(["th", "td"])] for line in table.find_all("tr")]


def rows(language="en"):
    return [
        row("first", BLOCK * 2 + NOT_RUN, record(0.25, 3), record(59.3, 4), language=language),
        row("second", BLOCK, record(7.04, 2), language=language),
        row("words", "# Words\n", language=language),
    ]


def test_the_table_counts_adds_up_and_links():
    table = report("pages", rows())
    assert cells(table) == [
        ["Page", "Blocks run", "Not run", "Time", "When"],
        ["First", "2", "1", "1 min 0 s", "3 Mar 2026"],  # the page's oldest record
        ["Second", "1", "0", "7.0 s", "2 Mar 2026"],
        ["Words", "0", "0", "–", "–"],
        ["All 3 pages", "3", "1", "1 min 7 s", "2 Mar 2026"],
    ]
    assert [link["href"] for link in table.find_all("a")] == [
        "../first/",
        "../second/",
        "../words/",
    ]
    assert table.time["datetime"] == "2026-03-03T12:00:00+00:00"


def test_the_table_speaks_korean_on_korean_pages():
    assert cells(report("pages", rows("ko"), "ko")) == [
        ["페이지", "실행한 블록", "실행 안 함", "걸린 시간", "실행한 날"],
        ["First", "2", "1", "1분 0초", "2026. 3. 3."],
        ["Second", "1", "0", "7.0초", "2026. 3. 2."],
        ["Words", "0", "0", "–", "–"],
        ["3페이지 모두", "3", "1", "1분 7초", "2026. 3. 2."],
    ]


def test_what_is_not_recorded_yet_has_no_time():
    half = row("half", BLOCK * 2, record(5))
    lines = cells(report("pages", [rows()[1], half]))
    assert lines[2][1:] == ["2", "0", "being computed", "–"]
    assert lines[3][1:] == ["3", "0", "being computed", "–"]  # and no total that is too small
    broken = row("broken", BLOCK * 2, record(5), failed=True)
    lines = cells(report("pages", [half, broken]))
    assert [line[3] for line in lines[1:]] == ["being computed", "failed", "failed"]


def test_what_is_not_run_is_listed_and_linked():
    (first, *others) = rows()
    items = report("not-run", [first, *others]).find_all("li")
    assert [item.text for item in items] == ["First: needs <a> device"]
    (block,) = first.page.not_run
    box = BeautifulSoup(first.outputs.under(block), "html.parser").div
    assert items[0].a["href"] == f"../first/#{box['id']}"
    assert report("not-run", others).text == "None: every block is run."


def test_languages_versions_and_data():
    assert [item.text for item in report("environment", rows()).find_all("li")] == [
        "Languages: English, 한국어",
        "Versions: Python 3.12.1, TensorFlow 2.21.0",
        "Data: MNIST",
    ]
    undecided = report("environment", [], "ko", environment=None).find_all("li")
    assert [item.text for item in undecided][1:] == [
        "버전: 계산하고 있습니다",
        "데이터: 계산하고 있습니다",
    ]


@pytest.mark.parametrize(
    "marker",
    [
        '<div data-report="pagse"></div>',
        '<span data-report="pages"></span>',
        "<div data-report='pages'></div>",
        '<div class="wide" data-report="pages"></div>',
        "<div data-report></div>",
        '<div data-report="pages">text</div>',
    ],
)
def test_an_unknown_report_is_named_with_its_line(marker):
    text = f'# A\n\n<div data-report="pages"></div>\n\n```html\n{marker}\n```\n\n'
    text += f"`{marker}`\n\n{marker}\n"
    page = Page(Path("docs/en/page.md"), text)
    html = f'<div data-report="pages"></div><code>&lt;div data-report="x"&gt;</code>{marker}'
    with pytest.raises(PageError, match=r"docs/en/page\.md:11: <.*pages, not-run, environment"):
        fill_in(html, page, [], ENVIRONMENT, [])
