# %% active="py"
"""Check whether the Edge TPU can take a .tflite file.

    python examples/check_tflite.py model.tflite
    python examples/check_tflite.py model.tflite --images 1000

The first reads the file and, if it has no error, runs it once. The
second lets it read digits too, for a model of MNIST. Each fault is told
with its place and its mend. An error keeps the model or a part of it
off the Edge TPU, or makes it answer wrongly; a warning costs speed, or
nobody has confirmed the operation.

Coral's compiler is not needed: the limits are those of its
documentation ("TensorFlow models on the Edge TPU"), and the operations'
highest versions were read off TFLite 2.5.0, which is of the last
compiler's age.

Exit codes: 0 no error, 1 errors found, 2 a file cannot be read or an
option is wrong.
"""

# %% [markdown] lang="en"
# # Check a file for the Edge TPU { #check-tflite }
#
# `check_tflite.py` reads a `.tflite` file and says what keeps it off the
# Edge TPU: each fault with its place in the file and with what mends it.
# It needs no compiler, no device and no TensorFlow. The page
# [Edge TPU](../edge-tpu.md) shows where the faults come from.
#
# Read it for its form. What is known about the chip stands in two lists of
# rules, and the rest of the program is the same for all of them.

# %% [markdown] lang="ko"
# # Edge TPU에 맞는 파일인지 검사하기 { #check-tflite }
#
# `check_tflite.py`는 `.tflite` 파일을 읽고 Edge TPU에 올리지 못하게 하는 잘못을 찾습니다. 잘못마다 파일의 어디에 있는지,
# 어떻게 고치는지 알려 줍니다. 컴파일러도 기기도 TensorFlow도 필요 없습니다. 이런 잘못이 어디에서 생기는지는
# [Edge TPU](../edge-tpu.md)에서 볼 수 있습니다.
#
# 프로그램의 짜임새를 눈여겨보세요. 칩에 관해 아는 것은 모두 규칙 목록 두 개에 들어 있고, 나머지는 어느 규칙에나 똑같이
# 쓰입니다.

# %%
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
    from .tflite_file import (
        AGAIN,
        WEIGHTED,
        DamagedError,
        Model,
        Operator,
        Tensor,
        read,
    )
else:
    import mnist_data
    from tflite_file import (
        AGAIN,
        WEIGHTED,
        DamagedError,
        Model,
        Operator,
        Tensor,
        read,
    )

# %% [markdown] lang="en"
# The same imports stand there twice, because the tests import this program
# as a part of a package, and you run it as a script. `tflite_file` is a
# module beside it. Its `read` makes a `Model` of the bytes, with tensors
# and operators, or raises a `DamagedError`.
#
# ## What the chip knows { #operations }
#
# These are the operations of Coral's documentation, each with the highest
# version that a TFLite of the compiler's age loads. Of some nobody has
# confirmed that the chip has them.

# %% [markdown] lang="ko"
# 같은 import가 두 번 나옵니다. 테스트는 이 프로그램을 패키지의 일부로 불러오고, 여러분은 스크립트로 실행하기 때문입니다.
# `tflite_file`은 옆에 있는 모듈입니다. 그 안의 `read`는 바이트를 텐서와 연산자가 담긴 `Model`로 만들거나 `DamagedError`를
# 냅니다.
#
# ## 칩이 아는 연산 { #operations }
#
# 코랄의 문서에 나오는 연산과, 컴파일러와 비슷한 무렵의 TFLite가 읽는 가장 높은 버전입니다. 칩에 정말 있는지 아무도 확인하지
# 못한 연산도 있습니다.


# %%
def table(text: str) -> dict[str, int]:
    """{"ADD": 3, "MUL": 4} of "ADD 3 MUL 4"."""
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


# Each with the highest version that TFLite 2.5.0 loads.
ON_TPU = table("""
    ADD 3 AVERAGE_POOL_2D 3 CONCATENATION 3 CONV_2D 5
    DEPTHWISE_CONV_2D 6 EXPAND_DIMS 1 FULLY_CONNECTED 9
    L2_NORMALIZATION 2 LOGISTIC 3 MAX_POOL_2D 3 MAXIMUM 4 MEAN 3
    MINIMUM 4 MUL 4 PACK 3 PAD 3 QUANTIZE 2 REDUCE_MAX 3 REDUCE_MIN 3
    RELU 3 RELU6 3 RELU_N1_TO_1 1 RESHAPE 1 RESIZE_BILINEAR 4
    RESIZE_NEAREST_NEIGHBOR 4 SOFTMAX 3 STRIDED_SLICE 5
""")
UNCONFIRMED = table("""
    RSQRT 2 SLICE 5 SPACE_TO_DEPTH 2 SPLIT 4 SQUEEZE 2 SUB 5 SUM 2
    TANH 3 TRANSPOSE 5 TRANSPOSE_CONV 3
""")
KNOWN = ON_TPU | UNCONFIRMED | table("ARG_MAX 2 DEQUANTIZE 4")
INSTEAD = {
    "CAST": "feed the model the type that it computes with",
    "ELU": "use ReLU",
    "GELU": "use ReLU",
    "RANDOM_UNIFORM": "it is dropout left on, so export the model with "
    "training=False",
    "SHAPE": "export with a fixed batch of one, which needs no shapes "
    "at run time",
    "TILE": "where it enlarges a picture, use Resizing or "
    "Conv2DTranspose",
}
OTHERWISE = "build the layer from other operations"
# Which inputs must be known when the model is compiled; most have
# shapes or axes in the second.
SECOND = """
    ARG_MAX EXPAND_DIMS MEAN PAD REDUCE_MAX REDUCE_MIN RESHAPE
    RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR SUM TRANSPOSE
"""
CONSTANT = {
    **dict.fromkeys(SECOND.split(), (1,)),
    **{
        name: (weights, bias)
        for name, (_, weights, bias, _) in WEIGHTED.items()
    },
    "SLICE": (1, 2),
    "SPLIT": (0,),
    "STRIDED_SLICE": (1, 2, 3),
    "TRANSPOSE_CONV": (0, 1, 3),
}
RANGES = {"INT8": (-128, 127), "UINT8": (0, 255)}
# Scale of an activation; a range left at 0 gets about 4e-9.
SMALLEST = 1e-6
# Elements of a Reshape: a guess, as Coral only says "large".
LARGE = 2**16
# What else people hand over as a .tflite, by its first bytes.
OTHERS = {
    b"PK\3\4": "is a zip archive, as .keras files are: "
    "convert the model to TFLite first",
    b"\x89HDF": "is an HDF5 file, as .h5 files are: "
    "convert the model to TFLite first",
    b"version https://git-lfs": "only stands for the model, in Git "
    "LFS: run git lfs pull",
    b"<": "is a web page: download the model itself",
}

