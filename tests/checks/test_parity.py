"""The pages of all languages are the same; and the check of it finds each drift."""

from pathlib import Path

import pytest

from tools.checks import find_drift
from tools.pages import DOCS

ENGLISH = """\
---
title: A small page
---
# A small page { #small }

We load it with [Keras](https://keras.io/api/) and [NumPy](https://numpy.org/doc/).
See the [next page](next.md#start) and the [guide](https://www.tensorflow.org/guide).[^why]

```python caption="Three points" alt="A line that goes up"
plt.plot([1, 2, 3])
```

## Try it { #try }

!!! note "Good to know"

    The text inside of the box has a block.

    ```python raises="ValueError"
    int("seven")
    ```

=== "Linux"

    - Open the terminal there
    - Then type `make`

=== "Windows"

    Open it with the other key.

    ```sh notest="needs a Windows computer"
    start
    ```

| Name | What it `a | b` is |
|------|-------------------:|
| loss | how wrong it is    |
| seed | where it begins    |

![The first digit](../assets/five.png){ width="200" }

<div class="grid" markdown>

<img src="../assets/six.png" alt="The second digit">

</div>

$$
-\\ln\\tfrac{1}{10} = 2.3 [a](b)
$$

[^why]: This is the reason for it.
"""

KOREAN = """\
---
title: 작은 페이지
---
# 작은 페이지 { #small }

[NumPy](https://numpy.org/doc/)와 [Keras](https://keras.io/api/)로 읽습니다.
[안내서](https://www.tensorflow.org/guide?hl=ko)와 [다음 페이지](next.md#start)를 보세요.[^why]

```python caption="점 세 개" alt="위로 가는 선"
plt.plot([1, 2, 3])
```

## 해 보기 { #try }

!!! note "알아 두기"

    상자 안에 있는 블록입니다. 글은

    두 문단이어도 됩니다.

    ```python raises="ValueError"
    int("seven")
    ```

=== "Linux"

    - 터미널을 엽니다.
    - `make`를 입력합니다.

=== "Windows"

    다른 키로 엽니다.

    ```sh notest="윈도우 컴퓨터가 필요함"
    start
    ```

| 이름 | `a | b`가 무엇인지 |
|------|-------------------:|
| 손실 | 얼마나 틀렸는지    |
| 시드 | 어디서 시작하는지  |

![첫 숫자](../assets/five.png){ width="200" }

<div class="grid" markdown>

<img src="../assets/six.png" alt="둘째 숫자">

</div>

$$
-\\ln\\tfrac{1}{10} = 2.3 [a](b)
$$

[^why]: 이유는 이렇습니다.
"""

