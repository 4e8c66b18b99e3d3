"""Makes .tflite files: converted in right and in wrong ways, by hand, and changed."""

import warnings
from functools import cache

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPERATIONS = {name: n for name, n in vars(schema.BuiltinOperator).items() if name.isupper()}
NAMES = {number: name for name, number in OPERATIONS.items()}
INT8, INT32, FLOAT32 = schema.TensorType.INT8, schema.TensorType.INT32, schema.TensorType.FLOAT32
PICTURE, ROW = (1, 8, 8, 4), (1, 16)

# --- Files from TensorFlow -----------------------------------------------------------------------


@cache
def digits():
    """(images float32 (n, 28, 28) from 0 to 1, labels) of the training set."""
    import mnist_data

    (images, labels), _ = mnist_data.load()
    return images[:5000].astype("float32") / 255, labels[:5000]


@cache
def made(name: str) -> bytes:
    """One of FILES."""
    import keras

    keras.utils.set_random_seed(0)
    return FILES[name]()


def convert(*between, way="int8", batch=1, one_scale=True, ends="int8", pixels=1.0, model=None):
    """A small convolutional network, or another model, converted.

    Args:
        between: layers behind the convolution.
        way: "int8", "float", "float16", "int16x8" or "dynamic-range".
        batch: of the input; None for any.
        one_scale: for the weights of a Dense layer.
        ends: type of input and output.
        pixels: the highest of the representative data.
        model: takes the place of the network.
    """
    import tensorflow as tf
    from keras import Input, Sequential
    from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, ReLU

    model = model or Sequential(
        [
            Input((28, 28, 1), batch_size=batch),
            Conv2D(4, 3, strides=2),
            *(between or [ReLU()]),
            MaxPooling2D(),
            Flatten(),
            Dropout(0.2),
            Dense(10),
        ]
    )
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter._experimental_disable_per_channel_quantization_for_dense_layers = one_scale
    sets = {
        "int8": "TFLITE_BUILTINS_INT8",
        "int16x8": "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8",
    }
    shape = (batch or 1, *model.input_shape[1:])
    if way != "float":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if way == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if way in sets:
        converter.target_spec.supported_ops = [getattr(tf.lite.OpsSet, sets[way])]
        converter.representative_dataset = lambda: (
            [np.resize(image * pixels, shape)] for image in digits()[0][:100]
        )
    if way == "int8":
        converter.inference_input_type = converter.inference_output_type = getattr(tf, ends)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Statistics for quantized inputs")
        return converter.convert()


def means(sign=1, rescale=None, **options):
    """A model that answers with the digit whose mean picture is nearest: it reads most digits."""
    from keras import Input, Sequential
    from keras.layers import Dense, Flatten, Rescaling

    images, labels = digits()
    matrix = np.stack([images[labels == digit].mean(0).ravel() for digit in range(10)], 1)
    dense = Dense(10)
    scaling = [Rescaling(rescale)] if rescale else []
    shape = Input((28, 28), batch_size=1)
    model = Sequential([shape, *scaling, Flatten(), dense])
    dense.set_weights([sign * matrix, -(matrix**2).sum(0) / 2])
    return convert(model=model, **options)


def function(name: str):
    """A network with a function of TensorFlow as a layer."""
    import tensorflow as tf
    from keras.layers import Lambda

    functions = {
        "cast": lambda x: tf.cast(tf.cast(x * 255, tf.uint8), tf.float32),
        "dropout": lambda x: tf.nn.dropout(x, 0.5),
    }
    return convert(Lambda(functions[name]), way="float" if name == "dropout" else "int8")


def layers(*rows):
    """The network with layers, each a name, or a name and options."""
    import keras

    rows = [(row,) if isinstance(row, str) else row for row in rows]
    return convert(*(getattr(keras.layers, name)(*options) for name, *options in rows))


def unrolled():
    from keras import Input, Sequential
    from keras.layers import LSTM, Dense

    recurrent = LSTM(4, unroll=True)
    shape = Input((28, 28), batch_size=1)
    return convert(model=Sequential([shape, recurrent, Dense(10)]))


FILES = {
    "good": convert,
    "means": means,
    "means-float": lambda: means(way="float"),
    "inverted": lambda: means(-1),
    **{
        way: lambda way=way: convert(way=way)
        for way in ("float", "float16", "int16x8", "dynamic-range")
    },
    "float-io": lambda: convert(ends="float32"),
    "dynamic": lambda: convert(batch=None),
    "batch": lambda: convert(batch=4),
    "per-channel": lambda: convert(one_scale=False),
    "dropout": lambda: function("dropout"),
    "cast": lambda: function("cast"),
    "lstm": unrolled,
    "elu": lambda: layers("ELU"),
    "gelu": lambda: layers(("Activation", "gelu")),
    "leaky": lambda: layers("LeakyReLU"),
    "hard-swish": lambda: layers(("Activation", "hard_swish")),
    "prelu": lambda: layers("PReLU"),
    # Models that take pixels from 0 to 255, and the reverse.
    "rescaled": lambda: means(rescale=1 / 255, pixels=255),
    "rescaled-on-1": lambda: means(rescale=1 / 255),
    "rescaled-on-1-uint8": lambda: means(rescale=1 / 255, ends="uint8"),
    "rescaled-on-1-float-io": lambda: means(rescale=1 / 255, ends="float32"),
    "rescaled-float": lambda: means(rescale=1 / 255, way="float"),
    "rescaled-inside": lambda: layers("ReLU", ("Rescaling", 1 / 255)),
    "enlarged-on-255": lambda: means(rescale=255.0, pixels=255),
}