# %% [markdown] lang="en"
# ## A rule and what it finds { #rules }
#
# A `Rule` has a name, a function that says whether an operator or a tensor
# is wrong, and a sentence without its beginning: the fault, a colon, the
# mend. `find` puts the place in front. Some faults are in nearly every
# tensor of a file; with `once` a single finding counts them all.

# %% [markdown] lang="ko"
# ## 규칙과 규칙이 찾는 것 { #rules }
#
# 규칙 `Rule`에는 이름과, 연산자나 텐서가 잘못되었는지 답하는 함수와, 앞부분이 빠진 문장이 있습니다. 문장에는 잘못을 쓰고 콜론을
# 찍고 고치는 방법을 씁니다. `find`가 문장 앞에 잘못이 있는 곳을 붙입니다. 파일의 텐서 거의 모두에 있는 잘못도 있습니다. 그런
# 규칙은 `once`를 주어 한 번만 알리면서 모두 몇 개인지 셉니다.


# %%
@dataclass(frozen=True)
class Finding:
    """One fault.

    `text` is a sentence that begins with the place and ends with the
    mend.
    """

    level: str  # "error" or "warning"
    rule: str
    # Such as "tensor 3 'dense/kernel'", "operator 2 CONV_2D" or "file".
    place: str
    text: str


def finding(
    rule: str, place: object, says: str, level: str = "error"
) -> Finding:
    """A finding whose sentence begins with the place."""
    place = str(place)
    start = place[0].upper() + place[1:]
    if place == "file":
        start = "The file"
    return Finding(level, rule, place, f"{start} {says}.")


@dataclass(frozen=True)
class Rule:
    """A fault of those operators or tensors that are `wrong`."""

    name: str
    wrong: Callable[..., object]
    says: str | Callable[..., str]  # the fault, a colon and the mend
    only: str = ""  # the operations it is about; without it, all
    level: str = "error"
    once: bool = False  # a finding for the first, which counts others

    def find(self, things: list) -> Iterator[Finding]:
        """A finding for each operator or tensor that is wrong."""
        wrong = [thing for thing in things if self.wrong(thing)]
        for thing in wrong[:1] if self.once else wrong:
            says = self.says
            if callable(says):
                says = says(thing)
            if self.once and wrong[1:]:
                says = f"(and {len(wrong) - 1} more) {says}"
            yield finding(self.name, thing, says, self.level)


# Ends of sentences that several rules share.
BATCH = "export with a fixed batch of one"
FULL = (
    "quantize to full int8, with a representative data set or "
    "quantization-aware training"
)
LOG = "look into the compiler's log for where it was put"
REPEAT = "convert the model again"
PER_TENSOR = (
    "converter._experimental_disable_per_channel_quantization_"
    "for_dense_layers = True"
)

# %% [markdown] lang="en"
# ## Rules about any operator { #any-operator }
#
# Does the chip have the operation, in this version? And is all known that
# must be known when the model is compiled?

# %% [markdown] lang="ko"
# ## 모든 연산자에 쓰는 규칙 { #any-operator }
#
# 칩에 있는 연산인지, 아는 버전인지, 컴파일할 때 알아야 하는 것이 모두 정해져 있는지 봅니다.


# %%
def unknown(op: Operator) -> bool:
    """Whether the Edge TPU does not have it."""
    return op.name not in KNOWN and op.name != "CUSTOM"


def too_new(op: Operator) -> bool:
    """Whether a TFLite of the compiler's age does not load it."""
    return op.name in KNOWN and not 1 <= op.version <= KNOWN[op.name]


def computed(op: Operator) -> list[Tensor]:
    """The inputs that are not known by the time it is compiled.

    Only those that it needs by then.
    """
    inputs = map(op.input, CONSTANT.get(op.name, ()))
    return [one for one in inputs if one and not one.constant]


ANY_OPERATOR = [
    Rule(
        "compiled",
        lambda op: op.custom == "edgetpu-custom-op",
        "is edgetpu-custom-op, so this file is compiled already: "
        "check the one it was made from",
    ),
    Rule(
        "custom",
        lambda op: (
            op.name == "CUSTOM" and op.custom != "edgetpu-custom-op"
        ),
        lambda op: (
            f"is the custom operation '{op.custom}', which the Edge "
            "TPU does not have: build it from operations that it has"
        ),
    ),
    Rule(
        "operation",
        unknown,
        lambda op: (
            "is not an operation of the Edge TPU: "
            + INSTEAD.get(op.name, OTHERWISE)
        ),
    ),
    Rule(
        "version",
        too_new,
        lambda op: (
            f"has version {op.version}, and the compiler knows it up "
            f"to version {KNOWN[op.name]}: leave out what needs the "
            "newer one, such as dynamic-range weights or groups"
        ),
    ),
    Rule(
        "constant",
        computed,
        lambda op: (
            f"needs {computed(op)[0]} when it is compiled, which is "
            "only computed when it runs: make it a constant, as a "
            "fixed batch of one does with shapes"
        ),
    ),
]

# %% [markdown] lang="en"
# ## Rules about layers with weights { #weights }
#
# Convolutions and `Dense` layers: both the input and the weights must be
# in 8 bits, the bias must fit to both, and a `Dense` layer gives one row.

# %% [markdown] lang="ko"
# ## 가중치가 있는 층에 쓰는 규칙 { #weights }
#
# 합성곱과 `Dense` 층을 봅니다. 입력과 가중치가 모두 8비트여야 하고, 편향이 그 둘에 맞아야 하며, `Dense` 층은 한 줄만 내놓아야
# 합니다.


