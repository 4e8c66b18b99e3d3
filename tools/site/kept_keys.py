"""Pages that keep the keys of their records: to make them, all code has to be parsed."""

import os
from dataclasses import dataclass, field
from functools import cached_property

from tools.engine.environment import Environment
from tools.engine.pages_old import Page
from tools.site.kept import Kept


@dataclass(frozen=True)
class KeyedPage(Page):
    """A page.

    Attributes:
        kept: where its keys are kept.
    """

    kept: Kept = field(kw_only=True, compare=False, repr=False)

    def keys(self, environment: Environment) -> list[str]:
        """The key of each block's record."""
        known = (environment.source.digest, *sorted(environment.versions.items()))
        if known not in self._known:
            make = super().keys
            parts = (self.text, _variables(self.text), known)
            self._known[known] = self.kept.get(parts, lambda: make(environment))
        return self._known[known]

    @cached_property
    def _known(self) -> dict[tuple, list[str]]:
        return {}


def _variables(text):
    """What is set under names that stand in a page: a block that asks for it has another key."""
    return [(name, os.environ[name]) for name in sorted(os.environ) if name[1:] and name in text]


def keep_keys(page: Page, kept: Kept) -> Page:
    """The same page, its keys kept."""
    return KeyedPage(page.path, page.text, page.language, kept=kept)
