"""Puts each page's notebook and script beside it, and links to them under its title."""

import re
import sys
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from mkdocs.plugins import event_priority

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools.notebooks.downloads import (  # noqa: E402
    Downloads,
    can_be_downloaded,
    digest_of_examples,
    downloads,
    file_name,
)
from tools.site.state import site  # noqa: E402
from tools.words.texts import TEXT  # noqa: E402

COLAB = "https://colab.research.google.com/github"
BRANCH = "notebooks"  # .github/workflows/publish.yml puts the site's notebooks there

_examples = [""]  # stands for the files that may be packed, as this build has found them


def on_pre_build(config: Any) -> None:
    """Look at the files of examples/ once a build."""
    _examples[0] = digest_of_examples()


@event_priority(-50)  # when the page is complete
def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Write the files; add the links."""
    language = config.plugins["i18n"].current_language
    source = site.source(page.file.abs_src_path, language)
    if not can_be_downloaded(source):
        return html
    keys = source.keys(site.known) if site.known else []
    records = {
        block.line: site.records.get(key) for block, key in zip(source.blocks, keys, strict=False)
    }
    here = urljoin(config.site_url or "", page.url)
    folder = here if source.path.stem == "index" else urljoin(here, "../")
    text = page.file.content_string  # of a program, `source.text` is what its page shows
    parts = (source.path.name, source.text, text, *records.values(), folder, here, _examples[0])
    make = cache(lambda: downloads(source, lambda block: records.get(block.line), folder, here))
    key = site.downloads.key(parts)
    made = Downloads(
        name=file_name(source),
        notebook=site.downloads.get((key, "ipynb"), lambda: make().notebook),
        script=site.downloads.get((key, "py"), lambda: make().script),
    )
    place = Path(page.file.abs_dest_path).parent
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{made.name}.ipynb").write_text(made.notebook, encoding="utf-8")
    (place / f"{made.name}.py").write_text(made.script, encoding="utf-8")
    return html.replace("</h1>", "</h1>" + _links(made, page, config, language), 1)


def _links(made: Downloads, page, config, language) -> str:
    text = TEXT[language]
    links = [
        f'<a href="{made.name}.{ending}" download>{text[f"download.{ending}"]}</a>'
        for ending in ("ipynb", "py")
    ]
    repository = re.fullmatch(
        r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", config.extra.get("repository") or ""
    )
    if repository:
        path = quote(f"{page.url}{made.name}.ipynb".removeprefix("./"))
        address = f"{COLAB}/{repository[1]}/blob/{BRANCH}/{path}"
        links.append(f'<a href="{escape(address)}">{text["download.colab"]}</a>')
    return (
        f'<p class="page-downloads" role="group" aria-label="{text["download"]}" '
        f"data-search-exclude>{''.join(links)}</p>"
    )
