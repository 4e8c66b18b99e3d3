"""examples/check_tflite.py: each rule against a file that breaks it, good files, and any bytes."""

import json
import os
import pickle
import random
import re
import struct
import subprocess
import sys
import time
import warnings
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from examples import check_tflite, mnist_data, tflite_file
from examples.check_tflite import check, main

EXAMPLES = Path(__file__).parents[1] / "examples"
OLD_PYTHON = os.environ.get("TFLITE_27_PYTHON", "")
needs_old_tflite = pytest.mark.skipif(
    not OLD_PYTHON, reason="no TFLite of the compiler's age: make old-tflite gets it"
)
SEED = 20_240_918
OPERATIONS = {name: n for name, n in vars(schema.BuiltinOperator).items() if name.isupper()}
NAMES = {number: name for name, number in OPERATIONS.items()}
INT8, INT32, FLOAT32 = schema.TensorType.INT8, schema.TensorType.INT32, schema.TensorType.FLOAT32


# --- Files from TensorFlow -----------------------------------------------------------------------


def make_files() -> dict[str, bytes]:
    """Small models, with random weights or those of `means`, converted in many ways."""
    import keras
    import tensorflow as tf
    from keras import layers

    numbers = np.random.default_rng(0)
    (x, y), _ = mnist_data.load()
    pictures = x[:100, ..., None].astype("float32") / 255
    fake_quant = keras.quantizers.fake_quant_with_min_max_vars

    def symmetric(weights):
        limit = tf.reduce_max(tf.abs(weights))
        return fake_quant(weights, -limit, limit, narrow_range=True)

    class Net(tf.Module):
        def __init__(self, before=tf.identity, after=tf.nn.relu):
            self.before, self.after = before, after
            self.kernel = tf.Variable(numbers.normal(0, 0.3, (3, 3, 1, 4)).astype("float32"))
            self.matrix = tf.Variable(numbers.normal(0, 0.1, (196, 10)).astype("float32"))
            self.bias = tf.Variable(np.full(10, 0.1, "float32"))

        def __call__(self, x):
            x = self.quantized(self.before(x), 0.0, 1.0)
            x = tf.nn.conv2d(x, self.weights(self.kernel), 2, "SAME") + self.bias[:4]
            x = tf.nn.max_pool2d(self.quantized(self.after(x), 0.0, 2.0), 2, 2, "SAME")
            x = tf.reshape(x, (-1, 196)) @ self.weights(self.matrix) + self.bias
            return self.quantized(x, -8.0, 8.0)

        def quantized(self, x, low, high):
            return x

        def weights(self, weights):
            return weights

    class Trained(Net):
        def quantized(self, x, low, high):
            return tf.quantization.fake_quant_with_min_max_vars(x, low, high)

        def weights(self, weights):
            return symmetric(weights)

    class Means(tf.Module):
        """Answers with the digit whose mean picture is nearest: reads most digits, untrained."""

        def __init__(self, sign=1):
            means = [x[:5000][y[:5000] == digit].mean(0).ravel() / 255 for digit in range(10)]
            self.matrix = tf.Variable(sign * np.stack(means, 1).astype("float32"))
            self.bias = tf.Variable(-tf.reduce_sum(self.matrix**2, 0) / 2)

        def __call__(self, x):
            return tf.reshape(x, (-1, 784)) @ self.matrix + self.bias

    def trained_keras(layer):
        class Layer(layer):
            @property
            def kernel(self):
                return symmetric(super().kernel)

        return Layer

    class Range(layers.Layer):
        def __init__(self, low, high):
            super().__init__()
            self.low, self.high = low, high

        def call(self, x):
            return fake_quant(x, self.low, self.high)

    def sequential(batch, dense=layers.Dense, conv=layers.Conv2D, between=lambda *ends: []):
        return keras.Sequential(
            [
                keras.Input((28, 28, 1), batch_size=batch),
                *between(0.0, 1.0),
                conv(4, 3, strides=2, activation="relu"),
                *between(0.0, 6.0),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(0.2),
                dense(10),
                *between(-8.0, 8.0),
            ]
        )

    def convert(model, way="int8", batch=1, one_scale=True, ends=tf.int8):
        if isinstance(model, keras.Model):
            converter = tf.lite.TFLiteConverter.from_keras_model(model)
        else:
            call = tf.function(model, input_signature=[tf.TensorSpec((batch, 28, 28, 1))])
            converter = tf.lite.TFLiteConverter.from_concrete_functions(
                [call.get_concrete_function()], model
            )
        converter._experimental_disable_per_channel_quantization_for_dense_layers = one_scale
        sets = {
            "int8": tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
            "int16x8":
                tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
        }  # fmt: skip
        if way != "float":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if way == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if way in sets:
            converter.target_spec.supported_ops = [sets[way]]
            converter.representative_dataset = lambda: (
                [np.repeat(picture[None], batch or 1, 0)] for picture in pictures
            )
        if way in ("int8", "qat"):
            converter.inference_input_type = converter.inference_output_type = ends
        with warnings.catch_warnings():  # ranges that were trained need no statistics
            warnings.filterwarnings("ignore", "Statistics for quantized inputs")
            return converter.convert()

    return {
        "module": convert(Trained(), "qat"),
        "keras": convert(sequential(1)),
        "keras-qat": convert(
            sequential(
                1,
                trained_keras(layers.Dense),
                trained_keras(layers.Conv2D),
                lambda low, high: [Range(low, high)],
            ),
            "qat",
        ),
        "means": convert(Means()),
        "means-float": convert(Means(), "float"),
        "inverted": convert(Means(-1)),
        **{way: convert(Net(), way) for way in ("float", "float16", "dynamic-range", "int16x8")},
        "float-io": convert(Net(), ends=tf.float32),
        "dynamic": convert(sequential(None)),
        "batch": convert(Net(), batch=4),
        "per-channel": convert(Net(), one_scale=False),
        "dropout": convert(Net(lambda x: tf.nn.dropout(x, 0.5)), "float"),
        "cast": convert(Net(lambda x: tf.cast(tf.cast(x * 255, tf.uint8), tf.float32))),
        "gelu": convert(Net(after=tf.nn.gelu)),
        "elu": convert(Net(after=tf.nn.elu)),
    }


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return make_files()


