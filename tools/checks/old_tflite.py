"""Make an environment with a TFLite of the age that the Edge TPU's compiler has inside.

`make old-tflite` calls this. tflite-runtime 2.7.0 needs Python 3.8, which uv finds on the machine
or downloads. Where neither is possible, one sentence says so, and the tests and the block that
would use it say that they did without.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".venv" / "tflite-2.7"
PYTHON, PACKAGES = "3.8", ["tflite-runtime==2.7.0", "numpy==1.24.4"]
UV = [sys.executable, "-m", "uv"]


def main() -> int:
    """Make it, or say why not. Exits with 1 if it could not be made."""
    interpreter = FOLDER / "bin" / "python"
    if works(interpreter):
        print(f"TFLite 2.7 is in {FOLDER.name} already.")
        return 0
    reasons = []
    for python in candidates():
        made = _run(["venv", "--quiet", "--clear", "--python", python, str(FOLDER)]) or _run(
            ["pip", "install", "--quiet", "--python", str(interpreter), *PACKAGES]
        )
        if not made and works(interpreter):
            print(f"TFLite 2.7 is in {FOLDER.name} now.")
            return 0
        reasons.append(made or "it does not start")
    print(
        f"TFLite 2.7 could not be had ({reasons[-1]}): it needs Python {PYTHON} on Linux. "
        "All else works without it.",
        file=sys.stderr,
    )
    return 1


def candidates() -> Iterator[str]:
    """What may be a Python 3.8: pyenv's, whether chosen or not, then whatever uv finds."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from map(str, sorted(versions.glob(f"{PYTHON}.*/bin/python")))
    yield PYTHON


def works(interpreter: Path) -> bool:
    """Whether this Python has the library and can load it."""
    if not interpreter.exists():
        return False
    command = [str(interpreter), "-c", "import tflite_runtime.interpreter"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _run(arguments: list[str]) -> str:
    """Run uv; the last line of its complaint, or nothing."""
    done = subprocess.run([*UV, *arguments], capture_output=True, text=True)
    return done.stderr.strip().splitlines()[-1].strip() if done.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
