"""Check whether the Edge TPU can take a .tflite file: each fault with its place and its mend.

    python examples/check_tflite.py model.tflite
    python examples/check_tflite.py model.tflite --images 1000 --float float.tflite

The first reads the file and, if it has no error, runs it once. The second lets it read digits too,
for a model of MNIST. An error keeps the model or a part of it off the Edge TPU, or makes it answer
wrongly; a warning costs speed, or nobody has confirmed the operation. Coral's compiler is not
needed: the limits are those of its documentation ("TensorFlow models on the Edge TPU"), and the
operations' highest versions were read off TFLite 2.5.0, which is of the last compiler's age.

Exit codes: 0 no error, 1 errors found, 2 a file cannot be read or an option is wrong.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

if __package__:  # imported from the repository's root
    from . import mnist_data
    from .tflite_file import AGAIN, WEIGHTED, DamagedError, Model, Operator, Tensor, read
else:
    import mnist_data
    from tflite_file import AGAIN, WEIGHTED, DamagedError, Model, Operator, Tensor, read


def table(text: str) -> dict[str, int]:
    """{"ADD": 3, "MUL": 4} of "ADD 3 MUL 4"."""
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


# The operations, each with the highest version that TFLite 2.5.0 loads.
ON_TPU = table("""
    ADD 3 AVERAGE_POOL_2D 3 CONCATENATION 3 CONV_2D 5 DEPTHWISE_CONV_2D 6 EXPAND_DIMS 1
    FULLY_CONNECTED 9 L2_NORMALIZATION 2 LOGISTIC 3 MAX_POOL_2D 3 MAXIMUM 4 MEAN 3 MINIMUM 4 MUL 4
    PACK 3 PAD 3 QUANTIZE 2 REDUCE_MAX 3 REDUCE_MIN 3 RELU 3 RELU6 3 RELU_N1_TO_1 1 RESHAPE 1
    RESIZE_BILINEAR 4 RESIZE_NEAREST_NEIGHBOR 4 SOFTMAX 3 STRIDED_SLICE 5
""")
UNCONFIRMED = table("""
    RSQRT 2 SLICE 5 SPACE_TO_DEPTH 2 SPLIT 4 SQUEEZE 2 SUB 5 SUM 2 TANH 3 TRANSPOSE 5
    TRANSPOSE_CONV 3
