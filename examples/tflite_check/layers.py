"""Rules about single operations: the remarks in Coral's table."""

from .model import Operator


def find_dynamic_range(op: Operator) -> bool:
    """8-bit weights for a float input."""
    data, weights, _ = op.weighted()
    return weights.eight_bits and data.type == "float32"


def find_dilation(op: Operator) -> bool:
    return len(set(op.options.values())) > 1


def find_weights_format(op: Operator) -> bool:
    return any(op.options.values())


def find_dense_output(op: Operator) -> str:
    """The size of an output with several rows."""
    return op.outputs[0].size if op.outputs[0].rows else ""


def find_fused_activation(op: Operator) -> bool:
    return any(op.options.values())


def find_joined_constant(op: Operator) -> bool:
    """A constant that is not zeros, or with several other inputs."""
    for tensor in filter(None, op.inputs):
        if not (tensor.data.size and tensor.eight_bits):
            continue
        # The byte of the number zero; int8 and uint8 differ only in how
        # they are read.
        zero = int(tensor.zeros[0]) % 256 if tensor.zeros.size else 0
        if len(op.inputs) != 2 or (tensor.data != zero).any():
            return True
    return False


def find_softmax(op: Operator) -> str:
    """The size of several rows, or of too many numbers."""
    data = op.inputs[0]
    return data.size if data.rows or data.count > 16_000 else ""


def find_batch_axis(op: Operator) -> str:
    """What is done to axis 0."""
    if op.name == "PAD":
        return "pads" if any(op.integers(1)[:2]) else ""
    if op.name == "PACK":
        axis, rank = op.options.get("Axis", 0), op.outputs[0].shape
        return "stacks along" if axis in (0, -len(rank)) else ""
    return "reduces" if 0 in op.axes() else ""


def find_mean_depth(op: Operator) -> str:
    """The size of a depth that is not a multiple of 4."""
    data = op.inputs[0]
    last = len(data.shape) - 1
    odd = last in op.axes() and last >= 0 and data.shape[last] % 4
    return data.size if odd else ""


def find_strided_slice(op: Operator) -> bool:
    """More than a cut from here to there."""
    steps = set(op.integers(3))
    return bool(steps - {1}) or any(op.options.values())
