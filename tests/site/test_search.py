"""Search in the browser, by Material's own worker: Korean words as readers type them."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tools.engine import RECORDS, current, fingerprints, text_of
from tools.pages import Page as SourcePage
from tools.pages import all_pages

# Sets up the worker as Material does; its messages are numbered: 0 set up, 1
# ready, 2 query, 3 result.
_OPEN = """async () => {
  const settings = JSON.parse(document.querySelector("#__config").textContent)
  const base = new URL(settings.base, location)
  const index = await (await fetch(new URL("search/search_index.json", base))).json()
  const worker = new RealWorker(new URL(settings.search, location))
  const ask = (type, data) => new Promise(done => {
    worker.onmessage = event => done(event.data.data)
    Worker.prototype.postMessage.call(worker, { type, data }) // as docs/assets/site.js has it
  })
  await ask(0, { ...index, options: { suggest: false } })
  window.groups = async query => (await ask(2, query)).items.map(
    group => group.sort((a, b) => b.score - a.score).map(item => item.location))
  window.find = async queries => {
    const found = []
    for (const query of queries) found.push(await groups(query)) // one answer at a time
    return found
  }
}"""
# The page's own worker would read the same index beside it.
_NO_OTHER = """window.RealWorker = Worker
  window.Worker = class extends EventTarget {
    postMessage(message) {
      if (this instanceof RealWorker) RealWorker.prototype.postMessage.call(this, message)
    }
  }"""

# What a reader types, and where the answer stands in the sample pages.
KOREAN = {
    "손실": "quickstart/",
    "손실 함수": "quickstart/",
    "손실 함수를": "quickstart/",
    "손실함수": "quickstart/",
    "손실함수가": "quickstart/",
    "정확도": "quickstart/#train",
    "테스트 세트로 평가": "quickstart/#train",
    "로짓": "quickstart/#third",
    "소프트맥스는": "quickstart/#third",
    "교차엔트로피": "quickstart/#third",
    "완전연결층": "quickstart/#third",
    "확률로": "quickstart/#third",
    "원핫": "data/#what",
    "원-핫 인코딩": "data/#what",
    "레이블을": "data/#what",
    "라벨": "data/#what",
    "손글씨": "data/#what",
    "60,000장": "data/#what",
    "데이터셋 만들기": "data/#pipeline",
    "데이터세트": "data/#pipeline",
    "과대적합": "data/#pipeline",
    "오버피팅": "data/#pipeline",
    "검증 세트": "data/#pipeline",
    "경사하강법": "by-hand/#tape",
    "경사 하강법": "by-hand/#tape",
    "하강법": "by-hand/#tape",
    "그래디언트를": "by-hand/#tape",
    "학습률": "by-hand/#tape",
    "미분": "by-hand/#tape",
    "자동미분": "by-hand/#tape",
    "미분하는": "by-hand/#tape",
    "역전파": "by-hand/#tape",
    "합성곱": "by-hand/#cnn",
    "합성곱신경망": "by-hand/#cnn",
    "컨볼루션": "by-hand/#cnn",
    "신경망": "by-hand/#cnn",
    "드롭아웃이란": "by-hand/#cnn",
    "활성화함수": "by-hand/#cnn",
    "혼동행렬": "by-hand/#cnn",
    "체크포인트에서": "save/#checkpoints",
    "복원하는": "save/#checkpoints",
    "재개하려면": "save/#checkpoints",
    "에지 기기": "save/#edge-tpu",
    "양자화": "save/#edge-tpu",
    "양자화인식훈련": "save/#edge-tpu",
    "대표데이터셋": "save/#edge-tpu",
    "추론하기": "save/#edge-tpu",
    "텐서보드": "save/#edge-tpu",
}
NAMES = {
    "SparseCategoricalCrossentropy": "quickstart/",
    "sparsecategoricalcrossentropy": "quickstart/",
    "Crossentropy": "quickstart/",
    "from_logits": "quickstart/",
    "from_logits=True": "quickstart/",
    "model.fit": "quickstart/#train",
    "load_data()": "quickstart/#train",
    "tf.GradientTape": "by-hand/#tape",
    "gradienttape": "by-hand/#tape",
    "GradientTape": "by-hand/#tape",
    "Conv2D": "by-hand/#cnn",
    "conv2d": "by-hand/#cnn",
    "MaxPooling2D": "by-hand/#cnn",
    "tf.data.Dataset": "data/",
    "from_tensor_slices": "data/#pipeline",
    "CheckpointManager": "save/#checkpoints",
    "tf.train.CheckpointManager": "save/#checkpoints",
    "int8": "save/#edge-tpu",
    "TensorBoard": "save/#edge-tpu",
}
ENGLISH = {
    **NAMES,
    "loss function": "quickstart/",
    "one-hot": "data/#what",
    "gradient descent": "by-hand/#tape",
    "learning rate": "by-hand/#tape",
    "convolutional network": "by-hand/#cnn",
    "confusion matrix": "by-hand/#cnn",
    "representative dataset": "save/#edge-tpu",
}
# Words of the real quickstart, whatever its sections are called.
REAL = """
    손실 손실함수 손실함수를 정확도 로짓 소프트맥스 확률 교차엔트로피 모델을 훈련하기 훈련하는
    평가 테스트세트 에포크 손글씨 SparseCategoricalCrossentropy from_logits model.fit
    load_data 255.0