# %%
def dynamic_range(op: Operator) -> bool:
    """Whether it has 8-bit weights but computes in float."""
    data, weights, _ = op.weighted()
    return weights.eight_bits and data.type == "FLOAT32"


def wrong_bias(op: Operator) -> bool:
    """Whether the bias does not fit.

    It must be int32, with the scale input x weights and zero point 0.
    """
    data, weights, bias = op.weighted()
    if not (bias and data.eight_bits and weights.eight_bits):
        return False
    if not data.scales.size:
        return False
    # Another rule is about scales that are no numbers.
    with np.errstate(all="ignore"):
        scales = data.scales[0].astype(float) * weights.scales
        fits = bias.scales.shape == scales.shape
        fits = fits and np.allclose(bias.scales, scales, 1e-3, 0)
    return bias.type != "INT32" or bias.zeros.any() or not fits


def uneven_dilation(op: Operator) -> bool:
    """Whether it has different dilations in x and y."""
    width = op.options.get("DilationWFactor", 1)
    return width != op.options.get("DilationHFactor", 1)


WEIGHTS = [
    Rule(
        "dynamic-range",
        dynamic_range,
        f"has weights of 8 bits but computes in float: {FULL}",
        " ".join(WEIGHTED),
    ),
    Rule(
        "bias-scale",
        wrong_bias,
        lambda op: (
            "needs an int32 bias with zero point 0 and the scale input "
            f"x weights, and {op.weighted()[2]} is not one: {REPEAT}, "
            "and leave its scales as they are"
        ),
        " ".join(WEIGHTED),
    ),
    Rule(
        "dilation",
        uneven_dilation,
        "has different dilations in x and y: "
        "give dilation_rate one number",
        "CONV_2D DEPTHWISE_CONV_2D",
    ),
    Rule(
        "weights-format",
        lambda op: op.options.get("WeightsFormat"),
        "has shuffled weights: convert it again, with the default "
        "format",
        "FULLY_CONNECTED",
    ),
    Rule(
        "dense-output",
        lambda op: op.outputs[0].rows,
        lambda op: (
            f"gives {op.outputs[0].size}, and the Edge TPU gives one "
            f"row: flatten before the Dense layer, and {BATCH}"
        ),
        "FULLY_CONNECTED",
    ),
]

# %% [markdown] lang="en"
# ## Rules about other operators { #other-operators }
#
# Each line of Coral's table has a remark, and each remark is a rule. The
# last rules are warnings: they cost speed.

# %% [markdown] lang="ko"
# ## 그 밖의 연산자에 쓰는 규칙 { #other-operators }
#
# 코랄의 표에는 줄마다 조건이 붙어 있고, 조건마다 규칙이 하나씩 있습니다. 마지막 규칙들은 경고입니다. 속도를 잃을 뿐입니다.


# %%
def joins_constant(op: Operator) -> bool:
    """Whether it joins a constant that it may not.

    One that is not zeros, or with more than one other input.
    """
    for tensor in filter(None, op.inputs):
        if not (tensor.data.size and tensor.eight_bits):
            continue
        # The byte of the number zero; int8 and uint8 differ only in how
        # they are read.
        zero = int(tensor.zeros[0]) % 256 if tensor.zeros.size else 0
        if len(op.inputs) != 2 or (tensor.data != zero).any():
            return True
    return False


def large_softmax(op: Operator) -> bool:
    """Whether it is over rows, or over too many numbers."""
    return op.inputs[0].rows or op.inputs[0].count > 16_000


def stacks_batch(op: Operator) -> bool:
    """Whether it stacks along axis 0."""
    rank = len(op.outputs[0].shape)
    return op.options.get("Axis", 0) in (0, -rank)


def odd_depth(op: Operator) -> bool:
    """Whether it is over a depth that is not a multiple of 4."""
    shape = op.inputs[0].shape
    last = len(shape) - 1
    return shape and last in op.axes() and shape[last] % 4


def fancy_slice(op: Operator) -> bool:
    """Whether it is more than a cut from here to there."""
    return set(op.numbers(3)) - {1} or any(op.options.values())


OTHER_OPERATORS = [
    Rule(
        "fused-activation",
        lambda op: op.options.get("FusedActivationFunction"),
        "has an activation fused into it: put the activation before it",
        "AVERAGE_POOL_2D MAX_POOL_2D CONCATENATION",
    ),
    Rule(
        "joined-constant",
        joins_constant,
        "joins a constant, which may only be zeros and with one other "
        "input: use padding",
        "CONCATENATION",
    ),
    Rule(
        "softmax",
        large_softmax,
        lambda op: (
            f"is over {op.inputs[0].size}, and the Edge TPU takes one "
            "row of 16,000 at most: leave it out, and let your program "
            "take the softmax"
        ),
        "SOFTMAX",
    ),
    Rule(
        "batch-axis",
        lambda op: 0 in op.axes(),
        "reduces the batch, axis 0: reduce other axes",
        "MEAN REDUCE_MAX REDUCE_MIN",
    ),
    Rule(
        "batch-axis",
        lambda op: any(op.numbers(1)[:2]),
        "pads the batch, axis 0: pad other axes",
        "PAD",
    ),
    Rule(
        "batch-axis",
        stacks_batch,
        "stacks along the batch, axis 0: stack along another axis",
        "PACK",
    ),
    Rule(
        "mean-depth",
        odd_depth,
        lambda op: (
            f"is over the depth of {op.inputs[0].size}, which is not a "
            "multiple of 4: use a number of filters that is"
        ),
        "MEAN",
    ),
    Rule(
        "strided-slice",
        fancy_slice,
        "has a step other than 1, an ellipsis or a new axis: "
        "slice without steps, and reshape",
        "STRIDED_SLICE",
    ),
    Rule(
        "unconfirmed",
        lambda op: True,
        f"is not confirmed to run on the Edge TPU: {LOG}",
        " ".join(UNCONFIRMED),
        "warning",
    ),
    Rule(
        "cpu",
        lambda op: True,
        "runs on the CPU, with all after it: leave it out, and let "
        "your program take the largest output",
        "ARG_MAX",
        "warning",
    ),
    Rule(
        "cpu",
        lambda op: True,
        f"may stay on the CPU, as its size decides: {LOG}",
        "RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR",
        "warning",
    ),
    Rule(
        "cpu",
        lambda op: op.outputs[0].count > LARGE,
        f"may stay on the CPU, being large: {LOG}",
        "RESHAPE",
        "warning",
    ),
]
OPERATOR_RULES = [*ANY_OPERATOR, *WEIGHTS, *OTHER_OPERATORS]

