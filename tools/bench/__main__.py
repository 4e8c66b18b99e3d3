"""Run all benchmarks, or those that are named: `python -m tools.bench [name ...]`."""

import argparse
import importlib
import os
import platform
from pathlib import Path

from tools.engine.environment import versions


def main() -> None:
    """Print a row as soon as it is measured."""
    modules = Path(__file__).parent.glob("[!_]*.py")
    names = sorted(path.stem for path in modules if "\ndef measure(" in path.read_text("utf-8"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *names], help=", ".join(names))
    chosen = parser.parse_args().name or names
    installed = ", ".join(f"{name} {version}" for name, version in versions().items())
    print(f"{platform.machine()}, {os.cpu_count()} cores; {installed}\n")
    for name in chosen:
        for row in importlib.import_module(f"tools.bench.{name}").measure():
            verdict = "met" if row.met else "MISSED"
            print(f"{row.what}: {row.value} (goal {row.goal}: {verdict})", flush=True)


if __name__ == "__main__":
    main()
