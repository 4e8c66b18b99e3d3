"""From a Keras model that reads digits to .tflite files.

The steps of `edge_tpu.py`: `without_scaling`, `quantization_aware`,
`for_one_picture`, `convert`, and `run`, which says what a file answers.
Models take pixels 0..255 in float32.
"""

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator

import numpy as np

SLOWNESS = 0.99  # a range follows that of each batch by 1 %
# By default each row of a Dense kernel gets a scale of its own. A
# TFLite of the compiler's age loads that, and then always answers the
# same digit. There is no public switch.
ONE_SCALE = (
    "_experimental_disable_per_channel_quantization_for_dense_layers"
)


class ExportError(Exception):
    """The model cannot be made or kept; the message is one sentence."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what is printed to stderr, by C++ code too."""
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)


def said(error: Exception) -> str:
    """The first line of an error's text, as the end of a sentence."""
    text = str(error).strip() or type(error).__name__
    line = text.splitlines()[0].strip()
    return line[:300].rstrip(" .") + "."


def first_scaling(model) -> tuple:
    """The Rescaling at a model's beginning, its heir, and its factor.

    The heir is the layer whose kernel can do the Rescaling's work. A
    file without it has one operator fewer, and its int8 pixels are just
    pixel - 128. (None, None, 1) where the model does not begin so, or
    the Rescaling adds something, too.
    """
    import keras
    from keras import layers

    if isinstance(model, keras.Sequential) and model.layers:
        first, *others = model.layers
        skipped = (layers.Flatten, layers.Reshape, layers.Dropout)
        heir = next(
            (layer for layer in others if type(layer) not in skipped),
            None,
        )
        plain = (
            type(first) is layers.Rescaling
            and np.isscalar(first.scale)
            and first.offset == 0
        )
        if plain and type(heir) in (layers.Conv2D, layers.Dense):
            return first, heir, first.scale
    return None, None, 1


def without_scaling(model):
    """A copy without the Rescaling at its beginning.

    What is not changed is shared.
    """
    import keras

    first, heir, factor = first_scaling(model)

    def copy(layer):
        if layer is first:
            return keras.layers.Identity()
        if layer is heir:
            layer = type(heir).from_config(heir.get_config())
            layer.build(heir.input.shape)
            kernel, *bias = heir.get_weights()
            layer.set_weights([kernel * factor, *bias])
        return layer

    if first is None:
        return model
    return keras.models.clone_model(model, clone_function=copy)


def quantization_aware(model):
    """A copy of a model in which all is rounded as in int8.

    It has the layers and weights of `model`: training it trains
    `model`. Raises ExportError for a layer that it does not know.
    """
    import keras
    from keras import layers, ops

    fake_quant = keras.quantizers.fake_quant_with_min_max_vars
    first, heir, factor = first_scaling(model)

    class Rounded(layers.Layer):
        """A layer with its kernel and its results rounded.

        Kernel: symmetric, one scale for all of it, -127 to 127, as
        TFLite wants it of weights. Results: from a lowest to a highest
        value which follow those of the batches.
        """

        def __init__(self, layer):
            super().__init__(name=f"{layer.name}_rounded")
            self.layer = layer
            self.low, self.high, self.seen = map(
                self.number, ("low", "high", "seen")
            )

        def number(self, name):
            return self.add_weight(
                shape=(),
                initializer="zeros",
                trainable=False,
                name=name,
            )

        def call(self, inputs, training=False):
            layer = self.layer
            kernel = layer.kernel * (factor if layer is heir else 1)
            largest = ops.stop_gradient(ops.max(ops.abs(kernel)))
            kernel = fake_quant(
                kernel, -largest, largest, narrow_range=True
            )
            multiply = ops.matmul
            if type(layer) is layers.Conv2D:
                multiply = layer.convolution_op
            result = multiply(inputs, kernel)
            if layer.use_bias:
                # int32 in TFLite: no rounding to get used to.
                result = result + layer.bias
            if layer.activation is keras.activations.softmax:
                return layer.activation(self.round(result, training))
            return self.round(layer.activation(result), training)

        def round(self, result, training):
            if training:
                # The first batch decides alone.
                old = SLOWNESS * self.seen
                for end, new in (
                    (self.low, ops.minimum(ops.min(result), 0.0)),
                    (self.high, ops.maximum(ops.max(result), 0.001)),
                ):
                    end.assign(
                        old * end + (1 - old) * ops.stop_gradient(new)
                    )
                self.seen.assign(1.0)
            return fake_quant(result, self.low, self.high)

    class RoundedPixels(layers.Layer):
        """A Rescaling of pixels 0..255, product and sum rounded."""

        def __init__(self, layer):
            super().__init__(name=f"{layer.name}_rounded")
            self.scale, self.offset = layer.scale, layer.offset

        def call(self, inputs):
            top = 255 * self.scale
            product = fake_quant(inputs * self.scale, 0.0, top)
            low = min(self.offset, 0.0)
            high = max(top + self.offset, 0.0)
            return fake_quant(product + self.offset, low, high)

    known = (layers.Conv2D, layers.Dense)
    # Their results are among their inputs (or, of softmax, in a range
    # of their own).
    free = (
        layers.Flatten,
        layers.Reshape,
        layers.Dropout,
        layers.MaxPooling2D,
        layers.Softmax,
    )
    functions = keras.activations
    activations = (functions.linear, functions.relu, functions.softmax)

    def copy(layer):
        if layer is first:
            return layers.Identity()
        if (
            type(layer) is layers.Rescaling
            and layer.input is model.inputs[0]
        ):
            return RoundedPixels(layer)
        if type(layer) in known and layer.activation in activations:
            return Rounded(layer)
        if type(layer) in (*free, layers.InputLayer):
            return layer
        names = ", ".join(kind.__name__ for kind in (*known, *free))
        raise ExportError(
            f"--qat knows {names} with relu, softmax or no activation, "
            "and a Rescaling of pixels, but not "
            f"{layer.name} ({type(layer).__name__}): leave --qat out."
        )

    return keras.models.clone_model(model, clone_function=copy)


