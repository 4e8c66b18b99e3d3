"""The glossary: both languages alike, the agreed words, and links that teach the term."""

import re
from functools import cache
from pathlib import Path

import pytest

from tools.checks.korean import TERMS
from tools.pages import ROOT, find_blocks
from tools.words import PAGE, PLACE, Marker, Term, index, read_terms

DOCS = ROOT / "docs"

# What the Korean pages call a thing, once and for all.
AGREED = """
    TensorFlow = TensorFlow; Keras = Keras; batch = 배치; epoch = 에포크; step = 스텝
    dataset = 데이터셋; training set = 훈련 세트; validation set = 검증 세트
    test set = 테스트 세트; training = 훈련; inference = 추론; prediction = 예측
    neural network = 신경망; layer = 층; fully connected layer = 완전 연결 층
    convolution = 합성곱; pooling = 풀링; weight = 가중치; bias = 편향
    activation function = 활성화 함수; loss function = 손실 함수; gradient = 그래디언트
    gradient descent = 경사 하강법; learning rate = 학습률; optimizer = 옵티마이저
    metric = 지표; accuracy = 정확도; logit = 로짓; softmax = 소프트맥스
    cross-entropy = 교차 엔트로피; one-hot encoding = 원-핫 인코딩; label = 레이블
    class = 클래스; overfitting = 과대적합; dropout = 드롭아웃; backpropagation = 역전파
    tensor = 텐서; shape = 형태; dtype = 자료형; eager execution = 즉시 실행
    graph = 그래프; automatic differentiation = 자동 미분; seed = 시드
    deterministic = 결정적; checkpoint = 체크포인트; save = 저장; restore = 복원
    resume = 재개; quantization = 양자화; fake quantization = 모의 양자화
    quantization-aware training (QAT) = 양자화 인식 훈련(QAT)
    post-training quantization (PTQ) = 훈련 후 양자화(PTQ); scale = 스케일
    zero point = 영점; representative dataset = 대표 데이터셋; export = 내보내기
    convert = 변환; edge device = 에지 기기; delegate = 델리게이트
    distributed training = 분산 훈련; worker = 워커; handwriting = 손글씨
    handwritten digit = 손글씨 숫자; confusion matrix = 혼동 행렬
"""
# No page teaches them yet: their entries lead to another site.
ELSEWHERE = {"deterministic", "inference"}

# Taught where the section says only "the loop".
SOMEWHERE_ON_THE_PAGE = {"training-loop"}

# Advice of tools/checks/korean.py that speaks of no single term of the glossary.
NO_TERMS = {"훈련 데이터", "에지"}


@cache
def _glossary(language: str) -> tuple[Term, ...]:
    return tuple(read_terms((DOCS / language / PAGE).read_text(encoding="utf-8")))


def test_both_languages_have_the_same_entries_in_the_same_order():
    english, korean = _glossary("en"), _glossary("ko")
    assert [(t.id, t.name, t.other, t.target) for t in english] == [
        (t.id, t.other, t.name, t.target) for t in korean
    ]
    assert len({term.id for term in english}) == len(english) >= 70


def test_every_agreed_pair_has_an_entry():
    agreed = {tuple(pair.strip().split(" = ")) for pair in re.split(r"[;\n]", AGREED.strip())}
    assert agreed - {(term.name, term.other) for term in _glossary("en")} == set()