# %% [markdown] lang="en"
# ## Rules about types and sizes { #types }
#
# Everything that flows through the chip has 8 bits and a size that is
# fixed. A float input or output is only a warning, where the CPU converts
# it.

# %% [markdown] lang="ko"
# ## 자료형과 크기에 쓰는 규칙 { #types }
#
# 칩을 지나는 것은 모두 8비트이고 크기가 정해져 있어야 합니다. 입력이나 출력이 float이어도 CPU가 바꾸어 주는 자리라면 경고만
# 합니다.


# %%
def wrong_length(tensor: Tensor) -> bool:
    """Whether its data is longer or shorter than its shape needs."""
    if not tensor.data.size or tensor.sparse:
        return False
    return tensor.bytes not in (0, tensor.data.size)


def converted(tensor: Tensor) -> bool:
    """Whether it is float only where the CPU converts it.

    That is at the start or at the end.
    """
    start = tensor.is_input and tensor.readers == {"QUANTIZE"}
    end = tensor.is_output and tensor.maker == "DEQUANTIZE"
    return tensor.type == "FLOAT32" and (start or end)


def wrong_type(tensor: Tensor) -> bool:
    """Whether it is neither of 8 bits nor a constant of int32.

    False where another rule says so.
    """
    integers = tensor.type in ("INT32", "INT64")
    answer = tensor.maker == "ARG_MAX" and integers
    constant = tensor.constant and tensor.type == "INT32"
    other = tensor.type in ("BFLOAT16", "FLOAT16", "FLOAT32", "INT16")
    return not (tensor.eight_bits or answer or constant or other)


def large_batch(tensor: Tensor) -> bool:
    """Whether it is an input of several pictures."""
    return tensor.is_input and tensor.rows and tensor.shape[0] != 1


def many_dimensions(tensor: Tensor) -> bool:
    """Whether any but the last three dimensions is above 1."""
    large = any(size != 1 for size in tensor.shape[:-3])
    return not tensor.constant and large


TYPES_AND_SIZES = [
    Rule(
        "appended",
        lambda t: t.appended,
        "has its data behind the flatbuffer, where old TFLite does not "
        "look: convert with tf.lite.TFLiteConverter, which keeps "
        "weights inside",
        once=True,
    ),
    Rule(
        "sparse",
        lambda t: t.sparse,
        "is stored as sparse: convert it as dense",
        once=True,
    ),
    Rule(
        "data-length",
        wrong_length,
        lambda t: (
            f"has {t.data.size} bytes, and its shape {t.size} needs "
            f"{t.bytes}: {REPEAT}"
        ),
    ),
    Rule(
        "float-io",
        converted,
        "is float32, which the CPU has to convert: set the converter's "
        "inference_input_type and inference_output_type to tf.int8",
        level="warning",
    ),
    Rule(
        "float16",
        lambda t: t.type in ("FLOAT16", "BFLOAT16"),
        lambda t: (
            f"is {t.type.lower()}, which saves space but computes in "
            f"float: {FULL}"
        ),
        once=True,
    ),
    Rule(
        "int16",
        lambda t: t.type == "INT16",
        f"is int16, and the Edge TPU computes with 8 bits: {FULL}",
        once=True,
    ),
    Rule(
        "float",
        lambda t: t.type == "FLOAT32" and not converted(t),
        f"is float32, and the Edge TPU computes with 8 bits: {FULL}",
        once=True,
    ),
    Rule(
        "type",
        wrong_type,
        lambda t: (
            f"is {t.type.lower()}, and only int8, uint8 and constants "
            f"of int32 are taken: {FULL}"
        ),
        once=True,
    ),
    Rule(
        "dynamic",
        lambda t: t.dynamic,
        f"has a size that is only known when it runs: {BATCH}",
        once=True,
    ),
    Rule(
        "batch",
        large_batch,
        lambda t: f"has a batch of {t.shape[0]}: {BATCH}",
    ),
    Rule(
        "dimensions",
        many_dimensions,
        lambda t: (
            f"has the shape {t.size}, and only its last three "
            "dimensions may be above 1: reshape it"
        ),
        once=True,
    ),
]

# %% [markdown] lang="en"
# ## Rules about scales and zero points { #scales }
#
# These faults are silent: the file runs and answers, but wrongly. The
# worst is `per-channel-dense`, which makes an old runtime answer
# [always the same digit](../edge-tpu.md#constant-output).

# %% [markdown] lang="ko"
# ## 스케일과 영점에 쓰는 규칙 { #scales }
#
# 소리 없는 잘못들입니다. 파일은 실행되고 답도 하지만 틀린 답을 합니다. 가장 고약한 것은 `per-channel-dense`입니다. 예전
# 런타임에서 [언제나 같은 숫자만 답하게](../edge-tpu.md#constant-output) 만듭니다.


# %%
def wrong_scales(tensor: Tensor) -> list[float]:
    """The scales that are no finite positive numbers."""
    good = np.isfinite(tensor.scales) & (tensor.scales > 0)
    return tensor.scales[~good].tolist()


def zero_range(tensor: Tensor) -> bool:
    """Whether its range has never seen data."""
    if not (tensor.eight_bits and tensor.scales.size):
        return False
    if tensor.constant or wrong_scales(tensor):
        return False
    return tensor.scales.min() < SMALLEST


def wrong_zeros(tensor: Tensor) -> bool:
    """Whether there is not one zero point to each scale.

    Or one that is not in the range of the type.
    """
    if not (tensor.eight_bits and tensor.scales.size):
        return False
    low, high = RANGES[tensor.type]
    zeros = tensor.zeros
    if zeros.size != tensor.scales.size:
        return True
    return not low <= zeros.min() <= zeros.max() <= high


