"""Each rule against files that break it, and good files."""

import os
import pickle
import re
import subprocess

import pytest
import tflite_check
from ai_edge_litert import schema_py_generated as schema
from tflite_check import check
from tflite_check.operators import KNOWN

from tests.tflite_check.made import (
    FLOAT32,
    INT8,
    INT32,
    OPERATIONS,
    PICTURE,
    ROW,
    Graph,
    changed,
    dense,
    judged,
    made,
)

OLD_PYTHON = os.environ.get("TFLITE_27_PYTHON", "")
# What is found in converted files, and words of the first finding.
CONVERTED = {
    "good": "",
    "means": "",
    "rescaled": "",
    "rescaled-inside": "",
    "float": r"error float: \(and \d+ more\) is float32.* representative data set",
    "float16": "error float16: full int8",
    "int16x8": "error int16, warning float-io: full int8",
    "dynamic-range": "error dynamic-range: representative data set",
    "float-io": "warning float-io: inference_input_type",
    "dynamic": "error dynamic, error operation: batch of one",
    "batch": "error batch: batch of 4",
    "per-channel": "error per-channel-dense: TFLite 2.5, 2.7 or 2.9.*2.10 and later are right",
    "cast": "error float, error no-scale, error operation: tfl.dequantize",
    "elu": "error float, error operation: tfl.dequantize",
    "gelu": "error operation: GELU .*: use ReLU",
    "leaky": "error operation: LEAKY_RELU .*: use ReLU, or PReLU",
    "hard-swish": "error operation: HARD_SWISH .*: use ReLU6, or Swish",
    "prelu": "warning unconfirmed: PRELU",
    "rescaled-on-1": "error pixel-range: MUL .*, 0 to 255",
    "rescaled-on-1-uint8": "error pixel-range: MUL .*, 0 to 255",
    "rescaled-on-1-float-io": "error pixel-range, warning float-io: MUL .*, 0 to 255",
    "enlarged-on-255": "error pixel-range: MUL .*, 0 to 1",
}
FOUR, THREE = [0.1] * 4, [0.1] * 3
# An operator of the good file, its tensor (-1: its options), a value; the rule, words.
VALUES = [
    ("CONV_2D", 3, {"scale": [4e-9]}, "zero-range", "4e-09"),
    ("CONV_2D", 3, {"scale": [0.0]}, "scale", "scale 0,"),
    ("CONV_2D", 3, {"scale": [-0.1]}, "scale", "scale -0.1,"),
    ("CONV_2D", 3, {"scale": [float("nan")]}, "scale", "scale nan,"),
    ("CONV_2D", 1, {"scale": [float("inf")]}, "scale", "scale inf,"),
    ("CONV_2D", 3, {"zeroPoint": [128]}, "zero-point", "outside of int8"),
    ("CONV_2D", 3, {"zeroPoint": []}, "zero-point", "one for each"),
    ("CONV_2D", 1, {"zeroPoint": [3] * 4}, "weight-zero-point", "zero point 3"),
    ("CONV_2D", 3, {"scale": FOUR, "zeroPoint": [0] * 4}, "per-channel", "4 scales"),
    ("CONV_2D", 1, {"scale": THREE, "zeroPoint": [0] * 3}, "channel-axis", "axis 0"),
    ("CONV_2D", 1, {"quantizedDimension": 3}, "channel-axis", "along axis 3.*axis 0"),
    ("CONV_2D", 2, {"scale": [0.5]}, "bias-scale", r"tensor \d+"),
    ("CONV_2D", 2, {"scale": FOUR}, "bias-scale", r"tensor \d+"),
    ("CONV_2D", 2, {"zeroPoint": [1]}, "bias-scale", r"tensor \d+"),
    ("CONV_2D", 2, {"type": FLOAT32}, "bias-scale", r"tensor \d+"),
    ("CONV_2D", 3, {"type": INT32}, "type", "is int32"),
    ("CONV_2D", 0, {"shapeSignature": [-1, 28, 28, 1]}, "dynamic", "batch of one"),
    ("CONV_2D", 3, {"shape": [-1, 14, 14, 4]}, "dynamic", "batch of one"),
    ("MAX_POOL_2D", 1, {"shape": [2, 7, 7, 4]}, "dimensions", "2x7x7x4"),
    ("FULLY_CONNECTED", 0, {"quantization": None}, "no-scale", "full int8"),
    ("FULLY_CONNECTED", 1, {"sparsity": schema.SparsityParametersT()}, "sparse", "dense"),
    ("CONV_2D", -1, {"dilationWFactor": 2}, "dilation", "dilation_rate"),
    ("FULLY_CONNECTED", -1, {"weightsFormat": 1}, "weights-format", "default"),
    ("MAX_POOL_2D", -1, {"fusedActivationFunction": 1}, "fused-activation", "before it"),
]


def appended(parts) -> None:
    """As large models are written: the data is behind the flatbuffer, found by its offset."""
    buffer = parts.buffer(1)
    buffer.offset, buffer.size, buffer.data = 5000, len(buffer.data), None


def custom(name: bytes):
    def change(parts):
        parts.code.builtinCode = parts.code.deprecatedBuiltinCode = OPERATIONS["CUSTOM"]
        parts.code.customCode = name

    return change


