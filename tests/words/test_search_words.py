"""Where Korean words end, and under what else a page is found; splitting the index."""

import json
import re

import pytest

from tools.words.search_index import find_messages, write_search_indexes
from tools.words.search_words import SEPARATORS, SYNONYMS


def _words(text: str, language: str = "ko") -> list[str]:
    return [word for word in re.split(SEPARATORS[language], text) if word]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("손실 함수를 줄입니다", ["손실", "함수", "줄입니다"]),
        ("모델에서 데이터셋으로부터", ["모델", "데이터셋"]),
        ("훈련하는 저장합니다 복원하세요", ["훈련", "저장", "복원"]),
        ("TensorFlow는 `model.fit`을", ["TensorFlow", "model", "fit"]),
        ("정확도 정확도가", ["정확도", "정확도"]),
        ("넘파이는 재평가 전문가", ["넘파이", "재평가", "전문가"]),
        ("텐서플로에서 예측결과의", ["텐서플로", "예측결과"]),
        ("층을 값은 가을", ["층", "값", "가을"]),
        ("60,000장 2.21 255.0으로", ["60,000장", "2.21", "255.0"]),
        ("경사하강법", ["경사하강법"]),
        ("MNIST데이터", ["MNIST", "데이터"]),
    ],
)
def test_korean_words(text, words):
    assert _words(text) == words


def test_english_words():
    text = "tf.GradientTape(x), from_logits=True; 0.001 isn't &lt;b&gt;"
    words = ["tf", "GradientTape", "x", "from_logits", "True", "0.001", "isn", "t", "b"]
    assert _words(text, "en") == words


@pytest.mark.parametrize("language", SEPARATORS)
def test_separators_have_no_capturing_group(language):
    """Material's highlighter counts groups; one more would garble the page."""
    assert re.compile(SEPARATORS[language]).groups == 0


def test_synonyms_say_something_new():
    for words in SYNONYMS.values():
        for name, others in words.items():
            assert name not in others.split()


def _doc(location: str, text: str = "<p>x</p>") -> dict[str, str]:
    return {"location": location, "title": "t", "text": text}


def _split(site, docs, languages=("en", "ko")):
    """The entries of each language's index."""
    (site / "search").mkdir()
    (site / "search/search_index.json").write_text(json.dumps({"config": {}, "docs": docs}))
    write_search_indexes(site, list(languages), "en", site)
    return [
        json.loads((site / home / "search/search_index.json").read_text("utf-8"))["docs"]
        for home in ("", "ko")[: len(languages)]
    ]


def test_each_entry_goes_where_it_belongs(tmp_path):
    english, korean = _split(tmp_path, [_doc(x) for x in ("", "korea/", "ko/", "ko/a/#b")])
    assert [doc["location"] for doc in english] == ["", "korea/"]
    assert [doc["location"] for doc in korean] == ["", "a/#b"]


def test_what_a_section_raised_is_found_there(tmp_path):
    (tmp_path / "a").mkdir()
    message = "ValueError: a &lt;b&gt; a 28"
    html = f'<h2 id="x">X</h2><pre class="run-error run-aligned">{message}</pre><h2 id="y">'
    (tmp_path / "a/index.html").write_text(html)
    assert find_messages(html) == {"x": "ValueError: a <b>"}
    (docs,) = _split(tmp_path, [_doc("a/"), _doc("a/#x"), _doc("a/#y")], ["en"])
    assert [doc.get("message") for doc in docs] == [None, "ValueError: a <b>", None]


def test_prose_is_shown_and_names_in_code_are_found(tmp_path):
    text = "<p>Use <code>fit</code>.</p><pre><code>y = model.add(x, axis=2)\nfit(y)</code></pre>"
    ((doc,),) = _split(tmp_path, [_doc("a/", text)], ["en"])
    assert doc["text"] == "<p>Use <code>fit</code>.</p>"
    assert doc["code"] == "add axis"


def test_a_section_has_the_terms_that_it_teaches(tmp_path):
    entry = '손실 함수 *loss function*{{ lang=en }} {{ #loss data-forms="손실" }}\n'
    entry += ":   A.\n:   [B]({})\n\n"
    (tmp_path / "ko").mkdir()
    (tmp_path / "ko/glossary.md").write_text(
        entry.format("a.md#x") + entry.format("b.md#b") + entry.format("https://c.org/"), "utf-8"
    )
    docs = [_doc(f"{home}{place}") for home in ("", "ko/") for place in ("a/", "a/#x", "b/")]
    english, korean = _split(tmp_path, docs)
    terms = "손실 함수 loss function 손실"
    assert [doc.get("terms") for doc in korean] == [None, terms, terms]
    assert not any("terms" in doc for doc in english)