""")
KNOWN = ON_TPU | UNCONFIRMED | table("ARG_MAX 2 DEQUANTIZE 4")
INSTEAD = {
    "CAST": "feed the model the type that it computes with",
    "ELU": "use ReLU",
    "GELU": "use ReLU",
    "RANDOM_UNIFORM": "it is dropout left on, so export the model with training=False",
    "SHAPE": "export with a fixed batch of one, which needs no shapes at run time",
    "TILE": "where it enlarges a picture, use Resizing or Conv2DTranspose",
}
# Which inputs must be known when the model is compiled; most have shapes or axes in the second.
SECOND = """ARG_MAX EXPAND_DIMS MEAN PAD REDUCE_MAX REDUCE_MIN RESHAPE RESIZE_BILINEAR
    RESIZE_NEAREST_NEIGHBOR SUM TRANSPOSE"""
CONSTANT = {
    **dict.fromkeys(SECOND.split(), (1,)),
    **{name: (weights, bias) for name, (_, weights, bias, _) in WEIGHTED.items()},
    **{"SLICE": (1, 2), "SPLIT": (0,), "STRIDED_SLICE": (1, 2, 3), "TRANSPOSE_CONV": (0, 1, 3)},
}
RANGES = {"INT8": (-128, 127), "UINT8": (0, 255)}
SMALLEST = 1e-6  # scale of an activation; a range left at 0 gets about 4e-9
LARGE = 2**16  # elements of a Reshape: a guess, as Coral only says "large"
# What else people hand over as a .tflite, by its first bytes.
OTHERS = {
    b"PK\3\4": "is a zip archive, as .keras files are: convert the model to TFLite first",
    b"\x89HDF": "is an HDF5 file, as .h5 files are: convert the model to TFLite first",
    b"version https://git-lfs": "only stands for the model, in Git LFS: run git lfs pull",
    b"<": "is a web page: download the model itself",
}


@dataclass(frozen=True)
class Finding:
    """One fault: `text` is a sentence that begins with the place and ends with the mend."""

    level: str  # "error" or "warning"
    rule: str
    place: str  # such as "tensor 3 'dense/kernel'", "operator 2 CONV_2D" or "file"
    text: str


def finding(rule: str, place: object, says: str, level: str = "error") -> Finding:
    """A finding whose sentence begins with the place."""
    place = str(place)
    start = "The file" if place == "file" else place[0].upper() + place[1:]
    return Finding(level, rule, place, f"{start} {says}.")


@dataclass(frozen=True)
class Rule:
    """A fault of an operator or a tensor, where `wrong` is true of one."""

    name: str
    wrong: Callable[..., object]
    says: str | Callable[..., str]  # the fault, a colon and the mend
    only: str = ""  # the operations it is about; without it, all
    level: str = "error"
    once: bool = False  # one finding for the first, which counts the others

    def find(self, things: list) -> Iterator[Finding]:
        """A finding for each of these operators or tensors that is wrong."""
        wrong = [thing for thing in things if self.wrong(thing)]
        for thing in wrong[:1] if self.once else wrong:
            says = self.says(thing) if callable(self.says) else self.says
            if self.once and wrong[1:]:
                says = f"(and {len(wrong) - 1} more) {says}"
            yield finding(self.name, thing, says, self.level)


def joins_constant(op: Operator) -> bool:
    """Whether it joins a constant that is not zeros, or with more than one other input."""
    for tensor in filter(None, op.inputs):
        if tensor.data.size and tensor.eight_bits:
            # The byte of the number zero; int8 and uint8 differ only in how they are read.
            zero = int(tensor.zeros[0]) % 256 if tensor.zeros.size else 0
            if len(op.inputs) != 2 or (tensor.data != zero).any():
                return True
    return False


def computed(op: Operator) -> list[Tensor]:
    """The inputs that it needs when it is compiled, and that are not known by then."""
    inputs = map(op.input, CONSTANT.get(op.name, ()))
    return [tensor for tensor in inputs if tensor and not tensor.constant]


def wrong_bias(op: Operator) -> bool:
    """Whether the bias is not int32 with scale input x weights and zero point 0."""
    data, weights, bias = op.weighted()
    if not (bias and data.eight_bits and weights.eight_bits and data.scales.size):
        return False
    with np.errstate(all="ignore"):  # another rule is about scales that are no numbers
        scales = data.scales[0].astype(float) * weights.scales
        fits = bias.scales.shape == scales.shape and np.allclose(bias.scales, scales, 1e-3, 0)
    return bias.type != "INT32" or bias.zeros.any() or not fits


def wrong_type(tensor: Tensor) -> bool:
    """Whether it is neither of 8 bits nor a constant of int32, and no other rule says so."""
    answer = tensor.maker == "ARG_MAX" and tensor.type in ("INT32", "INT64")
    constant = tensor.constant and tensor.type == "INT32"
    other = tensor.type in ("BFLOAT16", "FLOAT16", "FLOAT32", "INT16")
    return not (tensor.eight_bits or answer or constant or other)


def converted(tensor: Tensor) -> bool:
    """Whether it is float only at the start or the end, where the CPU converts it."""
    start = tensor.is_input and tensor.readers == {"QUANTIZE"}
    end = tensor.is_output and tensor.maker == "DEQUANTIZE"
    return tensor.type == "FLOAT32" and (start or end)


def wrong_scales(tensor: Tensor) -> list[float]:
    """The scales that are no finite positive numbers."""
    return tensor.scales[~(np.isfinite(tensor.scales) & (tensor.scales > 0))].tolist()


def wrong_zeros(tensor: Tensor) -> bool:
    """Whether there is not one zero point to each scale, in the range of the type."""
    low, high = RANGES[tensor.type]
    zeros = tensor.zeros
    return zeros.size != tensor.scales.size or not low <= zeros.min() <= zeros.max() <= high


def wrong_channels(tensor: Tensor) -> bool:
    """Whether weights of a convolution have other than one scale, or one to each channel."""
    axis = WEIGHTED[tensor.weights_of][3] if tensor.weights_of else None
    if axis is None or tensor.scales.size < 2:
        return False
    return tensor.axis != axis or tensor.shape[axis : axis + 1] != [tensor.scales.size]


BATCH = "export with a fixed batch of one"
FULL = "quantize to full int8, with a representative data set or quantization-aware training"
LOG = "look into the compiler's log for where it was put"
REPEAT = "convert the model again"
PER_TENSOR = "converter._experimental_disable_per_channel_quantization_for_dense_layers = True"
CONVOLUTIONS, POOLS = "CONV_2D DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D MAX_POOL_2D"
# fmt: off
OPERATOR_RULES = [
    Rule("compiled", lambda op: op.custom == "edgetpu-custom-op",
         "is edgetpu-custom-op, so this file is compiled already: check the one it was made from"),
    Rule("custom", lambda op: op.name == "CUSTOM" and op.custom != "edgetpu-custom-op",
         lambda op: f"is the custom operation '{op.custom}', which the Edge TPU does not have: "
         "build it from operations that it has"),
    Rule("operation", lambda op: op.name not in KNOWN and op.name != "CUSTOM", lambda op:
         "is not an operation of the Edge TPU: "
         + INSTEAD.get(op.name, "build the layer from other operations")),
    Rule("version", lambda op:
         op.name in KNOWN and not 1 <= op.version <= KNOWN[op.name], lambda op:
         f"has version {op.version}, and the compiler knows it up to version {KNOWN[op.name]}: "
         "leave out what needs the newer one, such as dynamic-range weights or groups"),
    Rule("constant", computed, lambda op:
         f"needs {computed(op)[0]} when it is compiled, which is only computed when it runs: "
         "make it a constant, as a fixed batch of one does with shapes"),
    Rule("dynamic-range", lambda op:
         op.weighted()[1].eight_bits and op.weighted()[0].type == "FLOAT32",
         f"has weights of 8 bits but computes in float: {FULL}", " ".join(WEIGHTED)),
    Rule("bias-scale", wrong_bias, lambda op:
         f"needs an int32 bias with zero point 0 and the scale input x weights, and "
         f"{op.weighted()[2]} is not one: {REPEAT}, and leave its scales as they are",
         " ".join(WEIGHTED)),
    Rule("dilation", lambda op:
         op.options.get("DilationWFactor", 1) != op.options.get("DilationHFactor", 1),
         "has different dilations in x and y: give dilation_rate one number", CONVOLUTIONS),
    Rule("weights-format", lambda op: op.options.get("WeightsFormat"),
         "has shuffled weights: convert it again, with the default format", "FULLY_CONNECTED"),
    Rule("dense-output", lambda op: op.outputs[0].rows, lambda op:
         f"gives {op.outputs[0].size}, and the Edge TPU gives one row: flatten before the Dense "
         f"layer, and {BATCH}", "FULLY_CONNECTED"),
    Rule("fused-activation", lambda op: op.options.get("FusedActivationFunction"),
         "has an activation fused into it: put the activation before it",
         f"{POOLS} CONCATENATION"),
    Rule("joined-constant", joins_constant,
         "joins a constant, which may only be zeros and with one other input: use padding",
         "CONCATENATION"),
    Rule("softmax", lambda op: op.inputs[0].rows or op.inputs[0].count > 16_000, lambda op:
         f"is over {op.inputs[0].size}, and the Edge TPU takes one row of 16,000 at most: "
         "leave it out, and let your program take the softmax", "SOFTMAX"),
    Rule("batch-axis", lambda op: 0 in op.axes(),
         "reduces the batch, axis 0: reduce other axes", "MEAN REDUCE_MAX REDUCE_MIN"),
    Rule("batch-axis", lambda op: any(op.numbers(1)[:2]),
         "pads the batch, axis 0: pad other axes", "PAD"),
    Rule("batch-axis", lambda op:
         op.options.get("Axis", 0) in (0, -len(op.outputs[0].shape)),
         "stacks along the batch, axis 0: stack along another axis", "PACK"),
    Rule("mean-depth", lambda op:
         len(shape := op.inputs[0].shape) - 1 in op.axes() and shape[-1] % 4, lambda op:
         f"is over the depth of {op.inputs[0].size}, which is not a multiple of 4: "
         "use a number of filters that is", "MEAN"),
    Rule("strided-slice", lambda op: set(op.numbers(3)) - {1} or any(op.options.values()),
         "has a step other than 1, an ellipsis or a new axis: slice without steps, and reshape",
         "STRIDED_SLICE"),
    Rule("unconfirmed", lambda op: True,
         f"is not confirmed to run on the Edge TPU: {LOG}", " ".join(UNCONFIRMED), "warning"),
    Rule("cpu", lambda op: True,
         "runs on the CPU, with all after it: leave it out, and let your program take the largest "
         "output", "ARG_MAX", "warning"),
    Rule("cpu", lambda op: True, f"may stay on the CPU, as its size decides: {LOG}",
         "RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR", "warning"),
    Rule("cpu", lambda op: op.outputs[0].count > LARGE,
         f"may stay on the CPU, being large: {LOG}", "RESHAPE", "warning"),
]
TENSOR_RULES = [
    Rule("appended", lambda t: t.appended,
         "has its data behind the flatbuffer, where old TFLite does not look: "
         "convert with tf.lite.TFLiteConverter, which keeps weights inside", once=True),
    Rule("sparse", lambda t: t.sparse, "is stored as sparse: convert it as dense", once=True),
    Rule("data-length", lambda t: t.data.size and not t.sparse and t.bytes not in (0, t.data.size),
         lambda t: f"has {t.data.size} bytes, and its shape {t.size} needs {t.bytes}: {REPEAT}"),
    Rule("float-io", converted,
         "is float32, which the CPU has to convert: set the converter's inference_input_type and "
         "inference_output_type to tf.int8", level="warning"),
    Rule("float16", lambda t: t.type in ("FLOAT16", "BFLOAT16"), lambda t:
         f"is {t.type.lower()}, which saves space but computes in float: {FULL}", once=True),
    Rule("int16", lambda t: t.type == "INT16",
         f"is int16, and the Edge TPU computes with 8 bits: {FULL}", once=True),
    Rule("float", lambda t: t.type == "FLOAT32" and not converted(t),
         f"is float32, and the Edge TPU computes with 8 bits: {FULL}", once=True),
    Rule("type", wrong_type, lambda t:
         f"is {t.type.lower()}, and only int8, uint8 and constants of int32 are taken: {FULL}",
         once=True),
    Rule("dynamic", lambda t: t.dynamic,
         f"has a size that is only known when it runs: {BATCH}", once=True),
    Rule("batch", lambda t: t.is_input and t.rows and t.shape[0] != 1, lambda t:
         f"has a batch of {t.shape[0]}: {BATCH}"),
    Rule("dimensions", lambda t: not t.constant and any(size != 1 for size in t.shape[:-3]),
         lambda t: f"has the shape {t.size}, and only its last three dimensions may be above 1: "
         "reshape it", once=True),
    Rule("no-scale", lambda t: t.eight_bits and not t.scales.size, lambda t:
         f"is {t.type.lower()} but has no scale: {FULL}"),
    Rule("scale", lambda t: t.eight_bits and wrong_scales(t), lambda t:
         f"has the scale {wrong_scales(t)[0]:g}, which is not a finite positive number: "
         "look for NaN in weights and ranges, and train again"),
    Rule("zero-range", lambda t: t.eight_bits and t.scales.size and not t.constant
         and not wrong_scales(t) and t.scales.min() < SMALLEST, lambda t:
         f"has the scale {t.scales.min():.2g}, of a range left at 0: "
         "let its range see data before you export"),
    Rule("zero-point", lambda t: t.eight_bits and t.scales.size and wrong_zeros(t), lambda t:
         f"has a zero point outside of {t.type.lower()}, or not one to each scale: {REPEAT}"),
    Rule("per-channel", lambda t: t.eight_bits and t.scales.size > 1 and not t.weights_of,
         lambda t: f"has {t.scales.size} scales, and only weights may have more than one: "
         f"{REPEAT}"),
    Rule("per-channel-dense", lambda t:
         t.weights_of == "FULLY_CONNECTED" and t.scales.size > 1, lambda t:
         f"has {t.scales.size} scales, and the old TFLite in the compiler reads none of them for "
         f"a Dense layer, so that all answers are alike: set {PER_TENSOR}, or train "
         "quantization-aware"),
    Rule("channel-axis", wrong_channels, lambda t:
         f"has {t.scales.size} scales along axis {t.axis} of {t.size}, and may have one to each "
         f"channel of axis {WEIGHTED[t.weights_of][3]}: {REPEAT}"),
    Rule("weight-zero-point", lambda t: t.weights_of and t.type == "INT8" and t.zeros.any(),
         lambda t: f"has the zero point {t.zeros[t.zeros != 0][0]}, and int8 weights need 0: "
         "quantize them with a symmetric range (narrow_range=True)"),
]
# fmt: on
# What another fault explains is not reported.
FOLLOWS = {
    "batch": {"dense-output", "dimensions"},
    "dynamic": {"batch", "batch-axis", "constant", "dense-output", "dimensions", "type"},
    "dynamic-range": {"float"},
    "float16": {"constant", "dimensions", "float"},
    "int16": {"type"},
}


@lru_cache(1000)
def rules_of(name: str) -> list[Rule]:
    """The rules about an operation."""
    return [rule for rule in OPERATOR_RULES if not rule.only or name in rule.only.split()]


def judge(model: Model) -> list[Finding]:
    """What the rules find, errors first."""
    found = []
    if model.subgraphs > 1:
        says = f"has {model.subgraphs} subgraphs, and the Edge TPU takes one"
        found.append(
            finding("subgraphs", "file", f"{says}: export one function, without if and while")
        )
    for rule in TENSOR_RULES:
        found += rule.find(model.used)
    for op in model.operators:
        for rule in rules_of(op.name):
            found += rule.find([op])
    hidden = {name for fault in found for name in FOLLOWS.get(fault.rule, ())}
    found = [fault for fault in found if fault.rule not in hidden]
    return sorted(found, key=lambda fault: fault.level != "error")


def inspect(content: bytes) -> tuple[Model | None, list[Finding]]:
    """The model, or None where the bytes are not one, and the findings."""
    if not content:
        return None, [finding("empty", "file", "is empty: export or copy it again")]
    if content[4:8] != b"TFL3":
        says = "is not a TFLite model, whose bytes 4 to 7 are TFL3: export it again"
        says = next((text for mark, text in OTHERS.items() if content.startswith(mark)), says)
        return None, [finding("not-tflite", "file", says)]
    try:
        model = read(content)
    except DamagedError as error:
        place, fault = error.args
        return None, [finding("damaged", place, f"{fault}: {AGAIN}")]
    return model, judge(model)


def check(content: bytes) -> list[Finding]:
    """All faults of a .tflite file, errors first. Whatever the bytes are, it does not raise."""
    return inspect(content)[1]


# Runs in a process of its own, which a damaged model can crash. Python 3.8 can read it.
RUNNER = """
import json, sys
import numpy as np
try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    try:
        from tflite_runtime.interpreter import Interpreter
    except ImportError:
        sys.exit("that Python has neither ai-edge-litert nor tflite-runtime")
interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
entries, output = interpreter.get_input_details(), interpreter.get_output_details()[0]
for entry in entries:
    interpreter.set_tensor(entry["index"], np.zeros(entry["shape"], entry["dtype"]))
interpreter.invoke()
images = np.load(sys.argv[2]).astype("float32")
shape, kind, (scale, zero) = (entries[0][key] for key in ("shape", "dtype", "quantization"))
if len(images) and np.prod(shape) != 784:
    sys.exit("its input of %s is not one image of 28x28" % "x".join(map(str, shape)))
rounds = []
# Does it take 0 to 255 or 0 to 1? Its scale tells; where it has none, both are tried.
for most in [255 if scale * 255 > 16 else 1] if scale else [255, 1]:
    pixels, answers = images / 255 * most, []
    if scale:
        pixels = np.round(pixels / scale + zero).clip(np.iinfo(kind).min, np.iinfo(kind).max)
    for image in pixels.astype(kind):
        interpreter.set_tensor(entries[0]["index"], image.reshape(shape))
        interpreter.invoke()
        answer = interpreter.get_tensor(output["index"])
        answers.append(int(answer.argmax() if answer.size > 1 else answer.max()))
    rounds.append(answers)
print(json.dumps(rounds))
"""


class RunError(Exception):
    """A model cannot be run; the message is the end of a sentence."""


def answer(content: bytes, images: np.ndarray, python: str) -> np.ndarray:
    """Let a model answer images, uint8 (n, 28, 28), after one run with zeros; raises RunError.

    `python` has ai-edge-litert or tflite-runtime. Returns int (1, n), or (2, n) of a float model:
    the answers to pixels from 0 to 255 and from 0 to 1.
    """
    with tempfile.TemporaryDirectory() as folder:
        model, pixels = Path(folder, "model.tflite"), Path(folder, "images.npy")
        model.write_bytes(content)
        np.save(pixels, images)
        command = [python, "-c", RUNNER, str(model), str(pixels)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=60 + len(images)
            )
        except OSError as error:
            raise RunError(f"cannot be run: {python} does not start ({error.strerror})") from None
        except subprocess.TimeoutExpired:
            raise RunError("does not come to an end: export it again") from None
    if done.returncode < 0:
        raise RunError(f"makes the runtime crash: {AGAIN}")
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it gives no reason"])[-1]
        raise RunError(f"cannot be run: {reason.strip('. ')}")
    return np.array(json.loads(done.stdout.splitlines()[-1]), int)


def accuracy(rounds: np.ndarray, labels: np.ndarray) -> float:
    """The share of right answers, of the better round."""
    return float((rounds == labels).mean(axis=1).max())


def try_out(
    content: bytes, images: np.ndarray, labels: np.ndarray, python: str, aim: float | None
) -> tuple[float | None, list[Finding]]:
    """The accuracy, None without images, and the faults that only a run shows.

    `aim` is the accuracy of the float model, if there is one.
    """
    try:
        rounds = answer(content, images, python)
    except RunError as error:
        return None, [finding("runtime", "file", str(error))]
    if not len(images):
        return None, []
    reached, found = accuracy(rounds, labels), []
    if len(set(labels)) > 1 and all(len(set(answers)) == 1 for answers in rounds.tolist()):
        says = f"answers {rounds[0, 0]} to all of {len(images)} images"
        mend = "look for Dense weights with many scales and for ranges left at 0"
        found.append(finding("one-class", "file", f"{says}: {mend}"))
    if aim is not None and reached < aim - 0.01:
        says = f"reads {reached:.2%} of the images correctly, and the float model {aim:.2%}"
        mend = "take representative data like the training data, or train quantization-aware"
        found.append(finding("accuracy", "file", f"{says}: {mend}"))
    return reached, found


def describe(tensor: Tensor) -> dict:
    """What the report says of an input or output."""
    report = {"index": tensor.index, "name": tensor.name, "type": tensor.type.lower()}
    report |= {"shape": tensor.shape, "scale": None, "zero_point": None}
    if tensor.scales.size == tensor.zeros.size == 1 and np.isfinite(tensor.scales[0]):
        report |= {"scale": float(tensor.scales[0]), "zero_point": int(tensor.zeros[0])}
    return report


def describe_weights(op: Operator) -> str:
    """Such as "int8 4x3x3x1, 4 scales"; nothing where it has no weights."""
    if op.name not in WEIGHTED:
        return ""
    weights = op.weighted()[1]
    number = weights.scales.size
    return f"{weights.type.lower()} {weights.size}, {number} scale{'s' * (number != 1)}"


def report(path: Path, content: bytes, python: str, images, labels, aim: float | None) -> dict:
    """All that is said of a file, with what a run shows if it has no error or there are images."""
    model, found = inspect(content)
    reached = None
    if model and (len(images) or not any(fault.level == "error" for fault in found)):
        reached, more = try_out(content, images, labels, python, aim)
        found = more + found
    return {
        "file": str(path),
        "bytes": len(content),
        "inputs": [describe(tensor) for tensor in model.inputs] if model else [],
        "outputs": [describe(tensor) for tensor in model.outputs] if model else [],
        "operators": [
            {
                "index": op.index,
                "name": op.name,
                "version": op.version,
                "gives": op.outputs[0].size if op.outputs else "",
                "weights": describe_weights(op),
            }
            for op in (model.operators if model else [])
        ],
        "images": len(images),
        "accuracy": reached,
        "findings": [asdict(fault) for fault in found],
    }


def count(report: dict, level: str) -> int:
    """How many findings of this level there are."""
    return sum(fault["level"] == level for fault in report["findings"])


def show(report: dict) -> None:
    """Print a report as text."""
    print(f"{report['file']}: {report['bytes']:,} bytes")
    for end in ("input", "output"):
        for tensor in report[f"{end}s"]:
            size = "x".join(map(str, tensor["shape"]))
            grid = "not quantized"
            if tensor["scale"] is not None:
                grid = f"scale {tensor['scale']:.6g}, zero point {tensor['zero_point']}"
            print(f"  {end:6} {tensor['type']} {size}, {grid}, '{tensor['name']}'")
    if report["operators"]:
        print(f"  {'#':>3} {'operator':24} {'version':>7}  {'gives':14} weights")
    for op in report["operators"]:
        line = (
            f"  {op['index']:3} {op['name']:24} {op['version']:7}  {op['gives']:14} {op['weights']}"
        )
        print(line.rstrip())
    if report["accuracy"] is not None:
        print(f"  reads {report['accuracy']:.2%} of {report['images']} images correctly")
    for fault in report["findings"]:
        print(f"{fault['level']}: {fault['text']} [{fault['rule']}]")
    errors, warnings = count(report, "error"), count(report, "warning")
    print(f"Errors: {errors}, warnings: {warnings}")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def whole(text: str) -> int:
    """An argparse type: a number of test images."""
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 10000")
    return int(text)


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; leaves with code 2 and a sentence if one is wrong."""
    parser = Parser("check_tflite.py", description=__doc__.split("\n")[0], allow_abbrev=False)
    add = parser.add_argument
    add("files", type=Path, nargs="+", metavar="FILE", help="a .tflite file")
    add("--json", action="store_true", help="print a list with an object for each file")
    add("--images", type=whole, default=0, metavar="N", help="let it read the first N test images")
    add("--float", type=Path, metavar="FILE", help="the float .tflite, for its accuracy on them")
    add("--data", type=Path, metavar="NPZ", help="a copy of Keras's mnist.npz to take them from")
    add(
        "--python", default=sys.executable, metavar="PROGRAM",
        help="a Python that runs the model with its ai-edge-litert or tflite-runtime",
    )  # fmt: skip
    options = parser.parse_args(argv)
    if options.float and not options.images:
        parser.error("argument --float: it needs --images")
    if not shutil.which(options.python):
        parser.error(f"argument --python: {options.python} is no program")
    return options


