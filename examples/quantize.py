"""From a Keras model that reads digits to .tflite files.

`quantization_aware` makes a model that rounds while it is trained, and
`convert` makes the files, in a process of its own: the converter of
TensorFlow may crash on a model, and this process shall not end with it.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from common import UserError, reason, temporary_folder
from tflite_run import scaled

MEMORY = 0.99  # of a range: each batch moves it by 1 %
# By default each row of a Dense kernel gets a scale of its own. A
# TFLite of the compiler's age loads that, and then always answers the
# same digit. There is no public switch. Keras refuses one that
# TensorFlow does not know.
ONE_SCALE = (
    "_experimental_disable_per_channel_quantization_for_dense_layers"
)


def without_rescaling(model, pixels: tuple) -> tuple:
    """A model without the Rescaling at its beginning, and its range.

    It shares its layers with `model`. In int8 the Rescaling costs
    nothing: the same whole numbers stand for its results.
    """
    import keras

    first, *others = model.layers
    if (
        not isinstance(model, keras.Sequential)
        or type(first) is not keras.layers.Rescaling
        or not np.isscalar(first.scale)
    ):
        return model, pixels
    ends = [first.scale * end + first.offset for end in pixels]
    start = keras.Input(model.input_shape[1:])
    return keras.Sequential([start, *others]), tuple(map(float, ends))


def quantization_aware(model):
    """A copy of a model in which all numbers are rounded as in int8.

    It shares the layers and weights of `model`: training it trains
    `model`. Raises UserError for a layer that it does not know.
    """
    import keras
    from keras import layers, ops

    fake_quant = keras.quantizers.fake_quant_with_min_max_vars
    functions = keras.activations

    class Rounded(layers.Layer):
        """A layer with its kernel and its results rounded.

        Kernel: symmetric, -127 to 127, one scale for all of it.
        Results: between a lowest and a highest value that follow those
        of the batches.
        """

        def __init__(self, layer):
            super().__init__(name=f"{layer.name}_rounded")
            self.layer = layer
            self.low, self.high, self.seen = (
                self.add_weight(initializer="zeros", trainable=False)
                for _ in range(3)
            )

        def call(self, inputs, training=False):
            layer = self.layer
            most = ops.stop_gradient(ops.max(ops.abs(layer.kernel)))
            kernel = fake_quant(
                layer.kernel, -most, most, narrow_range=True
            )
            if type(layer) is layers.Conv2D:
                result = layer.convolution_op(inputs, kernel)
            else:
                result = ops.matmul(inputs, kernel)
            if layer.use_bias:  # int32 in TFLite, so it is not rounded
                result = result + layer.bias
            if layer.activation is functions.softmax:
                return layer.activation(self.round(result, training))
            return self.round(layer.activation(result), training)

        def round(self, result, training):
            if training:
                old = MEMORY * self.seen  # the first batch has no past
                for end, new in (
                    (self.low, ops.minimum(ops.min(result), 0.0)),
                    (self.high, ops.maximum(ops.max(result), 0.001)),
                ):
                    new = ops.stop_gradient(new)
                    end.assign(old * end + (1 - old) * new)
                self.seen.assign(1.0)
            return fake_quant(result, self.low, self.high)

    rounded = (layers.Conv2D, layers.Dense)
    # What these answer lies in the range of their inputs; softmax has a
    # range of its own.
    free = (
        *(layers.InputLayer, layers.Flatten, layers.Reshape),
        *(layers.Dropout, layers.MaxPooling2D, layers.Softmax),
    )

    def copy(layer):
        known = (functions.linear, functions.relu, functions.softmax)
        if type(layer) in rounded and layer.activation in known:
            return Rounded(layer)
        if type(layer) in free:
            return layer
        names = ", ".join(kind.__name__ for kind in (*rounded, *free))
        raise UserError(
            f"--qat knows {names} with relu, softmax or no activation, "
            "behind a Rescaling or nothing, but not "
            f"{layer.name} ({type(layer).__name__}): omit --qat."
        )

    return keras.models.clone_model(model, clone_function=copy)


def for_one_picture(model, *, softmax: bool, pixels=None):
    """A model from the pixels of one picture to probabilities.

    The batch size is fixed: the Edge TPU's compiler rejects a file that
    computes shapes. A model that rounds needs the range of its `pixels`
    to round them, too.
    """
    import keras

    fake_quant = keras.quantizers.fake_quant_with_min_max_vars

    class RoundPixels(keras.layers.Layer):
        def call(self, inputs):
            return fake_quant(inputs, *map(float, pixels))

    start = keras.Input(
        batch_shape=(1, *model.input_shape[1:]), name="pixels"
    )
    answer = model(RoundPixels()(start) if pixels else start)
    if softmax:
        answer = keras.layers.Softmax(name="softmax")(answer)
    return keras.Model(start, answer, name="digits")


def export(model, path: Path, *, int8: bool, pictures=None) -> None:
    """Write a .tflite file; raises whatever the converter raises.

    Args:
        model: what `for_one_picture` returns.
        path: ends in .tflite.
        int8: whether all is to be in int8; else it stays float.
        pictures: float32 (n, 28, 28), on which ranges are measured;
            without them the model must be one that rounds.
    """
    import tensorflow as tf

    options = {}
    if int8:
        options |= {
            "optimizations": [tf.lite.Optimize.DEFAULT],
            "inference_input_type": tf.int8,
            "inference_output_type": tf.int8,
        }
    if pictures is not None:
        pictures = pictures.reshape(-1, *model.input_shape)
        options |= {
            "representative_dataset": lambda: ([p] for p in pictures),
            ONE_SCALE: True,
        }
    shape = model.input_shape
    model.export(
        path,
        format="litert",
        verbose=False,
        input_signature=[tf.TensorSpec(shape, tf.float32, "pixels")],
        **options,
    )


def convert(
    model, *, softmax: bool, pixels: tuple, aware=None, pictures=None
) -> dict[str, bytes]:
    """The "float" and the "int8" .tflite file of a model.

    Args:
        model: from (n, 28, 28) or (n, 28, 28, 1) to (n, 10).
        softmax: whether its answers are logits.
        pixels: what black and white are for it.
        aware: the trained `quantization_aware` copy of what
            `without_rescaling` returns, if there is one.
        pictures: uint8 (n, 28, 28), on which ranges are measured
            otherwise.

    Raises:
        UserError: the converter refuses the model, or crashes, or
            there is no room for temporary files.
    """
    with temporary_folder() as folder:
        model.save(folder / "model.keras")
        if aware:
            aware.save_weights(folder / "aware.weights.h5")
        else:
            np.save(folder / "pictures.npy", pictures)
        job = {"softmax": softmax, "pixels": [float(p) for p in pixels]}
        (folder / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            [sys.executable, __file__, folder],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode:
            fault = f"the converter crashed with code {done.returncode}"
            if (folder / "error").exists():
                fault = (folder / "error").read_text()
            raise UserError(
                f"TensorFlow cannot convert this model ({fault}): "
                "build it from layers such as Conv2D, MaxPooling2D and "
                "Dense."
            )
        kinds = ("float", "int8")
        return {
            kind: (folder / f"{kind}.tflite").read_bytes()
            for kind in kinds
        }


def child(folder: Path) -> None:
    """What `convert` does in a process of its own."""
    import keras

    job = json.loads((folder / "job.json").read_text())
    try:
        model = keras.saving.load_model(folder / "model.keras")
        softmax, pixels = job["softmax"], job["pixels"]
        plain = for_one_picture(model, softmax=softmax)
        export(plain, folder / "float.tflite", int8=False)
        inner, ends = without_rescaling(model, pixels)
        if (folder / "pictures.npy").exists():
            how = {
                "pictures": scaled(
                    np.load(folder / "pictures.npy"), ends
                )
            }
            inner = for_one_picture(inner, softmax=softmax)
        else:
            how, inner = {}, quantization_aware(inner)
            inner.load_weights(folder / "aware.weights.h5")
            inner = for_one_picture(inner, softmax=softmax, pixels=ends)
        export(inner, folder / "int8.tflite", int8=True, **how)
    except Exception as error:  # depends on the model's layers
        (folder / "error").write_text(reason(error))
        raise


if __name__ == "__main__":
    child(Path(sys.argv[1]))
