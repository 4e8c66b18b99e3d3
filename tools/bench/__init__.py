"""Benchmarks: `make bench` prints what this machine measures, as ratios.

Each module has a `measure()` that yields rows; a time is never a test.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Attributes:
        what: what was measured, against which reference.
        value: the figure with its unit.
        goal: what it should be.
        met: whether it is.
    """

    what: str
    value: str
    goal: str
    met: bool


# In the order in which they are printed.
BENCHES = ("sizes", "site", "pages", "by_hand", "cnn", "edge_tpu", "pictures", "scale_out", "demo")
