"""From a Keras model that reads digits to .tflite files, and what such a file answers.

The steps of `edge_tpu.py`: `without_scaling`, `quantization_aware`, `for_one_picture`, `convert`,
`run`. Models take pixels 0..255 in float32.
"""

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator

import numpy as np

SLOWNESS = 0.99  # a range follows that of each batch by 1 %


class ExportError(Exception):
    """The model cannot be made or kept; the message is one sentence for the user."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what TensorFlow and LiteRT print to stderr, whatever their log level."""
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
    """The first line of what an error says, as the end of a sentence."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0].strip()
    return text[:300].rstrip(" .") + "."


def first_scaling(model) -> tuple:
    """The Rescaling a model begins with, the layer whose kernel can do its work, and its factor.

    A file without the Rescaling has one operator fewer, and its int8 pixels are just pixel - 128.
    (None, None, 1) where the model does not begin so, or the Rescaling adds something, too.
    """
    import keras
    from keras import layers

    if isinstance(model, keras.Sequential) and model.layers:
        first, *others = model.layers
        between = (layers.Flatten, layers.Reshape, layers.Dropout)
        heir = next((layer for layer in others if type(layer) not in between), None)
        plain = type(first) is layers.Rescaling and np.isscalar(first.scale) and first.offset == 0
        if plain and type(heir) in (layers.Conv2D, layers.Dense):
            return first, heir, first.scale
    return None, None, 1


def without_scaling(model):
    """A copy without the Rescaling at its beginning; what is not changed is shared."""
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

    return keras.models.clone_model(model, clone_function=copy) if first else model


def quantization_aware(model):
    """A model with the layers and weights of `model` in which all is rounded as in int8.

    Training it trains `model`. Raises ExportError for a layer that it does not know.
    """
    import keras
    from keras import layers, ops
    from keras.quantizers import fake_quant_with_min_max_vars as fake_quant

    first, heir, factor = first_scaling(model)

    class Rounded(layers.Layer):
        """A layer with its kernel and its results rounded.

        Kernel: symmetric, one scale for all of it, -127 to 127, as TFLite wants it of weights.
        Results: from a lowest to a highest value which follow those of the batches.
        """

        def __init__(self, layer):
            super().__init__(name=f"{layer.name}_rounded")
            self.layer = layer
            self.low, self.high, self.seen = (
                self.add_weight(shape=(), initializer="zeros", trainable=False, name=name)
                for name in ("low", "high", "seen")
            )

        def call(self, inputs, training=False):
            layer = self.layer
            kernel = layer.kernel * (factor if layer is heir else 1)
            largest = ops.stop_gradient(ops.max(ops.abs(kernel)))
            kernel = fake_quant(kernel, -largest, largest, narrow_range=True)
            multiply = layer.convolution_op if type(layer) is layers.Conv2D else ops.matmul
            result = multiply(inputs, kernel)
            if layer.use_bias:
                result = result + layer.bias  # int32 in TFLite: no rounding to get used to
            if layer.activation is keras.activations.softmax:
                return layer.activation(self.round(result, training))
            return self.round(layer.activation(result), training)

        def round(self, result, training):
            if training:
                old = SLOWNESS * self.seen  # the first batch decides alone
                for end, new in (
                    (self.low, ops.minimum(ops.min(result), 0.0)),
                    (self.high, ops.maximum(ops.max(result), 0.001)),
                ):
                    end.assign(old * end + (1 - old) * ops.stop_gradient(new))
                self.seen.assign(1.0)
            return fake_quant(result, self.low, self.high)

    class RoundedPixels(layers.Layer):
        """A Rescaling of pixels 0..255, with its product and its sum rounded."""

        def __init__(self, layer):
            super().__init__(name=f"{layer.name}_rounded")
            self.scale, self.offset = layer.scale, layer.offset

        def call(self, inputs):
            top = 255 * self.scale
            product = fake_quant(inputs * self.scale, 0.0, top)
            low, high = min(self.offset, 0.0), max(top + self.offset, 0.0)
            return fake_quant(product + self.offset, low, high)

    known = (layers.Conv2D, layers.Dense)
    # Their results are among their inputs (or, of softmax, in a range of their own).
    free = (layers.Flatten, layers.Reshape, layers.Dropout, layers.MaxPooling2D, layers.Softmax)
    functions = keras.activations
    activations = (functions.linear, functions.relu, functions.softmax)

    def copy(layer):
        if layer is first:
            return layers.Identity()
        if type(layer) is layers.Rescaling and layer.input is model.inputs[0]:
            return RoundedPixels(layer)
        if type(layer) in known and layer.activation in activations:
            return Rounded(layer)
        if type(layer) in (*free, layers.InputLayer):
            return layer
        names = ", ".join(kind.__name__ for kind in (*known, *free))
        raise ExportError(
            f"--qat knows {names} with relu, softmax or no activation, and a Rescaling of pixels, "
            f"but not {layer.name} ({type(layer).__name__}): leave --qat out."
        )

    return keras.models.clone_model(model, clone_function=copy)


def for_one_picture(model, *, softmax: bool, rounded: bool = False):
    """A model from float32 pixels, (1, 28, 28, 1) or (1, 28, 28), to probabilities (1, 10).

    The batch size is fixed: with an open one the file would compute shapes while it runs, which
    the Edge TPU's compiler rejects. If the model is `rounded`, its input must be rounded as well:
    without its range the file would keep floats there. (TFLite knows the range of a softmax.)
    """
    import keras
    from keras.quantizers import fake_quant_with_min_max_vars as fake_quant

    class RoundPixels(keras.layers.Layer):
        def call(self, inputs):
            return fake_quant(inputs, 0.0, 255.0)

    pixels = keras.Input(batch_shape=(1, *model.input_shape[1:]), name="pixels")
    answer = model(RoundPixels()(pixels) if rounded else pixels, training=False)
    answer = keras.layers.Softmax(name="softmax")(answer) if softmax else answer
    return keras.Model(pixels, answer, name="digits")


def convert(model, *, int8: bool, pictures: np.ndarray | None = None) -> bytes:
    """A .tflite file of a model for one picture; raises ExportError if it cannot be made.

    Args:
        model: what `for_one_picture` returns.
        int8: whether all is to be in int8; else it stays float.
        pictures: those on which ranges are measured; without them the model must be rounded.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    if pictures is not None:
        pictures = pictures.astype("float32").reshape(-1, *model.input_shape)
        converter.representative_dataset = lambda: ([picture] for picture in pictures)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        # By default each row of a Dense kernel gets a scale of its own. A TFLite of the compiler's
        # age loads that, and then always answers the same digit. There is no public switch.
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    try:
        with quiet(), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Statistics for quantized inputs")
            return converter.convert()
    except Exception as error:  # what a layer may provoke is listed nowhere
        raise ExportError(f"TFLite cannot take this model: {said(error)}") from error


def run(content: bytes, images: np.ndarray) -> tuple[np.ndarray, dict]:
    """What a .tflite file answers on LiteRT, picture by picture.

    Args:
        content: a file for one picture, with float or int8 input.
        images: uint8 (n, 28, 28); int8 input gets round(pixel / scale) + zero point.

    Returns:
        The numbers as they come, (n, 10), and a description of input and output.
    """
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(model_content=content)
        interpreter.allocate_tensors()
    takes, gives = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = takes["quantization"]
    pixels = images.astype("float32")
    if scale:
        pixels = np.clip(np.round(pixels / scale) + zero_point, -128, 127)
    answers = []
    for picture in pixels.astype(takes["dtype"]).reshape(-1, *takes["shape"]):
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
