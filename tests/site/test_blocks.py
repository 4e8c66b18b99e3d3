"""How a block is laid out: its code, what it did, its checks."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tools.engine import BlockError, Record
from tools.pages import Page
from tools.site.blocks import Code, layout, split_checks, wrap_lines
from tools.site.outputs import PageOutputs

EXERCISE = """```python task="sum"
total = ...

# Check
assert total == 3
```

```python answer="sum"
total = 1 + 2
```
"""


def block(code, options=""):
    (found,) = Page(Path("docs/en/page.md"), f"```python{options}\n{code}\n```\n").blocks
    return found


@pytest.mark.parametrize(
    ("code", "shown", "checks", "count"),
    [
        ("x = 1\n\nassert x", "x = 1", "assert x", 1),
        ("x = 1\nassert x\n# why\nassert (\n    x == 1\n)", None, "assert x\n# why\nassert (\n", 2),
        ("x = 1\n\n# why\nassert x  # so", "x = 1", "# why\nassert x  # so", 1),
        ("x = 1\n# about x\n\nassert x", "x = 1\n# about x", "assert x", 1),
        ("assert x\nx = 1\nassert x == 1", "assert x\nx = 1", "assert x == 1", 1),
        ("for x in y:\n    assert x", "for x in y:\n    assert x", "", 0),
        ("assert x\nassert y", "assert x\nassert y", "", 0),  # they are its point
        ("x = 1; assert x", "x = 1; assert x", "", 0),
        ("x = = 1\nassert x", "x = = 1\nassert x", "", 0),
    ],
)
def test_the_asserts_at_the_end_are_checks(code, shown, checks, count):
    found = split_checks(block(code))
    assert found[0] == (shown or "x = 1")
    assert found[1].startswith(checks) and bool(found[1]) == bool(checks)
    assert found[2] == count
    assert "\n".join(found[:2]).replace("\n", "") == code.replace("\n", "")


def test_blocks_whose_asserts_are_shown_are_left_whole():
    code = "x = 1\nassert x == 2"
    assert split_checks(block(code, ' raises="AssertionError"')) == (code, "", 0)
    task, answer = Page(Path("docs/en/page.md"), EXERCISE).blocks
    assert split_checks(task)[1] == split_checks(answer)[1] == ""


class Records(dict):
    """Records that keep no files."""

    def made_of(self, content, ending, make):
        return make(content)


def outputs(text, recorded=True, failure=None, language="en"):
    """The outputs of a page each of whose blocks has printed its number."""
    page, records = Page(Path(f"docs/{language}/page.md"), text, language), Records()
    keys = [str(number) for number in range(len(page.blocks))]
    for key in keys if recorded else ():
        shown = [{"output_type": "stream", "name": "stdout", "text": f"number {key}\n"}]
        records[key] = Record(shown, 1.0, "2026-03-01T12:00:00+00:00", "", {}, "mnist")
    return PageOutputs(page, keys, records, failure, "../")


def html(found, index=0):
    parts = layout(found.page.blocks[index], found)
    return "".join(f"[{part}]" if isinstance(part, Code) else part for part in parts)


@pytest.mark.parametrize(("language", "label"), [("en", "Checks (1)"), ("ko", "확인(1개)")])
def test_checks_follow_the_output_folded(language, label):
    shown = html(outputs("```python\nx = 1\n\nassert x\n```\n", language=language))
    code, _, rest = shown.partition("]")
    assert code == "[x = 1"
    output, _, checks = rest.partition("</div>")
    assert "number 0" in output
    fold = f'<details class="guards"><summary data-search-exclude>{label}</summary>'
    assert checks == f"{fold}[assert x]</details>"


def test_an_exercise_shows_its_task_and_folds_its_answer():
    found = outputs(EXERCISE, recorded=False)
    assert html(found) == "[total = ...\n\n# Check\nassert total == 3]"
    shown = html(outputs(EXERCISE), 1)
    assert shown.startswith(
        '<details class="answer"><summary data-search-exclude>Answer</summary>['
    )
    assert "number 1" in shown and shown.endswith("</div></details>")
    failed = html(outputs(EXERCISE, False, BlockError(Path("p"), 1, "no", "<no>")), 0)
    assert "run--failed" in failed and "&lt;no&gt;" in failed


def shown_with(mime, data):
    """A block that drew a picture: its HTML, and the files of its page."""
    found, size = (
        outputs('```python alt="A b & c" caption="<c>"\n1\n```\n'),
        {"width": 2, "height": 1},
    )
    found.records[2].outputs[:] = [
        {"output_type": "display_data", "data": {mime: data}, "metadata": {mime: size}}
    ]
    shown = html(found)
    assert 'alt="A b &amp; c"' in shown and "<figcaption>&lt;c&gt;</figcaption>" in shown
    assert all(f'="../{address}"' in shown for address in found.files)
    return shown, list(found.files.values())


def test_a_picture_has_its_size_and_its_words_and_becomes_webp():
    colours = [(255, 0, 0, 255), (0, 9, 0, 0)]
    file, picture = BytesIO(), Image.new("RGBA", (2, 1))
    picture.putdata(colours)
    picture.save(file, "PNG")
    shown, (content,) = shown_with("image/png", b64encode(file.getvalue()).decode())
    assert 'width="2" height="1"' in shown and "<picture>" not in shown
    with Image.open(BytesIO(content)) as made:
        assert (
            made.format == "WEBP"
            and [made.convert("RGBA").getpixel((x, 0)) for x in (0, 1)] == colours
        )


def test_a_picture_that_moves_has_a_still_one():
    gif = "R0lGODlhAgABAIAAAP///wAAACwAAAAAAgABAAACAgQKADs="  # 2 by 1
    shown, (moving, still) = shown_with("image/gif", gif)
    assert 'width="2" height="1"' in shown
    assert moving.startswith(b"GIF89a") and still[8:12] == b"WEBP"
    assert '<picture><source media="(prefers-reduced-motion: reduce)" srcset="' in shown


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("a = 1\n\nb", ["a = 1", "", "b"]),
        ('<span class="hll">a\n</span>b', ['<span class="hll">a</span>', "b"]),
        ('<span class="s">a\nb</span>', None),  # it spans lines: left whole
    ],
)
def test_each_line_of_code_is_an_element(code, lines):
    html = "<pre><span></span><code>{}</code></pre><pre><code>other\n</code></pre>"
    inside = "".join(f'<span class="line">{line}\n</span>' for line in lines or ())
    assert wrap_lines(html.format(f"{code}\n")) == html.format(inside or f"{code}\n")
