"""Finds what a machine can see of style, in any page or program, in any language.

- One heading of level 1, at the top; no level left out; each heading with an id
  of its own, written with #, without a colon or full stop at its end.
- Code lines of at most 72 columns: longer ones hide under the copy button.
- A block that draws carries a caption and an alt text, an image an alt text.
- Words: tools/checks/english.py, tools/checks/korean.py.
"""

import ast
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from tools.checks.english import find_english_findings
from tools.checks.korean import find_korean_findings
from tools.pages import Fence, Outline, PageError, as_markdown, programs, read_outline

COLUMNS = 72

# What of pyplot changes settings and draws nothing.
_QUIET = {"rc", "rc_context", "rcdefindings", "rcParams", "style", "close", "ioff", "ion"}

# Rules of single languages, by the name of the folder under docs/.
LANGUAGES = {"en": find_english_findings, "ko": find_korean_findings}


def find_findings(docs: Path) -> list[str]:
    """All findings of all pages under docs, one sentence each.

    Args:
        docs: the folder with one folder per language.
    """
    findings, languages = [], set()
    for path in sorted(docs.rglob("*.md")):
        page = path.relative_to(docs.parent).as_posix()
        language = path.relative_to(docs).parts[0]
        languages.add(language)
        findings += find_page_findings(path.read_text(encoding="utf-8"), page, language)
    for path in programs(docs):
        page, text = path.relative_to(docs.parent).as_posix(), path.read_text(encoding="utf-8")
        for language in sorted(languages):
            try:
                findings += find_page_findings(as_markdown(text, page, language), page, language)
            except PageError as error:
                findings.append(f"{error}.")
    return list(dict.fromkeys(findings))  # a program's code is the same in each language


def find_page_findings(text: str, page: str, language: str) -> list[str]:
    """The findings of one page, in the order of their rules.

    Args:
        text: the page's Markdown.
        page: its name in the sentences.
        language: the folder it stands in, for the rules of that language.
    """
    try:
        outline = read_outline(text, page)
    except PageError as error:
        return [f"{error}."]
    findings = [*_headings(outline), *_images(outline), *_code(outline), *_figures(outline.fences)]
    findings += LANGUAGES.get(language, lambda outline: ())(outline)
    return [f"{page}:{line}: {finding}." for line, finding in findings]


def _headings(outline: Outline) -> Iterator[tuple[int, str]]:
    ids, before = {}, 0
    for part in outline.parts:
        if part.kind == "underlined heading":
            yield part.line, "write the heading with # in front, not with a line under it"
        if part.kind != "heading":
            continue
        level, identifier = part.value
        if identifier is None:
            yield part.line, "the heading needs an explicit id, { #id }"
        elif identifier in ids:
            yield part.line, f"the id {identifier!r} is already that of line {ids[identifier]}"
        ids.setdefault(identifier, part.line)
        if before == 0 and level != 1:
            yield part.line, f"the page's first heading is of level {level} instead of 1"
        elif before > 0 and level == 1:
            yield part.line, "a second heading of level 1"
        elif before > 0 and level > before + 1:
            yield part.line, f"a heading of level {level} follows one of level {before}"
        before = level
    if before == 0:
        yield 1, "the page has no heading"
    for piece in outline.texts:
        if piece.kind == "heading" and piece.text.rstrip().endswith((".", ":", "。", "：")):
            yield piece.line, f"the heading ends in {piece.text.rstrip()[-1]!r}"


def _images(outline: Outline) -> Iterator[tuple[int, str]]:
    for part in outline.parts:
        if part.kind == "image" and not part.value[1]:
            yield part.line, f"the image {part.value[0]} has no alt text"


def _code(outline: Outline) -> Iterator[tuple[int, str]]:
    for fence in outline.fences:
        for line, code in enumerate(fence.code.splitlines(), start=fence.line):
            columns = sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in code)
            if columns > COLUMNS:
                yield line, f"the code line has {columns} columns, at most {COLUMNS} can be read"


def _figures(fences: list[Fence]) -> Iterator[tuple[int, str]]:
    drawing = set()
    for fence in fences:
        texts = [name for name in ("caption", "alt") if fence.options.get(name, "").strip()]
        draws = "show" in fence.options
        if fence.language == "python" and fence.runs and "raises" not in fence.options:
            draws |= _draws(fence.code, drawing)
        for name in ("caption", "alt"):
            if (draws or texts) and name not in texts:
                reason = "the block draws" if draws else f"the block has the other text, {texts[0]}"
                yield fence.line - 1, f'{reason}, so it needs {name}="..." in its fence line'


def _draws(code: str, drawing: set[str]) -> bool:
    """Whether a block draws with pyplot by itself, or calls what does.

    Args:
        code: the block.
        drawing: names of the functions above it on the page that draw; those
            of this block are added.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return False  # the engine reports it
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in tree.body:
        if isinstance(node, functions):
            drawing.discard(node.name)
            if _uses_pyplot(node, drawing):
                drawing.add(node.name)
    return any(_uses_pyplot(node, drawing) for node in tree.body if not isinstance(node, functions))


def _uses_pyplot(tree: ast.AST, drawing: set[str]) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "plt":
            if node.attr not in _QUIET:
                return True
        elif isinstance(node, ast.Name) and node.id in drawing:
            return True
    return False
