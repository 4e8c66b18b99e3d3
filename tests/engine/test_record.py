"""Records are found when they hold, and only then."""

from pathlib import Path

import pytest

from tools.engine import pages_old as pages
from tools.engine.environment import Environment, current
from tools.engine.pages_old import Page, run_page, unrecorded
from tools.engine.records import Record, chain_keys
from tools.pages.fences import find_blocks

VERSIONS = {"Python": "3.11.7", "TensorFlow": "2.21.0"}


def keys(*codes, versions=VERSIONS, data="digest", info="python"):
    text = "".join(f"```{info}\n{code}\n```\n" for code in codes)
    return chain_keys(find_blocks(text), versions, data)


def record(**changes):
    values = {
        "outputs": [{"type": "text", "text": "손글씨\n"}],
        "seconds": 1.5,
        "finished": "2026-11-21T00:00:00+00:00",
        "versions": VERSIONS,
        "data": "mnist",
        "files": {},
    }
    return Record(**{**values, **changes})


def test_translated_comments_and_line_breaks_share_a_key():
    assert keys("x = 1  # one\n\ny = [x]") == keys("# 하나\nx = 1\ny = [\n    x\n]")
    assert keys("ls  # files", info="sh") != keys("ls", info="sh")
    assert keys("# files\nls", info="sh") == keys("# 파일\nls", info="sh")


def test_a_key_depends_on_what_precedes_the_block():
    first, second = keys("x = 1", "x"), keys("x = 2", "x")
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert keys("x = 1", "x")[0] == keys("x = 1", "y")[0]


@pytest.mark.parametrize(
    "other",
    [
        keys("x", versions={**VERSIONS, "TensorFlow": "2.22.0"}),
        keys("x", data="other"),
        keys("'x'"),
        keys("x", info='python raises="NameError"'),
        keys("x", info="sh"),
    ],
)
def test_a_key_depends_on_versions_data_code_and_options(other):
    assert keys("x") != other


def test_a_key_depends_on_whether_a_variable_that_the_code_asks_for_is_set(monkeypatch):
    asking, other = 'os.environ.get("OLD_PYTHON")', 'os.environ.get("PYTHON")'
    monkeypatch.delenv("OLD_PYTHON", raising=False)
    without, other_without = keys(asking), keys(other)
    monkeypatch.setenv("OLD_PYTHON", "")
    assert keys(asking) == without
    monkeypatch.setenv("OLD_PYTHON", "/somewhere")
    assert keys(asking) != without
    assert keys(other) == other_without
    monkeypatch.setenv("OLD_PYTHON", "/elsewhere")
    assert keys(asking) != without


def test_captions_do_not_change_a_key():
    assert keys("x", info='python caption="One" alt="A"') == keys("x", info='python alt="하나"')


def test_what_was_put_is_got(store):
    store.put("key", record())
    assert store.get("key") == record()
    assert store.get("other") is None
    assert [path.name for path in store.folder.iterdir()] == ["key.json"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"1.5", b"9.5"),
        lambda content: b"\xff\xfe" + content,
        lambda content: b"not a record",
    ],
)
def test_a_damaged_record_is_as_good_as_none(store, damage):
    store.put("key", record())
    path = store.folder / "key.json"
    path.write_bytes(damage(path.read_bytes()))
    assert store.get("key") is None


def test_a_failing_write_leaves_the_old_record_and_nothing_beside(store, monkeypatch):
    store.put("key", record())
    monkeypatch.setattr("os.replace", lambda *names: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        store.put("key", record(seconds=9.0))
    assert store.get("key") == record()
    assert len(list(store.folder.iterdir())) == 1


def page(code, path="docs/en/page.md"):
    return Page(Path(path), f"```python\n{code}\n```\n")


def outputs(page, store):
    return store.get(page.keys(current())[-1]).outputs[0]["text"]


def test_a_file_that_a_page_opens_or_imports_makes_its_record_stale(store, monkeypatch):
    monkeypatch.setattr("tools.engine.run_old.ROOT", store.root)
    (store.root / "number.txt").write_text("1")
    (store.root / "module.py").write_text("number = 10")
    reader = page("import module\nint(open('number.txt').read()) + module.number")
    for name, content, expected in [
        ("number.txt", "1", "11"),
        ("number.txt", "2", "12"),
        ("module.py", "number = 20", "22"),
    ]:
        (store.root / name).write_text(content)
        assert unrecorded([reader], current(), store) == [reader]
        assert run_page(reader, current(), store) is None
        assert unrecorded([reader], current(), store) == []
        assert outputs(reader, store) == expected
    (store.root / "module.py").unlink()
    assert unrecorded([reader], current(), store) == [reader]


def test_pages_with_equal_code_run_once_and_the_default_language_wins(store):
    english, korean = page("import time\ntime.time_ns()"), None
    korean = Page(Path("docs/ko/page.md"), "# 제목\n\n" + english.text)
    assert unrecorded([english, korean], current(), store) == [english]
    run_page(korean, current(), store)
    from_korean = outputs(english, store)
    run_page(english, current(), store)
    from_english = outputs(english, store)
    assert from_english != from_korean
    run_page(korean, current(), store)
    assert outputs(korean, store) == from_english


def test_what_precedes_a_failing_block_is_recorded(store):
    failing = Page(Path("docs/en/page.md"), "```python\n1\n```\n```python\n1 / 0\n```\n")
    error = run_page(failing, current(), store)
    assert error.line == 5
    first, second = failing.keys(current())
    assert store.get(first).outputs == [{"type": "value", "text": "1"}]
    assert store.get(second) is None
    assert unrecorded([failing], current(), store) == [failing]


def test_another_version_needs_another_run(store):
    simple = page("1")
    run_page(simple, current(), store)
    newer = Environment({**current().versions, "TensorFlow": "9.9"}, current().source)
    assert unrecorded([simple], newer, store) == [simple]


def test_pages_run_side_by_side_and_each_is_told(store):
    told = []
    many = [page(f"{number} / (1 - {number})") for number in range(4)]
    pages.run_pages(many, current(), lambda *ended: told.append(ended), store)
    assert {one for one, _ in told} == set(many)
    assert [error.message for _, error in told if error] == ["ZeroDivisionError: division by zero"]
