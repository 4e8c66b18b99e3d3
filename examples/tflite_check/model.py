"""Read a .tflite file without trusting a byte of it.

The package `tflite` has the code that is generated from TFLite's
schema. It checks nothing: in a damaged file it raises any error, reads
numbers from anywhere, or loops over a vector of millions. `read` gives
a model whose indices all lead somewhere, or a DamagedError.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import tflite

# Where the operations with weights have their input, weights and bias,
# and on which axis the weights have their channels.
WEIGHTED = {
    "CONV_2D": (0, 1, 2, 0),
    "DEPTHWISE_CONV_2D": (0, 1, 2, 3),
    "FULLY_CONNECTED": (0, 1, 2, None),
    "TRANSPOSE_CONV": (2, 1, 3, 0),
}
# Inputs that the rules look at; these operations need an output, too.
NEEDED = dict.fromkeys(
    "MEAN PACK REDUCE_MAX REDUCE_MIN RESHAPE SOFTMAX".split(), (0,)
) | {name: places[:2] for name, places in WEIGHTED.items()}
# The options that the rules look at: the table and its fields.
OPTIONS = {
    "AVERAGE_POOL_2D": "Pool2DOptions FusedActivationFunction",
    "CONCATENATION": "ConcatenationOptions FusedActivationFunction",
    "CONV_2D": "Conv2DOptions DilationWFactor DilationHFactor",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions DilationWFactor "
    "DilationHFactor",
    "FULLY_CONNECTED": "FullyConnectedOptions WeightsFormat",
    "MAX_POOL_2D": "Pool2DOptions FusedActivationFunction",
    "PACK": "PackOptions Axis",
    "STRIDED_SLICE": "StridedSliceOptions EllipsisMask NewAxisMask",
}
TYPES = {
    number: name.lower()
    for name, number in vars(tflite.TensorType).items()
    if name.isupper()
}
WIDTHS = {
    name: np.dtype(name).itemsize
    for name in "int8 uint8 int16 int32 int64 float16 float32".split()
}


class DamagedError(Exception):
    """The bytes are not a whole model."""

    def __init__(self, place: str, fault: str):
        super().__init__(f"{place} {fault}")
        self.place, self.fault = place, fault


@dataclass(eq=False)
class Tensor:
    """A tensor, and its part in the graph.

    `scales` and `zeros`, its zero points, are empty where it is not
    quantized.
    """

    index: int
    name: str
    shape: list[int]
    dynamic: bool
    type: str  # such as "int8"
    scales: np.ndarray
    zeros: np.ndarray
    axis: int  # of the scales
    data: np.ndarray  # uint8; empty where it is computed
    appended: bool  # the data is behind the flatbuffer
    sparse: bool
    # `Model` fills in the rest.
    is_input: bool = False
    is_output: bool = False
    maker: "Operator | None" = None
    readers: set[str] = field(default_factory=set)
    weights_of: str = ""  # the operation that has it as its weights
    group = ""  # see Rule.find

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
        """What its shape needs; 0 if the type has no fixed width."""
        return self.count * WIDTHS.get(self.type, 0)

    @property
    def eight_bits(self) -> bool:
        return self.type in ("int8", "uint8")

    @property
    def constant(self) -> bool:
        return self.appended or self.data.size > 0 or self.count == 0

    @property
    def rows(self) -> bool:
        """Whether any but the last dimension is above 1."""
        return any(size != 1 for size in self.shape[:-1])

    def integers(self) -> list[int]:
        """A small constant of axes, sizes or steps; [] for others."""
        if self.type not in ("int32", "int64"):
            return []
        if self.data.size % WIDTHS[self.type] or self.data.size > 512:
            return []
        kind = np.dtype(self.type).newbyteorder("<")
        return np.frombuffer(self.data.tobytes(), kind).tolist()

    def reals(self) -> np.ndarray:
        """An 8-bit constant with one scale as real numbers."""
        if not self.eight_bits or self.scales.size != 1:
            return np.zeros(0)
        numbers = self.data.view(self.type).astype(float)
        zero = self.zeros[0] if self.zeros.size else 0
        with np.errstate(all="ignore"):
            return (numbers - zero) * self.scales[0]


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

    @property
    def group(self) -> str:
        return self.name

    def input(self, number: int) -> Tensor | None:
        known = number < len(self.inputs)
        return self.inputs[number] if known else None

    def weighted(self) -> tuple[Tensor, Tensor, Tensor | None]:
        """Input, weights and bias of an operation with weights."""
        return tuple(map(self.input, WEIGHTED[self.name][:3]))

    def integers(self, number: int) -> list[int]:
        """What a constant input holds; [] where there is none."""
        tensor = self.input(number)
        return tensor.integers() if tensor else []

    def axes(self) -> list[int]:
        """The axes that the second input names, from the front."""
        rank = len(self.inputs[0].shape)
        return [
            axis + rank if axis < 0 else axis
            for axis in self.integers(1)
        ]


@dataclass(eq=False)
class Model:
    """The first subgraph, and how many there are."""

    subgraphs: int
    inputs: list[Tensor]
    outputs: list[Tensor]
    operators: list[Operator]
    # The tensors of operators, each once, the inputs first.
    used: list[Tensor] = field(default_factory=list)

    def __post_init__(self):
        used = list(self.inputs)
        for op in self.operators:
            given = [tensor for tensor in op.inputs if tensor]
            used += given + op.outputs
            for tensor in given:
                tensor.readers.add(op.name)
            for tensor in op.outputs:
                tensor.maker = op
            if op.name in WEIGHTED:
                op.weighted()[1].weights_of = op.name
        self.used = list(dict.fromkeys(used + self.outputs))
        for tensor in self.inputs:
            tensor.is_input = True
        for tensor in self.outputs:
            tensor.is_output = True


def read(content: bytes) -> Model:
    """The model in these bytes.

    Raises DamagedError, and nothing else, if there is none.
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
    """Reads one file; knows the place and how much it has read."""

    def __init__(self, content: bytes):
        self.content, self.place = content, "file"
        # A whole file names hardly anything twice.
        self.left = 2 * len(content) + 4096
        self.codes: list[tuple[int, int, str]] = []
        self.buffers: list[tuple[np.ndarray, bool]] = []
        self.tensors: list[Tensor] = []

    def fail(self, fault: str):
        raise DamagedError(self.place, fault)

    def spend(self, size: int) -> None:
        """Count bytes as read: no more of them than the file has."""
        self.left -= size
        if self.left < 0:
            self.fail("promises more than the file has bytes")

    def each(self, table, vector: str, place: str) -> Iterator:
        """The tables of a vector; the least of them has eight bytes."""
        count = getattr(table, f"{vector}Length")()
        self.spend(8 * count)
        for index in range(count):
            self.place = f"{place} {index}"
            yield getattr(table, vector)(index)
        self.place = "file"

    def array(self, values: np.ndarray | int) -> np.ndarray:
        """A vector as `tflite` gives it, with 0 for none."""
        if isinstance(values, int):
            values = np.empty(0, np.uint8)
        self.spend(values.nbytes)
        return values

    def pick(self, items: list, index: int, what: str):
        """The item that the file names."""
        if not 0 <= index < len(items):
            self.fail(
                f"names {what} {index}, and there are {len(items)}"
            )
        return items[index]

    def named(self, indices: np.ndarray | int) -> list[Tensor | None]:
        """The tensors of these indices, None for one left out."""
        return [
            None if n == -1 else self.pick(self.tensors, n, "tensor")
            for n in self.array(indices).tolist()
        ]

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
        version, subgraphs = model.Version(), model.SubgraphsLength()
        if version != 3:
            self.fail(f"has version {version} of the schema, not 3")
        if not subgraphs:
            self.fail("has no subgraph")
        for code in self.each(model, "OperatorCodes", "code"):
            custom = self.text(code.CustomCode())
            code = code.BuiltinCode(), code.Version(), custom
            self.codes.append(code)
        for buffer in self.each(model, "Buffers", "buffer"):
            data = self.array(buffer.DataAsNumpy())
            self.buffers.append((data, buffer.Offset() > 1))
        graph = model.Subgraphs(0)
        for tensor in self.each(graph, "Tensors", "tensor"):
            self.tensors.append(self.tensor(tensor))
        found = enumerate(self.each(graph, "Operators", "operator"))
        operators = [self.operator(index, op) for index, op in found]
        inputs = self.named(graph.InputsAsNumpy())
        outputs = self.named(graph.OutputsAsNumpy())
        whole = inputs and outputs and operators
        if not whole or None in inputs + outputs:
            self.fail("has no input, no output or no operator")
        return Model(subgraphs, inputs, outputs, operators)

    def tensor(self, tensor: tflite.Tensor) -> Tensor:
        number, grid = tensor.Buffer(), tensor.Quantization()
        data, appended = self.pick(self.buffers, number, "buffer")
        shape = self.array(tensor.ShapeAsNumpy()).tolist()
        signature = self.array(tensor.ShapeSignatureAsNumpy()).tolist()
        if len(shape) > 8:  # TFLite's own limit for most operations
            self.fail(f"has {len(shape)} dimensions")
        return Tensor(
            index=len(self.tensors),
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

    def operator(self, index: int, op: tflite.Operator) -> Operator:
        number = op.OpcodeIndex()
        code = self.pick(self.codes, number, "operator code")
        number, version, custom = code
        name = tflite.BUILTIN_OPCODE2NAME.get(
            number, f"operation {number}"
        )
        self.place = f"operator {index} {name}"
        inputs = self.named(op.InputsAsNumpy())
        outputs = self.named(op.OutputsAsNumpy())
        needed = NEEDED.get(name, ())
        given = all(n < len(inputs) and inputs[n] for n in needed)
        if None in outputs or not (given and (outputs or not needed)):
            self.fail("lacks an input or an output")
        options = self.options(op, OPTIONS.get(name, ""))
        return Operator(
            index, name, version, custom, inputs, outputs, options
        )

    def options(self, op: tflite.Operator, names: str) -> dict:
        """Those fields of the options, if they are of this kind."""
        kind, *fields = names.split() or [""]
        table = op.BuiltinOptions() if kind else None
        given = op.BuiltinOptionsType()
        if not table or given != getattr(tflite.BuiltinOptions, kind):
            return {}
        reader = getattr(tflite, kind)()
        reader.Init(table.Bytes, table.Pos)
        return {field: getattr(reader, field)() for field in fields}
