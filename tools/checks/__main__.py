"""Prints the findings of all checks: `python -m tools.checks [docs]`."""

import sys
from pathlib import Path

from tools.checks import find_drift, find_findings


def main(arguments: list[str]) -> int:
    """Check a folder of pages, `docs` if none is named; returns 1 if there is a finding."""
    docs = Path(arguments[0] if arguments else "docs").resolve()
    findings = [*find_findings(docs), *find_drift(docs)]
    print("\n".join(findings) or "No findings: style is right, and all languages say the same.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
