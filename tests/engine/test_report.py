"""What pages are told about all pages, and how they ask for it."""

from pathlib import Path
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup

from examples.mnist_data import Source
from tests.engine.test_hooks import CONFIG, build, serve, site  # noqa: F401 (a fixture)
from tools.checks.parity import compare
from tools.engine.environment import Environment
from tools.engine.pages_old import Page
from tools.engine.processes import ROOT
from tools.engine.records import Record, Snapshot
from tools.pages.fences import PageError
from tools.pages.outline import read_outline
from tools.site import outputs as render
from tools.site.report import fill_in
from tools.site.summary import REPORTS, Row, Summary

VERSIONS = {"Python": "3.12.1", "TensorFlow": "2.21.0"}
ENVIRONMENT = Environment(VERSIONS, Source("mnist", Path("mnist.npz"), "0" * 64, "MNIST"))
BLOCK = "```python\n1\n```\n"
NOT_RUN = '```sh notest="needs <a> device"\nls\n```\n'
ASKING = '# Page { #page }\n\n<div data-report="pages"></div>\n'


def record(seconds, day=1):
    return Record([], seconds, f"2026-03-0{day}T12:00:00+00:00", VERSIONS, "mnist")


def row(name, text, *records, address="", failed=False):
    page = Page(Path(f"docs/en/{name}.md"), text)
    return Row(page, name.title(), address or f"../{name}/", list(records), failed)


def report(name, rows, language="en", environment=ENVIRONMENT):
    html = REPORTS[name](Summary(rows, environment, ["English", "한국어"], language))
    return BeautifulSoup(html, "html.parser")


def cells(table):
    return [[cell.text for cell in line.find_all(["th", "td"])] for line in table.find_all("tr")]


ROWS = [
    row("first", BLOCK * 2 + NOT_RUN, record(0.25, day=3), record(59.3, day=4)),
    row("second", BLOCK, record(7.04, day=2)),
    row("words", "# Words\n"),
]


def test_the_table_counts_adds_up_and_links():
    table = report("pages", ROWS)
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
    assert cells(report("pages", ROWS, "ko")) == [
        ["페이지", "실행한 블록", "실행 안 함", "걸린 시간", "실행한 날"],
        ["First", "2", "1", "1분 0초", "2026. 3. 3."],
        ["Second", "1", "0", "7.0초", "2026. 3. 2."],
        ["Words", "0", "0", "–", "–"],
        ["3페이지 모두", "3", "1", "1분 7초", "2026. 3. 2."],
    ]


@pytest.mark.parametrize(
    ("language", "pending", "failed"),
    [("en", "being computed", "failed"), ("ko", "계산하고 있습니다", "실패했습니다")],
)
def test_what_is_not_recorded_yet_has_no_time(language, pending, failed):
    half = row("half", BLOCK * 2, record(5))
    lines = cells(report("pages", [ROWS[1], half], language))
    assert lines[2][1:] == ["2", "0", pending, "–"]
    assert lines[3][1:] == ["3", "0", pending, "–"]  # and no total that is too small
    broken = row("broken", BLOCK * 2, record(5), failed=True)
    lines = cells(report("pages", [half, broken], language))
    assert [line[3] for line in lines[1:]] == [pending, failed, failed]


def test_a_page_without_an_address_is_named_only():
    page = Page(Path("examples/train.py"), BLOCK)
    table = report("pages", [Row(page, "a <b>", None, [record(1)])])
    assert table.a is None and cells(table)[1][0] == "a <b>"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_is_not_run_is_listed_and_linked(language):
    rows = [row("first", BLOCK + NOT_RUN + NOT_RUN, address="../first/"), ROWS[1]]
    items = report("not-run", rows, language).find_all("li")
    assert [item.text for item in items] == ["First: needs <a> device"] * 2
    for number, block in enumerate(rows[0].page.not_run, 1):
        box = BeautifulSoup(render.not_run(block, number, language), "html.parser").div
        assert items[number - 1].a["href"] == f"../first/#{box['id']}"


def test_an_empty_list_says_so():
    assert report("not-run", [ROWS[1]]).text == "None: every block is run."
    assert report("not-run", [ROWS[1]], "ko").text == "없습니다. 모든 블록을 실행합니다."


