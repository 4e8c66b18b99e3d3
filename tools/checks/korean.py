"""Finds what Korean pages should say in another way: terms, tone, particles.

Only what can be told without understanding the sentence is here. Code is never
looked at: API names, commands and values stay as they are.
"""

import re
from collections.abc import Iterator

from tools.pages import Outline

# One word for one thing. (what must not stand in a page, what to write instead)
TERMS = (
    (r"데이터\s*세트|데이터\s+셋|자료\s*집합", "데이터셋"),
    (
        r"(?:훈련|학습|검증|테스트|시험)\s*셋|학습\s*(?:세트|집합)|시험\s*세트",
        "훈련/검증/테스트 세트",
    ),
    (r"(?<!기계\s)학습\s*데이터", "훈련 데이터"),
    (r"학습시[키켜킨킬킵]|(?:모델|신경망|네트워크)[을를]\s학습|트레이닝", "훈련하다, 훈련"),
    (r"분산\s*학습", "분산 훈련"),
    (r"양자화\s*인식\s*학습", "양자화 인식 훈련"),
    (r"학습\s*후\s*양자화", "훈련 후 양자화"),
    (r"가짜\s*양자화", "모의 양자화"),
    (r"레이어|계층(?!적)", "층"),
    (r"완전\s?연결층|완전연결|전결합|밀집\s?층|덴스", "완전 연결 층"),
    (r"뉴럴\s*넷|인공신경망", "신경망"),
    (r"컨볼루션|콘볼루션|컨벌루션|컨볼류션|콘볼류션", "합성곱"),
    (r"활성\s?함수|활성화함수", "활성화 함수"),
    (r"손실함수|비용\s*함수", "손실 함수"),
    (r"경사하강|그래디언트\s*하강", "경사 하강법"),
    (r"기울기(?!\(slope\))|그라디언트|그레디언트|그래디인트|그레이디언트", "그래디언트"),
    (r"학습율|러닝\s*레이트", "학습률"),
    (r"최적화기|옵티마이져|옵티마이즈", "옵티마이저"),
    (r"메트릭|매트릭(?!스)", "지표"),
    (r"크로스\s*엔트로피|교차엔트로피", "교차 엔트로피"),
    (r"원\s?핫", "원-핫"),
    (r"라벨", "레이블"),
    (r"에폭(?!크)|에포그|이포크", "에포크"),
    (r"과적합|오버\s?피팅", "과대적합"),
    (r"드랍\s?아웃|드롭\s아웃", "드롭아웃"),
    (r"오차\s*역전파|역전달", "역전파"),
    (r"데이터\s*타입|데이터\s*유형", "자료형"),
    (r"즉시실행", "즉시 실행"),
    (r"자동미분", "자동 미분"),
    (r"씨드", "시드"),
    (r"체크\s포인트", "체크포인트"),
    (r"제로\s*포인트", "영점"),
    (r"엣지", "에지"),
    (r"오차\s*행렬|혼동행렬", "혼동 행렬"),
    (r"바이어스", "편향"),
    (r"필기체?\s*숫자|손글씨숫자", "손글씨 숫자"),
    (r"텐서\s?플로우?", "TensorFlow"),
    (r"케라스", "Keras"),
)

OTHERS = (
    (
        r"(?:함수|메서드|층|모델|객체)[를을] (?:다시 )?"
        r"(?:부르(?:면|고|는|지|기)|부릅니다|부를|불러(?![오와온올옵]))",
        "write 호출하다 instead of",
    ),
    (r"당신", "leave the subject out or write 여러분 instead of"),
    (r"(?<!니)다\.(?=[\s\"”’)]|$)", "end the sentence in 합니다체 (-니다) instead of"),
    (
        r"(?:해요|[이예에]요|[어아여]요|네요|지요|죠|[할을]게요)[.!?](?=\s|$)",
        "write 합니다체 instead of",
    ),
    (r"(?<!\w)(?!0x)\d+\s?x\s?\d+", "write × in"),
    (r"(?<![\d.,])\d{5,}(?![\d.,]*\d)", "write a comma between thousands in"),
    (r"\d\s+%", "write no space before % in"),
)

# A few of these on a page are good Korean; more make it bookish. (the word, what to write instead)
BOOKISH = (
    (r"까닭", "이유"),
    (r"견주|견준|견줄|견줘", "비교하다"),
    (r"(?<![가-힣])저마다(?![가-힣])", "각각"),
    (r"(?<![가-힣])곧,|, 곧(?![가-힣])", "즉"),
)
_FEW = 3

# 손실 함수(loss function)를: the particle follows the Korean word, not the English.
_PARTICLE = re.compile(
    r"([가-힣])(?:\s?\([^()가-힣]*\))?(를)(?![가-힣])"
    r"|([가-힣])\s?\([^()가-힣]*\)(을|은|는|이|가|과|와|으로|로)(?![가-힣])"
)
_PAIRS = {"을": "를", "은": "는", "이": "가", "과": "와", "으로": "로"}


def find_korean_findings(outline: Outline) -> Iterator[tuple[int, str]]:
    """The line and the description of each finding in the prose of a page."""
    rules = [(pattern, f"write {better} instead of") for pattern, better in TERMS]
    rules += OTHERS
    for piece in outline.texts:
        for pattern, advice in rules:
            for match in re.finditer(pattern, piece.text, re.M):
                yield _line(piece, match), f"{advice} {match[0].strip()!r}"
        for match in _PARTICLE.finditer(piece.text):
            letter, particle = match[1] or match[3], match[2] or match[4]
            if particle != (right := _right_particle(letter, particle)):
                yield _line(piece, match), f"write {right} instead of {particle} in {match[0]!r}"
    for pattern, better in BOOKISH:
        found = [
            (_line(piece, match), match[0])
            for piece in outline.texts
            for match in re.finditer(pattern, piece.text)
        ]
        for line, word in found[_FEW:]:
            yield line, f"more than {_FEW} times {word!r} on this page: write {better}"


def _line(piece, match):
    return piece.line + piece.text[: match.start()].count("\n")


def _right_particle(letter, particle):
    """The form of a particle behind a Hangul syllable.

    Syllables are in Unicode from 0xAC00 on in rows of 28 final consonants: the
    first of a row has none, the ninth ends in ㄹ (The Unicode Standard, 3.12).
    """
    final = (ord(letter) - 0xAC00) % 28
    for closed, open_ in _PAIRS.items():
        if particle in (closed, open_):
            has_final = final != 0 and not (closed == "으로" and final == 8)
            return closed if has_final else open_
    return particle
