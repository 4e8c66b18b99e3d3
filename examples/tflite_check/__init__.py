"""Check whether the Edge TPU can run a .tflite file.

What each rule says stands in rules.toml; what it looks for, in the
module of its family.
"""

from . import files, images, layers, operators, quantization, shapes
from .model import Model
from .rules import SOURCES, Finding, Rule, load

__all__ = [
    "RULES",
    "SOURCES",
    "Finding",
    "check",
    "inspect",
    "inspect_run",
    "judge",
]
GRAPH = (shapes, quantization, operators, layers)
FAMILIES = {one: load(one) for one in (files, *GRAPH, images)}
RULES: dict[str, Rule] = {}
for family in FAMILIES.values():
    RULES |= family


def check(content: bytes) -> list[Finding]:
    """All faults that a .tflite file shows without a run.

    Errors come first. Whatever the bytes are, it does not raise.
    """
    return inspect(content)[1]


def inspect(content: bytes) -> tuple[Model | None, list[Finding]]:
    """The model, None if the bytes are not one, and its faults."""
    file, found = files.File(content), []
    for rule in FAMILIES[files].values():
        found += rule.find([file])
    if file.model:
        for family in GRAPH:
            for rule in FAMILIES[family].values():
                things = file.model.used
                if rule.only or family is operators:
                    things = file.model.operators
                found += rule.find(things)
    return file.model, judge(found)


def inspect_run(run: images.Run) -> list[Finding]:
    """The faults that the run of a file shows."""
    return [
        finding
        for rule in FAMILIES[images].values()
        for finding in rule.find([run])
    ]


def judge(found: list[Finding]) -> list[Finding]:
    """Errors first; without what only follows from another fault."""
    hidden = {
        name for one in found for name in RULES[one.rule].hides.split()
    }
    shown = [one for one in found if one.rule not in hidden]
    return sorted(shown, key=lambda one: one.level != "error")
