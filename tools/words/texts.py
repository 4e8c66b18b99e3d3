"""The words that the templates say, in each language: the one place for them.

Keys of Material's own (`action.skip`, `toc` ...) replace its translation.
"""

LANGUAGES = ("en", "ko")

# None: Material says it well.
_WORDS: dict[str, tuple[str | None, ...]] = {
    "action.skip": (None, "본문으로 건너뛰기"),
    "clipboard.copy": (None, "클립보드에 복사"),
    "clipboard.copied": (None, "클립보드에 복사했습니다"),
    "footer": ("Previous and next page", "이전 페이지와 다음 페이지"),
    "header": ("Top of the page", "페이지 머리"),
    "nav": (None, "전체 페이지"),
    "search.dialog": ("Search this site", "사이트 검색"),
    "search.placeholder": (None, "검색"),
    "search.reset": (None, "검색어 지우기"),
    "search.result.initializer": (None, "검색을 준비하고 있습니다"),
    "search.result.more.one": (None, "이 페이지에서 1개 더 보기"),
    "search.result.more.other": (None, "이 페이지에서 #개 더 보기"),
    "search.result.none": (None, "찾은 문서가 없습니다"),
    "search.result.one": (None, "문서 1개를 찾았습니다"),
    "search.result.other": (None, "문서 #개를 찾았습니다"),
    "search.result.placeholder": (None, "검색어를 입력하세요"),
    "search.result.term.missing": (None, "없는 단어"),
    "select.language": ("Language", "언어"),
    "toc": (None, "이 페이지의 차례"),
    "toc.permalink": ("Link to this section", "이 절로 가는 링크"),
    "top": (None, "맨 위로"),
    "footnote.back": ("Back to footnote {} in the text", "본문의 각주 {}로 돌아가기"),
    "scroll.label": ("Scrolls: use the arrow keys", "스크롤 영역: 화살표 키로 움직입니다"),
    "made.with": ("Made with", "만든 도구:"),
    "missing.title": ("This page is not here", "찾으시는 페이지가 없습니다"),
    "missing.text": (
        "The address may be mistyped, or the page has moved.",
        "주소를 잘못 입력했거나 페이지가 옮겨졌습니다.",
    ),
    "missing.home": ("Go to the English home page", "한국어 첫 페이지로 가기"),
    "download": ("Download this page", "이 페이지 내려받기"),
    "download.ipynb": ("Notebook (.ipynb)", "노트북(.ipynb)"),
    "download.py": ("Script (.py)", "스크립트(.py)"),
    "download.colab": ("Open in Colab", "Colab에서 열기"),
    "og.locale": ("en_US", "ko_KR"),
    "site.zip": ("The whole site as one file (zip)", "사이트 전체를 파일 하나로 받기(zip)"),
    "page.time": ("About {time}", "약 {time}"),
    "page.step": ("Page {number} of {total}", "{total}페이지 중 {number}페이지"),
    "page.wrong": ("Something wrong on this page?", "이 페이지에 잘못된 곳이 있나요?"),
    "time.hours": ("{} h", "{}시간"),
    "time.minutes": ("{} min", "{}분"),
    "path.pages": ("{pages} pages, about {time}", "{pages}페이지, 약 {time}"),
    "path.read": ("Read", "읽음"),
    "path.been": ("You have read {} of {} pages.", "{}페이지를 읽었습니다(모두 {}페이지)."),
    "path.next": ("Next:", "다음:"),
    "path.forget": ("Forget what I have read", "읽은 기록 지우기"),
    "answer": ("Answer", "정답"),
    "checks": ("Checks ({count})", "확인({count}개)"),
    "stub": (
        "This page is being prepared and appears by itself.",
        "페이지를 준비하고 있습니다. 준비되면 저절로 나타납니다.",
    ),
    "run.output": ("Output", "출력"),
    "run.pending": (
        "Being computed. This page fills in by itself in a moment.",
        "지금 계산하고 있습니다. 잠시 뒤 이 자리가 저절로 채워집니다.",
    ),
    "run.failed": ("This block failed", "이 블록은 실패했습니다"),
    "run.not_run": ("Not run here", "여기서는 실행하지 않습니다"),
    "stamp": (
        "Checked by running it: {blocks} code block{plural} on {date}, with {versions}. "
        "Data: {data}.",
        "직접 실행해 확인했습니다. 코드 블록 {blocks}개, {date}, {versions}. 데이터: {data}.",
    ),
    "stamp.date": ("{day} {month_name} {year}", "{year}년 {month}월 {day}일"),
    "stamp.data.mnist": ("MNIST", "MNIST"),
    "stamp.data.offline": (
        "the offline digits, in place of MNIST",
        "MNIST 대신 쓴 오프라인 데이터셋",
    ),
    "stamp.not_run": (
        "Not run: {blocks}, with the reason under the block.",
        "실행하지 않은 블록은 {blocks}개이며 이유는 블록 아래에 있습니다.",
    ),
    "report.page": ("Page", "페이지"),
    "report.blocks": ("Blocks run", "실행한 블록"),
    "report.not_run": ("Not run", "실행 안 함"),
    "report.time": ("Time", "걸린 시간"),
    "report.date": ("When", "실행한 날"),
    "report.day": ("{day} {month_name:.3} {year}", "{year}. {month}. {day}."),
    "report.total": ("All {pages} pages", "{pages}페이지 모두"),
    "report.pending": ("being computed", "계산하고 있습니다"),
    "report.failed": ("failed", "실패했습니다"),
    "report.seconds": ("{seconds} s", "{seconds}초"),
    "report.minutes": ("{minutes} min {seconds} s", "{minutes}분 {seconds}초"),
    "report.all_run": ("None: every block is run.", "없습니다. 모든 블록을 실행합니다."),
    "report.languages": ("Languages", "언어"),
    "report.versions": ("Versions", "버전"),
    "report.data": ("Data", "데이터"),
}

TEXT = {
    language: {key: words[place] for key, words in _WORDS.items() if words[place] is not None}
    for place, language in enumerate(LANGUAGES)
}