class UserError(Exception):
    """What was asked for cannot be done; the message is one sentence."""


def contents(path: Path) -> bytes:
    """The bytes of a file; raises UserError if it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is not a file: name a .tflite file.")
        if path.stat().st_size > 2**31:  # a flatbuffer's offsets end there
            raise UserError(f"{path} is larger than a .tflite file can be: name another.")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None


def digits(options: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels asked for, none without --images; raises UserError."""
    if not options.images:
        return np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)
    try:
        source = mnist_data.find(lambda line: print(line, file=sys.stderr), options.data)
    except mnist_data.DataError as error:
        raise UserError(error) from None
    images, labels = source.load()[1]
    return images[: options.images], labels[: options.images]


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    options, aim, reports, unreadable = parse(argv), None, [], False
    try:
        images, labels = digits(options)
        if options.float:
            try:
                aim = accuracy(answer(contents(options.float), images, sys.executable), labels)
            except RunError as error:
                raise UserError(f"{options.float} {error}.") from None
    except UserError as error:
        print(f"check_tflite.py: {error}", file=sys.stderr)
        return 2
    for path in options.files:
        try:
            content = contents(path)
        except UserError as error:
            print(f"check_tflite.py: {error}", file=sys.stderr)
            unreadable = True
            continue
        reports.append(report(path, content, options.python, images, labels, aim))
        if not options.json:
            show(reports[-1])
    if options.json:
        print(json.dumps(reports, indent=2))
    return 2 if unreadable else int(any(count(each, "error") for each in reports))


if __name__ == "__main__":
    sys.exit(main())