""".split()


# What readers ask for in their own words, and the page (or section) that should be among the first.
ASKED = {
    "en": {
        "accuracy not improving": "errors-silent/#accuracy-stays",
        "accuracy stays at 10%": "errors-silent/#accuracy-stays",
        "loss stuck at 2.3": "errors-silent/#loss-2-3",
        "always predicts the same digit": "errors-silent/#same-digit",
        "fit never ends": "errors-silent/#fit-never-ends",
        "tensorboard does not open": "errors-training/#port-in-use",
        "gpu not used": "errors-python/#no-gpu",
    },
    "ko": {
        "정확도가 안 올라가요": "errors-silent/#accuracy-stays",
        "정확도가 10%에서 안 올라가요": "errors-silent/#accuracy-stays",
        "손실이 안 줄어요": "errors-silent/#loss-2-3",
        "로스가 안 내려가요": "errors-silent/#loss-2-3",
        "같은 숫자만 나와요": "errors-silent/#same-digit",
        "학습이 안 끝나요": "errors-silent/#fit-never-ends",
        "텐서보드 안 열려요": "errors-training/#port-in-use",
        "한글 경로 오류": "errors-python/#hangul-path",
    },
}
# Ordinary queries, which the quoted messages must not hide: the page that comes first or second.
ORDINARY = {
    "softmax": "logits-and-loss/",
    "confusion matrix": "look-inside/",
    "batch size": "feed-a-model/",
    "gradient tape": "train-by-hand/",
    "resume training": "checkpoints/",
    "histograms": "tensorboard/",
    "savedmodel": "save-and-export/",
    "representative dataset": "edge-tpu/",
}

Find = Callable[[list[str]], list[list[list[str]]]]


@pytest.fixture(scope="module")
def search(chromium: Browser, address: str) -> Iterator[Callable[[str], Find]]:
    """Finds, for each of some queries, the places of each page; per language, set up once."""
    pages: dict[str, Page] = {}

    def of(home: str) -> Find:
        if home not in pages:
            pages[home] = page = chromium.new_page()
            page.add_init_script(_NO_OTHER)
            page.goto(address + home)
            page.evaluate(_OPEN)
        return lambda queries: pages[home].evaluate("queries => window.find(queries)", queries)

    yield of
    for page in pages.values():
        page.close()


def _misses(find: Find, queries: dict[str, str], best: int) -> list[str]:
    missed = []
    for (query, place), groups in zip(queries.items(), find([*queries]), strict=True):
        found = [group[0] for group in groups]
        if not any(location.startswith(place) for location in found[:best]):
            missed.append(f"{query!r}: wanted {place}, found {found}")
    return missed


@pytest.mark.parametrize("site", ["sample"], indirect=True)
@pytest.mark.parametrize(
    ("home", "queries"), [("ko/", KOREAN | NAMES), ("", ENGLISH)], ids=["ko", "en"]
)
def test_finds_the_section_first(search, home, queries):
    assert not _misses(search(home), queries, best=1)


@pytest.mark.parametrize("site", ["sample"], indirect=True)
@pytest.mark.parametrize("query", ["hiddenoutput", "없는단어", "quantizationx"])
def test_finds_nothing(search, query):
    """No outputs of blocks, and nothing for words that are not there."""
    assert search("ko/")([query]) == [[]]


@pytest.mark.parametrize("site", ["real"], indirect=True)
def test_finds_the_words_of_the_real_quickstart(search):
    # Somewhere among the results: other pages use these words as well.
    assert not _misses(search("ko/"), dict.fromkeys(REAL, "quickstart/"), best=100)


def _messages(language: str) -> list[SourcePage]:
    return [page for page in all_pages() if page.lists_messages and page.language == language]


@pytest.mark.parametrize("site", ["real"], indirect=True)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_finds_an_error_by_the_words_of_its_message(search, language):
    """The message's page comes first, and its section among the first of the page."""
    quoted = [
        (words.strip().replace("`", ""), f"{page.path.stem}/#{anchor}")
        for page in _messages(language)
        for _, words, anchor in re.findall(r"^### (`+)(.+?)\1 \{ #([\w-]+) \}$", page.text, re.M)
    ]
    assert len(quoted) >= 75
    find, missed = search("ko/" if language == "ko" else ""), []
    for (query, place), groups in zip(quoted, find([words for words, _ in quoted]), strict=True):
        first, *_ = groups or [[]]
        if place not in first[:3]:
            missed.append(f"{query!r}: wanted {place}, found {first[:4]}")
    assert not missed, "\n".join(missed)