def many_scales(tensor: Tensor) -> bool:
    """Whether it has several scales without being weights."""
    several = tensor.eight_bits and tensor.scales.size > 1
    return several and not tensor.weights_of


def dense_scales(tensor: Tensor) -> bool:
    """Whether weights of a Dense layer have several scales."""
    dense = tensor.weights_of == "FULLY_CONNECTED"
    return dense and tensor.scales.size > 1


def channels(tensor: Tensor) -> int | None:
    """The axis of the channels of a convolution's weights."""
    if not tensor.weights_of:
        return None
    return WEIGHTED[tensor.weights_of][3]


def wrong_channels(tensor: Tensor) -> bool:
    """Whether weights of a convolution have a wrong number of scales.

    They have one scale, or one to each channel.
    """
    axis, count = channels(tensor), tensor.scales.size
    if axis is None or count < 2:
        return False
    size = tensor.shape[axis : axis + 1]
    return tensor.axis != axis or size != [count]


def shifted_weights(tensor: Tensor) -> bool:
    """Whether these are int8 weights with a zero point other than 0."""
    weights = tensor.weights_of and tensor.type == "INT8"
    return weights and tensor.zeros.any()


SCALES = [
    Rule(
        "no-scale",
        lambda t: t.eight_bits and not t.scales.size,
        lambda t: f"is {t.type.lower()} but has no scale: {FULL}",
    ),
    Rule(
        "scale",
        lambda t: t.eight_bits and wrong_scales(t),
        lambda t: (
            f"has the scale {wrong_scales(t)[0]:g}, which is not a "
            "finite positive number: look for NaN in weights and "
            "ranges, and train again"
        ),
    ),
    Rule(
        "zero-range",
        zero_range,
        lambda t: (
            f"has the scale {t.scales.min():.2g}, of a range left at "
            "0: let its range see data before you export"
        ),
    ),
    Rule(
        "zero-point",
        wrong_zeros,
        lambda t: (
            f"has a zero point outside of {t.type.lower()}, or not one "
            f"to each scale: {REPEAT}"
        ),
    ),
    Rule(
        "per-channel",
        many_scales,
        lambda t: (
            f"has {t.scales.size} scales, and only weights may have "
            f"more than one: {REPEAT}"
        ),
    ),
    Rule(
        "per-channel-dense",
        dense_scales,
        lambda t: (
            f"has {t.scales.size} scales, and the old TFLite in the "
            "compiler reads none of them for a Dense layer, so that "
            f"all answers are alike: set {PER_TENSOR}, or train "
            "quantization-aware"
        ),
    ),
    Rule(
        "channel-axis",
        wrong_channels,
        lambda t: (
            f"has {t.scales.size} scales along axis {t.axis} of "
            f"{t.size}, and may have one to each channel of axis "
            f"{channels(t)}: {REPEAT}"
        ),
    ),
    Rule(
        "weight-zero-point",
        shifted_weights,
        lambda t: (
            f"has the zero point {t.zeros[t.zeros != 0][0]}, and int8 "
            "weights need 0: quantize them with a symmetric range "
            "(narrow_range=True)"
        ),
    ),
]
TENSOR_RULES = [*TYPES_AND_SIZES, *SCALES]

# %% [markdown] lang="en"
# ## Judge a file { #judge }
#
# Each rule looks at all it is about. One fault often brings others: an
# open batch makes shapes dynamic, and they are computed with operators
# that the chip does not have. What only follows from another fault is left
# out, so that you read first what to mend first.
#
# `check` is the function that other programs call. Whatever bytes it gets,
# it answers with findings.

# %% [markdown] lang="ko"
# ## 파일 판정하기 { #judge }
#
# 규칙마다 자기가 맡은 것을 모두 봅니다. 잘못 하나가 다른 잘못을 부르는 일이 많습니다. 배치 크기를 열어 두면 크기가 정해지지
# 않고, 그 크기를 계산하느라 칩에 없는 연산이 생깁니다. 다른 잘못에서 따라 나온 것은 보고하지 않습니다. 먼저 고칠 것을 먼저
# 읽게 하려는 것입니다.
#
# 다른 프로그램은 `check` 함수를 부릅니다. 어떤 바이트를 넣어도 찾은 것의 목록으로 답합니다.

# %%
# What another fault explains is not reported.
FOLLOWS = {
    "batch": {"dense-output", "dimensions"},
    "dynamic": {
        "batch",
        "batch-axis",
        "constant",
        "dense-output",
        "dimensions",
        "type",
    },
    "dynamic-range": {"float"},
    "float16": {"constant", "dimensions", "float"},
    "int16": {"type"},
}


@lru_cache(1000)
def rules_of(name: str) -> list[Rule]:
    """The rules about an operation."""
    return [
        rule
        for rule in OPERATOR_RULES
        if not rule.only or name in rule.only.split()
    ]


def judge(model: Model) -> list[Finding]:
    """What the rules find, errors first."""
    found = []
    if model.subgraphs > 1:
        says = (
            f"has {model.subgraphs} subgraphs, and the Edge TPU takes "
            "one: export one function, without if and while"
        )
        found.append(finding("subgraphs", "file", says))
    for rule in TENSOR_RULES:
        found += rule.find(model.used)
    for op in model.operators:
        for rule in rules_of(op.name):
            found += rule.find([op])
    hidden = set()
    for fault in found:
        hidden |= FOLLOWS.get(fault.rule, set())
    found = [fault for fault in found if fault.rule not in hidden]
    return sorted(found, key=lambda fault: fault.level != "error")


def inspect(content: bytes) -> tuple[Model | None, list[Finding]]:
    """The model, None where the bytes are not one, and the findings."""
    if not content:
        says = "is empty: export or copy it again"
        return None, [finding("empty", "file", says)]
    if content[4:8] != b"TFL3":
        says = (
            "is not a TFLite model, whose bytes 4 to 7 are TFL3: "
            "export it again"
        )
        for mark, text in OTHERS.items():
            if content.startswith(mark):
                says = text
        return None, [finding("not-tflite", "file", says)]
    try:
        model = read(content)
    except DamagedError as error:
        place, fault = error.args
        return None, [finding("damaged", place, f"{fault}: {AGAIN}")]
    return model, judge(model)


