"""A program of examples/ read as a page."""

from pathlib import Path

import jupytext
import pytest

from tools.pages import PageError, all_pages, as_markdown, find_blocks, is_page, programs

ROOT = Path(__file__).parents[2]

SCRIPT = '''\
# %% active="py"
"""What the program does."""

# %% [markdown] lang="en"
# # Title { #title }
#
# Prose.

# %% [markdown] lang="ko"
# # 제목 { #title }
#
# 글.

# %%
import sys


# %%
def main():
    """Run."""

    return 0


# %% active="ipynb" caption_en="A line" alt_en="Up" caption_ko="선" alt_ko="위로" timeout="9"
# print(main())
#
# main()

# %% active="py"
if __name__ == "__main__":
    sys.exit(main())
'''


def read(text, language="en"):
    return as_markdown(text, "program.py", language)


def test_each_language_has_its_prose_and_all_of_the_code_with_the_scripts_line_numbers():
    english, korean = read(SCRIPT), read(SCRIPT, "ko")
    assert "# Title { #title }\n\nProse.\n" in english and "제목" not in english
    assert "# 제목 { #title }\n\n글.\n" in korean and "Title" not in korean
    assert english.count("\n") == korean.count("\n") == SCRIPT.count("\n")
    for page in (english, korean):
        first, main, run = find_blocks(page)
        assert first.code == "import sys\n" and first.line == 15
        assert main.code == 'def main():\n    """Run."""\n\n    return 0\n' and main.line == 19
        assert run.code == "print(main())\n\nmain()\n" and run.line == 26
        assert "__name__" not in page and "What the program does" not in page


def test_a_cells_options_are_those_of_a_fence_in_the_pages_language():
    *_, english = find_blocks(read(SCRIPT))
    *_, korean = find_blocks(read(SCRIPT, "ko"))
    assert english.options == {"timeout": "9", "caption": "A line", "alt": "Up"}
    assert korean.options == {"timeout": "9", "caption": "선", "alt": "위로"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# %%\nimport", "# %% import\nimport", "14: a cell begins with a line like"),
        ("# Prose.\n\n", "# Prose.\n", "8: a blank line must stand before the next cell"),
        ("# print(main())", "print(main())", "26: each line of this cell begins with '# '"),
        ("# Prose.", "#Prose.", "7: each line of this cell begins with '# '"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(old, new, words):
    assert old in SCRIPT
    with pytest.raises(PageError, match=words):
        read(SCRIPT.replace(old, new, 1))


def test_a_script_that_is_not_written_as_cells_is_no_page(tmp_path):
    assert is_page(SCRIPT) and not is_page("import sys\n\n# %%\n")
    (tmp_path / "examples").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "examples" / "one.py").write_text(SCRIPT)
    (tmp_path / "examples" / "helper.py").write_text("import sys\n")
    assert programs(tmp_path / "docs") == [tmp_path / "examples" / "one.py"]


def test_all_pages_have_each_program_in_each_language(tmp_path):
    for language in ("ko", "en"):
        (tmp_path / "docs" / language).mkdir(parents=True)
        (tmp_path / "docs" / language / "index.md").write_text("# One\n")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "one.py").write_text(SCRIPT)
    pages = all_pages(tmp_path / "docs")
    assert [(page.path.name, page.language) for page in pages] == [
        ("index.md", "en"),
        ("one.py", "en"),
        ("index.md", "ko"),
        ("one.py", "ko"),
    ]


@pytest.mark.parametrize("path", programs(ROOT / "docs"), ids=lambda path: path.name)
def test_jupytext_reads_the_same_cells(path):
    text = path.read_text(encoding="utf-8")
    cells = jupytext.reads(text, fmt="py:percent").cells
    for language in ("en", "ko"):
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        ours = [
            block.code.strip("\n") for block in find_blocks(as_markdown(text, path.name, language))
        ]
        assert ours == code
