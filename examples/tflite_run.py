"""Pictures into a .tflite file, numbers out of it.

It needs NumPy alone and runs on Python 3.8 too, so that a TFLite of the
Edge TPU compiler's age can be fed by the same code.
"""

import numpy as np


def input_range(details):
    """What black and white are for a quantized input.

    Args:
        details: one of an interpreter's `get_input_details()`.

    Returns:
        (0, 255), (0, 1), or the lowest and the highest number that the
        input can hold, such as (-1, 1); None for a float input, which
        does not say.
    """
    scale, zero = details["quantization"]
    if not scale:
        return None
    whole = np.iinfo(details["dtype"])
    low, high = (whole.min - zero) * scale, (whole.max - zero) * scale
    if high > 16:
        return 0, 255
    return (0, 1) if low > -high / 4 else (low, high)


def scaled(pictures, pixels):
    """Pictures in a model's range.

    Args:
        pictures: uint8, 0 black to 255 white, of any shape.
        pixels: what black and white are for the model.

    Returns:
        float32 of that shape.
    """
    low, high = pixels
    return np.float32(low + pictures / np.float32(255) * (high - low))


def run(interpreter, values):
    """What a model answers, as real numbers.

    Args:
        interpreter: of ai_edge_litert or tflite_runtime, with its
            tensors allocated; its first input takes one picture.
        values: float (n, ...), n pictures in the model's range.

    Returns:
        float64 (n, k), a row for each picture.
    """
    takes = interpreter.get_input_details()[0]
    gives = interpreter.get_output_details()[0]
    scale, zero = takes["quantization"]
    if scale:
        whole = np.iinfo(takes["dtype"])
        values = np.round(values / scale) + zero
        values = values.clip(whole.min, whole.max)
    rows = []
    for picture in values.astype(takes["dtype"]):
        picture = picture.reshape(takes["shape"])
        interpreter.set_tensor(takes["index"], picture)
        interpreter.invoke()
        rows.append(interpreter.get_tensor(gives["index"]).ravel())
    scale, zero = gives["quantization"]
    answers = np.array(rows, "float64")
    return (answers - zero) * scale if scale else answers