def check(content: bytes) -> list[Finding]:
    """All faults of a .tflite file, errors first.

    Whatever the bytes are, it does not raise.
    """
    return inspect(content)[1]


# %% [markdown] lang="en"
# ## Run the file { #try-out }
#
# Some faults show only when the file runs. It runs in a process of its
# own, because a damaged model can crash it, and the checker shall live on.
# That process may also be another Python with an older TFLite; therefore
# its program is a string that Python 3.8 can read, too.

# %% [markdown] lang="ko"
# ## 파일 실행해 보기 { #try-out }
#
# 실행해야 드러나는 잘못도 있습니다. 망가진 모델은 프로세스를 죽일 수 있으므로, 검사기는 살아남도록 따로 만든 프로세스에서
# 실행합니다. 그 프로세스로 더 오래된 TFLite가 든 다른 파이썬을 쓸 수도 있습니다. 그래서 거기에서 실행할 프로그램을 파이썬
# 3.8도 읽을 수 있는 문자열로 적었습니다.

# %%
RUNNER = """
import json, sys
import numpy as np
try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    try:
        from tflite_runtime.interpreter import Interpreter
    except ImportError:
        sys.exit("that Python has neither ai-edge-litert nor "
                 "tflite-runtime")
interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
entries = interpreter.get_input_details()
output = interpreter.get_output_details()[0]
for entry in entries:
    zeros = np.zeros(entry["shape"], entry["dtype"])
    interpreter.set_tensor(entry["index"], zeros)
interpreter.invoke()
images = np.load(sys.argv[2]).astype("float32")
shape, kind = entries[0]["shape"], entries[0]["dtype"]
scale, zero = entries[0]["quantization"]
if len(images) and np.prod(shape) != 784:
    size = "x".join(map(str, shape))
    sys.exit("its input of %s is not one image of 28x28" % size)
rounds = []
# Does it take 0 to 255 or 0 to 1? Its scale tells; where it has none,
# both are tried.
for most in [255 if scale * 255 > 16 else 1] if scale else [255, 1]:
    pixels, answers = images / 255 * most, []
    if scale:
        limits = np.iinfo(kind)
        pixels = np.round(pixels / scale + zero)
        pixels = pixels.clip(limits.min, limits.max)
    for image in pixels.astype(kind):
        image = image.reshape(shape)
        interpreter.set_tensor(entries[0]["index"], image)
        interpreter.invoke()
        answer = interpreter.get_tensor(output["index"])
        one = answer.argmax() if answer.size > 1 else answer.max()
        answers.append(int(one))
    rounds.append(answers)
print(json.dumps(rounds))
"""


class RunError(Exception):
    """A model cannot be run; the message is the end of a sentence."""