def test_the_style_check_prefers_the_words_of_the_glossary():
    words = {word for term in _glossary("ko") for word in (term.name, *term.forms)}
    words |= {re.sub(r"\(.*\)$", "", word) for word in words}
    for _, preferred in TERMS:
        if "세트" in preferred:
            preferred = ", ".join(f"{kind} 세트" for kind in preferred.split()[0].split("/"))
        for word in preferred.split(", "):
            assert word in words | NO_TERMS, f"tools/checks/korean.py: {word}"
    for pattern, preferred in TERMS:
        for word in words:
            assert not re.search(pattern, word), f"the glossary says {word}, not {preferred}"


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("number", range(len(_glossary("en"))), ids=lambda n: _glossary("en")[n].id)
def test_the_section_that_teaches_a_term_uses_it(language, number):
    term = _glossary(language)[number]
    if term.target.startswith("https://"):
        assert term.id in ELSEWHERE
        return
    page, _, anchor = term.target.partition("#")
    section = _section(DOCS / language / page, anchor)
    if term.id in SOMEWHERE_ON_THE_PAGE:
        section = (DOCS / language / page).read_text(encoding="utf-8")
    words = [form for form in term.forms if not form.startswith("!")]
    words.append(re.sub(r" ?\(.*\)$", "", term.name))  # forms of a word of several senses are few
    if language == "ko":
        words = [word.removesuffix("하다") for word in words]
    pattern = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
    assert re.search(pattern, section, re.I), f"{term.target} does not say {words}"


def _section(path: Path, anchor: str) -> str:
    """A heading's section, with those under it, or the page's beginning."""
    text = path.read_text(encoding="utf-8")
    headings = list(re.finditer(r"^(#+) .*\{ #([\w-]+) \}$", text, re.M))
    ids = [heading[2] for heading in headings]
    assert anchor in ids, f"{path.name} has no heading with the id {anchor}"
    first = headings[ids.index(anchor)]
    level = len(first[1]) if len(first[1]) > 1 else 6  # a page's title: up to the next heading
    later = (h for h in headings if h.start() > first.start() and len(h[1]) <= level)
    end = next(later, None)
    return re.sub(r"^```.*?^```", "", text[first.start() : end and end.start()], flags=re.M | re.S)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_sentences_are_short_and_plain(language):
    for term in _glossary(language):
        assert term.sentence.endswith("."), term.id
        assert len(term.sentence) <= {"en": 150, "ko": 90}[language], term.id
        assert not re.search(r"[\[\]*<>{}|`]", term.sentence), term.id


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_word_that_is_marked_belongs_to_one_term(language):
    owners: dict[str, str] = {}
    for term in _glossary(language):
        for form in term.forms:
            assert owners.setdefault(form, term.id) == term.id, form
    Marker(list(_glossary(language)), language)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_has_nothing_to_run_and_a_place_for_its_index(language):
    text = (DOCS / language / PAGE).read_text(encoding="utf-8")
    assert find_blocks(text) == []
    assert text.count(PLACE) == 1
    links = re.findall(r'href="#([\w-]+)">([^<]+)<', index(list(_glossary(language))))
    assert {link for link, _ in links} == {term.id for term in _glossary(language)}
    names = [name.lower() for _, name in links]
    assert names == sorted(names)


ENTRY = """\
훈련 *training*{ lang=en } { #to-train data-forms="훈련, 훈련하다" }
:   수를 조금씩
    `w`처럼 바꿉니다.
:   [빠른 시작](quickstart.md#train)
"""


def test_an_entry_is_read():
    term = Term(
        id="to-train",
        name="훈련",
        other="training",
        forms=("훈련", "훈련하다"),
        sentence="수를 조금씩 w처럼 바꿉니다.",
        target="quickstart.md#train",
    )
    assert read_terms(f"# 용어집 {{ #g }}\n\n{ENTRY}\n{ENTRY}") == [term, term]
    (plain,) = read_terms(ENTRY.replace(' data-forms="훈련, 훈련하다"', ""))
    assert plain.forms == ("훈련",)
    (never,) = read_terms(ENTRY.replace("훈련, 훈련하다", ""))
    assert never.forms == ()
    (short,) = read_terms("int8 (QAT) { #a }\n:   A.\n:   [B](c.md#d)\n")
    assert (short.name, short.other, short.forms) == ("int8 (QAT)", "int8 (QAT)", ("int8",))


@pytest.mark.parametrize("cut", [" { #to-train", "{ lang=en }", ":   [빠른 시작]"])
def test_what_is_no_entry_is_told(cut):
    with pytest.raises(ValueError, match="definitions, but 0 entries"):
        read_terms(ENTRY.replace(cut, ""))
