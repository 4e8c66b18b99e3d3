"""Run a file on images, and rules about what it answers."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from operator import eq
from pathlib import Path

import numpy as np

PROGRAM = Path(__file__).with_name("run_model.py")
AGAIN = "the file is damaged or cut short, so export or copy it again"
# An int8 model may read this much less than the float model.
NEAR = 0.01


class WrongPythonError(Exception):
    """A program is not a Python that can run models."""

    def __init__(self, program: str, reason: str):
        super().__init__(
            f"{program} is not a Python that can run a model ({reason})"
        )


@dataclass
class Run:
    """What a file answered to images."""

    labels: list[int]
    # The highest pixels that it was given: 255, 1, or both, and the
    # answers to each.
    ranges: Sequence[int] = ()
    answers: Sequence[list[int]] = ()
    fault: Sequence[str] = ()  # why it has no answers, and the fix
    target: "Run | None" = None  # of the float model
    group = ""

    def __str__(self):
        return "file"

    @property
    def count(self) -> int:
        return len(self.labels)

    @property
    def shares(self) -> list[float]:
        """The share of right answers, for each of the ranges."""
        return [
            sum(map(eq, row, self.labels)) / self.count
            for row in self.answers
            if self.count
        ]

    @property
    def accuracy(self) -> float | None:
        """The better share, None without images."""
        return max(self.shares, default=None)


def run_model(
    folder: Path,
    content: bytes,
    images: np.ndarray,
    labels: np.ndarray,
    python: str,
    target: Run | None = None,
) -> Run:
    """Run a file once with zeros, then on images.

    Args:
        folder: for the two files that the other process reads.
        content: the .tflite file.
        images: uint8 (n, 28, 28).
        labels: uint8 (n,).
        python: a Python with ai-edge-litert or tflite-runtime.
        target: the run of the float model.

    Raises WrongPythonError if it is not such a Python.
    """
    expected = labels.tolist()
    model, pixels = folder / "model", folder / "images"
    model.write_bytes(content)
    with pixels.open("wb") as file:
        np.save(file, images)
    try:
        done = subprocess.run(
            [python, PROGRAM, model, pixels],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60 + len(images),
        )
    except OSError as error:
        raise WrongPythonError(python, error.strerror) from None
    except subprocess.TimeoutExpired:
        fault = "does not come to an end", "export it again"
        return Run(expected, fault=fault)
    if not 0 <= done.returncode < 256:
        fault = "makes the runtime crash", AGAIN
        return Run(expected, fault=fault)
    try:
        printed = json.loads(done.stdout.splitlines()[-1])
        return Run(expected, target=target, **printed)
    except (IndexError, TypeError, ValueError):
        lines = done.stderr.strip().splitlines() or ["no result"]
        raise WrongPythonError(python, lines[-1].strip(". ")) from None


def find_runtime(run: Run) -> Sequence[str]:
    return run.fault


def find_one_class(run: Run) -> str:
    """The only answer, where several are right."""
    several = len(set(run.labels)) > 1 and run.answers
    if not several or any(len(set(row)) > 1 for row in run.answers):
        return ""
    return str(run.answers[0][0])


def find_accuracy(run: Run) -> str:
    """What to do about a model that is worse than the float model."""
    if not run.shares or not run.target:
        return ""
    if run.accuracy >= run.target.accuracy - NEAR:
        return ""
    # The range with which the float model reads clearly best.
    shares = dict(
        zip(run.target.ranges, run.target.shares, strict=True)
    )
    best = max(shares, key=shares.get)
    clear = shares[best] > min(shares.values()) + NEAR
    if clear and list(run.ranges) != [best]:
        return (
            "its input has the scale of pixels from 0 to "
            f"{run.ranges[0]} and the float model takes 0 to {best}, "
            "so use representative data with those"
        )
    return (
        "use representative data like the training data, or train "
        "quantization-aware"
    )
