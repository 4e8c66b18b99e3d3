"""Read a .tflite file of which nothing is believed.

The package `tflite` has the code that was generated from TFLite's
schema. It checks nothing: in a damaged file it raises any error, or
reads numbers from anywhere, and would loop over a vector of four
billion. `read` gives either a model, its tensors and operators, whose
indices all lead somewhere, or a DamagedError.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import tflite

# Where the weighted operations have their input, weights and bias, and
# the weights their channels.
WEIGHTED = {
    "CONV_2D": (0, 1, 2, 0),
    "DEPTHWISE_CONV_2D": (0, 1, 2, 3),
    "FULLY_CONNECTED": (0, 1, 2, None),
    "TRANSPOSE_CONV": (2, 1, 3, 0),
}
# Which inputs, and an output, an operation cannot be without if it is
# to be looked at.
NEEDED = dict.fromkeys(
    "MEAN PACK REDUCE_MAX REDUCE_MIN RESHAPE SOFTMAX".split(), (0,)
) | {name: places[:2] for name, places in WEIGHTED.items()}
FUSED = ("FusedActivationFunction",)
DILATION = ("DilationWFactor", "DilationHFactor")
OPTIONS = {
    "AVERAGE_POOL_2D": ("Pool2DOptions", FUSED),
    "CONCATENATION": ("ConcatenationOptions", FUSED),
    "CONV_2D": ("Conv2DOptions", DILATION),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", DILATION),
    "FULLY_CONNECTED": ("FullyConnectedOptions", ("WeightsFormat",)),
    "MAX_POOL_2D": ("Pool2DOptions", FUSED),
    "PACK": ("PackOptions", ("Axis",)),
    "STRIDED_SLICE": (
        "StridedSliceOptions",
        ("EllipsisMask", "NewAxisMask"),
    ),
}
TYPES = {
    number: name
    for name, number in vars(tflite.TensorType).items()
    if name.isupper()
}
WIDTHS = {
    "FLOAT16": 2,
    "FLOAT32": 4,
    "INT16": 2,
    "INT32": 4,
    "INT64": 8,
    "INT8": 1,
    "UINT8": 1,
}
AGAIN = "the file is damaged or cut short, so export or copy it again"


class DamagedError(Exception):
    """The bytes are not a whole model.

    The arguments are the place and what is wrong there.
    """


@dataclass(eq=False)
class Tensor:
    """A tensor.

    `scales` and `zeros` (its zero points) are empty where it is not
    quantized.
    """

    index: int
    name: str
    shape: list[int]
    dynamic: bool
    type: str  # such as "INT8"
    scales: np.ndarray
    zeros: np.ndarray
    axis: int  # of the scales
    data: np.ndarray  # uint8; empty where it is computed
    appended: bool
    sparse: bool
    # Its part in the graph, which Model fills in.
    is_input: bool = False
    is_output: bool = False
    maker: str = ""  # the operation that computes it
    readers: set[str] = field(default_factory=set)
    # The weighted operation that has it as its weights.
    weights_of: str = ""

    def __str__(self):
        return f"tensor {self.index} '{self.name}'"

    @property
    def size(self) -> str:
        return "x".join(map(str, self.shape)) or "scalar"

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """What its shape needs, 0 where the type has no fixed width."""
        return self.count * WIDTHS.get(self.type, 0)

    @property
    def eight_bits(self) -> bool:
        return self.type in ("INT8", "UINT8")

    @property
    def constant(self) -> bool:
        return self.appended or self.data.size > 0 or self.count == 0

    @property
    def rows(self) -> bool:
        """Whether any but the last dimension is above 1."""
        return any(size != 1 for size in self.shape[:-1])

    def numbers(self) -> list[int]:
        """What a constant tensor of integers holds; [] for others.

        These are axes, sizes or steps.
        """
        width = WIDTHS.get(self.type, 0)
        if (
            self.type not in ("INT32", "INT64")
            or self.data.size % width
            or self.data.size > 512
        ):
            return []
        return np.frombuffer(self.data.tobytes(), f"<i{width}").tolist()


@dataclass(eq=False)
class Operator:
    """An operator; an input that was left out is None."""

    index: int
    name: str
    version: int
    custom: str
    inputs: list[Tensor | None]
    outputs: list[Tensor]
    options: dict[str, int]

    def __str__(self):
        return f"operator {self.index} {self.name}"

    def input(self, number: int) -> Tensor | None:
        if number >= len(self.inputs):
            return None
        return self.inputs[number]

    def weighted(self) -> tuple[Tensor, Tensor, Tensor | None]:
        """Input, weights and bias of a weighted operation."""
        return tuple(map(self.input, WEIGHTED[self.name][:3]))

    def numbers(self, number: int) -> list[int]:
        """What a constant input holds; [] where there is none."""
        tensor = self.input(number)
        return tensor.numbers() if tensor else []

    def axes(self) -> list[int]:
        """The axes that the second input names, from the front."""
        rank = len(self.inputs[0].shape)
        return [
            axis + rank if axis < 0 else axis
            for axis in self.numbers(1)
        ]


@dataclass(eq=False)
class Model:
    """The first subgraph, and how many there are."""

    subgraphs: int
    inputs: list[Tensor]
    outputs: list[Tensor]
    operators: list[Operator]
    # Each once, the inputs first.
    used: list[Tensor] = field(default_factory=list)

    def __post_init__(self):
        used = list(self.inputs)
        for op in self.operators:
            used += [*filter(None, op.inputs), *op.outputs]
            for tensor in filter(None, op.inputs):
                tensor.readers.add(op.name)
            for tensor in op.outputs:
                tensor.maker = op.name
            if op.name in WEIGHTED:
                op.weighted()[1].weights_of = op.name
        self.used = list(dict.fromkeys(used + self.outputs))
        for tensor in self.inputs:
            tensor.is_input = True
        for tensor in self.outputs:
            tensor.is_output = True


def read(content: bytes) -> Model:
    """The model in these bytes.

    Raises DamagedError, and nothing else, where there is none.
    """
    reader = Reader(content)
    try:
        return reader.model()
    except DamagedError:
        raise
    except Exception as error:  # struct.error, ValueError and others
        fault = "leads out of the file"
        raise DamagedError(reader.place, fault) from error


class Reader:
    """Reads one file, remembering the place and how much was read."""

    def __init__(self, content: bytes):
        self.content, self.place = content, "file"
        # A whole file names hardly anything twice.
        self.left = 2 * len(content) + 4096

    def spend(self, size: int) -> None:
        """Count bytes as read: no more of them than the file has."""
        self.left -= size
        if self.left < 0:
            raise DamagedError(
                self.place, "promises more than the file has bytes"
            )

    def each(self, count: int, get: Callable, place: str) -> Iterator:
        """The tables of a vector; the least of them has eight bytes."""
        self.spend(8 * count)
        for index in range(count):
            self.place = f"{place} {index}"
            yield get(index)

    def array(self, values: np.ndarray | int) -> np.ndarray:
        """A vector as `tflite` gives it, with 0 for none."""
        if isinstance(values, int):
            values = np.empty(0, np.uint8)
        self.spend(values.nbytes)
        return values

    def pick(self, items: list, index: int, what: str):
        """The item that the file names."""
        if not 0 <= index < len(items):
            raise DamagedError(
                self.place,
                f"names {what} {index}, and there are {len(items)}",
            )
        return items[index]

    def text(self, content: bytes | None) -> str:
        """A name, safe to print."""
        self.spend(len(content or b""))
        name = (content or b"")[:200].decode(errors="replace")
        name = "".join(
            letter if letter.isprintable() else "?" for letter in name
        )
        return name if len(name) <= 60 else f"{name[:59]}…"

    def model(self) -> Model:
        model = tflite.Model.GetRootAs(self.content)
        version = model.Version()
        if version != 3:
            fault = f"has version {version} of the schema, not 3"
            raise DamagedError("file", fault)
        codes, buffers, tensors, operators = [], [], [], []
        count = model.OperatorCodesLength()
        for code in self.each(count, model.OperatorCodes, "code"):
            number, version = code.BuiltinCode(), code.Version()
            custom = self.text(code.CustomCode())
            codes.append((number, version, custom))
        count = model.BuffersLength()
        for buffer in self.each(count, model.Buffers, "buffer"):
            data = self.array(buffer.DataAsNumpy())
            buffers.append((data, buffer.Offset() > 1))
        self.place = "file"
        if not model.SubgraphsLength():
            raise DamagedError("file", "has no subgraph")
        graph = model.Subgraphs(0)
        count = graph.TensorsLength()
        for tensor in self.each(count, graph.Tensors, "tensor"):
            tensors.append(self.tensor(len(tensors), tensor, buffers))
        count = graph.OperatorsLength()
        for operator in self.each(count, graph.Operators, "operator"):
            operators.append(
                self.operator(len(operators), operator, codes, tensors)
            )
        self.place = "file"
        ends = graph.InputsAsNumpy(), graph.OutputsAsNumpy()
        inputs, outputs = (
            [
                self.pick(tensors, index, "tensor")
                for index in self.array(indices).tolist()
            ]
            for indices in ends
        )
        if not (inputs and outputs and operators):
            raise DamagedError(
                "file", "has no input, no output or no operator"
            )
        subgraphs = model.SubgraphsLength()
        return Model(subgraphs, inputs, outputs, operators)

    def tensor(
        self, index: int, tensor: tflite.Tensor, buffers: list
    ) -> Tensor:
        data, appended = self.pick(buffers, tensor.Buffer(), "buffer")
        shape = self.array(tensor.ShapeAsNumpy()).tolist()
        signature = self.array(tensor.ShapeSignatureAsNumpy()).tolist()
        if len(shape) > 8:  # TFLite's own limit for most operations
            raise DamagedError(
                self.place, f"has {len(shape)} dimensions"
            )
        grid = tensor.Quantization()
        return Tensor(
            index=index,
            name=self.text(tensor.Name()),
            shape=shape,
            dynamic=any(size < 0 for size in shape + signature),
            type=TYPES.get(tensor.Type(), f"type {tensor.Type()}"),
            scales=self.array(grid.ScaleAsNumpy() if grid else 0),
            zeros=self.array(grid.ZeroPointAsNumpy() if grid else 0),
            axis=grid.QuantizedDimension() if grid else 0,
            data=data,
            appended=appended,
            sparse=tensor.Sparsity() is not None,
        )

    def operator(
        self,
        index: int,
        operator: tflite.Operator,
        codes: list,
        tensors: list,
    ) -> Operator:
        code, version, custom = self.pick(
            codes, operator.OpcodeIndex(), "operator code"
        )
        name = tflite.BUILTIN_OPCODE2NAME.get(code, f"operation {code}")
        self.place = f"operator {index} {name}"
        ends = operator.InputsAsNumpy(), operator.OutputsAsNumpy()
        inputs, outputs = (
            [
                None if n == -1 else self.pick(tensors, n, "tensor")
                for n in self.array(indices).tolist()
            ]
            for indices in ends
        )
        needed = NEEDED.get(name, ())
        given = all(n < len(inputs) and inputs[n] for n in needed)
        if None in outputs or not (given and (outputs or not needed)):
            raise DamagedError(
                self.place, "lacks an input or an output"
            )
        options = self.options(operator, *OPTIONS.get(name, (None, ())))
        return Operator(
            index, name, version, custom, inputs, outputs, options
        )

    def options(
        self, operator: tflite.Operator, kind: str | None, fields: tuple
    ) -> dict[str, int]:
        """Those fields of the options, if they are of this kind."""
        table = operator.BuiltinOptions() if kind else None
        if not table:
            return {}
        given = operator.BuiltinOptionsType()
        if given != getattr(tflite.BuiltinOptions, kind):
            return {}
        reader = getattr(tflite, kind)()
        reader.Init(table.Bytes, table.Pos)
        return {field: getattr(reader, field)() for field in fields}