# --- Files by hand -------------------------------------------------------------------------------


def packed(model) -> bytes:
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class Graph:
    """A model with one operator, int8 all through, whose parts are changed before it is packed."""

    def __init__(self, operation: str, *shapes: tuple, version: int = 1):
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
            kinds = {INT8: np.int8, INT32: np.int32, FLOAT32: np.float32}
            buffer.data = np.frombuffer(np.asarray(data, kinds[kind]).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return tensor.buffer - 1

    def constant(self, *numbers, shape=None, **more) -> "Graph":
        """Add a constant as the operator's last input."""
        more = {"kind": INT32} | more
        self.op.inputs.append(self.tensor(shape or (len(numbers),), data=numbers, **more))
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


def changed(content: bytes, change) -> bytes:
    """A copy in which `change(model, find)` did something; `find(operation)` gives an operator."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]

    def find(operation: str):
        codes = [NAMES[code.builtinCode] for code in model.operatorCodes]
        (op,) = [op for op in graph.operators if codes[op.opcodeIndex] == operation]
        parts = [graph.tensors[n] for n in [*op.inputs, *op.outputs]]
        return op, model.operatorCodes[op.opcodeIndex], parts

    change(model, find)
    return packed(model)


def appended(model, find) -> None:
    """As large models are written: the data is behind the flatbuffer, found by its offset."""
    *_, (_, weights, *_) = find("FULLY_CONNECTED")
    buffer = model.buffers[weights.buffer]
    buffer.offset, buffer.size, buffer.data = 5000, len(buffer.data), None


def compiled(model, find) -> None:
    _, code, _ = find("CONV_2D")
    code.builtinCode = code.deprecatedBuiltinCode = OPERATIONS["CUSTOM"]
    code.customCode = b"edgetpu-custom-op"


def custom(model, find) -> None:
    compiled(model, find)
    model.operatorCodes = [
        code for code in model.operatorCodes if setattr(code, "customCode", b"MyOp") is None
    ]


def on_tensor(operation: str, number: int, **values):
    """A change of an attribute of an operator's tensor, or of its quantization."""

    def change(model, find):
        tensor = find(operation)[2][number]
        for name, value in values.items():
            vars(tensor.quantization if name in vars(tensor.quantization) else tensor)[name] = value

    return change


def on_options(operation: str, **values):
    return lambda model, find: vars(find(operation)[0].builtinOptions).update(values)


def no_quantization(model, find):
    find("FULLY_CONNECTED")[2][0].quantization = None


def shorter(model, find):
    buffer = model.buffers[find("FULLY_CONNECTED")[2][1].buffer]
    buffer.data = buffer.data[:-1]


def computed(model, find):
    model.buffers[find("FULLY_CONNECTED")[2][1].buffer].data = None


def sparse(model, find):
    find("FULLY_CONNECTED")[2][1].sparsity = schema.SparsityParametersT()


def second(model, find):
    model.subgraphs.append(model.subgraphs[0])


def newer(model, find):
    find("FULLY_CONNECTED")[1].version = 12


CONV, DENSE = r"operator \d+ CONV_2D", r"operator \d+ FULLY_CONNECTED"
# The file, the rule it breaks, the place that is named, a word of the mend.
CONVERTED = [
    ("float", "float", r"tensor 0 'serving_default_x:0'", "representative data set"),
    ("float16", "float16", r"tensor \d+ '.+'", "full int8"),
    ("int16x8", "int16", r"tensor \d+ '.+'", "full int8"),
    ("dynamic-range", "dynamic-range", DENSE, "representative data set"),
    ("dynamic", "dynamic", r"tensor 0 'serving_default_keras_tensor.*'", "batch of one"),
    ("batch", "batch", r"tensor 0 'serving_default_x:0'", "batch of one"),
    ("per-channel", "per-channel-dense", r"tensor \d+ '.*atmul.*'", "per_channel"),
    ("dropout", "operation", r"operator \d+ RANDOM_UNIFORM", "training=False"),
    ("cast", "operation", r"operator \d+ CAST", "feed the model"),
    ("elu", "operation", r"operator \d+ ELU", "use ReLU"),
    ("elu", "float", r"tensor \d+ 'tfl.dequantize'", "full int8"),
    ("gelu", "operation", r"operator \d+ GELU", "use ReLU"),
]
CHANGED = [
    (appended, "appended", r"tensor \d+ '.+'", "tf.lite.TFLiteConverter"),
    (compiled, "compiled", r"operator \d+ CUSTOM", "the one it was made from"),
    (custom, "custom", r"operator \d+ CUSTOM", "operations that it has"),
    (second, "subgraphs", "file", "export one function"),
    (newer, "version", DENSE, "version 12"),
    (shorter, "data-length", r"tensor \d+ '.+'", "convert the model again"),
    (sparse, "sparse", r"tensor \d+ '.+'", "dense"),
    (computed, "constant", DENSE, "make it a constant"),
    (no_quantization, "no-scale", r"tensor \d+ '.+'", "full int8"),
    (on_tensor("CONV_2D", 3, scale=[4e-9]), "zero-range", r"tensor \d+ '.+'", "see data"),
    (on_tensor("CONV_2D", 3, scale=[0.0]), "scale", r"tensor \d+ '.+'", "NaN"),
    (on_tensor("CONV_2D", 3, scale=[-0.1]), "scale", r"tensor \d+ '.+'", "NaN"),
    (on_tensor("CONV_2D", 3, scale=[np.nan]), "scale", r"tensor \d+ '.+'", "NaN"),
    (on_tensor("CONV_2D", 1, scale=[np.inf]), "scale", r"tensor \d+ '.+'", "NaN"),
    (on_tensor("CONV_2D", 3, zeroPoint=[128]), "zero-point", r"tensor \d+ '.+'", "again"),
    (on_tensor("CONV_2D", 3, zeroPoint=[]), "zero-point", r"tensor \d+ '.+'", "again"),
    (on_tensor("CONV_2D", 1, zeroPoint=[3]), "weight-zero-point", r"tensor \d+ '.+'", "narrow"),
    (on_tensor("CONV_2D", 3, scale=[0.1] * 4, zeroPoint=[0] * 4), "per-channel",
     r"tensor \d+ '.+'", "convert"),
    (on_tensor("CONV_2D", 1, scale=[0.1] * 3, zeroPoint=[0] * 3), "channel-axis",
     r"tensor \d+ '.+'", "axis 0"),
    (on_tensor("CONV_2D", 1, scale=[0.1] * 4, zeroPoint=[0] * 4, quantizedDimension=3),
     "channel-axis", r"tensor \d+ '.+'", "axis 0"),
    (on_tensor("CONV_2D", 2, scale=[0.5]), "bias-scale", CONV, r"tensor \d+ '.+'"),
    (on_tensor("CONV_2D", 2, scale=[0.1] * 4), "bias-scale", CONV, r"tensor \d+ '.+'"),
    (on_tensor("CONV_2D", 2, zeroPoint=[1]), "bias-scale", CONV, r"tensor \d+ '.+'"),
    (on_tensor("CONV_2D", 2, type=FLOAT32), "bias-scale", CONV, r"tensor \d+ '.+'"),
    (on_tensor("CONV_2D", 3, type=INT32), "type", r"tensor \d+ '.+'", "int8"),
    (on_tensor("CONV_2D", 0, shapeSignature=[-1, 28, 28, 1]), "dynamic", r"tensor \d+ '.+'",
     "batch of one"),
    (on_tensor("CONV_2D", 3, shape=[-1, 14, 14, 4]), "dynamic", r"tensor \d+ '.+'", "batch of one"),
    (on_tensor("MAX_POOL_2D", 1, shape=[2, 7, 7, 4]), "dimensions", r"tensor \d+ '.+'", "reshape"),
    (on_options("CONV_2D", dilationWFactor=2), "dilation", CONV, "dilation_rate"),
    (on_options("FULLY_CONNECTED", weightsFormat=1), "weights-format", DENSE, "default"),
    (on_options("MAX_POOL_2D", fusedActivationFunction=1), "fused-activation",
     r"operator \d+ MAX_POOL_2D", "before it"),
]  # fmt: skip
PICTURE, ROW = (1, 8, 8, 4), (1, 16)


def joined(*values, **options) -> Graph:
    graph = Graph("CONCATENATION", ROW, (1, 16 + len(values)))
    if values:
        graph.constant(*values, shape=(1, len(values)), kind=INT8)
    return graph.options("ConcatenationOptions", axis=1, **options)


def strided(*steps, **options) -> Graph:
    graph = Graph("STRIDED_SLICE", ROW, (1, 8))
    graph.constant(0, 0).constant(1, 8).constant(*steps)
    return graph.options("StridedSliceOptions", **options)


def depthwise(axis: int) -> Graph:
    graph = Graph("DEPTHWISE_CONV_2D", PICTURE, PICTURE)
    graph.constant(*range(36), shape=(1, 3, 3, 4), kind=INT8, scale=(0.1, 0.2, 0.3, 0.4))
    graph.graph.tensors[2].quantization.quantizedDimension = axis
    return graph.options("DepthwiseConv2DOptions")


def dense(*scales) -> Graph:
    """A Dense layer whose bias has these scales; 0.01 is right."""
    graph = Graph("FULLY_CONNECTED", (1, 8), (1, 4))
    graph.constant(*range(32), shape=(4, 8), kind=INT8)
    return graph.constant(1, 2, 3, 4, scale=scales).options("FullyConnectedOptions")


# Operators by themselves, and what is found: nothing, or the level and the rule.
ALONE = [
    (joined(), ""),
    (joined(0, 0), ""),
    (joined(0, 1), "error joined-constant"),
    (joined(0).constant(0, shape=(1, 1), kind=INT8), "error joined-constant"),
    (joined(fusedActivationFunction=1), "error fused-activation"),
    (Graph("SOFTMAX", ROW, ROW), ""),
    (Graph("SOFTMAX", (1, 2, 8), (1, 2, 8)), "error softmax"),
    (Graph("SOFTMAX", (1, 16_001), (1, 16_001)), "error softmax"),
    (Graph("MEAN", PICTURE, (1, 4)).constant(1, 2), ""),
    (Graph("MEAN", PICTURE, (1, 8, 8)).constant(-1), ""),
    (Graph("MEAN", (1, 8, 8, 3), (1, 8, 8)).constant(-1), "error mean-depth"),
    (Graph("MEAN", PICTURE, (8, 8, 4)).constant(0), "error batch-axis"),
    (Graph("MEAN", PICTURE, (8, 8, 4)).constant(-4), "error batch-axis"),
    (Graph("MEAN", (), ROW).constant(-1), ""),  # an axis that the scalar has not
    (Graph("REDUCE_MAX", PICTURE, (1, 4)).constant(1, 2), ""),
    (Graph("REDUCE_MIN", PICTURE, (8, 8, 4)).constant(0), "error batch-axis"),
    (Graph("PAD", ROW, (1, 18)).constant(0, 0, 1, 1, shape=(2, 2)), ""),
    (Graph("PAD", ROW, (2, 16)).constant(0, 1, 0, 0, shape=(2, 2)), "error batch-axis"),
    (Graph("PACK", ROW, (1, 1, 16)).options("PackOptions", axis=1), ""),
    (Graph("PACK", ROW, (1, 1, 16)).options("PackOptions", axis=0), "error batch-axis"),
    (Graph("PACK", ROW, (1, 1, 16)).options("PackOptions", axis=-3), "error batch-axis"),
    (strided(1, 1), ""),
    (strided(1, 2), "error strided-slice"),
    (strided(1, 1, ellipsisMask=1), "error strided-slice"),
    (strided(1, 1, newAxisMask=2), "error strided-slice"),
    (depthwise(3), ""),
    (depthwise(0), "error channel-axis"),
    (Graph("FULLY_CONNECTED", (1, 4, 8), (1, 4, 2)).constant(*range(16), shape=(2, 8), kind=INT8),
     "error dense-output"),
    (Graph("RESHAPE", PICTURE, (1, 256)).constant(1, 256), ""),
    (Graph("RESHAPE", PICTURE, (1, 256), (1, 256)), "error constant"),
    (Graph("RESHAPE", (1, 1), ()).constant(), ""),
    (Graph("RESHAPE", (1, 256, 256, 2), (1, 131_072)).constant(1, 131_072), "warning cpu"),
    (Graph("RESIZE_BILINEAR", PICTURE, (1, 9, 9, 4)).constant(9, 9), "warning cpu"),
    (Graph("RESIZE_NEAREST_NEIGHBOR", PICTURE, PICTURE).constant(8, 8), "warning cpu"),
    (Graph("ARG_MAX", ROW, (1,)).constant(1).output(INT32), "warning cpu"),
    (Graph("ADD", ROW, ROW).output(INT32), "error type"),
    (Graph("TANH", ROW, ROW), "warning unconfirmed"),
    (Graph("TRANSPOSE", ROW, (16, 1)).constant(1, 0), "warning unconfirmed"),
    (Graph("TILE", ROW, (1, 32)).constant(1, 2), "error operation"),
    (Graph("TANH", ROW, ROW, version=4), "error version warning unconfirmed"),
    # Options of another kind are none.
    (Graph("MAX_POOL_2D", PICTURE, PICTURE).options("Conv2DOptions", dilationHFactor=2), ""),
    (dense(0.01), ""),
    (dense(0.01, 0.01, 0.01, 0.01), "error bias-scale"),
    (dense(0.02), "error bias-scale"),
    (Graph("ADD", (1, 1, 2, 3, 4), (1, 1, 2, 3, 4)), ""),
    (Graph("ADD", (1, 2, 2, 3, 4), (1, 2, 2, 3, 4)), "error dimensions"),
    (Graph("ADD", (2, 16), (2, 16)), "error batch"),
]  # fmt: skip


def the_one(found: list, rule: str):
    """The first finding of this rule."""
    matching = [fault for fault in found if fault.rule == rule]
    assert matching, f"{rule} is not among {[fault.rule for fault in found]}"
    return matching[0]


def is_sentence(fault) -> None:
    """It begins with the place, has a mend after a colon, and ends with a full stop."""
    place = "the file" if fault.place == "file" else fault.place
    assert fault.text.lower().startswith(place.lower()), fault.text
    assert fault.text[0].isupper() and fault.text.endswith(".") and ": " in fault.text, fault.text
    assert "\n" not in fault.text and fault.level in ("error", "warning")


# --- Rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["module", "keras", "keras-qat", "means"])
def test_good_file_has_no_finding(files, name):
    assert check(files[name]) == []


@pytest.mark.parametrize(("name", "rule", "place", "mend"), CONVERTED)
def test_converted_in_another_way(files, name, rule, place, mend):
    fault = the_one(check(files[name]), rule)
    is_sentence(fault)
    assert fault.level == "error"
    assert re.fullmatch(place, fault.place) and mend in fault.text, fault


def test_one_fault_is_one_error(files):
    """What follows from a fault is not told as well, so that the mend is seen."""
    rules = {name: [fault.rule for fault in check(content)] for name, content in files.items()}
    for name in ("float", "float16", "dynamic-range", "batch", "per-channel", "gelu"):
        assert len(rules[name]) == 1, (name, rules[name])


def test_many_tensors_with_one_fault_are_one_finding(files):
    faults = [fault for fault in check(files["float"]) if fault.rule == "float"]
    assert len(faults) == 1 and re.search(r"\(and \d+ more\)", faults[0].text)


def test_float_ends_are_warned_of(files):
    found = check(files["float-io"])
    assert [(fault.level, fault.rule) for fault in found] == [("warning", "float-io")] * 2
    assert "inference_input_type" in found[0].text
    list(map(is_sentence, found))


@pytest.mark.parametrize(("change", "rule", "place", "mend"), CHANGED)
def test_good_file_changed(files, change, rule, place, mend):
    fault = the_one(check(changed(files["module"], change)), rule)
    is_sentence(fault)
    assert fault.level == "error"
    assert re.fullmatch(place, fault.place) and re.search(mend, fault.text), fault


def test_unchanged_file_survives_packing(files):
    assert check(changed(files["module"], lambda model, find: None)) == []


def test_offset_of_one_is_none(files):
    """The converter's placeholder, where a file may grow too large for a flatbuffer."""

    def placeholders(model, find):
        for buffer in model.buffers:
            buffer.offset = buffer.size = 1

    assert check(changed(files["module"], placeholders)) == []


def test_axes_of_a_wrong_length():
    graph = Graph("MEAN", PICTURE, (1, 4)).constant(1, 2)
    graph.model.buffers[-1].data = [1, 0, 0]
    assert [fault.rule for fault in check(graph.done())] == ["data-length"]


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        pytest.param(graph, expected, id=f"{NAMES[graph.model.operatorCodes[0].builtinCode]}-{n}")
        for n, (graph, expected) in enumerate(ALONE)
    ],
)
def test_operator_alone(graph, expected):
    found = check(graph.done())
    assert " ".join(f"{fault.level} {fault.rule}" for fault in found) == expected
    list(map(is_sentence, found))
    if expected and graph.model.operatorCodes[0].builtinCode != OPERATIONS["ADD"]:
        assert re.match("operator 0 |tensor 2 ", found[0].place)


