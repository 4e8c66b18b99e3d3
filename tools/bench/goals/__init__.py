"""What the built site should be: `make goals` prints each goal and what was measured.

It takes a built site and what the machine has: Chromium, Java for the HTML checker, Node for
Lighthouse. A goal for which something is missing is not measured, and the table says so.
"""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser


@dataclass(frozen=True, eq=False)
class Site:
    """A built site that is served.

    Attributes:
        folder: where it was built.
        address: of its root, with a slash at the end.
        pages: what is measured: addresses under the root.
        browser: Chromium; None without one.
        reports: what it has reported as against the Content-Security-Policy.
    """

    folder: Path
    address: str
    pages: list[str]
    browser: Browser | None
    reports: list[str]


@dataclass(frozen=True)
class Result:
    """What was measured.

    Attributes:
        value: in words.
        problems: why the goal is missed, a line each.
        slow: as `problems`, but a busy machine alone may be the reason.
    """

    value: str
    problems: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)


class NotMeasured(Exception):
    """The machine lacks what a measurement needs; the message names it."""
