"""Blocks are found wherever they stand, and nowhere else."""

import pytest

from tools.pages import PageError, find_blocks, find_fences


def test_a_plain_block():
    (block,) = find_blocks("Text.\n\n```python\nx = 1\n\nx\n```\n")
    assert (block.language, block.code, block.line) == ("python", "x = 1\n\nx\n", 4)


@pytest.mark.parametrize(
    ("before", "prefix"),
    [
        ('=== "Tab"\n\n', "    "),
        ('!!! note\n\n    === "Tab in a box"\n\n', "        "),
        ("??? question\n\n", "    "),
        ("1.  A list\n\n", "    "),
        ("- A list\n    - in a list\n\n", "        "),
        ("> A quote\n>\n", "> "),
    ],
)
def test_blocks_in_other_elements(before, prefix):
    lines = ["```python", "if True:", "", "    x = 1", "```"]
    text = before + "".join(f"{prefix}{line}".rstrip() + "\n" for line in lines)
    (block,) = find_blocks(text)
    assert block.code == "if True:\n\n    x = 1\n"
    assert text.splitlines()[block.line - 1].endswith("if True:")


def test_a_longer_fence_keeps_what_is_inside():
    outer = "````md\n```python\nraise SystemExit\n```\n````\n"
    assert find_blocks(outer) == []
    (block,) = find_blocks('````python\ntext = """\n```sh\nls\n```\n"""\n````\n')
    assert block.code.count("```") == 2


def test_both_languages_and_both_kinds_of_fence():
    fences = find_fences("```sh\nls\n```\n~~~python\n1\n~~~\n```text\nno\n```\n```\nno\n```\n")
    assert [fence.language for fence in fences] == ["sh", "python", "text", ""]
    assert [fence.runs for fence in fences] == [True, True, False, False]


def test_options():
    text = '```python raises="ValueError" timeout="5" caption="A \'b\' (c=d)"\nint("x")\n```\n'
    (block,) = find_blocks(text)
    assert block.options == {"raises": "ValueError", "timeout": "5", "caption": "A 'b' (c=d)"}
    assert block.timeout == 5


def test_a_block_with_a_reason_is_not_run():
    text = '```python notest="needs a Coral device"\nx\n```\n'
    assert find_blocks(text) == []
    assert find_fences(text)[0].options["notest"] == "needs a Coral device"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n```python\nx = 1\n", 2, "never closed"),
        ("---\ntitle: A page\n\n# A page\n", 1, "front matter that is never closed"),
        ("- a\n\n    ```python\n    x\n- b\n\n    ```\n", 3, "never closed"),
        ("```python continuation\nx\n```\n", 1, "line of its own"),
        ("- ```python\n  x\n  ```\n", 1, "line of its own"),
        ("``` {.python}\nx\n```\n", 1, "line of its own"),
        ('```python rises="ValueError"\nx\n```\n', 1, "unknown option 'rises'"),
        ('```python notest=""\nx\n```\n', 1, "needs a reason"),
        ('```python timeout="soon"\nx\n```\n', 1, "whole number"),
        ("```python\nx = 1\n%matplotlib inline\n```\n", 3, "%matplotlib is Jupyter's alone"),
        ("```python\n!ls\n```\n", 2, "!ls is Jupyter's alone"),
        ("```python\nx = 1\nfor y in x:\n    await y\n```\n", 4, "asyncio.run"),
        ('```python task="a"\nx = ...\n# Check\nassert x\n```\n', 1, "'a' has no answer"),
        ('```python answer="a"\nx = 1\n```\n', 1, "no task 'a' above"),
        ('```python task="a"\nx = ...\n```\n', 1, "a line '# Check'"),
        ("```py\nx\n```\n", 1, "write 'python' instead of 'py'"),
        ("```bash\nls\n```\n", 1, "write 'sh' instead of 'bash'"),
    ],
)
def test_what_could_be_overlooked_is_refused(text, line, message):
    with pytest.raises(PageError, match=message) as caught:
        find_fences(text, "docs/page.md")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"docs/page.md:{line}: ")


def test_an_async_function_is_plain_python():
    assert find_blocks("```python\nasync def f():\n    await g()\n\n\nasyncio.run(f())\n```\n")


def test_a_task_and_its_answer():
    task, answer = find_blocks(
        '```python task="a"\nx = ...\n\n# Check\nassert x\n```\n```python answer="a"\nx = 1\n```\n'
    )
    assert task.check == (5, "assert x\n") and answer.options == {"answer": "a"}
