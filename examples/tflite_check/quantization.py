"""Rules about scales and zero points.

These faults are silent: the file runs and answers, but wrongly.
"""

import numpy as np

from .model import WEIGHTED, Operator, Tensor

LIMITS = {"int8": (-128, 127), "uint8": (0, 255)}
# Scale of an activation; a range left at 0 gets about 4e-9.
SMALLEST = 1e-6


def quantized(tensor: Tensor) -> bool:
    return tensor.eight_bits and tensor.scales.size > 0


def find_no_scale(tensor: Tensor) -> bool:
    return tensor.eight_bits and not tensor.scales.size


def find_scale(tensor: Tensor) -> str:
    """The first scale that is not a finite positive number."""
    if not quantized(tensor):
        return ""
    good = np.isfinite(tensor.scales) & (tensor.scales > 0)
    return "" if good.all() else f"{tensor.scales[~good][0]:g}"


def find_zero_range(tensor: Tensor) -> float:
    """The scale of an activation that has never seen data."""
    if tensor.constant or not quantized(tensor) or find_scale(tensor):
        return 0
    scale = float(tensor.scales.min())
    return scale if scale < SMALLEST else 0


def find_zero_point(tensor: Tensor) -> bool:
    if not quantized(tensor):
        return False
    low, high = LIMITS[tensor.type]
    zeros = tensor.zeros
    if zeros.size != tensor.scales.size:
        return True
    return not low <= zeros.min() <= zeros.max() <= high


def find_per_channel(tensor: Tensor) -> bool:
    """Several scales of what is not weights."""
    several = tensor.eight_bits and tensor.scales.size > 1
    return several and not tensor.weights_of


def find_per_channel_dense(tensor: Tensor) -> bool:
    dense = tensor.weights_of == "FULLY_CONNECTED"
    return dense and tensor.scales.size > 1


def find_channel_axis(tensor: Tensor) -> str:
    """Weights of a convolution have one scale, or one a channel."""
    axis = WEIGHTED.get(tensor.weights_of, [None])[-1]
    if axis is None or tensor.scales.size < 2:
        return ""
    size = tensor.shape[axis : axis + 1]
    fits = tensor.axis == axis and size == [tensor.scales.size]
    return "" if fits else str(axis)


def find_weight_zero_point(tensor: Tensor) -> str:
    if not tensor.weights_of or tensor.type != "int8":
        return ""
    return "".join(map(str, tensor.zeros[tensor.zeros != 0][:1]))


def find_bias_scale(op: Operator) -> Tensor | None:
    """A bias needs the scale input x weights."""
    data, weights, bias = op.weighted()
    if not (bias and quantized(data) and weights.eight_bits):
        return None
    # Another rule is about scales that are not numbers.
    with np.errstate(all="ignore"):
        scales = data.scales[0].astype(float) * weights.scales
        fits = bias.scales.shape == scales.shape
        fits = fits and np.allclose(bias.scales, scales, 1e-3, 0)
    good = bias.type == "int32" and fits and not bias.zeros.any()
    return None if good else bias


def find_pixel_range(op: Operator) -> tuple[int, int] | None:
    """Pixels that the model rescales, calibrated on other pixels.

    Returns the highest pixel that it takes, and that of its scale.
    """
    pixels, factors = [], []
    for tensor in filter(None, op.inputs):
        (factors if tensor.constant else pixels).append(tensor)
    if len(pixels) != 1 or len(factors) != 1 or not quantized(*pixels):
        return None
    source = pixels[0]
    for _ in range(4):  # as many as a damaged file may go in circles
        before = source.maker
        if before and before.name in ("QUANTIZE", "RESHAPE"):
            source = before.input(0) or source
    factor = np.abs(factors[0].reals())
    if not source.is_input or not factor.size:
        return None
    highest = 255 if pixels[0].scales[0] * 255 > 16 else 1
    for takes, low, high in ((255, 1 / 300, 1 / 100), (1, 100, 300)):
        if (low < factor.min() <= factor.max() < high) and (
            takes != highest
        ):
            return takes, highest
    return None
