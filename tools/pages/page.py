"""A page as the engine sees it, and where pages are."""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tools.pages.fences import Fence, PageError, find_fences
from tools.pages.percent import as_markdown, programs

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        path: relative to the repository, as messages name it.
        text: the whole file, front matter included; of a program, the Markdown that
            tools/pages/percent.py makes of it, with the same line numbers.
        language: whose prose this is.
    """

    path: Path
    text: str
    language: str = DEFAULT_LANGUAGE

    @cached_property
    def fences(self) -> list[Fence]:
        """All fences, run or not."""
        return find_fences(self.text, self.path)

    @cached_property
    def blocks(self) -> list[Fence]:
        """The fences that are run."""
        return [fence for fence in self.fences if fence.runs]

    @property
    def not_run(self) -> list[Fence]:
        """The blocks that are marked as not run, each with its reason."""
        return [fence for fence in self.fences if "notest" in fence.options]

    @property
    def is_program(self) -> bool:
        """Whether it is a program of examples/."""
        return self.path.suffix == ".py"

    @property
    def runs_alone(self) -> bool:
        """Whether it runs outside of the repository, as a reader's download does."""
        return not self._says("downloads: false")

    @property
    def lists_messages(self) -> bool:
        """Whether readers come to its sections with an error message or a symptom."""
        return self._says("messages: true")

    def _says(self, line: str) -> bool:
        """Whether the front matter has this line."""
        return f"\n{line}\n" in self.text.partition("\n---\n")[0] + "\n"


def read_page(path: Path, language: str = "") -> Page:
    """Read a page.

    Args:
        path: a Markdown file, or a program that is written as cells.
        language: of a program, the language to read it in; the default one if left out.

    Raises:
        PageError: the file is not UTF-8, or a program's cells are wrong; of Markdown, when
            its fences are asked for and are wrong.
    """
    path = path.resolve()
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    text = _read_text(path, shown)
    if path.suffix == ".py":
        language = language or DEFAULT_LANGUAGE
        text = as_markdown(text, str(shown), language)
    elif not language and re.fullmatch("[a-z]{2}", path.parent.name):
        language = path.parent.name
    return Page(shown, text, language or DEFAULT_LANGUAGE)


def _read_text(path, shown):
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        encoding = "UTF-8"
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "UTF-8; it looks like utf-16"
        else:
            with suppress(UnicodeDecodeError):
                content.decode("cp949")
                encoding = "UTF-8; it looks like cp949"
        raise PageError(
            shown, line, f"this file is not {encoding}: save it as UTF-8 in your editor"
        ) from None


def languages(docs: Path = DOCS) -> list[str]:
    """The folders of pages, the default language first."""
    names = {path.name for path in docs.iterdir() if any(path.glob("*.md"))}
    return sorted(names, key=lambda name: (name != DEFAULT_LANGUAGE, name))


def all_pages(docs: Path = DOCS) -> list[Page]:
    """Every page in the folders of languages and beside them, the default language first.

    Raises:
        PageError: see `read_page`.
    """
    names = languages(docs)
    pages = [read_page(path, name) for name in names for path in sorted((docs / name).glob("*.md"))]
    pages += [read_page(path, name) for path in programs(docs) for name in names]
    return sorted(pages, key=lambda page: page.language != DEFAULT_LANGUAGE)
