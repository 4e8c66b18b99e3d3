"""The time that a page takes."""

from pathlib import Path

import pytest

from tools.pages import Page, all_pages, minutes

CODE = "```python\n" + "x = 1\n" * 20 + "```\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Short { #short }\n", 5),
        ("Word, " * 2000, 10),
        ("단어 " * 2500, 10),
        ("---\ntitle: x\n---\n" + CODE * 10, 10),
        ("Word, " * 2000 + "\n\n" + CODE * 10, 20),
    ],
)
def test_letters_and_lines_take_time(text, expected):
    assert minutes(Page(Path("docs/en/page.md"), text)) == expected


def test_a_page_and_its_translation_take_about_the_same_time():
    times = {}
    for page in all_pages():
        times.setdefault(page.path.name, []).append(minutes(page))
    assert all(max(both) - min(both) <= 5 for both in times.values())
