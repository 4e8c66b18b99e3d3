"""Run all benchmarks, or those that are named: `python -m tools.bench [name ...]`."""

import argparse
import importlib
import os
import platform

from tools.bench import BENCHES
from tools.engine.environment import versions


def main() -> None:
    """Print a row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *BENCHES], help=", ".join(BENCHES))
    chosen = parser.parse_args().name or BENCHES
    installed = ", ".join(f"{name} {version}" for name, version in versions().items())
    print(f"{platform.machine()}, {os.cpu_count()} cores; {installed}\n")
    for name in chosen:
        for row in importlib.import_module(f"tools.bench.{name}").measure():
            verdict = "met" if row.met else "MISSED"
            print(f"{row.what}: {row.value} (goal {row.goal}: {verdict})", flush=True)


if __name__ == "__main__":
    main()
