"""Rules about types and sizes of tensors.

All that flows through the chip has 8 bits and a fixed size.
"""

from .model import Tensor


def find_appended(tensor: Tensor) -> bool:
    return tensor.appended


def find_sparse(tensor: Tensor) -> bool:
    return tensor.sparse


def find_data_length(tensor: Tensor) -> bool:
    """Constants that are longer or shorter than their shape."""
    if not tensor.data.size or tensor.sparse:
        return False
    return tensor.bytes not in (0, tensor.data.size)


def find_float_io(tensor: Tensor) -> bool:
    """Float at the start or the end, where the CPU converts it."""
    start = tensor.is_input and tensor.readers == {"QUANTIZE"}
    maker = tensor.maker.name if tensor.maker else ""
    end = tensor.is_output and maker == "DEQUANTIZE"
    return tensor.type == "float32" and (start or end)


def find_float16(tensor: Tensor) -> bool:
    return tensor.type in ("float16", "bfloat16")


def find_int16(tensor: Tensor) -> bool:
    return tensor.type == "int16"


def find_float(tensor: Tensor) -> bool:
    return tensor.type == "float32" and not find_float_io(tensor)


def find_type(tensor: Tensor) -> bool:
    """Neither 8 bits nor constant int32, and no rule of its own."""
    if tensor.eight_bits or tensor.type in (
        *("bfloat16", "float16", "float32", "int16"),
    ):
        return False
    if tensor.type == "int32" and tensor.constant:
        return False
    arg_max = tensor.maker and tensor.maker.name == "ARG_MAX"
    return not (arg_max and tensor.type in ("int32", "int64"))


def find_dynamic(tensor: Tensor) -> bool:
    return tensor.dynamic


def find_batch(tensor: Tensor) -> bool:
    """Inputs of several pictures."""
    return tensor.is_input and tensor.rows and tensor.shape[0] != 1


def find_dimensions(tensor: Tensor) -> bool:
    """Any but the last three dimensions above 1."""
    large = any(size != 1 for size in tensor.shape[:-3])
    return large and not tensor.constant