def answer(
    content: bytes, images: np.ndarray, python: str
) -> np.ndarray:
    """Let a model answer images, after one run with zeros.

    Args:
        content: the .tflite file.
        images: uint8 (n, 28, 28).
        python: a Python with ai-edge-litert or tflite-runtime.

    Returns:
        int (1, n), or (2, n) of a float model: the answers to pixels
        from 0 to 255 and from 0 to 1.

    Raises:
        RunError: it cannot be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.tflite")
        model.write_bytes(content)
        pixels = Path(folder, "images.npy")
        np.save(pixels, images)
        try:
            done = subprocess.run(
                [python, "-c", RUNNER, str(model), str(pixels)],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=60 + len(images),
            )
        except OSError as error:
            raise RunError(
                f"cannot be run: {python} does not start "
                f"({error.strerror})"
            ) from None
        except subprocess.TimeoutExpired:
            raise RunError(
                "does not come to an end: export it again"
            ) from None
    if done.returncode < 0:
        raise RunError(f"makes the runtime crash: {AGAIN}")
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        reason = lines[-1] if lines else "it gives no reason"
        raise RunError(f"cannot be run: {reason.strip('. ')}")
    return np.array(json.loads(done.stdout.splitlines()[-1]), int)


def accuracy(rounds: np.ndarray, labels: np.ndarray) -> float:
    """The share of right answers, of the better round."""
    return float((rounds == labels).mean(axis=1).max())


def try_out(
    content: bytes,
    images: np.ndarray,
    labels: np.ndarray,
    python: str,
    aim: float | None,
) -> tuple[float | None, list[Finding]]:
    """The accuracy, and the faults that only a run shows.

    The accuracy is None without images. `aim` is that of the float
    model, if there is one.
    """
    try:
        rounds = answer(content, images, python)
    except RunError as error:
        return None, [finding("runtime", "file", str(error))]
    if not len(images):
        return None, []
    reached, found = accuracy(rounds, labels), []
    constant = all(len(set(row)) == 1 for row in rounds.tolist())
    if len(set(labels)) > 1 and constant:
        says = (
            f"answers {rounds[0, 0]} to all of {len(images)} images: "
            "look for Dense weights with many scales and for ranges "
            "left at 0"
        )
        found.append(finding("one-class", "file", says))
    if aim is not None and reached < aim - 0.01:
        says = (
            f"reads {reached:.2%} of the images correctly, and the "
            f"float model {aim:.2%}: take representative data like the "
            "training data, or train quantization-aware"
        )
        found.append(finding("accuracy", "file", says))
    return reached, found


# %% [markdown] lang="en"
# ## The report { #report }
#
# The report lists the input, the output and the operators of the file, and
# then the findings. It is a dictionary first; `show` prints it as text,
# and `--json` as it is.

# %% [markdown] lang="ko"
# ## 보고서 { #report }
#
# 보고서에는 파일의 입력과 출력과 연산자가 차례로 나오고, 그다음에 찾은 잘못이 나옵니다. 먼저 딕셔너리로 만들며, `show`는
# 그것을 글로 출력하고 `--json`은 있는 그대로 출력합니다.


# %%
def describe(tensor: Tensor) -> dict:
    """What the report says of an input or output."""
    report = {
        "index": tensor.index,
        "name": tensor.name,
        "type": tensor.type.lower(),
        "shape": tensor.shape,
        "scale": None,
        "zero_point": None,
    }
    one = tensor.scales.size == tensor.zeros.size == 1
    if one and np.isfinite(tensor.scales[0]):
        report["scale"] = float(tensor.scales[0])
        report["zero_point"] = int(tensor.zeros[0])
    return report


def describe_weights(op: Operator) -> str:
    """Such as "int8 4x3x3x1, 4 scales"; "" where it has no weights."""
    if op.name not in WEIGHTED:
        return ""
    weights = op.weighted()[1]
    number = weights.scales.size
    scales = f"{number} scale{'s' * (number != 1)}"
    return f"{weights.type.lower()} {weights.size}, {scales}"


def report(
    path: Path,
    content: bytes,
    python: str,
    images: np.ndarray,
    labels: np.ndarray,
    aim: float | None,
) -> dict:
    """All that is said of a file.

    It is run if it has no error, or if there are images.
    """
    model, found = inspect(content)
    reached = None
    errors = any(fault.level == "error" for fault in found)
    if model and (len(images) or not errors):
        reached, more = try_out(content, images, labels, python, aim)
        found = more + found
    inputs = model.inputs if model else []
    outputs = model.outputs if model else []
    operators = model.operators if model else []
    return {
        "file": str(path),
        "bytes": len(content),
        "inputs": [describe(tensor) for tensor in inputs],
        "outputs": [describe(tensor) for tensor in outputs],
        "operators": [
            {
                "index": op.index,
                "name": op.name,
                "version": op.version,
                "gives": op.outputs[0].size if op.outputs else "",
                "weights": describe_weights(op),
            }
            for op in operators
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
                grid = (
                    f"scale {tensor['scale']:.6g}, "
                    f"zero point {tensor['zero_point']}"
                )
            print(
                f"  {end:6} {tensor['type']} {size}, {grid}, "
                f"'{tensor['name']}'"
            )
    if report["operators"]:
        print(
            f"  {'#':>3} {'operator':24} {'version':>7}  "
            f"{'gives':14} weights"
        )
    for op in report["operators"]:
        line = (
            f"  {op['index']:3} {op['name']:24} {op['version']:7}  "
            f"{op['gives']:14} {op['weights']}"
        )
        print(line.rstrip())
    if report["accuracy"] is not None:
        print(
            f"  reads {report['accuracy']:.2%} of "
            f"{report['images']} images correctly"
        )
    for fault in report["findings"]:
        print(f"{fault['level']}: {fault['text']} [{fault['rule']}]")
    errors, warnings = count(report, "error"), count(report, "warning")
    print(f"Errors: {errors}, warnings: {warnings}")


# %% [markdown] lang="en"
# ## The options and the program { #program }
#
# The exit code is 1 if any file has an error, so a script can stop there.
# A file that cannot be read does not keep the others from being checked.

# %% [markdown] lang="ko"
# ## 옵션과 프로그램 { #program }
#
# 어느 파일에든 오류가 있으면 종료 코드가 1이므로, 스크립트는 거기에서 멈출 수 있습니다. 읽을 수 없는 파일이 있어도 나머지는
# 그대로 검사합니다.


# %%
class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def whole(text: str) -> int:
    """An argparse type: a number of test images."""
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no whole number from 1 to 10000"
        )
    return int(text)


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program with code 2."""
    parser = Parser(
        "check_tflite.py",
        description="Check whether the Edge TPU can take a .tflite "
        "file: each fault with its place and its mend.",
        allow_abbrev=False,
    )
    option = parser.add_argument
    option(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="a .tflite file",
    )
    option(
        "--json",
        action="store_true",
        help="print a list with an object for each file",
    )
    option(
        "--images",
        type=whole,
        default=0,
        metavar="N",
        help="let it read the first N test images",
    )
    option(
        "--float",
        type=Path,
        metavar="FILE",
        help="the float .tflite, for its accuracy on them",
    )
    option(
        "--data",
        type=Path,
        metavar="NPZ",
        help="a copy of Keras's mnist.npz to take them from",
    )
    option(
        "--python",
        default=sys.executable,
        metavar="PROGRAM",
        help="a Python that runs the model with its ai-edge-litert or "
        "tflite-runtime",
    )
    options = parser.parse_args(argv)
    if options.float and not options.images:
        parser.error("argument --float: it needs --images")
    if not shutil.which(options.python):
        parser.error(
            f"argument --python: {options.python} is no program"
        )
    return options


class UserError(Exception):
    """What was asked for cannot be done; the message says why."""


def contents(path: Path) -> bytes:
    """The bytes of a file; raises UserError if it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise UserError(
                f"{path} is not a file: name a .tflite file."
            )
        # A flatbuffer's offsets end there.
        if path.stat().st_size > 2**31:
            raise UserError(
                f"{path} is larger than a .tflite file can be: "
                "name another."
            )
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror}."
        ) from None


def digits(
    options: argparse.Namespace,
) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels asked for, none without --images.

    Raises UserError.
    """
    if not options.images:
        return np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)
    try:
        source = mnist_data.find(
            lambda line: print(line, file=sys.stderr), options.data
        )
    except mnist_data.DataError as error:
        raise UserError(error) from None
    images, labels = source.load()[1]
    return images[: options.images], labels[: options.images]


def float_accuracy(
    path: Path, images: np.ndarray, labels: np.ndarray
) -> float:
    """That of the float model; raises UserError."""
    try:
        rounds = answer(contents(path), images, sys.executable)
    except RunError as error:
        raise UserError(f"{path} {error}.") from None
    return accuracy(rounds, labels)


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    options, aim, reports, unreadable = parse(argv), None, [], False
    try:
        images, labels = digits(options)
        if options.float:
            aim = float_accuracy(options.float, images, labels)
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
        found = report(
            path, content, options.python, images, labels, aim
        )
        reports.append(found)
        if not options.json:
            show(found)
    if options.json:
        print(json.dumps(reports, indent=2))
    if unreadable:
        return 2
    return int(any(count(each, "error") for each in reports))


