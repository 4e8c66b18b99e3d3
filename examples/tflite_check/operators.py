"""Rules about any operator: does the chip have it, in this version?"""

import tomllib

from .model import Operator, Tensor
from .rules import FOLDER

DATA = tomllib.loads((FOLDER / "operations.toml").read_text("utf-8"))
UNCONFIRMED = DATA["unconfirmed"]
# Each with the highest version that the compiler knows.
KNOWN = DATA["on_the_edge_tpu"] | UNCONFIRMED | DATA["on_the_cpu"]
COMPILED = "edgetpu-custom-op"
# Elements of a Reshape: a guess, as Coral only says "large".
LARGE = 2**16


def find_compiled(op: Operator) -> bool:
    return op.custom == COMPILED


def find_custom(op: Operator) -> bool:
    return op.name == "CUSTOM" and op.custom != COMPILED


def find_operation(op: Operator) -> str:
    """What to use instead."""
    if op.name in KNOWN or op.name == "CUSTOM":
        return ""
    otherwise = "build the layer from other operations"
    return DATA["instead"].get(op.name, otherwise)


def find_version(op: Operator) -> int:
    """The highest version that the compiler knows."""
    highest = KNOWN.get(op.name, 0)
    return 0 if 1 <= op.version <= highest else highest


def find_constant(op: Operator) -> Tensor | None:
    """The first input that is known too late."""
    needed = map(op.input, DATA["constant"].get(op.name, ()))
    late = (one for one in needed if one and not one.constant)
    return next(late, None)


def find_unconfirmed(op: Operator) -> bool:
    return op.name in UNCONFIRMED


def find_cpu(op: Operator) -> tuple[str, str] | None:
    """What stays on the CPU, and what to do."""
    log = "look in the compiler's log for where it was put"
    if op.name == "ARG_MAX":
        return (
            "runs on the CPU, with all after it",
            "leave it out, and let your program take the largest "
            "output",
        )
    if op.name in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        return "may stay on the CPU, as its size decides", log
    if op.name == "RESHAPE" and op.outputs[0].count > LARGE:
        return "may stay on the CPU, being large", log
    return None
