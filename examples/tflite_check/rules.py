"""Rules, read from rules.toml, and what they find."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent
DATA = tomllib.loads((FOLDER / "rules.toml").read_text("utf-8"))
SOURCES, TEXTS = DATA.pop("sources"), DATA.pop("texts")


@dataclass(frozen=True)
class Finding:
    """A fault; `text` is a sentence with the place and the fix."""

    level: str  # "error" or "warning"
    rule: str
    # Such as "tensor 3 'dense/kernel'", "operator 2 CONV_2D" or "file".
    place: str
    text: str
    others: tuple[str, ...] = ()  # further places of the same fault


@dataclass(frozen=True)
class Rule:
    """A fault, and where to look for it; see rules.toml."""

    name: str
    look: Callable  # of a thing: what is wrong, or a false value
    fault: str
    fix: str
    source: str
    level: str = "error"
    only: str = ""
    hides: str = ""

    def find(self, things: list) -> Iterator[Finding]:
        """One finding for all tensors, or all operators of a kind."""
        groups = {}
        for thing in things:
            if self.only and thing.group not in self.only.split():
                continue
            found = self.look(thing)
            if found:
                groups.setdefault(thing.group, []).append(
                    (thing, found)
                )
        for (thing, found), *more in groups.values():
            place, others = str(thing), [str(one) for one, _ in more]
            start = place[0].upper() + place[1:]
            start = "The file" if place == "file" else start
            if others:
                start += f" (and {len(others)} more)"
            says = f"{self.fault}: {self.fix}.".format(
                thing=thing, found=found, **TEXTS
            )
            yield Finding(
                self.level,
                self.name,
                place,
                f"{start} {says}",
                tuple(others),
            )


def load(family: ModuleType) -> dict[str, Rule]:
    """The rules of a family, each with its function there."""
    rules = DATA[family.__name__.rpartition(".")[2]]
    return {
        name: Rule(
            name,
            getattr(family, f"find_{name.replace('-', '_')}"),
            **row,
        )
        for name, row in rules.items()
    }
