"""The site as Markdown, for readers that are programs: a file beside each page, and their list.

The list is llms.txt, in the form of https://llmstxt.org.
"""

from typing import Any
from urllib.parse import urljoin

from tools.engine import text_of
from tools.notebooks import to_jupyter
from tools.pages import Fence, segments
from tools.site.outputs import PageOutputs

NAME = "index.md"  # beside index.html


def as_markdown(outputs: PageOutputs, folder: str, here: str) -> str:
    """A page in plain Markdown, with what its blocks print.

    Args:
        outputs: of the page.
        folder: the address that the page's links are seen from.
        here: the page's own address.
    """
    parts = []
    for part in segments(outputs.page):
        if not isinstance(part, Fence):
            parts.append(to_jupyter(part, folder, here))
            continue
        parts.append(_fenced(part.language, part.code))
        for output in outputs.of(part):
            if any(mime.startswith("image/") for mime in output.get("data", ())):
                parts.append(f"(Figure: {part.options.get('alt', '')})")
            else:
                parts.append(_fenced("text", text_of(output)))
    return "\n\n".join(parts) + "\n"


def _fenced(language, text):
    fence = "````" if "```" in text else "```"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def llms_txt(nav: Any, config: Any, others: dict[str, str]) -> str:
    """The list of a language's pages.

    Args:
        nav: MkDocs' navigation.
        config: MkDocs' configuration.
        others: the address of the list in other languages, by the name of the language.
    """
    lines = [f"# {config.site_name}", "", f"> {config.site_description}"]
    for section in nav.items:
        if section.children:
            lines += ["", f"## {section.title}", ""]
            lines += [_entry(page, config) for page in _pages(section)]
        elif section.is_page and not section.is_homepage:
            lines.append(_entry(section, config))
    links = [f"- [{name}]({urljoin(config.site_url, one)})" for name, one in others.items()]
    return "\n".join([*lines, "", "## Optional", "", *links, ""])


def _pages(section):
    for item in section.children:
        yield from [item] if item.is_page else _pages(item)


def _entry(page, config):
    address = urljoin(config.site_url, f"{page.url}{NAME}")
    return f"- [{page.title}]({address}): {page.meta.get('description', '')}"
