"""No page has a finding of style that a machine can see; and each finding is seen."""

import pytest

from tools.checks import find_findings
from tools.checks.__main__ import main
from tools.checks.style import find_page_findings
from tools.pages import DOCS

GOOD = """\
---
title: 쪽
---
# 모델 훈련하기 { #train }

**손실 함수(loss function)**를 최소로 만드는 것이 목표입니다. 60,000장, 28×28, 99.2%입니다.
[데이터셋(dataset)](data.md)을 층(layer)으로 보내고, 모델(model)로 예측합니다. 읽어 보세요!

## 그리기 { #draw }

```python
import matplotlib.pyplot as plt

plt.rcParams["figure.dpi"] = 100

def show(points):
    plt.plot(points)

def wider(points):
    show(points * 2)
```

```python caption="점" alt="위로 가는 선"
wider([1, 2, 3])
```

```python notest="needs a window"
plt.show()
```

```python raises="ValueError"
plt.plot([1], [2, 3])
```

### 무엇인가요? { #what }

![숫자 5](five.png)

이 문장에는 `레이어` 라는 코드가 있습니다.
"""

FAULTS = {
    "first level": ("# 모델", "## 모델", "4: the page's first heading is of level 2 instead of 1."),
    "second title": ("## 그", "# 그", "9: a second heading of level 1."),
    "level left out": ("## 그리기 { #draw }\n", "", "a heading of level 3 follows one of level 1."),
    "no id": (" { #draw }", "", "9: the heading needs an explicit id, { #id }."),
    "id twice": ("#what", "#draw", "35: the id 'draw' is already that of line 9."),
    "full stop": ("훈련하기 {", "훈련하기. {", "4: the heading ends in '.'."),
    "colon": ("무엇인가요? {", "무엇인가요: {", "35: the heading ends in ':'."),
    "underlined": ("## 그", "그림\n---\n\n## 그", "9: write the heading with # in front"),
    "no heading": ("# 모델 훈련하기 { #train }\n", "", "first heading is of level 2 instead of 1."),
    "no alt text": ("![숫자 5]", "![]", "37: the image five.png has no alt text."),
    "tag without alt": ("![숫자 5](five.png)", '<img src="a.png">', "the image a.png has no alt"),
    "long line": (
        "wider([",
        "wider([" + "1, " * 20,
        "24: the code line has 76 columns, at most 72",
    ),
    "wide letters": ("wider([", 'wider([ "' + "가" * 30, "24: the code line has 78 columns"),
    "no caption": ('caption="점" ', "", '23: the block draws, so it needs caption="..."'),
    "no alt of a figure": (' alt="위로 가는 선"', "", '23: the block draws, so it needs alt="..."'),
    "empty caption": ('"점"', '" "', '23: the block draws, so it needs caption="..."'),
    "draws by itself": ('raises="ValueError"', "", '31: the block draws, so it needs alt="..."'),
    "shows a file": (
        'python raises="ValueError"\nplt.plot([1], [2, 3])',
        'sh show="a.png"\nls',
        "31: the block draws, so it needs",
    ),
    "alone": ('notest="needs a window"', 'alt="선"', "27: the block draws, so it needs caption"),
    "the other text": (
        'raises="ValueError"',
        'raises="ValueError" alt="선"',
        '31: the block has the other text, alt, so it needs caption="..."',
    ),
    "fence": ("```python notest", "```py notest", "write 'python' instead of 'py'"),
    "당신": ("읽어", "당신이 읽어", "7: leave the subject out or write 여러분 instead of '당신'."),
    "data set": ("[데이터셋", "[데이터 세트", "7: write 데이터셋 instead of '데이터 세트'."),
    "layer": ("층(layer)으로", "레이어(layer)로", "7: write 층 instead of '레이어'."),
    "layer in a caption": ('"점"', '"레이어"', "23: write 층 instead of '레이어'."),
    "epoch": ("숫자 5", "에폭 5", "37: write 에포크 instead of '에폭'."),
    "term in the title": ("title: 쪽", "title: 과적합", "2: write 과대적합 instead of '과적합'."),
    "to train": ("읽어", "모델이 학습시켜", "write 훈련하다, 훈련 instead of '학습시켜'."),
    "polite but not formal": (
        "코드가 있습니다.",
        "코드가 있어요.",
        "39: write 합니다체 instead of",
    ),
    "plain": (
        "목표입니다.",
        "목표다.",
        "6: end the sentence in 합니다체 (-니다) instead of '다.'.",
    ),
    "x": ("28×28", "28x28", "6: write × in '28x28'."),
    "thousands": ("60,000", "60000", "6: write a comma between thousands in '60000'."),
    "percent": ("99.2%", "99.2 %", "6: write no space before % in '2 %'."),
    "particle": (
        "function)**를",
        "function)**을",
        "6: write 를 instead of 을 in '수(loss function)을'.",
    ),
    "particle 2": ("](data.md)을", "](data.md)를", "7: write 을 instead of 를 in '셋(dataset)를'."),
    "particle 3": ("모델(model)로", "모델(model)으로", "7: write 로 instead of 으로"),
    "particle alone": ("숫자 5", "모델를 봄", "37: write 을 instead of 를 in '델를'."),
}