# What is replaced in the Korean page, and what the only finding then says.
DRIFTS = {
    "level of a heading": ("## 해", "### 해", "level 2 with the id 'try' in the one, a heading of"),
    "id of a heading": ("{ #try }", "{ #trial }", "'trial' in the other"),
    "heading without an id": (" { #try }", "", "the id None in the other"),
    "a heading left out": ("## 해 보기 { #try }\n", "", "a heading of level 2 with the id 'try'"),
    "a letter of the code": ("[1, 2, 3]", "[1, 2, 4]", "'plt.plot([1, 2, 4])' in line 10"),
    "a space in the code": ('int("seven")', 'int("seven") ', "'int(\"seven\") ' in line 22"),
    "a line of the code more": (
        'int("seven")\n',
        'int("seven")\n    pass\n',
        "the code has 1 lines in the one, 2 in the other",
    ),
    "language of the code": ("```python caption", "```text caption", "text code that begins with"),
    "an option of the code": ('"ValueError"', '"TypeError"', "the options of the code (raises)"),
    "a caption left out": ('caption="점 세 개" ', "", "the options of the code (caption)"),
    "a block that is not run in one language alone": (
        ' notest="윈도우 컴퓨터가 필요함"',
        "",
        "docs/en/page.md:32 and docs/ko/page.md:34 differ: the options of the code (notest).",
    ),
    "a block that is run in one language alone": (
        '```python raises="ValueError"',
        '```python raises="ValueError" notest="숫자가 아님"',
        "the options of the code (notest)",
    ),
    "an empty alt text": ('alt="위로 가는 선"', 'alt=""', "the options of the code (alt)"),
    "order of the options": (
        'caption="점 세 개" alt="위로 가는 선"',
        'alt="위로 가는 선" caption="점 세 개"',
        "the options of the code (their order)",
    ),
    "a target": ("next.md#start", "next.md#end", "a link next.md#start in the one, a link"),
    "another site": ("keras.io/api/", "keras.io/guides/", "a link https://keras.io/guides/"),
    "a link left out": (
        "[NumPy](https://numpy.org/doc/)와",
        "NumPy와",
        "has a link https://numpy.org/doc/",
    ),
    "a footnote left out": (".[^why]\n", ".\n", "has a footnote why"),
    "source of an image": ("five.png", "four.png", "an image ../assets/four.png"),
    "an image without alt text": ("![첫 숫자]", "![]", "five.png has an alt text or attributes in"),
    "width of an image": ('"200"', '"100"', "five.png has an alt text or attributes in one"),
    "a tag's image": ("six.png", "seven.png", "an image ../assets/seven.png"),
    "class of a tag": ('class="grid"', 'class="cards"', "a tag div in the one, a tag div in the"),
    "kind of a box": ("!!! note", "!!! tip", "the box !!! note in the one, the box !!! tip in"),
    "a box that folds": ("!!! note", "??? note", "the box ??? note in the other"),
    "title of a box": (' "알아 두기"', "", "the box !!! note in the one"),
    "a box left out": ('!!! note "알아 두기"\n', "", "has the box !!! note"),
    "nesting of code": (
        '    ```python raises="ValueError"\n    int("seven")\n    ```',
        '```python raises="ValueError"\nint("seven")\n```',
        "is nested 1 deep in the one, 0 in the other",
    ),
    "a tab left out": ('=== "Windows"\n', "", "has a tab ==="),
    "kind of a list": ("- 터미널", "1. 터미널", "a list item bullet in the one, a list item num"),
    "an item left out": ("    - 터미널을 엽니다.\n", "", "has a list item bullet"),
    "a row left out": ("| 손실 | 얼마나 틀렸는지    |\n", "", "a table of 1 rows and 2 columns"),
    "a cell more": ("| 손실 |", "| 손실 | 값 |", "cells in each row or alignment"),
    "alignment of a column": ("-----:|", "------|", "cells in each row or alignment"),
    "a formula's delimiter": ("$$\n\n[^why]", "[^why]", "has a link b"),
    "a key of the front matter": ("title:", "subtitle:", "a front matter key subtitle"),
    "a fence that is not closed": ("[^why]: 이", "```text\n이", "the fence ``` is never closed"),
    "an English paragraph": (
        "다른 키로 엽니다.",
        "Or open it with another key.",
        "docs/ko/page.md:32: the paragraph is not translated: 'Or open it with another key.'",
    ),
    "the English paragraph": (
        "이유는 이렇습니다.",
        "This is the reason for it.",
        "docs/ko/page.md:55: the paragraph is not translated",
    ),
    "an English heading": ("## 해 보기", "## Try it out", "the heading is not translated: 'Try"),
    "an English caption": (
        "점 세 개",
        "Points that are drawn here",
        "the caption is not translated: 'Points",
    ),
    "an English alt text": ("[첫 숫자]", "[The first digit]", "the alt is not translated, it is"),
    "an English cell": ("얼마나 틀렸는지", "how wrong it is", "the table cell is not transl"),
    "an English item": ("터미널을 엽니다.", "Open the terminal there", "the list item is not tr"),
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    write(folder, "en/page.md", ENGLISH)
    write(folder, "ko/page.md", KOREAN)
    write(folder, "assets/five.txt", "shared")
    return folder


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_good_pair_has_no_drift(docs):
    assert find_drift(docs) == []


@pytest.mark.parametrize(("old", "new", "says"), DRIFTS.values(), ids=DRIFTS)
def test_drift_is_found(docs, old, new, says):
    assert KOREAN.count(old) >= 1
    write(docs, "ko/page.md", KOREAN.replace(old, new, 1))
    drifts = find_drift(docs)
    assert any(says in drift for drift in drifts), drifts
    assert all("page.md:" in drift and drift.endswith(".") for drift in drifts)


def test_a_finding_names_both_files_and_lines(docs):
    write(docs, "ko/page.md", KOREAN.replace("!!! note", "!!! tip"))
    assert find_drift(docs) == [
        "docs/en/page.md:15 and docs/ko/page.md:15 differ: "
        "the box !!! note in the one, the box !!! tip in the other."
    ]


def test_one_part_too_many_is_one_finding(docs):
    write(docs, "ko/page.md", KOREAN.replace("## 해", "!!! tip\n\n    더 읽기\n\n## 해"))
    assert find_drift(docs) == [
        "docs/ko/page.md:13 has the box !!! tip, docs/en/page.md:13 has not, or not in this place."
    ]


def test_two_parts_that_changed_places(docs):
    digit, other = '![첫 숫자](../assets/five.png){ width="200" }', '<img src="../assets/six.png"'
    assert digit in KOREAN and other in KOREAN
    write(docs, "ko/page.md", KOREAN.replace("## 해 보기 { #try }\n", "") + "\n## 해 { #try }\n")
    assert len(find_drift(docs)) == 2


def test_links_of_one_stretch_may_change_places_but_not_leave_it(docs):
    link = "[안내서](https://www.tensorflow.org/guide?hl=ko)"
    moved = KOREAN.replace(link, "안내서").replace("두 문단", f"두 문단 {link}")
    write(docs, "ko/page.md", moved)
    assert all("tensorflow.org" in drift for drift in find_drift(docs))
    assert find_drift(docs)


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("https://ko.example.org/a/ko/b?hl=ko&x=1#c", True),
        ("https://example.org/a/b?x=1&lang=ko#c", True),
        ("https://example.org/a/b?x=1#d", False),
        ("https://example.org/a/b?x=2#c", False),
        ("https://example.org/a/b?x=1&v=ko#c", False),
        ("https://fr.example.org/a/b?x=1#c", False),
    ],
)
def test_the_code_of_the_language_may_stand_in_an_address(docs, address, same):
    write(docs, "en/page.md", ENGLISH + "\n[one](https://example.org/a/b?x=1#c)\n")
    write(docs, "ko/page.md", KOREAN + f"\n[하나]({address})\n")
    assert (find_drift(docs) == []) is same


