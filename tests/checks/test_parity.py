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

# What is replaced in the Korean page, and its line that a finding then names.
DRIFTS = {
    "level of a heading": ("## 해", "### 해", 13),
    "id of a heading": ("{ #try }", "{ #trial }", 13),
    "heading without an id": (" { #try }", "", 13),
    "a heading left out": ("## 해 보기 { #try }\n", "", 14),
    "a letter of the code": ("[1, 2, 3]", "[1, 2, 4]", 10),
    "a space in the code": ('int("seven")', 'int("seven") ', 22),
    "a line of the code more": ('int("seven")\n', 'int("seven")\n    pass\n', 23),
    "language of the code": ("```python caption", "```text caption", 9),
    "an option of the code": ('"ValueError"', '"TypeError"', 21),
    "a caption left out": ('caption="점 세 개" ', "", 9),
    "a block that is not run in one language alone": (' notest="윈도우 컴퓨터가 필요함"', "", 34),
    "a block that is run in one language alone": (
        '```python raises="ValueError"',
        '```python raises="ValueError" notest="숫자가 아님"',
        21,
    ),
    "an empty alt text": ('alt="위로 가는 선"', 'alt=""', 9),
    "order of the options": (
        'caption="점 세 개" alt="위로 가는 선"',
        'alt="위로 가는 선" caption="점 세 개"',
        9,
    ),
    "a target": ("next.md#start", "next.md#end", 7),
    "another site": ("keras.io/api/", "keras.io/guides/", 6),
    "a link left out": ("[NumPy](https://numpy.org/doc/)와", "NumPy와", 7),
    "a footnote left out": (".[^why]\n", ".\n", 6),
    "source of an image": ("five.png", "four.png", 43),
    "an image without alt text": ("![첫 숫자]", "![]", 43),
    "width of an image": ('"200"', '"100"', 43),
    "a tag's image": ("six.png", "seven.png", 47),
    "class of a tag": ('class="grid"', 'class="cards"', 45),
    "kind of a box": ("!!! note", "!!! tip", 15),
    "a box that folds": ("!!! note", "??? note", 15),
    "title of a box": (' "알아 두기"', "", 15),
    "a box left out": ('!!! note "알아 두기"\n', "", 20),
    "nesting of code": (
        '    ```python raises="ValueError"\n    int("seven")\n    ```',
        '```python raises="ValueError"\nint("seven")\n```',
        21,
    ),
    "a tab left out": ('=== "Windows"\n', "", 33),
    "kind of a list": ("- 터미널", "1. 터미널", 27),
    "an item left out": ("    - 터미널을 엽니다.\n", "", 29),
    "a row left out": ("| 손실 | 얼마나 틀렸는지    |\n", "", 38),
    "a cell more": ("| 손실 |", "| 손실 | 값 |", 38),
    "alignment of a column": ("-----:|", "------|", 38),
    "a formula's delimiter": ("$$\n\n[^why]", "[^why]", 52),
    "a key of the front matter": ("title:", "subtitle:", 2),
    "a fence that is not closed": ("[^why]: 이", "```text\n이", 55),
    "an English paragraph": ("다른 키로 엽니다.", "Or open it with another key.", 32),
    "the English paragraph": ("이유는 이렇습니다.", "This is the reason for it.", 55),
    "an English heading": ("## 해 보기", "## Try it out", 13),
    "an English caption": ("점 세 개", "Points that are drawn here", 9),
    "an English alt text": ("[첫 숫자]", "[The first digit]", 43),
    "an English cell": ("얼마나 틀렸는지", "how wrong it is", 40),
    "an English item": ("터미널을 엽니다.", "Open the terminal there", 27),
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


@pytest.mark.parametrize(("old", "new", "line"), DRIFTS.values(), ids=DRIFTS)
def test_drift_is_found(docs, old, new, line):
    assert KOREAN.count(old) >= 1
    write(docs, "ko/page.md", KOREAN.replace(old, new, 1))
    drifts = find_drift(docs)
    assert f"docs/ko/page.md:{line}" in drifts[0], drifts
    assert all("page.md:" in drift and drift.endswith(".") for drift in drifts)


def test_a_finding_says_both_places_and_what_is_there(docs):
    write(docs, "ko/page.md", KOREAN.replace("[1, 2, 3]", "[1, 2, 4]"))
    assert find_drift(docs) == [
        "docs/en/page.md:10 and docs/ko/page.md:10 differ: line of code 'plt.plot([1, 2, 3])' "
        "in the one, line of code 'plt.plot([1, 2, 4])' in the other."
    ]


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


def test_a_language_that_is_gone_is_not_taken_for_peace(docs):
    (docs / "ko/page.md").unlink()
    assert find_drift(docs) == ["docs/ko/page.md is missing: docs/en/page.md has no counterpart."]
    (docs / "ko").rmdir()
    (finding,) = find_drift(docs)
    assert "needs the folder en and one of another language" in finding


def test_the_real_pages_say_the_same():
    assert list((DOCS / "en").rglob("*.md")), "there is no page to compare"
    assert find_drift(DOCS) == []
