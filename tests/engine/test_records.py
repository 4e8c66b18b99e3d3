"""Records are found when they hold, and only then."""

import logging
from pathlib import Path

import pytest

from tools.engine import (
    Background,
    Environment,
    Record,
    RecordCache,
    current,
    fingerprints,
    run_page,
    run_pages,
    unrecorded,
)
from tools.engine.outputs import text_of
from tools.pages import Page

VERSIONS = {"Python": "3.11.7", "TensorFlow": "2.21.0"}


def page(*codes, path="docs/en/page.md", info="python", before=""):
    text = before + "".join(f"```{info}\n{code}\n```\n" for code in codes)
    return Page(Path(path), text, Path(path).parent.name)


def keys(*codes, versions=VERSIONS, **options):
    return fingerprints(page(*codes, **options), Environment(versions, current().source))


def record(**changes):
    values = {
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "손글씨\n"}],
        "seconds": 1.5,
        "finished": "2026-11-21T00:00:00+00:00",
        "page": "docs/en/page.md",
        "versions": VERSIONS,
        "data": "mnist",
    }
    return Record(**{**values, **changes})


def test_pages_with_the_same_code_have_the_same_keys():
    translation = keys("x = 1", "x", path="docs/ko/page.md", before="# 제목\n\n")
    assert keys("x = 1", "x") == translation
    assert keys("x", info='python caption="One" alt="A"') == keys("x", info='python alt="하나"')


def test_a_key_depends_on_what_precedes_the_block():
    first, second = keys("x = 1", "x"), keys("x = 2", "x")
    assert first[0] != second[0] and first[1] != second[1]
    assert keys("x = 1", "x")[0] == keys("x = 1", "y")[0]


def test_what_is_made_of_a_record_is_made_once(tmp_path):
    made = []
    for cache in (RecordCache(tmp_path), RecordCache(tmp_path)):
        for content in (b"a", b"b"):
            assert (
                cache.made_of(content, "twice", lambda it: made.append(it) or 2 * it) == 2 * content
            )
    assert made == [b"a", b"b"]


@pytest.mark.parametrize(
    "other",
    [
        keys("x", versions={**VERSIONS, "TensorFlow": "2.22.0"}),
        keys("'x'"),
        keys("x  # a comment"),
        keys("x", info='python raises="NameError"'),
        keys("x", info="sh"),
        keys("x", before="---\ndownloads: false\n---\n"),
    ],
)
def test_a_key_depends_on_versions_code_options_and_the_repository(other):
    assert keys("x") != other


def test_a_key_depends_on_the_files_that_come_with_the_page(monkeypatch, tmp_path):
    command = "python examples/predict.py"
    before = keys(command, info="sh")
    assert before == keys(command, info="sh") != keys("python predict.py", info="sh")
    monkeypatch.setattr("tools.notebooks.bundle.FOLDER", tmp_path)
    (tmp_path / "predict.py").write_text("print('changed')")
    assert keys(command, info="sh") != before


def test_a_key_depends_on_whether_a_variable_that_the_code_asks_for_is_set(monkeypatch):
    asking, other = 'os.environ.get("OLD_PYTHON")', 'os.environ.get("PYTHON")'
    monkeypatch.delenv("OLD_PYTHON", raising=False)
    without, other_without = keys(asking), keys(other)
    monkeypatch.setenv("OLD_PYTHON", "/somewhere")
    assert keys(asking) != without
    assert keys(other) == other_without


def test_what_was_put_is_got(records):
    records.put("key", record())
    assert records.get("key") == record()
    assert RecordCache(records.folder).get("key") == record()
    assert records.get("other") is None
    assert [path.name for path in records.folder.iterdir()] == ["key.json"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: b"\xff\xfe" + content,
        lambda content: b"not a record",
    ],
)
def test_a_damaged_record_is_as_good_as_none(records, damage):
    records.put("key", record())
    path = records.folder / "key.json"
    path.write_bytes(damage(path.read_bytes()))
    assert RecordCache(records.folder).get("key") is None


def test_a_folder_that_cannot_be_written_costs_a_warning_and_no_record(tmp_path, caplog):
    (tmp_path / "file").touch()
    records = RecordCache(tmp_path / "file" / "records")
    with caplog.at_level(logging.WARNING):
        records.put("one", record())
        records.put("two", record())
    assert records.get("one") == records.get("two") == record()
    (warning,) = caplog.messages
    assert "cannot be kept in" in warning and "run again next time" in warning


def test_a_failing_write_leaves_the_old_record_and_nothing_beside(records, monkeypatch):
    records.put("key", record())
    monkeypatch.setattr("os.replace", lambda *names: (_ for _ in ()).throw(OSError("disk full")))
    records.put("key", record(seconds=9.0))
    assert RecordCache(records.folder).get("key") == record()
    assert len(list(records.folder.iterdir())) == 1


def shown(page, records):
    return text_of(records.get(fingerprints(page, current())[-1]).outputs[0])


def test_pages_with_equal_code_run_once_and_the_default_language_wins(records):
    english = page("import time\nprint('at', time.time_ns(), 'ns')")
    korean = Page(Path("docs/ko/page.md"), "# 제목\n\n" + english.text, "ko")
    assert unrecorded([english, korean], current(), records) == [english]
    run_page(korean, current(), records)
    from_korean = shown(english, records)
    assert unrecorded([english, korean], current(), records) == []
    run_page(english, current(), records)
    assert shown(korean, records) != from_korean


def test_what_precedes_a_failing_block_is_recorded(records):
    failing = page("print(1)", "1 / 0")
    error = run_page(failing, current(), records)
    assert error.line == 5
    first, second = fingerprints(failing, current())
    assert text_of(records.get(first).outputs[0]) == "1\n"
    assert records.get(second) is None
    assert unrecorded([failing], current(), records) == [failing]


def test_another_version_needs_another_run(records):
    simple = page("1")
    run_page(simple, current(), records)
    newer = Environment({**current().versions, "TensorFlow": "9.9"}, current().source)
    assert unrecorded([simple], newer, records) == [simple]


def test_pages_run_side_by_side_and_the_end_of_each_is_reported(records):
    ended = []
    many = [page(f"{number} / (1 - {number})") for number in range(4)]
    run_pages(many, current(), lambda *one: ended.append(one), records)
    assert {page.text for page, _ in ended} == {page.text for page in many}
    assert [error.message for _, error in ended if error] == ["ZeroDivisionError: division by zero"]


def test_the_page_that_is_looked_at_runs_first_and_always_in_its_newest_text(monkeypatch):
    import threading

    ran, all_done = [], threading.Event()

    def run(page):
        ran.append((page.path.stem, page.text))
        if len(ran) == 3:
            all_done.set()

    monkeypatch.setattr("os.cpu_count", lambda: 1)
    background = Background(run)
    background.ask([page("1", path=f"docs/en/{name}.md") for name in "abc"])
    newer = page("2", path="docs/en/b.md")
    background.ask([newer])
    background.first(Path("docs/en/c.md"))
    background.start()
    assert all_done.wait(20)
    background.close()
    assert [name for name, _ in ran] == ["c", "a", "b"]
    assert ran[-1][1] == newer.text
