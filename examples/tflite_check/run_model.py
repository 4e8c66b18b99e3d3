"""Run a .tflite file on images, in any Python from 3.8.

    python run_model.py model.tflite images.npy

Prints a JSON object: a "fault", or the "answers" to the images, once
for each of "ranges", the highest pixel that the model was given. A file
may crash the process that runs it, so the checker starts this program.
"""

import json
import sys

import numpy as np

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    from tflite_runtime.interpreter import Interpreter


def run(path, images):
    """Run once with zeros, then once for each of uint8 (n, 28, 28)."""
    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    inputs = interpreter.get_input_details()
    output = interpreter.get_output_details()[0]["index"]
    for tensor in inputs:
        zeros = np.zeros(tensor["shape"], tensor["dtype"])
        interpreter.set_tensor(tensor["index"], zeros)
    interpreter.invoke()
    shape, kind = inputs[0]["shape"], inputs[0]["dtype"]
    scale, zero = inputs[0]["quantization"]
    if len(images) and np.prod(shape) != 784:
        size = "x".join(map(str, shape))
        raise ValueError(f"its input of {size} is not one 28x28 image")
    # The scale tells which pixels it takes; without one, both are
    # tried.
    ranges = [255 if scale * 255 > 16 else 1] if scale else [255, 1]
    answers = []
    for highest in ranges:
        pixels = images.astype("float32") / 255 * highest
        if scale:
            limits = np.iinfo(kind)
            pixels = np.round(pixels / scale + zero)
            pixels = pixels.clip(limits.min, limits.max)
        answers.append([])
        for image in pixels.astype(kind):
            interpreter.set_tensor(
                inputs[0]["index"], image.reshape(shape)
            )
            interpreter.invoke()
            scores = interpreter.get_tensor(output)
            one = scores.argmax() if scores.size > 1 else scores.max()
            answers[-1].append(int(one))
    return {"ranges": ranges, "answers": answers}


if __name__ == "__main__":
    try:
        result = run(sys.argv[1], np.load(sys.argv[2]))
    except Exception as error:
        lines = f"{error}".splitlines() or [type(error).__name__]
        result = {"fault": ["cannot be run", lines[-1].strip(". ")]}
    print(json.dumps(result))
