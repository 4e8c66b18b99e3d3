"""The path through the pages: what the home page lists, and where on it a page stands."""

from dataclasses import dataclass
from typing import Any

from tools.site import internals


@dataclass(frozen=True)
class Step:
    """A page of the path.

    Attributes:
        number: its place, counted from 1.
        page: MkDocs' page, with its title and, in its `meta`, its `minutes`.
        name: its address in the default language, by which a browser keeps what has been read.
    """

    number: int
    page: Any
    name: str

    @property
    def after(self) -> str:
        """What one can do after it; without that in its front matter, what it is about."""
        return self.page.meta.get("after") or self.page.meta.get("description", "")


@dataclass(frozen=True)
class Group:
    """A section of the navigation whose pages are steps."""

    title: str
    steps: list[Step]

    @property
    def minutes(self) -> int:
        """Of all its pages."""
        return sum(step.page.meta["minutes"] for step in self.steps)


def read_path(nav: Any, config: Any) -> list[Group]:
    """The sections in which a page says what one can do after it, in the order of the navigation.

    Args:
        nav: MkDocs' navigation, of one language.
        config: MkDocs' configuration.
    """
    found, number = [], 0
    for section in nav.items:
        pages = section.children or []
        if not any(page.is_page and page.meta.get("after") for page in pages):
            continue
        steps = []
        for page in pages:
            number += 1
            name = internals.alternates(page)[internals.default_language(config)]
            steps.append(Step(number, page, name))
        found.append(Group(section.title, steps))
    return found


def find_step(path: list[Group], page: Any) -> tuple[Group, Step] | None:
    """Where a page stands on the path; None if it does not."""
    for group in path:
        for step in group.steps:
            if step.page is page:
                return group, step
    return None
