"""How pytest runs pages: each test starts a pytest of its own on small pages."""

import pytest

from tools.pages import ROOT

pytest_plugins = ["pytester"]

FAILING = """# Page

```python
x = 1
```

Text.

```python
def half(y):
    return y / 0

half(x)
```

```python
x
```
"""


@pytest.fixture
def page(pytester, monkeypatch, tmp_path):
    """Write a page; pytest runs it in this process."""
    monkeypatch.setattr("tools.engine.session.RECORDS.folder", tmp_path / "records")

    def page(text, name="page.md"):
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return page


@pytest.fixture
def run(pytester):
    """Run pytest on what is given, as the project's configuration does."""

    def run(*arguments):
        return pytester.runpytest_inprocess(
            "--markdown-docs", "-ra", "-p", "tools.engine.pytest_plugin", *map(str, arguments)
        )

    return run


def test_a_failing_block_fails_and_the_rest_of_its_page_is_skipped(page, run):
    page(FAILING, "failing.md")
    page("```python\nx = 2\n```\n", "other.md")
    result = run()
    result.assert_outcomes(passed=2, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*failing.md:11",
            "*   10  def half(y):",
            "*   11>     return y / 0",
            "*   13  half(x)",
            "*File *failing.md:13",
            "*File *failing.md:11 in half",
            "*ZeroDivisionError: division by zero",
            "SKIPPED*failing.md:11 failed before",
        ]
    )


def test_one_block_is_run_with_what_precedes_it(page, run):
    page("```python\nx = 1\n```\n```python\nx += 1\n```\n```python\nassert x == 2\n```\n")
    collected = run("--collect-only", "-q").stdout.str()
    (last,) = [line for line in collected.splitlines() if "CodeFence#3" in line]
    run(last).assert_outcomes(passed=1)


def test_one_block_fails_where_what_precedes_it_fails(page, run):
    path = page(FAILING)
    result = run(f"{path}::[CodeFence#3][line:16]")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*page.md:11", "*ZeroDivisionError*"])


def test_no_block_is_run_twice_also_when_it_raises_type_error(page, run, tmp_path):
    log = tmp_path / "log"
    note = f"print('run', file=open({str(log)!r}, 'a'))\n"
    page(f"```python\n{note}```\n```python\n{note}len(1)\n```\n")
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*TypeError: object of type 'int' has no len()"])
    assert log.read_text() == "run\nrun\n"


def test_blocks_in_other_elements_and_shell_blocks_are_tests(page, run):
    page(
        '=== "Tab"\n\n    ```python\n    x = 1\n    ```\n\n- List\n\n    ```sh\n    exit 3\n'
        "    ```\n\n````md\n```python\nno\n```\n````\n"
    )
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*page.md:10", "*exit status 3*"])


def test_a_hanging_block_and_a_dying_one_are_reported(page, run):
    page('```python timeout="1"\nwhile True:\n    pass\n```\n', "hang.md")
    page("```python\nimport os\nos.abort()\n```\n", "die.md")
    result = run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*die.md:3", "*its process died (SIGABRT)*"])
    result.stdout.fnmatch_lines(["*hang.md:*", "*stopped: it has used 1 s of processor time"])


def test_a_page_that_cannot_be_read_is_an_error(page, run):
    page("```python continuation\nx\n```\n")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*a fence stands on a line of its own*"])


def test_a_page_that_is_not_utf_8_is_an_error_that_names_its_encoding(page, run):
    page("").write_bytes("# 제목\n\n둘째 줄\n".encode("cp949"))
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*page.md:1: this file is not UTF-8; it looks like cp949: save*"])


def test_python_files_are_not_imported_in_search_of_blocks(page, run, pytester):
    page("```python\n1\n```\n")
    pytester.makepyfile(program="raise SystemExit('imported')")
    run().assert_outcomes(passed=1)


def test_records_are_written(page, run, tmp_path):
    page("```python\n1\n```\n```python\n2\n```\n")
    run()
    assert len(list((tmp_path / "records").iterdir())) == 2


def test_pages_are_spread_over_processes(page, pytester, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RECORDS", str(tmp_path / "records"))
    monkeypatch.setenv("PRELOAD_TENSORFLOW", "0")
    for number in range(3):
        page("```python\nx = 1\n```\n```python\nassert x == 1\n```\n", f"page{number}.md")
    page(FAILING, "failing.md")
    result = pytester.runpytest_subprocess(
        "--markdown-docs", "-p", "tools.engine.pytest_plugin", "-n", "2", "--dist", "loadfile"
    )
    result.assert_outcomes(passed=7, failed=1, skipped=1)


def test_what_is_not_run_is_listed(run, page, monkeypatch):
    from tools.pages import read_page

    path = page('```python notest="needs a Coral device"\nx\n```\n')
    monkeypatch.setattr("tools.engine.pytest_plugin.all_pages", lambda: [read_page(path)])
    run().stdout.fnmatch_lines(["*blocks not run: 1*", "*page.md:1: needs a Coral device"])
    run("-q").stdout.no_fnmatch_line("*blocks not run*")


@pytest.mark.parametrize("option", ["-q", "-v"])
def test_a_wrong_data_file_is_one_sentence(pytester, monkeypatch, tmp_path, option):
    wrong = tmp_path / "wrong.npz"
    wrong.write_text("not a zip file")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("MNIST_NPZ", str(wrong))
    result = pytester.runpytest_subprocess(option, "-p", "tools.engine.pytest_plugin")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = filter(None, result.stderr.lines)
    assert line.startswith(f"ERROR: MNIST_NPZ names {wrong}")


def test_a_program_is_collected_cell_by_cell_and_no_other_script(page, run):
    text = '# %%\ny = 0\n\n# %% active="ipynb"\n# 1 / y\n\n# %% active="py"\nraise SystemExit\n'
    page(text, "program.py")
    page("raise SystemExit('imported')\n", "script.py")
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*program.py:5", "", "    5> 1 / y", "*ZeroDivisionError*"])