# %% [markdown] lang="en"
# ## Run it { #run }
#
# First a good file, the model that is kept in the repository. `--images`
# lets it read some test images as well.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 먼저 좋은 파일입니다. 저장소에 들어 있는 모델을 검사하고, `--images`를 주어 테스트 이미지도 몇 장 읽게 합니다.

# %% active="ipynb"
# command = "examples/models/mnist_int8.tflite --images 500"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# The table shows the path of a picture through the file: 28×28 pixels go
# in, each line has what an operator gives to the next, and ten numbers
# come out. The weights of each layer have a single scale here.
#
# Now a bad one: a small model, untrained and converted without any
# setting. This needs TensorFlow, but only to make the file.

# %% [markdown] lang="ko"
# 표는 이미지가 파일을 어떻게 지나가는지 보여 줍니다. 28×28픽셀이 들어가고, 줄마다 연산자가 다음으로 넘기는 텐서의 크기가
# 있고, 마지막에 수 열 개가 나옵니다. 여기서는 층마다 가중치의 스케일이 하나뿐입니다.
#
# 이제 나쁜 파일입니다. 작은 모델을 훈련도 설정도 하지 않은 채 변환했습니다. 여기에는 TensorFlow가 필요하지만, 파일을 만들 때만
# 씁니다.

# %% active="ipynb"
# import keras
# import tensorflow as tf
#
# keras.utils.set_random_seed(0)
# model = keras.Sequential(
#     [
#         keras.Input((28, 28)),
#         keras.layers.Rescaling(1 / 255),
#         keras.layers.Flatten(),
#         keras.layers.Dense(32, activation="gelu"),
#         keras.layers.Dense(10),
#     ]
# )
# model.export("any-batch", verbose=False)
# converter = tf.lite.TFLiteConverter.from_saved_model("any-batch")
# float_file = converter.convert()
# with open("float.tflite", "wb") as file:
#     file.write(float_file)

# %% active="ipynb"
# assert main(["float.tflite"]) == 1
#
# rules = {fault.rule for fault in check(float_file)}
# assert rules == {"float", "dynamic", "operation"}
# black = np.zeros((1, 28, 28), np.uint8)
# assert answer(float_file, black, sys.executable).shape == (2, 1)

# %% [markdown] lang="en"
# Each error begins with its place and ends with its mend; the rule that
# found it stands in brackets. Batch and types come from the missing
# settings, GELU from the model itself. LiteRT runs the file on a PC without
# a complaint, as the last line of the cell tries out, so nothing there
# would have told you.
#
# Mend what can be mended without changing the model: fix the batch at one,
# and quantize. `check` is called as a function this time.

# %% [markdown] lang="ko"
# 오류마다 잘못이 있는 곳으로 시작해서 고치는 방법으로 끝나고, 대괄호 안에 그것을 찾은 규칙이 있습니다. 배치 크기와 자료형은
# 설정을 빠뜨린 탓이고, GELU는 모델에 있는 것입니다. 셀의 마지막 줄에서 보듯이 PC의 LiteRT는 이 파일을 아무 불평 없이
# 실행합니다. 그러니 PC에서는 아무것도 알 수 없었을 것입니다.
#
# 모델을 바꾸지 않고 고칠 수 있는 것부터 고칩니다. 배치 크기를 하나로 고정하고 양자화합니다. 이번에는 `check`를 함수로
# 부릅니다.

# %% active="ipynb"
# rng = np.random.default_rng(0)
# pictures = rng.integers(0, 256, (100, 1, 28, 28)).astype("float32")
# one = tf.TensorSpec((1, 28, 28), tf.float32)
# model.export("one", input_signature=[one], verbose=False)
# converter = tf.lite.TFLiteConverter.from_saved_model("one")
# converter.optimizations = [tf.lite.Optimize.DEFAULT]
# converter.representative_dataset = lambda: ([p] for p in pictures)
# converter.inference_input_type = tf.int8
# converter.inference_output_type = tf.int8
# int8_file = converter.convert()
# for fault in check(int8_file):
#     print(f"{fault.level} {fault.rule}: {fault.place}")
#
# rules = [fault.rule for fault in check(int8_file)]
# assert "operation" in rules and "per-channel-dense" in rules
# assert "dynamic" not in rules

# %% [markdown] lang="en"
# The batch is fixed. GELU is still there: the chip does not have it, so
# the layer itself must change. And a new fault has come with the
# quantization, the one that makes an old runtime answer always the same
# digit. (Random pictures do for a demonstration; take real ones, as
# [edge_tpu.py](edge_tpu.py) does.)
#
# What is not a model at all is no problem, either:

# %% [markdown] lang="ko"
# 배치 크기는 고정되었습니다. GELU는 그대로 있습니다. 칩에 없는 연산이므로 층을 바꾸어야 합니다. 그리고 양자화하면서 새로운
# 잘못이 생겼습니다. 예전 런타임에서 언제나 같은 숫자만 답하게 하는 그 잘못입니다. (여기서는 보여 주기만 하려고 아무렇게나 만든
# 이미지를 썼습니다. 실제로는 [edge_tpu.py](edge_tpu.py)처럼 진짜 이미지를 쓰세요.)
#
# 아예 모델이 아닌 것도 문제없습니다.

# %% active="ipynb"
# model.save("model.keras")
# candidates = {
#     "a .keras file": Path("model.keras").read_bytes(),
#     "a web page": b"<!DOCTYPE html>",
#     "half a model": float_file[: len(float_file) // 2],
#     "nothing": b"",
# }
# for name, content in candidates.items():
#     (fault,) = check(content)
#     print(f"{name}: {fault.text}\n")
#     assert fault.level == "error"

# %% [markdown] lang="en"
# No checker can promise that the compiler will take a file. This one knows
# what is documented, and what old TFLites did with such files.

# %% [markdown] lang="ko"
# 컴파일러가 파일을 받아들이리라고 약속할 수 있는 검사기는 없습니다. 이 검사기는 문서에 적힌 것과, 예전 TFLite가 이런 파일을
# 어떻게 처리했는지를 알고 있을 뿐입니다.

# %% active="py"
if __name__ == "__main__":
    sys.exit(main())
