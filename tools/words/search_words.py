"""Which words a page is found under: where words end, and what else they are called.

Korean glues particles to its words (`함수를`, `모델에서`) and writes compounds
with or without the space (`손실 함수`, `손실함수`). The separators cut particles
off, in pages and in queries alike; tools/site/search_worker.js splits a compound.
"""

# Between words, in any language. A dot or comma inside a number stays, and so
# does `_`: an API name is one word. `&...;` is a character of HTML.
_PUNCTUATION = r"(?:&#?\w+;|[\s\u200b\-–—!?;=<>(){}\[\]\"'`“”‘’«»·…/\\*+×→←~@#%^&]|[.,:](?!\d))+"

# What may follow a noun, the longer before the shorter.
PARTICLES = """
    에서부터 으로부터 에서는 에서도 에서의 에게서 으로는 으로도 으로써 으로서 까지는
    이라고 이라는 이라면 이지만 이므로 입니다 인가요 이며 이고 이나 이란 이랑 에서 에게 에는 에도
    에만 으로 라고 라는 라면 부터 까지 보다 처럼 마다 조차 만큼 만이 만을 만의 밖에
    대로 와는 와의 들은 들이 들을 들의 들에 들로 들도 들과 들 은 는 을 를 에 와 만
""".split()
# These also end nouns: not cut off behind the syllables given.
GUARDED = {
    "이": ["넘파", "플레", "어린"],
    "가": ["평", "추", "증", "전문"],
    "의": ["정", "주"],
    "로(?:는|서|써|부터)?": ["플", "경", "제"],
    "과(?:는|의)?": ["결", "효", "통", "초"],
    "도": ["확", "뢰", "상", "이", "감", "속", "밀", "온", "빈", "잡"],
}
# What turns a noun into a verb: `훈련하는`, `저장된`.
VERBS = """
    하겠습니다 하였습니다 했습니다 하십시오 하려면 하려고 하도록 하거나 합니다 하세요 합시다 하면서
    하면 하고 하는 하여 하지 하기 하게 하며 하자 하니 한다 했다 했을 했던 해서 해야 해도 해요 하다
    했더니 했는데 했어요 했을까요 되었습니다 됐습니다 됩니다 되도록 되면 되고 되는 되어 되지 된다
    되기 됐다 시킵니다 시키는 시키면 시키고 시키기 시켜 시킨 시킬 해 한 할 함 된 될 됨
""".split()


def _endings() -> str:
    guarded = [
        "".join(f"(?<!{end})" for end in ends) + particle for particle, ends in GUARDED.items()
    ]
    return "|".join([*VERBS, *PARTICLES, *guarded])


# Behind two syllables (`함수|를`), a Latin word (`TensorFlow|는`), or one of the
# one-syllable nouns that these pages use (`층|을`).
_KOREAN = "|".join(
    [
        rf"(?<=[가-힣]{{2}})(?:{_endings()})(?![가-힣])",
        rf"(?<=[A-Za-z0-9])(?:{_endings()})(?![가-힣])",
        r"(?<=(?<![가-힣])[층값줄축열행곱합답])(?:에서|으로|마다|은|이|을|의|에|과)(?![가-힣])",
        # Alone behind code, `model.fit`을, or between two tags.
        r"(?<![가-힣A-Za-z0-9])(?:에서|으로|은|는|이|가|을|를|의|에|로|와|과|도)(?![가-힣])",
        r"(?<=[A-Za-z])(?=[가-힣])",
    ]
)

SEPARATORS = {"en": _PUNCTUATION, "ko": f"{_PUNCTUATION}|{_KOREAN}"}

# What learners say around their question. English has lunr's list.
IGNORED = {
    "en": "my",
    "ko": """왜 내 제 좀 더 잘 뭐 언제 어떻게 어디 대신 방법 법 사용법 보는 하는 쓰는 만드는
        있어요 없어요 돼요 되나요 써요 쓰나요 하나요 뭐예요 뭔가요 무엇인가요 인가요 이란 란 싶어요
        주세요 때 것 수 게 걸""",
}

# What readers call it: older or other spellings, names in Hangul, what learners say.
SYNONYMS = {
    "en": {
        "read": "recognize recognise recognition classify",
        "digits": "handwriting",
        "picture": "image photo",
        "pictures": "images photos",
        "history": "curve curves",
        "draw": "plot",
        "save": "store",
        "resume": "continue",
    },
    "ko": {
        "TensorFlow": "텐서플로 텐서플로우",
        "TensorBoard": "텐서보드",
        "Keras": "케라스",
        "NumPy": "넘파이",
        "파이썬": "Python",
        "MNIST": "엠니스트",
        "데이터셋": "데이터세트 데이타셋",
        "그래디언트": "그라디언트 그레이디언트 기울기",
        "층": "레이어 계층",
        "직접": "커스텀 사용자정의",
        "내가": "커스텀",
        "레이블": "라벨 정답",
        "에포크": "에폭",
        "과대적합": "과적합 오버피팅",
        "합성곱": "컨볼루션 콘볼루션",
        "손실": "로스 비용함수",
        "활성화": "액티베이션",
        "교차": "크로스",
        "placeholder": "플레이스홀더",
        "prefetch": "프리페치",
        "shuffle": "셔플",
        "stopping": "조기",
        "upright": "회전",
        "옵티마이저": "최적화",
        "원-핫": "원핫",
        "로짓": "로지트",
        "추론": "인퍼런스",
        "언제나": "항상 맨날 계속",
        "배치": "미니배치",
        "크기": "사이즈",
        "양자화": "퀀타이제이션",
        "혼동": "오차행렬",
        "훈련": "학습",
        "읽기": "인식 인식하기",
        "숫자": "손글씨",
        "과정": "곡선",
        "내려받": "다운로드",
        # What learners say of a fault, in the tone of a question.
        "올라갈": "올라가요 올라가지 안올라가요 오르지 올라",
        "내려갈": "내려가요 내려가지 줄어요 줄어들지 안줄어요 감소",
        "열리": "열려요 안열려요 안열림",
        "끝날": "끝나요 끝나지 안끝나요",
        "예측할": "나와요 예측해요 나옵니다",
        "보이지": "비어 안보여요 안떠요 안나와요",
        "틀리는": "못맞춰요 맞춰요",
    },
}