def test_no_language_in_relative_links(docs):
    write(docs, "en/page.md", ENGLISH + "\n[one](../en/next.md)\n")
    write(docs, "ko/page.md", KOREAN + "\n[하나](../ko/next.md)\n")
    assert len(find_drift(docs)) == 1


def test_names_and_code_need_no_translation(docs):
    same = "\n- TensorFlow, Keras, NumPy, Matplotlib, Edge TPU\n- `how wrong is this one here`\n"
    write(docs, "en/page.md", ENGLISH + same)
    write(docs, "ko/page.md", KOREAN + same)
    assert find_drift(docs) == []


def test_what_looks_like_parts_inside_of_code_is_code(docs):
    code = (
        '\n````text\n```python x="1"\n# heading\n!!! note\n````\n\n`[a](b.md)` <!-- [c](d.md) -->\n'
    )
    write(docs, "en/page.md", ENGLISH + code)
    write(docs, "ko/page.md", KOREAN + code.replace("b.md", "c.md").replace("d.md", "e.md"))
    assert find_drift(docs) == []


@pytest.mark.parametrize(("name", "other"), [("en", "ko"), ("ko", "en")])
def test_a_missing_page_or_file(docs, name, other):
    write(docs, f"{name}/deep/more.md", "# One { #one }\n")
    write(docs, f"{name}/data.csv", "1,2\n")
    assert find_drift(docs) == [
        f"docs/{other}/{file} is missing: docs/{name}/{file} has no counterpart."
        for file in ("data.csv", "deep/more.md")
    ]


def test_a_third_language_needs_no_code(docs):
    write(docs, "fr/page.md", ENGLISH.replace("# A small page", "# Une petite page"))
    found = find_drift(docs)
    assert found and all(drift.startswith("docs/fr/page.md") for drift in found)
    assert any("docs/en/page.md:6" in drift and "not translated" in drift for drift in found)


def test_a_language_that_is_gone_is_not_taken_for_peace(docs):
    for path in (docs / "ko").iterdir():
        path.unlink()
    assert find_drift(docs) == ["docs/ko/page.md is missing: docs/en/page.md has no counterpart."]
    (docs / "ko").rmdir()
    assert find_drift(docs) == ["docs holds no language beside en."]
    (docs / "en" / "page.md").unlink()
    (docs / "en").rmdir()
    assert find_drift(docs) == ["docs/en is missing."]


def test_the_real_pages_say_the_same():
    assert list((DOCS / "en").rglob("*.md")), "there is no page to compare"
    assert find_drift(DOCS) == []
