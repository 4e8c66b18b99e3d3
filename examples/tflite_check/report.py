"""What is said of a file: a dictionary, and its lines of text."""

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from . import RULES, SOURCES, Finding
from .images import Run
from .model import WEIGHTED, Model, Operator, Tensor


def report(
    name: str,
    content: bytes,
    model: Model | None,
    findings: list[Finding],
    run: Run | None,
) -> dict:
    """All that is known of a file, fit for JSON."""
    return {
        "file": name,
        "bytes": len(content),
        "inputs": list(map(end, model.inputs)) if model else [],
        "outputs": list(map(end, model.outputs)) if model else [],
        "operators": list(map(row, model.operators)) if model else [],
        "images": run.count if run else 0,
        "accuracy": run.accuracy if run else None,
        "findings": [
            asdict(one) | {"source": SOURCES[RULES[one.rule].source]}
            for one in findings
        ],
    }


def end(tensor: Tensor) -> dict:
    """An input or output."""
    one = tensor.scales.size == tensor.zeros.size == 1
    one = one and np.isfinite(tensor.scales[0])
    return {
        "index": tensor.index,
        "name": tensor.name,
        "type": tensor.type,
        "shape": tensor.shape,
        "scale": float(tensor.scales[0]) if one else None,
        "zero_point": int(tensor.zeros[0]) if one else None,
    }


def row(op: Operator) -> dict:
    """An operator; "weights" is such as "int8 4x3x3x1, 4 scales"."""
    return {
        "index": op.index,
        "name": op.name,
        "version": op.version,
        "gives": op.outputs[0].size if op.outputs else "",
        "weights": weights(op) if op.name in WEIGHTED else "",
    }


def weights(op: Operator) -> str:
    tensor = op.weighted()[1]
    number = tensor.scales.size
    scales = "1 scale" if number == 1 else f"{number} scales"
    return f"{tensor.type} {tensor.size}, {scales}"


def lines(report: dict) -> Iterator[str]:
    """The report as text."""
    yield f"{report['file']}: {report['bytes']:,} bytes"
    for side in ("input", "output"):
        for tensor in report[f"{side}s"]:
            size, grid = tensor["shape"], "not quantized"
            if tensor["scale"] is not None:
                grid = "scale {scale:.6g}, zero point {zero_point}"
            text = f"  {side:6} {{type}} {{size}}, {grid}, '{{name}}'"
            yield text.format(size="x".join(map(str, size)), **tensor)
    table = "  {:>3} {:24} {:>7}  {:14} {}"
    if report["operators"]:
        yield table.format(*"# operator version gives weights".split())
    for op in report["operators"]:
        yield table.format(*op.values()).rstrip()
    if report["accuracy"] is not None:
        yield "  reads {accuracy:.2%} of {images} images correctly".format(
            **report
        )
    for one in report["findings"]:
        yield "{level}: {text} [{rule}]".format(**one)
    levels = [one["level"] for one in report["findings"]]
    errors, warnings = map(levels.count, ("error", "warning"))
    yield f"Errors: {errors}, warnings: {warnings}"
