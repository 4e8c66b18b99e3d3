"""Glossary terms are marked once, in prose alone, as whole words of their language."""

import re

import pytest

from tools.words import Marker, Term


def _marker(language: str, **forms: str) -> Marker:
    terms = [
        Term(name, name, name, tuple(text.split(", ")), f'Says "{name}".', "data.md#x")
        for name, text in forms.items()
    ]
    return Marker(terms, language)


ENGLISH = _marker(
    "en",
    loss="loss, loss function",
    gradient="gradient",
    descent="gradient descent",
    batch="batch, !batch size",
    accuracy="accuracy",
    keras="Keras",
    entropy="cross-entropy",
)
KOREAN = _marker(
    "ko",
    loss="손실 함수, 손실",
    layer="층",
    batch="배치",
    to_train="훈련, 훈련하다",
    training_set="훈련 세트",
    entropy="교차 엔트로피",
    shape="형태(shape)",
    keras="Keras",
    variable="변수, !환경 변수",
)


def _marked(marker: Marker, html: str) -> list[tuple[str, str]]:
    """What was marked as which term; nothing else may have changed."""
    result = marker.mark(html, "../glossary/")
    link = r'<a class="term" href="\.\./glossary/#(\w+)" aria-description="[^"<>]*">(.*?)</a>'
    assert re.sub(link, r"\2", result, flags=re.S) == html
    return [(text, term) for term, text in re.findall(link, result, re.S)]


def test_a_mark_is_a_link_with_the_sentence():
    assert ENGLISH.mark("<p>The gradient.</p>", "g/") == (
        '<p>The <a class="term" href="g/#gradient" '
        'aria-description="Says &quot;gradient&quot;.">gradient</a>.</p>'
    )


def test_only_the_first_appearance():
    html = "<p>A batch, a batch.</p><p>Batches and Keras, Keras.</p>"
    assert _marked(ENGLISH, html) == [("batch", "batch"), ("Keras", "keras")]


@pytest.mark.parametrize(
    "html",
    [
        '<h2 id="loss">Loss</h2>',
        "<p><code>loss</code></p>",
        '<pre data-code="0"><code>loss = 1  # the loss</code></pre>',
        '<p><a href="x">the loss <em>function</em></a></p>',
        "<table><thead><tr><th>Loss</th></tr></thead></table>",
        '<figure><img alt="a loss"><figcaption>Loss.</figcaption></figure>',
        '<div class="run" role="group"><p class="run-label">loss</p><p>loss</p></div>',
        '<div id="not-run-1" class="run run--not-run"><p>loss</p></div>',
        '<div class="run-stamp" data-search-exclude><p>The loss.</p></div>',
        "<details><summary>Which loss?</summary></details>",
        '<div class="admonition note"><p class="admonition-title">Loss</p></div>',
        '<label for="t">loss</label>',
        "<!-- a loss -->",
        "<svg><text>loss</text></svg>",
        "<p>no term at all</p>",
        "",
    ],
)
def test_what_is_passed_over(html):
    assert _marked(ENGLISH, html) == []
    assert _marked(ENGLISH, html + "<p>The loss.</p>") == [("loss", "loss")]  # and goes on behind


@pytest.mark.parametrize("tag", ["p", "li", "td", "dd", "strong", "em", "blockquote"])
def test_where_prose_stands(tag):
    assert _marked(ENGLISH, f"<{tag}>the loss</{tag}>") == [("loss", "loss")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Loss falls", "Loss"),
        ("two losses", "losses"),
        ("Accuracies differ", "Accuracies"),
        ("batches", "batches"),
        ("the loss's value", "loss"),
        ("(loss)", "loss"),
        ("the loss\nfunction", "loss\nfunction"),
        ("gradients", "gradients"),
        ("Keras", "Keras"),
        ("cross-entropy", "cross-entropy"),
    ],
)
def test_english_words(text, found):
    assert [word for word, _ in _marked(ENGLISH, f"<p>{text}</p>")] == [found]


@pytest.mark.parametrize(
    "text",
    'glossy/lossless/a.loss/mini-batch/batch_size/keras/LOSS/says "loss"/"a, loss"/the batch size'
    "/cross-entropy-like/non-cross-entropy/batch-wise".split("/"),
)
def test_not_english_words(text):
    assert _marked(ENGLISH, f"<p>{text}</p>") == []


def test_the_longest_wins():
    html = "<p>Gradient descent uses a gradient and a loss function.</p>"
    found = [("Gradient descent", "descent"), ("gradient", "gradient"), ("loss function", "loss")]
    assert _marked(ENGLISH, html) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("손실을 줄입니다", "손실"),
        ("손실 함수(loss function)를", "손실 함수"),
        ("<strong>손실 함수</strong>는", "손실 함수"),
        ("층이 셋", "층"),
        ("층마다", "층"),
        ("층에서는", "층"),
        ("훈련하는 동안", "훈련"),
        ("훈련된 모델", "훈련"),
        ("훈련 세트로", "훈련 세트"),
        ("Keras의", "Keras"),
        ("Keras입니다", "Keras"),
        ("배치로 묶고", "배치"),
        ("형태(shape)를", "형태(shape)"),
        ("손실입니다.", "손실"),
    ],
)
def test_korean_words(text, found):
    assert [word for word, _ in _marked(KOREAN, f"<p>{text}</p>")] == [found]


@pytest.mark.parametrize(
    "text",
    "3층|고층|층계|층층이|은닉층|배치하다|배치합니다|재배치|훈련용|알맞은 형태로|막손실"
    "|환경 변수를|훈련소|<code>fit</code>손실".split("|"),
)
def test_not_korean_words(text):
    assert _marked(KOREAN, f"<p>{text}</p>") == []


def test_two_terms_side_by_side_are_not_two_links():
    html = "<p>교차 엔트로피 손실을 씁니다. 손실은 작습니다.</p>"
    assert _marked(KOREAN, html) == [("교차 엔트로피", "entropy"), ("손실", "loss")]
    assert KOREAN.mark(html, "").index("손실을") < KOREAN.mark(html, "").index("#loss")


def test_without_terms():
    assert Marker([], "en").mark("<p>The loss.</p>", "") == "<p>The loss.</p>"
    assert Marker([], "ko").mark("<p>손실</p>", "") == "<p>손실</p>"