# Other changes of its Dense layer.
CHANGES = [
    (appended, "appended", "tf.lite.TFLiteConverter"),
    (custom(b"edgetpu-custom-op"), "compiled", "made from"),
    (custom(b"MyOp"), "custom", "'MyOp'"),
    (lambda parts: parts.model.subgraphs.append(parts.graph), "subgraphs", "2 subgraphs"),
    (lambda parts: setattr(parts.code, "version", 12), "version", "version 12.*version 9"),
    (lambda parts: setattr(parts.buffer(1), "data", [0] * 9), "data-length", "9 bytes.*1440"),
    (lambda parts: setattr(parts.buffer(1), "data", None), "constant", r"needs tensor \d+"),
]


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


def pack(axis: int) -> Graph:
    return Graph("PACK", ROW, (1, 1, 16)).options("PackOptions", axis=axis)


# Operators by themselves, and what is found.
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
    (pack(1), ""),
    (pack(0), "error batch-axis"),
    (pack(-3), "error batch-axis"),
    (strided(1, 1), ""),
    (strided(1, 2), "error strided-slice"),
    (strided(2, 2), "error strided-slice"),
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
    (Graph("TANH", ROW, ROW, version=4), "error version, warning unconfirmed"),
    # Options of another kind are none.
    (Graph("MAX_POOL_2D", PICTURE, PICTURE).options("Conv2DOptions", dilationHFactor=2), ""),
    (dense(0.01), ""),
    (dense(0.01, 0.01, 0.01, 0.01), "error bias-scale"),
    (dense(0.02), "error bias-scale"),
    (Graph("ADD", (1, 1, 2, 3, 4), (1, 1, 2, 3, 4)), ""),
    (Graph("ADD", (1, 2, 2, 3, 4), (1, 2, 2, 3, 4)), "error dimensions"),
    (Graph("ADD", (2, 16), (2, 16)), "error batch"),
]  # fmt: skip


@pytest.mark.parametrize("name", CONVERTED)
def test_converted(name):
    found, (expected, _, words) = check(made(name)), CONVERTED[name].partition(": ")
    assert judged(found) == expected
    assert not found or re.search(words, found[0].text), found[0]


def test_dropout_left_on():
    texts = {fault.place: fault.text for fault in check(made("dropout"))}
    assert "training=False" in texts["operator 0 RANDOM_UNIFORM"]


def test_equal_faults_are_one_finding():
    """An unrolled LSTM has each operation 28 times and more."""
    found = check(made("lstm"))
    assert judged(found).count("unconfirmed") == 2 and len(found) < 7
    (tanh,) = [fault for fault in found if fault.place.endswith("TANH")]
    assert len(tanh.others) >= 27 and f"TANH (and {len(tanh.others)} more) is not" in tanh.text


def in_changed_file(content, rule, words):
    found = check(content)
    judged(found)
    (fault,) = [fault for fault in found if fault.rule == rule]
    assert fault.level == "error" and re.search(words, fault.text), fault


@pytest.mark.parametrize(("operation", "number", "values", "rule", "words"), VALUES)
def test_value_changed(operation, number, values, rule, words):
    def change(parts):
        part = parts.op.builtinOptions if number < 0 else parts.tensors[number]
        for name, value in values.items():
            inner = vars(getattr(part, "quantization", None) or part)
            (inner if name in inner else vars(part))[name] = value

    in_changed_file(changed(change, operation), rule, words)


@pytest.mark.parametrize(("change", "rule", "words"), CHANGES)
def test_file_changed(change, rule, words):
    in_changed_file(changed(change, "FULLY_CONNECTED"), rule, words)


def placeholders(parts):
    """What the converter writes where a file may grow too large for a flatbuffer."""
    for buffer in parts.model.buffers:
        buffer.offset = buffer.size = 1


@pytest.mark.parametrize("change", [lambda parts: None, placeholders])
def test_what_is_no_fault(change):
    assert check(changed(change)) == []


def test_axes_of_a_wrong_length():
    graph = Graph("MEAN", PICTURE, (1, 4)).constant(1, 2)
    graph.model.buffers[-1].data = [1, 0, 0]
    assert judged(check(graph.done())) == "error data-length"


@pytest.mark.parametrize(("graph", "expected"), ALONE)
def test_operator_alone(graph, expected):
    assert judged(check(graph.done())) == expected


def test_every_rule_is_broken_above():
    """The rules about a file and about runs are broken in the other tests."""
    texts = [text.partition(":")[0] for text in CONVERTED.values()]
    texts += [text for _, text in ALONE] + [row[-2] for row in VALUES + CHANGES]
    _, *families, _ = tflite_check.FAMILIES.values()
    broken = set(re.findall(r"[\w-]+", " ".join(texts))) - {"error", "warning", "subgraphs"}
    assert broken == {name for family in families for name in family}


@pytest.mark.parametrize("operation", sorted(KNOWN))
def test_highest_version(operation):
    limit = KNOWN[operation]
    faults = [
        [fault.rule for fault in check(Graph(operation, *[ROW] * 4, version=version).done())]
        for version in (limit, limit + 1, 0)
    ]
    assert ["version" in rules for rules in faults] == [False, True, True]


@pytest.mark.skipif(not OLD_PYTHON, reason="no TFLite of the compiler's age: make old-tflite")
def test_old_tflite_loads_the_highest_versions(tmp_path):
    """2.7 knows all that 2.5 knows; above its limits it says "Didn't find op"."""
    models = {
        name: Graph(name, *[ROW] * 4, version=version).done() for name, version in KNOWN.items()
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