def _raised() -> dict[str, str]:
    """The text of each error that pages of messages raise, and the section that explains it."""
    return {text: place for page in _messages("en") for text, place in _raised_on(page)}


def _raised_on(page: SourcePage) -> Iterator[tuple[str, str]]:
    headings = list(re.finditer(r"^#{1,3} .*\{ #([\w-]+) \}$", page.text, re.M))
    for block, key in zip(page.blocks, fingerprints(page, current()), strict=True):
        record = RECORDS.get(key)
        for output in record.outputs if record else ():
            if output["output_type"] == "error":
                above = [h[1] for h in headings if page.text[: h.start()].count("\n") < block.line]
                yield text_of(output), f"{page.path.stem}/#{above[-1]}"


def _last_line(text: str) -> str:
    """The last line that says something: no list of arguments or objects, no fence."""
    lines = [line.strip() for line in text.splitlines()]
    said = (line for line in reversed(lines) if len(re.findall(r"[A-Za-z]{2,}", line)) > 2)
    return next((line for line in said if line[0] not in "[•`"), lines[0])


@pytest.mark.parametrize("site", ["real"], indirect=True)
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("part", ["whole", "last line"])
def test_finds_a_pasted_message(search, language, part):
    """What a reader pastes: the whole message, or its last line, with the run's own numbers."""
    raised = _raised()
    assert len(raised) >= 75
    queries: dict[str, set[str]] = {}
    for text, place in raised.items():
        query = text if part == "whole" else _last_line(text)
        queries.setdefault(re.sub(r"\d+", "6", query), set()).add(place)
    missed = []
    for (query, places), groups in zip(
        queries.items(), search("ko/" if language == "ko" else "")([*queries]), strict=True
    ):
        first = [location for group in groups[:3] for location in group[:3]]
        if not places & {*first}:
            missed.append(f"{query[-100:]!r}: wanted {places}, found {first[:4]}")
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("site", ["real"], indirect=True)
@pytest.mark.parametrize("language", ASKED)
def test_finds_a_symptom_in_the_words_of_learners(search, language):
    find, missed = search("ko/" if language == "ko" else ""), []
    for query, place in ASKED[language].items():
        first = [location for group in find([query])[0][:3] for location in group[:3]]
        if place not in first:
            missed.append(f"{query!r}: wanted {place}, found {first[:6]}")
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("site", ["real"], indirect=True)
def test_messages_do_not_hide_the_pages_that_teach(search):
    missed = []
    for (query, place), groups in zip(ORDINARY.items(), search("")([*ORDINARY]), strict=True):
        pages = [group[0].partition("#")[0] for group in groups]
        if place not in pages[:3]:
            missed.append(f"{query!r}: wanted {place}, found {pages[:4]}")
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("site", ["real"], indirect=True)
@pytest.mark.parametrize("home", ["", "ko/"])
def test_a_digit_is_no_trap(search, home):
    digits = [f"loss {digit}" for digit in range(10)]
    assert [
        query for query, groups in zip(digits, search(home)(digits), strict=True) if not groups
    ] == []


def test_a_paste_needs_no_key(chromium, address):
    page = chromium.new_page()
    page.goto(address)
    box = page.locator(".md-search__input")
    box.click()
    box.fill("size-incompatible: -loss ^~ +model*")  # fires `input` alone, as a paste by mouse does
    page.locator(".md-search-result__link").first.wait_for()
    page.close()


def test_search_box(chromium, address):
    """The box itself: by key, in Korean, from a page below, to a page that exists."""
    page = chromium.new_page()
    page.goto(address + "ko/quickstart/")
    page.keyboard.press("/")
    page.keyboard.type("손실함수를")
    page.keyboard.press("Shift")  # Material waits for a key to be let go
    link = page.locator(".md-search-result__link").first
    link.wait_for()
    assert page.locator(".md-search-result__meta").inner_text() in (
        "문서 1개를 찾았습니다",
        *(f"문서 {n}개를 찾았습니다" for n in range(2, 30)),
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ko/*/?h=*")
    assert page.locator("h1").first.is_visible()
    page.close()
