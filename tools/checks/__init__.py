"""Checks of the pages' text. `python -m tools.checks` prints their findings."""

from tools.checks.parity import find_drift
from tools.checks.style import find_findings