def for_one_picture(model, *, softmax: bool, rounded: bool = False):
    """A model from the pixels of one picture to probabilities.

    Pixels: float32 (1, 28, 28, 1) or (1, 28, 28). Probabilities:
    (1, 10). The batch size is fixed: with an open one the file would
    compute shapes while it runs, which the Edge TPU's compiler rejects.

    If the model is `rounded`, its input must be rounded as well:
    without its range the file would keep floats there. (TFLite knows
    the range of a softmax.)
    """
    import keras

    fake_quant = keras.quantizers.fake_quant_with_min_max_vars

    class RoundPixels(keras.layers.Layer):
        def call(self, inputs):
            return fake_quant(inputs, 0.0, 255.0)

    pixels = keras.Input(
        batch_shape=(1, *model.input_shape[1:]), name="pixels"
    )
    first = RoundPixels()(pixels) if rounded else pixels
    answer = model(first, training=False)
    if softmax:
        answer = keras.layers.Softmax(name="softmax")(answer)
    return keras.Model(pixels, answer, name="digits")


def convert(
    model, *, int8: bool, pictures: np.ndarray | None = None
) -> bytes:
    """A .tflite file; raises ExportError if it cannot be made.

    Args:
        model: what `for_one_picture` returns.
        int8: whether all is to be in int8; else it stays float.
        pictures: those on which ranges are measured; without them the
            model must be rounded.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    if pictures is not None:
        shape = (-1, *model.input_shape)
        pictures = pictures.astype("float32").reshape(shape)
        converter.representative_dataset = lambda: (
            [picture] for picture in pictures
        )
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS_INT8
        ]
        setattr(converter, ONE_SCALE, True)
    try:
        with (
            quiet(),
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.filterwarnings(
                "ignore", "Statistics for quantized inputs"
            )
            return converter.convert()
    except Exception as error:  # what a layer may raise is not listed
        raise ExportError(
            f"TFLite cannot take this model: {said(error)}"
        ) from error


def run(content: bytes, images: np.ndarray) -> tuple[np.ndarray, dict]:
    """What a .tflite file answers on LiteRT, picture by picture.

    Args:
        content: a file for one picture, with float or int8 input.
        images: uint8 (n, 28, 28); int8 input gets
            round(pixel / scale) + zero point.

    Returns:
        The numbers as they come, (n, 10), and a description of input
        and output.
    """
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(model_content=content)
        interpreter.allocate_tensors()
    takes = interpreter.get_input_details()[0]
    gives = interpreter.get_output_details()[0]
    scale, zero_point = takes["quantization"]
    pixels = images.astype("float32")
    if scale:
        pixels = np.round(pixels / scale) + zero_point
        pixels = np.clip(pixels, -128, 127)
    pixels = pixels.astype(takes["dtype"])
    answers = []
    for picture in pixels.reshape(-1, *takes["shape"]):
        interpreter.set_tensor(takes["index"], picture)
        interpreter.invoke()
        answers.append(interpreter.get_tensor(gives["index"])[0])
    return np.stack(answers), {
        side: {
            "dtype": details["dtype"].__name__,
            "shape": details["shape"].tolist(),
            "scale": float(details["quantization"][0]),
            "zero_point": int(details["quantization"][1]),
        }
        for side, details in (("input", takes), ("output", gives))
    }
