"""Notebook and script of a page: what they hold, and that they work on their own."""

import json
from pathlib import Path

import nbformat
import pytest

from tools.notebooks import bundle, downloads, front_cells
from tools.notebooks.jupyter_markdown import to_jupyter
from tools.pages import ROOT, Page, read_page

PAGE = """\
---
title: A title
---

# Title { #title }

Prose with `{:.4f}` and [a link](other.md#there){ .md-button }.

```python
x = 1
x
```

- a list

    ```sh
    ls
    ```

```python raises="ValueError: base"
int("x")
```

```python show="digit.gif?" caption="A digit" alt="Four"
x = 2
```

```sh notest="no device"
lsusb
```
"""
OUTPUTS = [
    [
        {"output_type": "stream", "name": "stdout", "text": "printed\n"},
        {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}},
    ],
    [{"output_type": "stream", "name": "stdout", "text": "a-file\n"}],
    [{"output_type": "error", "ename": "ValueError", "evalue": "invalid", "traceback": ["x"]}],
    [{"output_type": "display_data", "data": {"image/gif": "R0lGODlh"}, "metadata": {}}],
]


def made(text=PAGE, path="docs/en/page.md", outputs=OUTPUTS):
    page = Page(Path(path), text)
    found = dict(zip((block.line for block in page.blocks), outputs, strict=False))
    return downloads(
        page,
        lambda block: found.get(block.line, []),
        folder="https://example.org/site/",
        here="https://example.org/site/page/",
    )


def cells(text=PAGE, **options):
    notebook = nbformat.reads(made(text, **options).notebook, as_version=4)
    nbformat.validate(notebook)
    return notebook.cells


def test_a_notebook_has_prose_code_and_outputs_in_the_pages_order():
    title, value, listed, shell, error, picture, caption, rest = cells()
    assert title.source.startswith("# Title\n\nProse with `{:.4f}` and [a link]")
    assert "https://example.org/site/other/#there)." in title.source and "{ ." not in title.source
    assert value.source == "x = 1\nx"
    assert [output.output_type for output in value.outputs] == ["stream", "execute_result"]
    assert listed.source == "- a list"
    assert shell.source == "%%bash -e\nls" and shell.outputs[0].text == "a-file\n"
    assert error.metadata.tags == ["raises-exception"]
    assert error.outputs[0].ename == "ValueError"
    assert 'display(Image("digit.gif"))' in picture.source
    assert picture.outputs[0].data == {"image/gif": "R0lGODlh"}
    assert caption.source == "*A digit*"
    assert "lsusb" in rest.source and rest.cell_type == "markdown"


def test_a_block_that_has_not_run_has_no_outputs():
    assert not any(cell.get("outputs") for cell in cells(outputs=[]))


def test_a_script_prints_what_the_page_shows(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    Path("a-file").touch()
    exec(compile(made().script, "page.py", "exec"), {"__name__": "__main__"})
    printed = capfd.readouterr().out
    assert printed == "a-file\nValueError: invalid literal for int() with base 10: 'x'\n"


def test_an_expected_error_is_caught_also_where_indenting_would_change_the_code(capsys):
    for code in ('x = """\na\n"""\nint(x)', "x = (1,\nint('a'"):
        text = f'# T\n\n```python raises="Exception"\n{code}\n```\n'
        exec(compile(made(text, outputs=[]).script, "page.py", "exec"), {})
    first, second = capsys.readouterr().out.strip().split("\n", 1)
    assert first.startswith("ValueError") and "\\na\\n" in first
    assert "SyntaxError" in second


def test_colab_gets_the_versions_that_the_page_was_checked_with():
    from importlib.metadata import version

    text = "# T\n\n```python\nimport tensorflow as tf\n```\n"
    title, pin, _ = cells(text, outputs=[])
    assert title.source == "# T"
    assert f"tensorflow=={version('tensorflow')}" in pin.source
    assert 'if "google.colab" in sys.modules' in pin.source and "keras" not in pin.source
    assert len(cells("# T\n\n```python\nimport numpy\n```\n", outputs=[])) == 2


def test_boxes_and_tabs_become_what_jupyter_can_show():
    text = '!!! note "Title"\n    Inside.\n\n    More.\n\nAfter.\n\n=== "Tab"\n    In it.\n'
    assert to_jupyter(text, "https://e.org/", "https://e.org/p/") == (
        "> **Title**\n>\n> Inside.\n>\n> More.\n>\nAfter.\n\n**Tab**\n\nIn it.\n"
    )


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("(a.md)", "(https://e.org/ko/a/)"),
        ("(index.md#path)", "(https://e.org/ko/#path)"),
        ("(examples/train.py)", "(https://e.org/ko/examples/train/)"),
        ("(../a.md#b)", "(https://e.org/a/#b)"),
        ("(#here)", "(https://e.org/ko/p/#here)"),
        ("(https://other.org/x.md)", "(https://other.org/x.md)"),
    ],
)
def test_links_are_whole(link, address):
    assert to_jupyter(f"[x]{link}", "https://e.org/ko/", "https://e.org/ko/p/") == f"[x]{address}"