# Right Korean that a careless pattern would take for a finding.
FINE = [
    "학습률과 기계 학습 데이터를 살펴봅니다.",
    "TensorFlow를 학습하세요.",
    "선의 기울기(slope)는 그래디언트입니다.",
    "에포크마다 지표를 봅니다.",
    "테스트 세트는 10,000장입니다. 2026년에 확인했습니다.",
    "0x10과 `3x3`은 코드이고, 3×3은 크기입니다.",
    "무엇이 필요한가요? 함께 해 볼까요?",
    "MNIST(엠니스트)는 이름입니다.",
    "[층](레이어.md)의 주소는 글이 아닙니다.",
]


def test_a_good_page_has_no_finding():
    assert find_page_findings(GOOD, "page.md", "ko") == []


@pytest.mark.parametrize(("old", "new", "says"), FAULTS.values(), ids=FAULTS)
def test_finding_is_found(old, new, says):
    assert GOOD.count(old) >= 1
    findings = find_page_findings(GOOD.replace(old, new, 1), "page.md", "ko")
    assert any(says in finding for finding in findings), findings
    assert all(finding.startswith("page.md:") for finding in findings)


@pytest.mark.parametrize("sentence", FINE)
def test_right_korean_is_left_alone(sentence):
    assert find_page_findings(f"# 쪽 {{ #a }}\n\n{sentence}\n", "page.md", "ko") == []


def test_a_function_that_was_defined_again_draws_no_more():
    again = "```python\ndef show(points):\n    return len(points)\n\nshow([1, 2])\n```\n"
    assert find_page_findings(GOOD + again, "page.md", "ko") == []


def test_korean_rules_are_for_korean_pages():
    page = "# Page { #a }\n\n당신 28x28 60000.\n"
    assert len(find_page_findings(page, "page.md", "ko")) == 3
    assert find_page_findings(page, "page.md", "en") == []


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("We mend it.", "write 'fix'"),
        ("It begins\nanew.", "page.md:4: write 'again'"),
        ("Whoever reads this", "instead of 'Whoever'"),
        ("Three trainings, or a training.", "'training run'"),
        ("It learns by heart.", "'memorize'"),
        ("A grey photo, or three colours.", "'gray' instead of 'grey'"),
        ("About 10 % of them.", "write '%' instead of ' %'"),
    ],
)
def test_words_that_no_native_editor_leaves(sentence, says):
    (finding, *_) = find_page_findings(f"# A {{ #a }}\n\n{sentence}\n", "page.md", "en")
    assert says in finding
    assert not find_page_findings("# A { #a }\n\nA training set. Training.\n", "page.md", "en")


def test_bookish_words_are_few_on_a_korean_page():
    page = "# 쪽 { #a }\n\n" + "그 까닭은 이것입니다.\n\n" * 4
    assert find_page_findings(page.replace("까닭은", "이유는"), "page.md", "ko") == []
    (finding,) = find_page_findings(page, "page.md", "ko")
    assert finding == "page.md:9: more than 3 times '까닭' on this page: write 이유."
    (finding,) = find_page_findings("# 쪽 { #a }\n\n함수를 부르면 됩니다.\n", "page.md", "ko")
    assert "호출하다" in finding


def test_a_page_without_headings():
    assert find_page_findings("Text.\n", "page.md", "en") == ["page.md:1: the page has no heading."]


def test_the_command_prints_the_findings_of_all_checks(tmp_path, capsys):
    english = "# Train { #train }\n\nIt has 60,000 digits.\n"
    for language, text in (("en", english), ("ko", "# 훈련 { #train }\n\n숫자 60,000장입니다.\n")):
        page = tmp_path / "docs" / language / "page.md"
        page.parent.mkdir(parents=True)
        page.write_text(text, encoding="utf-8")
    assert main([str(tmp_path / "docs")]) == 0
    page.write_text("# 훈련 { #train }\n\n숫자 60000장입니다.\n\n- 더\n", encoding="utf-8")
    capsys.readouterr()
    assert main([str(tmp_path / "docs")]) == 1
    style, parity = capsys.readouterr().out.strip().splitlines()
    assert style.startswith("docs/ko/page.md:3: write a comma") and "list item" in parity


def test_the_real_pages_have_no_finding():
    assert list(DOCS.rglob("*.md")), "there is no page to check"
    assert find_findings(DOCS) == []