def test_every_rule_is_broken_above():
    rules = {rule for _, rule, *_ in CONVERTED + CHANGED}
    rules |= {expected.split()[1] for _, expected in ALONE if expected} | {"float-io"}
    rules -= {"subgraphs"}
    known = {rule.name for rule in check_tflite.OPERATOR_RULES + check_tflite.TENSOR_RULES}
    assert rules == known


@pytest.mark.parametrize("operation", sorted(check_tflite.KNOWN))
def test_highest_version(operation):
    limit = check_tflite.KNOWN[operation]
    faults = [
        [fault.rule for fault in check(Graph(operation, *[ROW] * 4, version=version).done())]
        for version in (limit, limit + 1, 0)
    ]
    assert ["version" in rules for rules in faults] == [False, True, True]


@needs_old_tflite
def test_old_tflite_loads_the_highest_versions(tmp_path):
    """2.7 knows all that 2.5 knows; above its limits it says "Didn't find op"."""
    models = {
        name: Graph(name, *[ROW] * 4, version=version).done()
        for name, version in check_tflite.KNOWN.items()
    }
    models["too new"] = Graph("FULLY_CONNECTED", *[ROW] * 4, version=12).done()
    (tmp_path / "models").write_bytes(pickle.dumps(models, protocol=4))
    code = """if True:
        import pickle, sys
        from tflite_runtime.interpreter import Interpreter
        for name, model in pickle.load(open(sys.argv[1], "rb")).items():
            try:
                Interpreter(model_content=model)
            except ValueError as error:
                if "Didn't find op" in str(error):
                    print(name)
    """
    command = [OLD_PYTHON, "-c", code, str(tmp_path / "models")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["too new"]


# --- Any bytes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "rule", "word"),
    [
        (b"", "empty", "empty"),
        (b"x", "not-tflite", "TFL3"),
        (b"A text that is long enough to be anything.", "not-tflite", "TFL3"),
        (b"PK\3\4" + bytes(40), "not-tflite", ".keras"),
        (b"\x89HDF\r\n" + bytes(40), "not-tflite", ".h5"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not-tflite", "git lfs pull"),
        (b"<!DOCTYPE html>", "not-tflite", "web page"),
        (b"\x10\0\0\0TFL3", "damaged", "cut short"),
        (b"\x08\0\0\0TFL3" + bytes(100), "damaged", "cut short"),
        (random.Random(SEED).randbytes(5000), "not-tflite", "TFL3"),
    ],
)
def test_no_model(content, rule, word):
    (fault,) = check(content)
    assert (fault.level, fault.rule, fault.place) == ("error", rule, "file")
    assert word in fault.text
    is_sentence(fault)


def test_cut_short(files):
    """Wherever it is cut. What is last in a file is read too, but for zeros that fill it up."""
    content = files["module"]
    for length in [*range(8, len(content), 61), len(content) - 16]:
        found = check(content[:length])
        assert found and found[0].rule == "damaged", length
        is_sentence(found[0])


def test_damage_names_its_place(files):
    def wrong_tensor(model, find):
        find("CONV_2D")[0].inputs = [0, 999]

    def wrong_buffer(model, find):
        find("CONV_2D")[2][1].buffer = 999

    def wrong_code(model, find):
        find("CONV_2D")[0].opcodeIndex = 999

    def below(model, find):
        find("CONV_2D")[0].inputs = [-2, 1]

    def left_out(model, find):
        find("CONV_2D")[0].outputs = [-1]

    def no_weights(model, find):
        find("CONV_2D")[0].inputs = find("CONV_2D")[0].inputs[:1]

    def no_output(model, find):
        find("CONV_2D")[0].outputs = []

    def no_graph(model, find):
        model.subgraphs = []

    def no_input(model, find):
        model.subgraphs[0].inputs = []

    def old_schema(model, find):
        model.version = 2

    def deep(model, find):
        find("CONV_2D")[2][3].shape = [1] * 9

    conv = r"operator \d+ CONV_2D"
    for change, place, words in [
        (wrong_tensor, conv, "names tensor 999"),
        (below, conv, "names tensor -2"),
        (left_out, conv, "lacks an input or an output"),
        (wrong_buffer, r"tensor \d+", "names buffer 999"),
        (wrong_code, r"operator \d+", "names operator code 999"),
        (no_weights, conv, "lacks an input"),
        (no_output, conv, "lacks an input or an output"),
        (no_graph, "file", "no subgraph"),
        (no_input, "file", "no input"),
        (old_schema, "file", "version 2"),
        (deep, r"tensor \d+", "9 dimensions"),
    ]:
        (fault,) = check(changed(files["module"], change))
        assert fault.rule == "damaged" and re.fullmatch(place, fault.place), (change, fault)
        assert words in fault.text, fault
        is_sentence(fault)


def test_promised_length_costs_no_time():
    """A vector of tables may say that it has four billion of them, all in one place."""
    content = bytearray(dense(0.01).done())
    for offset in range(8, len(content) - 3, 4):
        copy = content[:]
        copy[offset : offset + 4] = b"\xff\xff\xff\x7f"
        begin = time.process_time()
        list(map(is_sentence, check(bytes(copy))))
        assert time.process_time() - begin < 1, offset


def test_the_same_bytes_named_many_times():
    """A small file can promise gigabytes: here 2,000 tensors share a name of 100,000 letters."""
    builder = flatbuffers.Builder(0)

    def made(fields: dict[int, int], slots: int) -> int:
        builder.StartObject(slots)
        for slot, offset in fields.items():
            builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
        if slots == 8:  # the model
            builder.PrependUint32Slot(0, 3, 0)
        return builder.EndObject()

    def vector(offsets: list[int]) -> int:
        builder.StartVector(4, len(offsets), 4)
        for offset in offsets:
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()

    name = builder.CreateString("n" * 100_000)
    tensors = vector([made({3: name}, 10) for _ in range(2000)])
    buffers = vector([made({}, 3)])
    builder.Finish(made({2: vector([made({0: tensors}, 5)]), 4: buffers}, 8), b"TFL3")
    (fault,) = check(bytes(builder.Output()))
    assert "promises more than the file has bytes" in fault.text


def test_names_are_safe_to_print(files):
    def rename(model, find):
        find("FULLY_CONNECTED")[2][1].name = b"\x1b[31m\xff\n" + b"long" * 100

    fault = the_one(check(changed(files["per-channel"], rename)), "per-channel-dense")
    is_sentence(fault)
    assert fault.place.isprintable() and len(fault.place) < 90


def test_fuzz(files):
    """10,000 damaged files: no exception, and none takes long."""
    print("seed", SEED)
    chance = random.Random(SEED)
    sources = [dense(0.01).done()] * 2 + [files[name] for name in ("module", "keras", "elu")]

    def damaged(number: int) -> bytes:
        if number % 2:
            content = chance.randbytes(chance.randrange(400))
            return content if number % 4 == 1 else content[:4] + b"TFL3" + content[8:]
        content = bytearray(chance.choice(sources))
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            place = chance.randrange(len(content) - 3)
            match chance.randrange(4):
                case 0 | 1:
                    content[place] ^= 1 << chance.randrange(8)
                case 2:
                    number = chance.choice((0, 1, 2**31 - 1, 2**32 - 1, len(content)))
                    place &= ~3
                    content[place : place + 4] = struct.pack("<I", number)
                case 3:
                    del content[place : place + chance.randrange(4)]
        return bytes(content)

    slowest, rules = 0.0, set()
    for number in range(10_000):
        content = damaged(number)
        begin = time.process_time()
        try:
            found = check(content)
        except BaseException as error:
            raise AssertionError(f"case {number} of seed {SEED}: {error!r}") from error
        slowest = max(slowest, time.process_time() - begin)
        rules |= {fault.rule for fault in found}
        for fault in found:
            is_sentence(fault)
    assert slowest < 2
    assert len(rules) > 20  # it reaches the rules, and not the header alone


# --- The program ---------------------------------------------------------------------------------


@pytest.fixture
def folder(files, tmp_path, monkeypatch):
    """A working folder with the files."""
    for name in ("module", "means", "means-float", "inverted", "per-channel", "float-io", "gelu"):
        (tmp_path / f"{name}.tflite").write_bytes(files[name])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_good_file(folder, capsys):
    assert main(["module.tflite"]) == 0
    printed = capsys.readouterr().out
    assert re.search(
        r"^  input  int8 1x28x28x1, scale 0.0039\d+, zero point -128, '", printed, re.M
    )
    assert re.search(r"^ +0 CONV_2D +3  1x14x14x4 +int8 4x3x3x1, \d scales?$", printed, re.M)
    assert printed.endswith("\nErrors: 0, warnings: 0\n")


def test_bad_file_among_good_ones(folder, capsys):
    assert main(["float-io.tflite", "gelu.tflite"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(re.fullmatch(r"error: Operator \d+ GELU is .*\. \[operation\]", n) for n in lines)
    assert "Errors: 0, warnings: 2" in lines and "Errors: 1, warnings: 0" in lines


def test_json(folder, capsys):
    assert main(["--json", "module.tflite", "per-channel.tflite"]) == 1
    good, bad = json.loads(capsys.readouterr().out)
    assert good["file"] == "module.tflite" and good["findings"] == []
    assert good["inputs"][0]["shape"] == [1, 28, 28, 1] and good["inputs"][0]["zero_point"] == -128
    assert good["operators"][0]["name"] == "CONV_2D"
    assert [fault["rule"] for fault in bad["findings"]] == ["per-channel-dense"]
    assert set(bad["findings"][0]) == {"level", "rule", "place", "text"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["missing.tflite"], "missing.tflite cannot be read: No such file"),
        (["."], ". is not a file"),
        (["module.tflite", "--images", "0"], "--images"),
        (["module.tflite", "--images", "x"], "--images"),
        (["module.tflite", "--float", "means-float.tflite"], "--images"),
        (["module.tflite", "--images", "9", "--float", "missing.tflite"], "missing.tflite"),
        (["module.tflite", "--images", "9", "--data", "module.tflite"], "--data"),
        (["module.tflite", "--python", "no-such-python"], "--python"),
        ([], "FILE"),
    ],
)
def test_what_cannot_be_done(folder, capsys, options, words):
    try:
        code = main(options)
    except SystemExit as left:
        code = left.code
    assert code == 2
    (error,) = re.findall("^check_tflite.py: (.*)", capsys.readouterr().err, re.M)
    assert words in error


def test_unreadable_file_does_not_hide_others(folder, capsys):
    assert main(["missing.tflite", "gelu.tflite"]) == 2
    assert "Errors: 1" in capsys.readouterr().out


def test_images(folder, capsys):
    options = ["means.tflite", "--images", "200", "--float", "means-float.tflite", "--json"]
    assert main(options) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["images"] == 200 and report["accuracy"] > 0.5


def test_images_show_a_model_that_lost_its_accuracy(folder, capsys):
    options = ["inverted.tflite", "--images", "100", "--float", "means-float.tflite"]
    assert main(options) == 1
    assert "representative data" in capsys.readouterr().out


def test_images_show_a_model_that_always_answers_the_same(files, folder, capsys):
    def no_weights(model, find):
        buffer = model.buffers[find("FULLY_CONNECTED")[2][1].buffer]
        buffer.data = np.zeros_like(buffer.data)

    Path("constant.tflite").write_bytes(changed(files["means"], no_weights))
    assert main(["constant.tflite"]) == 0
    assert main(["constant.tflite", "--images", "20"]) == 1
    assert re.search(r"The file answers \d to all of 20 images: .* \[one-class\]",
                     capsys.readouterr().out)  # fmt: skip


@needs_old_tflite
def test_old_runtime_shows_the_per_channel_trap(folder, capsys):
    assert main(["per-channel.tflite", "--images", "50", "--json"]) == 1
    assert main(["per-channel.tflite", "--images", "50", "--json", "--python", OLD_PYTHON]) == 1
    new, old = (
        {fault["rule"] for fault in json.loads(text)[0]["findings"]}
        for text in re.split(r"(?<=^\])\n(?=\[)", capsys.readouterr().out, flags=re.M)
    )
    assert new == {"per-channel-dense"} and old == new | {"one-class"}


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("kill -SEGV $$", "makes the runtime crash"),
        ("echo Some: reason. >&2; exit 1", "cannot be run: Some: reason."),
        ("exit 1", "cannot be run: it gives no reason."),
    ],
)
def test_run_that_fails(folder, capsys, script, words):
    Path("python").write_text(f"#!/bin/sh\n{script}\n")
    Path("python").chmod(0o755)
    assert main(["module.tflite", "--python", "./python"]) == 1
    assert words in capsys.readouterr().out


def test_model_of_other_pictures_cannot_read_digits(folder, capsys):
    Path("dense.tflite").write_bytes(dense(0.01).done())
    assert main(["dense.tflite"]) == 0
    assert main(["dense.tflite", "--images", "5"]) == 1
    assert "input of 1x8 is not one image of 28x28" in capsys.readouterr().out


def test_starts_without_tensorflow():
    code = (
        f"import sys; sys.path.insert(0, {str(EXAMPLES)!r}); import check_tflite; "
        "print([name for name in ('tensorflow', 'keras', 'ai_edge_litert') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_reader_raises_one_error_only(files):
    with pytest.raises(tflite_file.DamagedError):
        tflite_file.read(files["module"][:1000])