def test_the_bundle_holds_all_that_a_command_needs_and_writes_over_nothing(tmp_path, monkeypatch):
    files = bundle.needed(["python examples/predict.py a.png"], beside=False)
    names = [path.relative_to(ROOT / "examples").as_posix() for path in files]
    assert {"predict.py", "tflite_check/rules.toml", "models/mnist_int8.tflite"} <= set(names)
    # A package comes whole, with its data.
    package = (ROOT / "examples" / "tflite_check").glob("*.*")
    assert {f"tflite_check/{path.name}" for path in package} <= set(names)
    assert "train.py" not in names
    assert bundle.needed(["x = 1"], beside=False) == [] and bundle.cell([]) == ""

    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "predict.py").write_text("mine")
    exec(bundle.cell(files), {})
    for path in files:
        written = tmp_path / path.relative_to(ROOT)
        mine = path.name == "predict.py"
        assert written.read_bytes() == (b"mine" if mine else path.read_bytes())


def test_a_program_can_be_downloaded_alone(tmp_path, monkeypatch):
    page = read_page(ROOT / "examples" / "train.py", "ko")
    files = downloads(page, lambda block: [], "https://e.org/", "https://e.org/x/")
    notebook = json.loads(files.notebook)
    title, _, packed, *_ = notebook["cells"]
    assert "".join(title["source"]).startswith("# ") and packed["metadata"]["cellView"] == "form"
    assert 'FILES["mnist_data.py"]' in "".join(packed["source"])
    assert not any("__name__ ==" in "".join(cell["source"]) for cell in notebook["cells"][3:])
    # The script is the program itself, packed with what it imports.
    script = files.script
    begin, end = (
        script.index('# %% active="py"\n# The files'),
        script.index("# %%\nimport argparse"),
    )
    assert script[:begin] + script[end:] == page_text("train.py")


@pytest.mark.parametrize(("name", "packed"), [("scale_out", True), ("train", False)])
def test_a_program_that_starts_itself_is_packed_as_a_file(name, packed):
    page = read_page(ROOT / "examples" / f"{name}.py", "en")
    front = "".join(front_cells(page))
    assert (f'FILES["{name}.py"]' in front) == packed
    assert 'FILES["common.py"]' in front


def page_text(name):
    return (ROOT / "examples" / name).read_text(encoding="utf-8")


EXERCISE = """# T

```python task="half"
def half(x):
    ...


# Check
assert half(4) == 2
```

```python answer="half"
def half(x):
    return x / 2
```
"""


def test_a_notebook_has_the_task_with_its_check_and_the_answer_folded():
    _, task, answer = cells(EXERCISE, outputs=[])
    assert task.source.endswith("# Check\nassert half(4) == 2")
    assert task.metadata.tags == ["raises-exception"]
    assert answer.source == "def half(x):\n    return x / 2\n\n# Check\nassert half(4) == 2"
    assert answer.metadata.jupyter.source_hidden and answer.metadata.cellView == "form"


def test_a_script_runs_the_answer_and_has_the_task_as_a_comment():
    script = made(EXERCISE, outputs=[]).script
    assert "#     ...\n" in script
    namespace = {}
    exec(compile(script, "page.py", "exec"), namespace)
    assert namespace["half"](3) == 1.5


def test_what_stands_in_front_of_a_notebook_is_what_the_engine_runs_first():
    page = read_page(ROOT / "examples" / "train.py")
    made = json.loads(
        downloads(page, lambda block: [], "https://e.org/", "https://e.org/x/").notebook
    )
    sources = [cell["source"] for cell in made["cells"] if cell["cell_type"] == "code"]
    assert sources[: len(front_cells(page))] == front_cells(page) != []