def test_languages_versions_and_data():
    assert [item.text for item in report("environment", ROWS).find_all("li")] == [
        "Languages: English, 한국어",
        "Versions: Python 3.12.1, TensorFlow 2.21.0",
        "Data: MNIST",
    ]
    undecided = report("environment", ROWS, "ko", environment=None).find_all("li")
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
    text = ASKING + f'\n```html\n{marker}\n```\n\n`<div data-report="x"></div>`\n\n{marker}\n'
    page = Page(Path("docs/en/page.md"), text)
    html = f'<div data-report="pages"></div><code>&lt;div data-report="x"&gt;</code>{marker}'
    with pytest.raises(PageError, match=r"docs/en/page\.md:11: <.*pages, not-run, environment"):
        fill_in(html, page, Summary([], ENVIRONMENT, [], "en"))


def test_other_languages_must_ask_for_the_same_reports():
    ours = read_outline(ASKING)
    for theirs in (ASKING.replace('"pages"', '"not-run"'), ASKING.split("<div")[0]):
        assert list(compare(ours, read_outline(theirs), "en", "ko", ("en", "ko")))
    assert not list(compare(ours, read_outline(ASKING), "en", "ko", ("en", "ko")))


def test_a_snapshot_reads_what_it_has_found_only_once(store):
    snapshot = Snapshot(store)
    assert snapshot.get("key") is None
    store.put("key", record(1))
    assert snapshot.get("key") == record(1)  # looked for again
    (store.folder / "key.json").unlink()
    assert snapshot.get("key") == record(1)
    assert Snapshot(store).get("key") is None


@pytest.fixture
def asking(site):  # noqa: F811
    """The small site with a page that asks for the table, and one that takes a while."""
    hooks = f"hooks: [{ROOT}/tools/site/hooks/outputs.py, {ROOT}/tools/site/hooks/report.py]\n"
    before = CONFIG.replace(f"hooks: [{ROOT}/tools/site/hooks/outputs.py]\n", hooks)
    extensions = before.replace("[admonition,", "[admonition, md_in_html,")
    nav = "nav: [index.md, slow.md, about.md]\n"
    (site / "mkdocs.yml").write_text(extensions + nav, encoding="utf-8")
    for language in ("en", "ko"):
        folder = site / "docs" / language
        (folder / "slow.md").write_text("# Slow\n\n```python\nimport time\ntime.sleep(1)\n```\n")
        (folder / "about.md").write_text(ASKING)
    return site


def table_of(site, address):  # noqa: F811
    html = (site / "site" / address / "index.html").read_text()
    table = BeautifulSoup(html, "html.parser").article.table
    return table, [line[:3] for line in cells(table)[1:]]


def test_the_built_page_has_the_table_of_its_language(asking):
    done = build(asking, "--strict")
    assert done.returncode == 0, done.stderr
    for address, last in (("about", "All 3 pages"), ("ko/about", "3페이지 모두")):
        table, lines = table_of(asking, address)
        # In the order of the navigation, though "about" comes first in the alphabet.
        assert lines == [
            ["Page", "2", "0"],
            ["Slow", "1", "0"],
            ["Page", "0", "0"],
            [last, "3", "0"],
        ]
        links = [urljoin(f"/{address}/", link["href"]) for link in table.find_all("a")]
        home = f"/{address.removesuffix('about')}"
        assert links == [home, f"{home}slow/", f"{home}about/"]
        times = [line[3] for line in cells(table)[1:]]
        assert times[1].startswith("1.") and times[1].endswith(("s", "초"))


def test_an_unknown_report_and_a_failed_page_fail_a_strict_build(asking):
    (asking / "docs/ko/slow.md").write_text("# Slow\n\n```python\n1 / 0\n```\n")
    assert build(asking).returncode == 0
    assert cells(table_of(asking, "about")[0])[2][3].endswith("s")
    assert cells(table_of(asking, "ko/about")[0])[2][3] == "실패했습니다"
    (asking / "docs/ko/slow.md").unlink()
    (asking / "docs/ko/about.md").write_text(ASKING.replace('"pages"', '"page"'))
    done = build(asking)
    assert done.returncode != 0
    assert "docs/ko/about.md:3: <div data-report=" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_says_what_is_still_being_computed(asking):
    with serve(asking) as wait_for:
        html = wait_for("계산하고 있습니다", "ko/about/")
        table = BeautifulSoup(html, "html.parser").article.table
        assert cells(table)[2][3:] == ["계산하고 있습니다", "–"]
        wait_for('<td style="text-align: right; white-space: nowrap;">1.', "ko/about/")