# --- Files by hand -------------------------------------------------------------------------------


class Sharing(flatbuffers.Builder):
    """Writes equal strings once."""

    CreateString = cache(flatbuffers.Builder.CreateString)


def packed(model, shared: bool = False) -> bytes:
    """The bytes of a model; equal strings may stand there once."""
    builder = (Sharing if shared else flatbuffers.Builder)(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class Graph:
    """A model with one operator, int8 all through, whose parts are changed before it is packed."""

    def __init__(self, operation: str, *shapes: tuple, version: int = 1):
        self.operation = operation
        code = schema.OperatorCodeT()
        code.builtinCode, code.version = OPERATIONS[operation], version
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        self.op = schema.OperatorT()
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], [self.op]
        self.model = schema.ModelT()
        self.model.version, self.model.operatorCodes = 3, [code]
        self.model.subgraphs, self.model.buffers = [self.graph], [schema.BufferT()]
        self.op.opcodeIndex = 0
        *inputs, output = [self.tensor(shape) for shape in shapes]
        self.graph.inputs, self.graph.outputs = inputs[:1], [output]
        self.op.inputs, self.op.outputs = inputs, [output]

    def tensor(self, shape, kind=INT8, data=None, scale=(0.1,)) -> int:
        """Add a tensor, constant where it has data; returns its index."""
        tensor, buffer = schema.TensorT(), schema.BufferT()
        tensor.shape, tensor.type, tensor.buffer = list(shape), kind, len(self.model.buffers)
        tensor.name = f"t{len(self.graph.tensors)}".encode()
        if kind == INT8 or scale != (0.1,):
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = list(scale)
            tensor.quantization.zeroPoint = [0] * len(scale)
        if data is not None:
            kinds = {INT8: np.int8, INT32: np.int32}
            buffer.data = np.frombuffer(np.asarray(data, kinds[kind]).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return tensor.buffer - 1

    def constant(self, *numbers, shape=None, kind=INT32, **more) -> "Graph":
        """Add a constant as the operator's last input."""
        shape = shape or (len(numbers),)
        self.op.inputs.append(self.tensor(shape, kind, numbers, **more))
        return self

    def output(self, kind: int) -> "Graph":
        """Let the operator give another type."""
        self.graph.tensors[self.op.outputs[0]].type = kind
        return self

    def options(self, kind: str, **values) -> "Graph":
        self.op.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
        self.op.builtinOptions = getattr(schema, f"{kind}T")()
        vars(self.op.builtinOptions).update(values)
        return self

    def done(self) -> bytes:
        return packed(self.model)


def dense(*scales) -> Graph:
    """A Dense layer whose bias has these scales; 0.01 is right."""
    graph = Graph("FULLY_CONNECTED", (1, 8), (1, 4))
    graph.constant(*range(32), shape=(4, 8), kind=INT8)
    return graph.constant(1, 2, 3, 4, scale=scales).options("FullyConnectedOptions")


# --- Files changed -------------------------------------------------------------------------------


class Parts:
    """An operator of a model, with its code and tensors."""

    def __init__(self, content: bytes, operation: str):
        self.model = schema.ModelT.InitFromPackedBuf(content, 0)
        self.graph = self.model.subgraphs[0]
        codes = self.model.operatorCodes
        (self.op,) = [
            op
            for op in self.graph.operators
            if NAMES[codes[op.opcodeIndex].builtinCode] == operation
        ]
        self.code = codes[self.op.opcodeIndex]
        self.tensors = [self.graph.tensors[n] for n in [*self.op.inputs, *self.op.outputs]]

    def buffer(self, number: int):
        return self.model.buffers[self.tensors[number].buffer]


def changed(change, operation: str = "CONV_2D", name: str = "good") -> bytes:
    """A copy of a file in which `change(parts)` did something."""
    parts = Parts(made(name), operation)
    change(parts)
    return packed(parts.model)


# --- Findings ------------------------------------------------------------------------------------


def judged(found: list) -> str:
    """Levels and rules, such as "error float, warning cpu".

    Each sentence begins with its place, has a fix after a colon, and ends with a full stop.
    """
    for fault in found:
        place = "the file" if fault.place == "file" else fault.place
        assert fault.text.lower().startswith(place.lower()) and fault.text[0].isupper(), fault
        assert ": " in fault.text and fault.text.endswith("."), fault
        assert fault.text.isprintable(), fault
        assert fault.level in ("error", "warning") and len(fault.place) < 90, fault
    return ", ".join(f"{fault.level} {fault.rule}" for fault in found)
